"""Rosters that were made elsewhere are taken in as they mean it, and what cannot be is told entry by entry."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from roster.calendar_in import CalendarReadError, read_calendar
from roster.calendar_out import schedule_calendar
from roster.organisation import Absence, FixedShift, Organisation, ShiftLayer
from roster.shift_tables import TableReadError, read_table
from roster.taking_in import Entry, Taken, TakingInError, take_in_absences, take_in_layer
from roster.timeline import build_timeline
from roster.wallclock import to_instant
from roster.writing import write_organisation
from tests.roster.building import layer, organisation, shifts
from tests.roster.full_file import read
from tests.roster.random_organisations import organisations

OSLO = ZoneInfo("Europe/Oslo")
ORG = organisation(
    layer("kari", "weekly", "2026-01-05T08:00:00"),
    people='[[people]]\nid = "astrid"\nname = "Åstrid Fjøs"\nemail = "astrid@example.no"\n'
    '[[people]]\nid = "per2"\nname = "Per Dal"\n[[people]]\nid = "per3"\nname = "Per Dal Berg"\n',
)
START, END = datetime(2026, 11, 30, tzinfo=OSLO), datetime(2027, 1, 31, tzinfo=OSLO)

WINDOWS_ZONE = """BEGIN:VTIMEZONE\r
TZID:W. Europe Standard Time\r
BEGIN:STANDARD\r
DTSTART:16010101T030000\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:16010101T020000\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r
END:DAYLIGHT\r
END:VTIMEZONE\r
"""


def calendar(*events: str, more: str = "") -> bytes:
    body = "".join(
        f"BEGIN:VEVENT\r\n{'' if 'UID:' in each else f'UID:{number}@x'}\r\n{each}\r\nEND:VEVENT\r\n"
        for number, each in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n{more}{body}END:VCALENDAR\r\n".encode()


def taken(data: bytes) -> Taken:
    reading = read_calendar(data, start=START, end=END, zone=OSLO)
    assert reading.not_read == ()
    return take_in_layer(ORG, "s", "In", reading.entries)


def lines(result: Taken) -> list[str]:
    """Return the fixed shifts of the layer taken in: `2026-12-01T08:00/2026-12-02T08:00 kari`."""
    added = result.organisation.schedules[0].layers[-1]
    assert isinstance(added, ShiftLayer)
    return [
        f"{each.start:%Y-%m-%dT%H:%M}/{each.end:%Y-%m-%dT%H:%M} {'+'.join(each.people)}"
        for each in added.shifts
    ]


def test_a_weekly_event_with_exceptions_is_laid_out() -> None:
    data = calendar(
        "SUMMARY:Vakt: Kari\r\nDTSTART;TZID=Europe/Oslo:20261130T080000\r\nDTEND;TZID=Europe/Oslo:20261207T080000\r\n"
        "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4\r\nEXDATE;TZID=Europe/Oslo:20261214T080000"
    )
    assert lines(taken(data)) == [
        "2026-11-30T08:00/2026-12-07T08:00 kari",
        "2026-12-28T08:00/2027-01-04T08:00 kari",
        "2027-01-11T08:00/2027-01-18T08:00 kari",
    ]


def test_a_moved_occurrence_and_a_cancelled_one_are_as_the_calendar_says() -> None:
    recurring = "UID:r@x\r\nSUMMARY:Ola\r\nDTSTART;TZID=Europe/Oslo:20261201T080000\r\nDURATION:PT12H\r\nRRULE:FREQ=DAILY;COUNT=3"
    moved = (
        "UID:r@x\r\nRECURRENCE-ID;TZID=Europe/Oslo:20261202T080000\r\nSUMMARY:Siri\r\n"
        "DTSTART;TZID=Europe/Oslo:20261202T100000\r\nDTEND;TZID=Europe/Oslo:20261202T200000"
    )
    gone = (
        "UID:r@x\r\nRECURRENCE-ID;TZID=Europe/Oslo:20261203T080000\r\nSUMMARY:Ola\r\nSTATUS:CANCELLED\r\n"
        "DTSTART;TZID=Europe/Oslo:20261203T080000\r\nDTEND;TZID=Europe/Oslo:20261203T200000"
    )
    assert lines(taken(calendar(recurring, moved, gone))) == [
        "2026-12-01T08:00/2026-12-01T20:00 ola",
        "2026-12-02T10:00/2026-12-02T20:00 siri",
    ]


def test_zones_of_windows_and_times_without_a_zone_are_understood() -> None:
    data = calendar(
        "SUMMARY:Kari\r\nDTSTART;TZID=W. Europe Standard Time:20261201T080000\r\nDTEND;TZID=W. Europe Standard Time:20261202T080000",
        "SUMMARY:Ola\r\nDTSTART:20261202T080000\r\nDTEND:20261203T080000",
        "SUMMARY:Siri\r\nDTSTART:20261203T070000Z\r\nDTEND:20261204T070000Z",
        more=WINDOWS_ZONE,
    )
    assert [line.split(" ")[0] for line in lines(taken(data))] == [
        "2026-12-01T08:00/2026-12-02T08:00",
        "2026-12-02T08:00/2026-12-03T08:00",
        "2026-12-03T08:00/2026-12-04T08:00",
    ]


@pytest.mark.parametrize(
    ("event", "people"),
    [
        ("SUMMARY:On Call - Kari - Driftsvakt", "kari"),
        ("SUMMARY:On Call Schedule for Driftsvakt: OLA", "ola"),
        ("SUMMARY:astrid fjos is on call", "astrid"),
        ("SUMMARY:ÅSTRID FJØS (Driftsvakt)", "astrid"),
        ("SUMMARY:Vakt\r\nATTENDEE;CN=Somebody:mailto:Astrid@Example.no", "astrid"),
        ("SUMMARY:astrid@example.no", "astrid"),
        ("SUMMARY:Vakt: Kari og Ola", "kari+ola"),
        ("SUMMARY:Per Dal Berg", "per3"),
        ("SUMMARY:per2", "per2"),
    ],
)
def test_people_are_known_by_e_mail_full_name_or_a_name_that_only_one_has(event: str, people: str) -> None:
    result = taken(calendar(f"{event}\r\nDTSTART:20261201T080000\r\nDTEND:20261202T080000"))
    assert result.not_taken == ()
    assert lines(result) == [f"2026-12-01T08:00/2026-12-02T08:00 {people}"]


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        ("Lunsj", "nobody of the roster is named in it: write the e-mail or the full name"),
        ("Vakt: Per", "it may mean per or per2 or per3: write the e-mail or the full name"),
    ],
)
def test_an_event_that_fits_nobody_or_several_is_told_of(summary: str, reason: str) -> None:
    org = organisation(
        layer("kari", "weekly", "2026-01-05T08:00:00"),
        people='[[people]]\nid = "per2"\nname = "Per Dal"\n[[people]]\nid = "per3"\nname = "Per Dal Berg"\n',
        per='roles = ["reviewer"]',
    )
    entry = Entry("2026-12-01", summary, (), date(2026, 12, 1), date(2026, 12, 2))
    result = take_in_layer(org, "s", "In", [entry])
    if "Per" in summary:
        assert (result.count, lines(result)) == (1, ["2026-12-01T00:00/2026-12-02T00:00 per"])
        only_two = Entry("2026-12-01", "Dal", (), date(2026, 12, 1), date(2026, 12, 2))
        assert take_in_layer(org, "s", "In", [only_two]).count == 0
        return
    assert (result.count, lines(result)) == (0, [])
    assert str(result.not_taken[0]) == f"2026-12-01 “{summary}”: {reason}"


def test_a_first_name_that_several_have_is_nobodys() -> None:
    org = organisation(
        people='[[people]]\nid = "b"\nname = "Bo Dal"\n[[people]]\nid = "c"\nname = "Bo Vik"\n'
    )
    entry = Entry("line 2", "Bo", (), date(2026, 12, 1), date(2026, 12, 2))
    (told,) = take_in_layer(org, "s", "In", [entry]).not_taken
    assert told.reason == "it may mean b or c: write the e-mail or the full name"


def test_events_that_overlap_put_people_on_together() -> None:
    data = calendar(
        "SUMMARY:Kari\r\nDTSTART:20261201T080000\r\nDTEND:20261203T080000",
        "SUMMARY:Ola\r\nDTSTART:20261202T080000\r\nDTEND:20261204T080000",
        "SUMMARY:Ola\r\nDTSTART:20261202T080000\r\nDTEND:20261204T080000",
    )
    assert lines(taken(data)) == [
        "2026-12-01T08:00/2026-12-02T08:00 kari",
        "2026-12-02T08:00/2026-12-03T08:00 kari+ola",
        "2026-12-03T08:00/2026-12-04T08:00 ola",
    ]


def table_in(rows: str) -> Taken:
    return take_in_layer(ORG, "s", "In", read_table(f"from,to,person\n{rows}".encode(), zone=OSLO).entries)


def test_whole_days_that_meet_on_a_day_may_be_a_hand_over_and_are_told_of() -> None:
    result = table_in("7.12.2026,14.12.2026,Kari\n14.12.2026,21.12.2026,Ola\n24.12.2026,24.12.2026,Siri\n")
    assert lines(result) == ["2026-12-24T00:00/2026-12-25T00:00 siri"]
    remedy = "write the times of day at which they hand over, or end the one a day earlier"
    assert [str(each) for each in result.not_taken] == [
        f"line 2 “Kari”: 2026-12-14 is the first day of line 3 too: {remedy}",
        f"line 3 “Ola”: 2026-12-14 is the last day of line 2 too: {remedy}",
    ]


@pytest.mark.parametrize(
    ("rows", "laid"),
    [
        (
            "7.12.2026,13.12.2026,Kari\n14.12.2026,20.12.2026,Ola\n",
            ["2026-12-07T00:00/2026-12-14T00:00 kari", "2026-12-14T00:00/2026-12-21T00:00 ola"],
        ),
        (
            "24.12.2026,24.12.2026,Kari\n24.12.2026,24.12.2026,Ola\n",
            ["2026-12-24T00:00/2026-12-25T00:00 kari+ola"],
        ),
        (
            "7.12.2026,8.12.2026,Kari\n8.12.2026,9.12.2026,Kari\n",
            ["2026-12-07T00:00/2026-12-10T00:00 kari"],
        ),
        (
            "7.12.2026,9.12.2026,Kari\n8.12.2026,10.12.2026,Ola\n",
            [
                "2026-12-07T00:00/2026-12-08T00:00 kari",
                "2026-12-08T00:00/2026-12-10T00:00 kari+ola",
                "2026-12-10T00:00/2026-12-11T00:00 ola",
            ],
        ),
        (
            "7.12.2026,8.12.2026,Kari\n8.12.2026,8.12.2026,Ola\n",
            ["2026-12-07T00:00/2026-12-08T00:00 kari", "2026-12-08T00:00/2026-12-09T00:00 kari+ola"],
        ),
    ],
)
def test_whole_days_that_are_plain_are_taken_as_they_stand(rows: str, laid: list[str]) -> None:
    result = table_in(rows)
    assert (lines(result), result.not_taken) == (laid, ())


def test_absences_that_meet_on_a_day_hold_on_that_day() -> None:
    rows = b"from,to,person\n7.12.2026,14.12.2026,Kari\n14.12.2026,21.12.2026,Ola\n"
    assert take_in_absences(ORG, read_table(rows, zone=OSLO).entries).count == 2


def test_a_time_that_wall_clock_cannot_say_is_moved_and_told() -> None:
    entry = Entry(
        "x", "Kari", (), datetime(2026, 10, 25, 1, 15, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)
    )
    result = take_in_layer(ORG, "s", "In", [entry])
    assert lines(result) == ["2026-10-25T03:00/2026-10-25T09:00 kari"]
    assert str(result.not_taken[0]).startswith("2026-10-25 02:15: it falls into an hour that comes twice")


WEEKLY = "SUMMARY:Kari\r\nDTSTART:20261201T080000\r\nDTEND:20261203T080000\r\nRRULE:FREQ=WEEKLY;COUNT=3"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("DTSTART:20261201T080000", "DTSTART:2026", "its times cannot be read (DTSTART)"),
        ("DTSTART:20261201T080000\r\n", "", "it has no start"),
        ("DTEND:20261203T080000", "DTEND:2026-12-03", "its times cannot be read (DTEND)"),
        ("DTEND:20261203T080000", "DTEND:20251203T080000", "it ends before its start"),
        ("DTEND:20261203T080000", "DURATION:2 days", "its times cannot be read (DURATION)"),
        ("FREQ=WEEKLY", "FREQ=WEKLY", "its times cannot be read (RRULE)"),
        ("COUNT=3", "COUNT=3\r\nEXDATE:soon", "its times cannot be read (EXDATE)"),
        ("COUNT=3", "COUNT=3\r\nRDATE:soon", "its times cannot be read (RDATE)"),
        ("COUNT=3", "COUNT=3;INTERVAL=0", "its times cannot be read (INTERVAL below 1)"),
        ("DTEND:20261203T080000", "DTEND;VALUE=DURATION:PT8H", "its times cannot be read (DTSTART, DTEND)"),
        (
            "DTSTART:20261201T080000",
            "DTSTART:20261201T080000\r\nDTSTART:20261202T080000",
            "it has more than one start or end",
        ),
        (
            "DTEND:20261203T080000",
            "DTEND:20261203T080000\r\nDTEND:20261204T080000",
            "it has more than one start or end",
        ),
        ("DTSTART:20261201T080000", "DTSTART;TZID=Europe/Oslo:00010101T000000", "its times are out of reach"),
        ("COUNT=3", "COUNT=3;UNTIL=2027", "its times cannot be read (RRULE)"),
    ],
)
def test_an_event_whose_times_are_broken_is_told_of_and_the_others_are_taken(
    right: str, wrong: str, told: str
) -> None:
    assert right in WEEKLY
    other = "SUMMARY:Ola\r\nDTSTART:20261205T080000\r\nDTEND:20261206T080000"
    reading = read_calendar(calendar(WEEKLY.replace(right, wrong), other), start=START, end=END, zone=OSLO)
    assert [(each.text, each.reason) for each in reading.not_read] == [("Kari", told)]
    assert lines(take_in_layer(ORG, "s", "In", reading.entries)) == ["2026-12-05T08:00/2026-12-06T08:00 ola"]


def test_a_series_whose_exception_is_broken_is_left_out_whole_and_told() -> None:
    moved = "UID:0@x\r\nRECURRENCE-ID:soon\r\nSUMMARY:Ola\r\nDTSTART:20261209T080000\r\nDURATION:PT8H"
    reading = read_calendar(calendar(WEEKLY, moved), start=START, end=END, zone=OSLO)
    assert reading.entries == ()
    assert [str(each) for each in reading.not_read] == [
        "2026-12-09 08:00 “Ola”: its times cannot be read (RECURRENCE-ID)"
    ]


def test_whole_days_become_absences_once() -> None:
    data = calendar(
        "SUMMARY:Ferie Kari\r\nDTSTART;VALUE=DATE:20261221\r\nDTEND;VALUE=DATE:20261228",
        "SUMMARY:Kari lege\r\nDTSTART:20261203T080000\r\nDTEND:20261203T120000",
    )
    entries = read_calendar(data, start=START, end=END, zone=OSLO).entries
    once = take_in_absences(ORG, entries)
    assert once.count == 2
    kari = once.organisation.person("kari")
    assert kari is not None
    assert kari.absences == (
        Absence(datetime(2026, 12, 3, 8), datetime(2026, 12, 3, 12), "Kari lege"),
        Absence(date(2026, 12, 21), date(2026, 12, 27), "Ferie Kari"),
    )
    assert take_in_absences(once.organisation, entries).organisation == once.organisation


def test_a_layer_of_the_name_is_replaced_and_a_rotation_never() -> None:
    entry = Entry("x", "Kari", (), date(2026, 12, 1), date(2026, 12, 2))
    first = take_in_layer(ORG, "s", "In", [entry]).organisation
    second = take_in_layer(first, "s", "In", []).organisation
    assert [each.name for each in second.schedules[0].layers] == ["L", "In"]
    assert second.schedules[0].layers[1] == ShiftLayer("In", ())
    for name, schedule in (("L", "s"), ("In", "x")):
        with pytest.raises(TakingInError):
            take_in_layer(ORG, schedule, name, [entry])


def on(org: Organisation, start: datetime, end: datetime) -> list[tuple[datetime, datetime, frozenset[str]]]:
    """Return who is on when, shifts that meet with the same people joined, and nobody left out."""
    found: list[tuple[datetime, datetime, frozenset[str]]] = []
    for shift in build_timeline(org, "s", start=start, end=end).shifts:
        people = frozenset(shift.people)
        if found and found[-1][1] == shift.start and found[-1][2] == people:
            found[-1] = (found[-1][0], shift.end, people)
        elif people:
            found.append((shift.start, shift.end, people))
    return found


@settings(max_examples=25, deadline=None)
@given(organisations())
def test_our_own_calendar_read_back_as_a_layer_gives_the_same_timeline(org: Organisation) -> None:
    now = datetime(2026, 4, 15, tzinfo=UTC)
    start, end = (to_instant(wall, org.zone) for wall in (datetime(2026, 3, 1), datetime(2027, 5, 1)))
    named = read_calendar(schedule_calendar(org, "s", now=now), start=start, end=end, zone=org.zone)
    bare = Organisation(org.timezone, people=org.people, schedules=(type(org.schedules[0])("s", "S"),))
    result = take_in_layer(bare, "s", "In", named.entries)
    unwritable = [each for each in result.not_taken if "comes twice" not in each.reason]
    assert unwritable == []
    if result.not_taken:
        return
    present = replace(
        result.organisation, people=tuple(replace(person, absences=()) for person in org.people)
    )
    assert on(present, start, end) == on(org, start, end)
    assert read(write_organisation(result.organisation)) == result.organisation


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "there is no VCALENDAR in it"),
        (b"\x00\xff" * 100, "there is no VCALENDAR in it|that is no calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "that is no calendar|there is no VCALENDAR"),
        (
            calendar("SUMMARY:x\r\nDTSTART:20261201T080000Z\r\nRRULE:FREQ=SECONDLY"),
            "recurs every minute or second",
        ),
        (b"BEGIN:VCALENDAR" + b"x" * 16_000_000, "larger than 15 MB"),
    ],
)
def test_what_is_no_calendar_ends_in_words(data: bytes, told: str) -> None:
    with pytest.raises(CalendarReadError, match=told):
        read_calendar(data, start=START, end=END, zone=OSLO)


@pytest.mark.parametrize(
    "table",
    [
        "from,to,person\n2026-12-01 08:00,2026-12-02 08:00,Kari\n",
        "frå;til;vakt\n1.12.2026 08:00;02.12.26 kl. 8.00;Kari\n",
        "Namn\tFrå\tTil\nKari\t1.12.2026 0800\t2.12.2026 8\n",
        "2026-12-01T08:00,2026-12-02T08:00,Kari\n",
        "Fra,Fra kl.,Til,Til kl.,Navn\n01.12.2026,08:00,02.12.2026,08:00,Kari\n",
        "\ufefffrom,to,person\r\n\r\n2026-12-01 08:00,2026-12-02 08:00,Kari\r\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_tables_are_read_as_people_write_them(table: str, encoding: str) -> None:
    data = table.encode(encoding, errors="ignore")
    reading = read_table(data, zone=OSLO)
    assert reading.not_read == ()
    assert lines(take_in_layer(ORG, "s", "In", reading.entries)) == ["2026-12-01T08:00/2026-12-02T08:00 kari"]


def test_weeks_and_whole_days_and_several_people() -> None:
    table = "veke;vakt\n49 2026;Kari + Ola\n2026-W50;Siri og Kari\nuke 51, 2026;ola\n"
    reading = read_table(table.encode(), zone=OSLO, week_begins=8 * 60)
    assert lines(take_in_layer(ORG, "s", "In", reading.entries)) == [
        "2026-11-30T08:00/2026-12-07T08:00 kari+ola",
        "2026-12-07T08:00/2026-12-14T08:00 siri+kari",
        "2026-12-14T08:00/2026-12-21T08:00 ola",
    ]
    days = read_table(b"from,to,person\n24.12.2026,25.12.2026,Kari\n", zone=OSLO)
    result = take_in_layer(ORG, "s", "In", days.entries).organisation
    assert "2026-12-24T00:00+01:00/2026-12-26T00:00+01:00 kari layer:In" in shifts(
        result, "2026-12-24", "2026-12-26"
    )
    assert result.schedules[0].layers[-1] == ShiftLayer(
        "In", (FixedShift(("kari",), datetime(2026, 12, 24), datetime(2026, 12, 26)),)
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("30.2.2026,1.3.2026,Kari", "is no day and time"),
        ("x,1.3.2026,Kari", "“x” is no day: write it as 24.12.2026"),
        (",1.3.2026,Kari", "a time is missing"),
        ("1.3.2026 08:00,2.3.2026,Kari", "one of the two has a time of day"),
        ("1.3.2026 25:00,2.3.2026 08:00,Kari", "is no day and time"),
        ("1.3.2026,2.3.2026,", "nobody is named"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_by_its_line(row: str, told: str) -> None:
    reading = read_table(f"from,to,person\n1.1.2026,2.1.2026,Ola\n{row}\n".encode(), zone=OSLO)
    assert len(reading.entries) == 1
    assert reading.not_read[0].where == "line 3"
    assert told in reading.not_read[0].reason


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a,b,c,d\n1,2,3,4\n", b"x" * 16_000_001])
def test_what_is_no_table_ends_in_words(data: bytes) -> None:
    with pytest.raises(TableReadError):
        read_table(data, zone=OSLO)
