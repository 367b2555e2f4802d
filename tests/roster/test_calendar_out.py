"""The calendar of a person or schedule says what the roster says, as an independent reader understands it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from roster.calendar_out import UnknownTargetError, person_calendar, schedule_calendar
from roster.history import History, Version
from roster.organisation import Organisation
from roster.timeline import build_timeline
from roster.wallclock import FIRST_INSTANT, to_instant, to_wall
from tests.roster.building import at, layer, organisation, override
from tests.roster.random_organisations import organisations

WEEK = layer("kari,ola+siri", "weekly", "2026-01-05T08:00:00")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def events(content: bytes) -> list[tuple[datetime, datetime, str, str]]:
    """Read a calendar with another library: start, end, summary and UID of each event, in order."""
    library: Any = vobject  # not annotated
    read = library.readOne(content.decode("utf-8"))
    return sorted(
        (
            each.dtstart.value.astimezone(UTC),
            each.dtend.value.astimezone(UTC),
            each.summary.value,
            each.uid.value,
        )
        for each in read.contents.get("vevent", [])
    )


def reach(org: Organisation) -> tuple[datetime, datetime]:
    return to_instant(datetime(2026, 10, 1), org.zone), to_instant(datetime(2027, 12, 1), org.zone)


def on(org: Organisation, person: str | None) -> list[tuple[datetime, datetime]]:
    """Return when a person (or anybody) is on by the timeline, shifts that meet with the same people joined."""
    start, end = reach(org)
    found: list[tuple[datetime, datetime, frozenset[str]]] = []
    for shift in build_timeline(org, "s", start=start, end=end).shifts:
        people = frozenset(shift.people)
        if found and found[-1][1] == shift.start and found[-1][2] == people:
            found[-1] = (found[-1][0], shift.end, people)
        else:
            found.append((shift.start, shift.end, people))
    return [(a, b) for a, b, people in found if (person in people if person else people)]


@settings(max_examples=30, deadline=None)
@given(org=organisations(), person=st.sampled_from(["kari", "ola", None]))
def test_an_independent_reader_finds_the_same_shifts(org: Organisation, person: str | None) -> None:
    content = (
        schedule_calendar(org, "s", now=NOW) if person is None else person_calendar(org, person, now=NOW)
    )
    read = events(content)
    assert [(start, end) for start, end, _, _ in read] == on(org, person)
    assert len({uid for _, _, _, uid in read}) == len(read)


def test_it_reaches_a_month_back_and_a_year_ahead_and_is_the_same_all_month() -> None:
    org = organisation(WEEK)
    content = schedule_calendar(org, "s", now=NOW)
    read = events(content)
    assert read[0][0] == at("2026-10-01", org)
    assert read[-1][1] == at("2027-12-01", org)
    assert schedule_calendar(org, "s", now=NOW + timedelta(days=4)) == content


def test_an_override_shows_at_once_and_every_other_event_keeps_its_name() -> None:
    before = organisation(WEEK)
    jul = override("jul", "per", "2026-12-24T08:00:00", "2026-12-25T08:00:00")
    after = organisation(WEEK + jul)
    one, two = events(schedule_calendar(before, "s", now=NOW)), events(schedule_calendar(after, "s", now=NOW))
    assert (at("2026-12-24T08:00", after), at("2026-12-25T08:00", after), "Per") in [each[:3] for each in two]
    elsewhere = [
        each for each in one if each[1] <= at("2026-12-20", before) or each[0] >= at("2026-12-29", before)
    ]
    assert set(elsewhere) <= set(two)
    # the shift that was cut short is the same event with an earlier end
    cut = next(each for each in two if each[0] == at("2026-12-21T08:00", after))
    assert cut[3] == next(each for each in one if each[0] == at("2026-12-21T08:00", before))[3]
    assert events(schedule_calendar(before, "s", now=NOW)) == one


def test_a_cancelled_shift_and_nobody_on_purpose_are_not_there() -> None:
    org = organisation(WEEK + override("fri", "", "2026-12-01T08:00:00", "2026-12-02T08:00:00"))
    noon = at("2026-12-01T12:00", org)
    assert not any(start <= noon < end for start, end, _, _ in events(schedule_calendar(org, "s", now=NOW)))


def test_a_person_has_shifts_of_all_schedules_in_their_own_language() -> None:
    other = f'[[schedules]]\nid = "t"\nname = "Backup"\n{layer("siri", "weekly", "2026-01-05T08:00:00")}'
    org = organisation(WEEK + other, siri='language = "en"')
    summaries = {each[2] for each in events(person_calendar(org, "siri", now=NOW))}
    assert summaries == {"On duty: Duty (together with Ola)", "On duty: Backup"}


def test_it_is_folded_and_ended_as_the_standard_says_and_is_stamped_with_the_last_change() -> None:
    org = organisation(WEEK)
    long = replace(org.schedules[0], name="Æøå, ; \\ " * 20)
    changed = datetime(2026, 11, 20, 8, 30, 1, 999, tzinfo=UTC)
    history = History((Version(FIRST_INSTANT, org), Version(changed, replace(org, schedules=(long,)))))
    content = person_calendar(history, "kari", now=NOW)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    read = Calendar.from_ical(content)
    event: Any = read.walk("VEVENT")[0]
    assert str(event["summary"]) == f"Vakt: {long.name}"
    assert event["dtstamp"].dt == changed.replace(microsecond=0)
    assert {"uid", "dtstamp", "dtstart", "dtend"} <= {key.lower() for key in event}


def test_whoever_is_not_in_the_roster_has_no_calendar() -> None:
    org = organisation(WEEK)
    with pytest.raises(UnknownTargetError):
        person_calendar(org, "nobody", now=NOW)
    with pytest.raises(UnknownTargetError):
        schedule_calendar(org, "x", now=NOW)


def test_times_of_the_night_of_a_clock_change_are_instants() -> None:
    org = organisation(layer("kari,ola", "daily", "2026-10-24T02:30:00"))
    read = events(schedule_calendar(org, "s", now=NOW))
    lengths = {
        str(to_wall(start, org.zone).date()): end - start
        for start, end, _, _ in read
        if start >= at("2026-10-24", org)
    }
    assert lengths["2026-10-24"] == timedelta(hours=24)
    assert lengths["2026-10-25"] == timedelta(hours=25)


@given(st.text(st.characters(codec=None, categories=None), max_size=60))
def test_a_calendar_has_only_our_lines_whatever_a_name_holds(name: str) -> None:
    """Such names are refused at import; earlier versions may have kept them."""
    org = organisation(WEEK)
    people = (replace(org.people[0], name=name), *org.people[1:])
    schedule = replace(org.schedules[0], name=name)
    named = replace(org, people=people, schedules=(schedule,))
    plain = person_calendar(org, "kari", now=NOW).replace(b"\r\n ", b"").split(b"\r\n")
    odd = person_calendar(named, "kari", now=NOW).replace(b"\r\n ", b"").split(b"\r\n")
    assert [line.partition(b":")[0] for line in odd] == [line.partition(b":")[0] for line in plain]
    assert not set(b"\x00\x1b\x0b\x7f") & set(b"".join(odd))
