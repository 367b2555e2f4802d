"""Wall clock becomes instants by one rule, in every zone, on every night."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roster.wallclock import (
    FIRST_INSTANT,
    LAST_INSTANT,
    FarInstantError,
    as_utc,
    local,
    midnight,
    minute_of_day,
    parse_instant,
    to_instant,
    to_wall,
)

ZONES = ("Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia")


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        # spring: what does not exist moves forward by the change
        ("Europe/Oslo", "2026-03-29T01:59", "2026-03-29T01:59+01:00"),
        ("Europe/Oslo", "2026-03-29T02:00", "2026-03-29T03:00+02:00"),
        ("Europe/Oslo", "2026-03-29T02:30", "2026-03-29T03:30+02:00"),
        ("Europe/Oslo", "2026-03-29T03:00", "2026-03-29T03:00+02:00"),
        ("America/New_York", "2026-03-08T02:15", "2026-03-08T03:15-04:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:45+11:00"),
        ("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T03:30+01:00"),
        ("Pacific/Apia", "2011-12-30T08:00", "2011-12-31T08:00+14:00"),
        # autumn: what exists twice is its first occurrence
        ("Europe/Oslo", "2026-10-25T02:30", "2026-10-25T02:30+02:00"),
        ("Europe/Oslo", "2026-10-25T03:00", "2026-10-25T03:00+01:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T01:30-04:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45+11:00"),
        ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T02:30+01:00"),
    ],
)
def test_a_missing_time_moves_forward_by_the_change_and_a_double_one_is_its_first(
    zone: str, wall: str, instant: str
) -> None:
    found = to_instant(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert found == datetime.fromisoformat(instant)
    assert found.tzinfo is UTC


def test_a_stray_fold_on_a_wall_clock_changes_nothing() -> None:
    zone = ZoneInfo("Europe/Oslo")
    wall = datetime(2026, 10, 25, 2, 30)
    assert to_instant(wall.replace(fold=1), zone) == to_instant(wall, zone)


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)),
    st.sampled_from(ZONES).map(ZoneInfo),
)
def test_a_wall_clock_that_exists_comes_back_as_itself(wall: datetime, zone: ZoneInfo) -> None:
    instant = to_instant(wall, zone)
    shown = to_wall(instant, zone)
    assert shown == wall or shown - wall == (local(instant, zone).utcoffset() or timedelta()) - (
        (instant - timedelta(days=1)).astimezone(zone).utcoffset() or timedelta()
    )
    assert to_instant(shown, zone) <= instant


@given(st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)), st.sampled_from(ZONES).map(ZoneInfo))
def test_it_is_the_same_instant_as_the_library_gives_with_fold_nought(wall: datetime, zone: ZoneInfo) -> None:
    assert to_instant(wall, zone) == wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def test_days_and_minutes_become_instants_across_a_clock_change() -> None:
    zone = ZoneInfo("Europe/Oslo")
    day = date(2026, 3, 29)
    assert midnight(day, zone) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert minute_of_day(day, 1440, zone) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert minute_of_day(day, 1440 + 480, zone) == datetime(2026, 3, 30, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-24T21:00", "2026-12-24T20:00+00:00"),
        ("2026-12-24 21:00:30", "2026-12-24T20:00:30+00:00"),
        ("2026-12-24", "2026-12-23T23:00+00:00"),
        ("2026-12-24T21:00+03:00", "2026-12-24T18:00+00:00"),
        ("2026-12-24T21:00Z", "2026-12-24T21:00+00:00"),
        (" 2026-10-25T02:30 ", "2026-10-25T00:30+00:00"),
    ],
)
def test_an_instant_is_read_with_its_offset_or_as_wall_clock(text: str, instant: str) -> None:
    assert parse_instant(text, ZoneInfo("Europe/Oslo")) == datetime.fromisoformat(instant)


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "24.12.2026", "2026-12-24T25:00"])
def test_a_text_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_instant(text, ZoneInfo("Europe/Oslo"))


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "0001-12-31T23:59+14:00", "9999-01-01T00:00Z"])
def test_an_instant_that_would_be_moved_is_refused(text: str) -> None:
    with pytest.raises(FarInstantError, match="use a year from 2 to 9998"):
        parse_instant(text, ZoneInfo("Europe/Oslo"))


@pytest.mark.parametrize("offset", ["", "+14:00", "-12:00", "Z"])
@pytest.mark.parametrize("text", ["0002-01-01T00:00:00", "9998-12-31T23:59:59"])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_the_farthest_instants_are_answered_as_they_were_asked(text: str, offset: str, zone: str) -> None:
    instant = parse_instant(text + offset, ZoneInfo(zone))
    if offset:
        assert instant == datetime.fromisoformat(text + offset)
    else:
        assert to_wall(instant, ZoneInfo(zone)).isoformat() == text


def test_instants_stop_at_the_ends_of_the_calendar() -> None:
    auckland, honolulu = ZoneInfo("Pacific/Auckland"), ZoneInfo("Pacific/Honolulu")
    assert to_instant(datetime(1, 1, 1), auckland) == FIRST_INSTANT
    assert to_instant(datetime(9999, 12, 31, 23), honolulu) == LAST_INSTANT
    assert minute_of_day(date(9999, 12, 31), 1440, auckland) == LAST_INSTANT
    assert as_utc(datetime(9999, 12, 31, 23, tzinfo=honolulu)) == LAST_INSTANT
    assert local(datetime(1, 1, 1, tzinfo=UTC), honolulu) == FIRST_INSTANT


def test_a_naive_value_is_never_taken_for_an_instant() -> None:
    with pytest.raises(ValueError, match="time zone"):
        as_utc(datetime(2026, 1, 1))
