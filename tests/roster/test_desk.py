"""When the desk is open: weekdays, holidays, eves, odd days; each by examples."""

from datetime import date, timedelta

import holidays as library
import pytest

from roster.desk import easter_sunday, is_date, open_desk
from roster.holiday_names import holiday_name, is_known_country
from roster.on_duty import desk_closes_at, inside_desk_hours
from roster.organisation import Language
from roster.timeline import UnknownScheduleError
from roster.wallclock import midnight
from tests.roster.building import at, organisation

WEEKDAYS = 'desk_hours = [{ days = ["mon","tue","wed","thu","fri"], from = "08:00", to = "15:30" }]\n'


def open_on(day: str, duty: str, timezone: str = "Europe/Oslo") -> list[str]:
    """Return the desk's hours on a day, as `08:00-15:30`."""
    org = organisation(f"[schedules.duty]\n{duty}", timezone=timezone)
    table, zone = org.schedules[0].duty, org.zone
    assert table is not None
    start = midnight(date.fromisoformat(day), zone)
    end = midnight(date.fromisoformat(day) + timedelta(days=1), zone)
    return [
        f"{max(opens, start).astimezone(zone):%H:%M}-{min(closes, end).astimezone(zone):%H:%M}"
        for opens, closes in open_desk(table, zone, [(start, end)])
        if closes > start and opens < end
    ]


@pytest.mark.parametrize(
    ("day", "more", "expected"),
    [
        ("2026-11-02", "", ["08:00-15:30"]),  # an ordinary Monday
        ("2026-11-07", "", []),  # Saturday
        ("2026-05-14", 'holidays = "NO"', []),  # Ascension Day, a Thursday
        ("2026-05-14", "", ["08:00-15:30"]),
        ("2026-12-25", 'holidays = "NO"', []),
        ("2026-05-01", 'holidays = "NO"', []),
        ("2026-12-24", 'holidays = "NO"', ["08:00-15:30"]),  # an eve is no public holiday
        ("2026-12-24", 'eves = [{ date = "12-24" }]', []),
        ("2031-12-24", 'eves = [{ date = "12-24" }]', []),
        ("2026-12-24", 'eves = [{ date = "12-24", from = "12:00" }]', ["08:00-12:00"]),
        (
            "2026-12-24",
            'eves = [{ date = "12-24", from = "12:00" }, { date = "2026-12-24", from = "10:00" }]',
            ["08:00-10:00"],
        ),
        ("2026-12-28", "eves = [{ date = 2026-12-28 }]", []),
        ("2027-12-28", 'eves = [{ date = "2026-12-28" }]', ["08:00-15:30"]),
        ("2026-04-01", 'eves = [{ easter = -4, from = "12:00" }]', ["08:00-12:00"]),  # Easter Sunday 5 April
        ("2027-03-24", 'eves = [{ easter = -4, from = "12:00" }]', ["08:00-12:00"]),  # Easter Sunday 28 March
        ("2026-01-05", "eves = [{ easter = 260 }]", []),  # counted from Easter the year before
        ("2026-05-18", 'open = [{ date = "2026-05-18", from = "10:00", to = "14:00" }]', ["10:00-14:00"]),
        (
            "2026-05-17",
            'holidays = "NO"\nopen = [{ date = "2026-05-17", from = "10:00", to = "14:00" }]',
            ["10:00-14:00"],
        ),
        (
            "2026-12-24",
            'eves = [{ date = "12-24" }]\nopen = [{ date = "12-24", from = "09:00", to = "11:00" }]',
            ["09:00-11:00"],
        ),
    ],
)
def test_the_desk_is_open_on_a_day(day: str, more: str, expected: list[str]) -> None:
    assert open_on(day, WEEKDAYS + more) == expected


def test_hours_over_midnight_end_where_a_holiday_begins() -> None:
    duty = 'desk_hours = [{ from = "20:00", to = "04:00" }]\nholidays = "NO"'
    assert open_on("2026-11-03", duty) == ["00:00-04:00", "20:00-00:00"]
    assert open_on("2026-05-01", duty) == []
    assert open_on("2026-05-02", duty) == ["00:00-04:00", "20:00-00:00"]


def test_the_desk_opens_by_the_wall_clock_on_the_night_of_a_clock_change() -> None:
    duty = 'desk_hours = [{ from = "02:30", to = "06:00" }]'
    assert open_on("2026-03-29", duty) == ["03:30-06:00"]
    assert open_on("2026-10-04", duty, "Australia/Lord_Howe") == ["02:30-06:00"]
    assert open_on("2026-10-04", duty.replace("02:30", "02:15"), "Australia/Lord_Howe") == ["02:45-06:00"]


def test_inside_desk_hours_is_asked_of_an_instant() -> None:
    org = organisation(f"[schedules.duty]\n{WEEKDAYS}")
    assert not inside_desk_hours(org, "s", at("2026-11-02T07:59:59", org))
    assert inside_desk_hours(org, "s", at("2026-11-02T08:00", org))
    assert not inside_desk_hours(org, "s", at("2026-11-02T15:30", org))
    assert not inside_desk_hours(organisation(), "s", at("2026-11-02T12:00", org))
    with pytest.raises(UnknownScheduleError):
        inside_desk_hours(org, "x", at("2026-11-02T12:00", org))


def test_easter_is_when_the_library_of_holidays_has_it() -> None:
    for year in range(1950, 2099):
        names = library.country_holidays("NO", years=year, language="no")
        assert names[easter_sunday(year)] == "Første påskedag"


def test_norwegian_holidays_have_names_in_all_three_languages() -> None:
    norwegian = library.country_holidays("NO", years=2026, language="no")
    assert len(norwegian) == 12
    names = {
        language: [holiday_name("NO", day, language) for day in sorted(norwegian)] for language in Language
    }
    assert "Arbeidardagen" in names[Language.NN]
    assert "Arbeidernes dag" in names[Language.NB]
    assert "Labor Day" in names[Language.EN]
    assert all(name for each in names.values() for name in each)
    assert holiday_name("NO", date(2026, 11, 2), Language.NN) is None


def test_a_country_and_its_parts_are_known_and_others_are_not() -> None:
    assert is_known_country("NO")
    assert is_known_country("DE-BY")
    assert not is_known_country("XX")
    assert not is_known_country("NO-xx")
    assert holiday_name("DE-BY", date(2026, 1, 6), Language.NN) == "Heilige Drei Könige"


@pytest.mark.parametrize(
    ("written", "possible"),
    [
        ("12-24", True),
        ("02-29", True),
        ("02-30", False),
        ("13-01", False),
        ("2026-02-29", False),
        ("2028-02-29", True),
        ("24-12", False),
        ("20261224", False),
        ("2026-W52-4", False),
        ("", False),
        ("1٢-24", False),
    ],
)
def test_a_date_is_possible_or_not(written: str, *, possible: bool) -> None:
    assert is_date(written) is possible


def test_29_february_comes_in_leap_years_only() -> None:
    duty = WEEKDAYS + 'eves = [{ date = "02-29" }]'
    assert open_on("2028-02-29", duty) == []
    assert open_on("2027-03-01", duty) == ["08:00-15:30"]


def test_the_desk_is_said_to_close_at_the_end_of_the_hours_that_hold_now() -> None:
    """An eve closes earlier, a weekend or a shut desk has no closing, and hours that touch are one."""
    org = organisation(f'[schedules.duty]\n{WEEKDAYS}eves = [{{ date = "2026-11-04", from = "12:00" }}]')
    for instant, closes in (
        ("2026-11-02T08:00", "2026-11-02T15:30"),
        ("2026-11-02T15:29:59", "2026-11-02T15:30"),
        ("2026-11-04T09:00", "2026-11-04T12:00"),
    ):
        assert desk_closes_at(org, "s", at(instant, org)) == at(closes, org)
    for instant in ("2026-11-02T15:30", "2026-11-02T07:59", "2026-11-04T12:00", "2026-11-07T12:00"):
        assert desk_closes_at(org, "s", at(instant, org)) is None
    night = organisation('[schedules.duty]\ndesk_hours = [{ from = "20:00", to = "04:00" }]')
    assert desk_closes_at(night, "s", at("2026-11-02T23:00", night)) == at("2026-11-03T04:00", night)
    always = organisation('[schedules.duty]\ndesk_hours = [{ from = "00:00", to = "24:00" }]')
    assert desk_closes_at(always, "s", at("2026-11-02T12:00", always)) == at("2026-11-16T12:00", always)
    assert desk_closes_at(organisation(), "s", at("2026-11-02T12:00", org)) is None
