"""Broken calendars and tables end in words: never in a crash, and never in an answer that does not come."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roster.calendar_in import CalendarReadError, read_calendar
from roster.shift_tables import TableReadError, read_table
from roster.taking_in import Entry, NotTaken, take_in_absences, take_in_layer
from tests.roster.building import layer, organisation

OSLO = ZoneInfo("Europe/Oslo")
ORG = organisation(layer("kari", "weekly", "2026-01-05T08:00:00"))
CALENDAR = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "X-WR-TIMEZONE:Europe/Oslo",
    "BEGIN:VTIMEZONE",
    "TZID:Customized Time Zone",
    "BEGIN:STANDARD",
    "DTSTART:16010101T020000",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0100",
    "END:STANDARD",
    "END:VTIMEZONE",
    "BEGIN:VEVENT",
    "UID:1",
    "SUMMARY:Kari",
    "ATTENDEE;CN=Kari:mailto:kari@example.no",
    "DTSTART;TZID=Customized Time Zone:20261130T080000",
    "DTEND;TZID=Customized Time Zone:20261207T080000",
    "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=6",
    "EXDATE;TZID=Customized Time Zone:20261214T080000",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "UID:1",
    "RECURRENCE-ID;TZID=Customized Time Zone:20261228T080000",
    "SUMMARY:Ola",
    "DTSTART;TZID=Europe/Oslo:20261229T080000",
    "DURATION:P2D",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "UID:2",
    "SUMMARY:Ola",
    "DTSTART;VALUE=DATE:20261224",
    "RDATE;VALUE=DATE:20261231",
    "END:VEVENT",
    "END:VCALENDAR",
)
NAMES = (
    *(
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "EXDATE",
        "RDATE",
        "RECURRENCE-ID",
        "EXRULE",
        "UID",
        "SUMMARY",
    ),
    *("ATTENDEE", "STATUS", "SEQUENCE", "TZID", "TZOFFSETTO", "CALSCALE", "X-WR-TIMEZONE", "BEGIN", "END"),
    *("DTSTART;VALUE=DATE", "DTSTART;TZID=Nowhere/Else", "DTEND;VALUE=PERIOD", "DTEND;TZID=Europe/Oslo"),
)
VALUES = (
    *(
        "",
        "x",
        "99991231T235959Z",
        "00010101",
        "20261301",
        "20261201",
        "20261201T000000",
        "2026-12-01",
        ";;,",
    ),
    *("P1D", "-P1D", "PT0S", "P99999999D", "VEVENT", "JULIAN", "CANCELLED", "+9999", "Nowhere/Else", "\x00"),
    *("FREQ=DAILY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;UNTIL=00010101", "FREQ=x"),
    *("FREQ=YEARLY;BYMONTH=13", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=WEEKLY;BYDAY=99MO", "COUNT=3"),
)
LINES = st.builds("{}:{}".format, st.sampled_from(NAMES), st.sampled_from(VALUES)) | st.sampled_from(CALENDAR)
CHANGES = st.lists(
    st.tuples(st.integers(0, len(CALENDAR) - 1), st.sampled_from(["instead", "before", "without"]), LINES),
    min_size=1,
    max_size=3,
)


@given(CHANGES)
@settings(max_examples=150)
def test_a_broken_calendar_is_read_or_told_of(changes: list[tuple[int, str, str]]) -> None:
    lines = list(CALENDAR)
    for place, how, line in sorted(changes, reverse=True):
        lines[place : place + (how != "before")] = [] if how == "without" else [line]
    try:
        reading = read_calendar(
            "\r\n".join(lines).encode(),
            start=datetime(2026, 11, 1, tzinfo=UTC),
            end=datetime(2027, 2, 1, tzinfo=UTC),
            zone=OSLO,
        )
    except CalendarReadError:
        return
    accounted_for(reading.entries, reading.not_read)


CELLS = st.sampled_from(
    [
        *(
            "Kari",
            "Ola og Kari",
            "Per?",
            "",
            "7.12.2026",
            "14.12.2026 08:00",
            "2026-12-24",
            "31.2.2026",
            "1.1.1",
        ),
        *(
            "99.99.9999",
            "1.1.0001",
            "31.12.9999",
            "08:00",
            "24:00",
            "25:00",
            "49 2026",
            "54 2026",
            "2026-W01",
        ),
        *("from", "til", "veke", "vakt", "kl", "\x00", '"', "'"),
    ]
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=5), st.sampled_from(",;\t"))
@settings(max_examples=300)
def test_a_broken_table_is_read_or_told_of(rows: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in rows)
    for head in ("", f"from{delimiter}to{delimiter}who\n", f"week{delimiter}who\n"):
        try:
            reading = read_table((head + text).encode(), zone=OSLO)
        except TableReadError:
            continue
        accounted_for(reading.entries, reading.not_read)


def accounted_for(entries: tuple[Entry, ...], not_read: tuple[NotTaken, ...]) -> None:
    """See that each entry is taken in or told of, with a reason, and that what is taken in is a roster."""
    assert all(each.reason for each in not_read)
    for taken in (take_in_layer(ORG, "s", "In", entries), take_in_absences(ORG, entries)):
        assert all(each.reason for each in taken.not_taken)
        told = {(each.where, each.text) for each in taken.not_taken}
        assert taken.count >= len(entries) - len(told & {(each.where, each.text) for each in entries})


@pytest.mark.parametrize(
    "rows",
    [
        "from,to,who\n0001-01-01,0001-01-01,Kari\n",
        "from,to,who\n9999-12-31,9999-12-31,Kari\n",
        "from,to,who\n9999-12-31 08:00,9999-12-31 24:00,Kari\n",
        "week,who\n1 0001,Kari\n",
        "week,who\n52 9999,Kari\n",
    ],
)
def test_the_ends_of_the_calendar_are_told_of(rows: str) -> None:
    reading = read_table(rows.encode(), zone=OSLO)
    assert reading.entries == ()
    (told,) = reading.not_read
    assert told.where == "line 2"
