"""Reading calendars that others made: Google, Outlook, PagerDuty, Opsgenie and whatever else is RFC 5545.

Recurring events are laid out one by one within a stretch, exceptions and cancelled ones left out. Every zone
name is understood that the calendar's own VTIMEZONE or the time zone database explains, and those of Windows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

from icalendar import Calendar, Event, vDDDTypes, vRecur

from roster.taking_in import MOST_ENTRIES, Entry, NotTaken
from roster.toml_lines import LARGEST_FILE_BYTES
from roster.wallclock import to_instant

# Rules that make thousands of events a week are no roster.
_TOO_OFTEN: Final = frozenset({"SECONDLY", "MINUTELY"})
_TIMES: Final = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_ALL_TEXT: Final = ("summary", "description", "location")


class CalendarReadError(Exception):
    """The bytes are no calendar that can be read. Caught by commands, which tell it."""


@dataclass(frozen=True, slots=True)
class CalendarReading:
    """The entries of a calendar in order of time, and what in it could not be read."""

    entries: tuple[Entry, ...]
    not_read: tuple[NotTaken, ...]


def read_calendar(data: bytes, *, start: datetime, end: datetime, zone: tzinfo) -> CalendarReading:
    """Return the events of a calendar that touch [start, end), aware instants.

    `zone` is that of times without one.

    Raises:
        CalendarReadError: it is no calendar, too large, or its rules make too many events.
    """
    calendars = _parsed(data)
    entries: list[Entry] = []
    not_read: list[NotTaken] = []
    for calendar in calendars:
        for event in _laid_out(calendar, start, end, zone):
            if isinstance(event, NotTaken):
                not_read.append(event)
                continue
            if str(event.get("status", "")).upper() == "CANCELLED":
                continue
            entry = _entry(event, zone)
            if isinstance(entry, Entry):
                entries.append(entry)
            else:
                not_read.append(entry)
            if len(entries) > MOST_ENTRIES:
                message = f"it has more than {MOST_ENTRIES} events in that time: ask for a shorter one"
                raise CalendarReadError(message)
    entries.sort(key=lambda each: (_sortable(each.start), each.text))
    return CalendarReading(tuple(dict.fromkeys(entries)), tuple(not_read))


def _parsed(data: bytes) -> list[Calendar]:
    if len(data) > LARGEST_FILE_BYTES:
        message = f"the calendar is larger than {LARGEST_FILE_BYTES // 2**20} MB"
        raise CalendarReadError(message)
    text = data.decode("utf-8-sig", errors="replace")
    try:
        calendars = [each for each in Calendar.from_ical(text, multiple=True) if isinstance(each, Calendar)]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        message = "that is no calendar that can be read (iCalendar, RFC 5545)"
        raise CalendarReadError(message) from error
    if not calendars:
        message = "there is no VCALENDAR in it: export it as iCalendar (.ics)"
        raise CalendarReadError(message)
    return calendars


def _laid_out(calendar: Calendar, start: datetime, end: datetime, zone: tzinfo) -> Iterator[Event | NotTaken]:
    """Yield what a calendar's events come to in [start, end), and each event that cannot be laid out."""
    import recurring_ical_events

    for events in _by_uid(calendar):
        doubts = [(event, _unreadable(event, zone)) for event in events]
        if broken := [NotTaken(*_told(event), reason) for event, reason in doubts if reason]:
            yield from broken
            continue
        alone = Calendar(calendar)
        alone.subcomponents = list(events)
        try:
            yield from recurring_ical_events.of(alone).between(start, end)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            yield NotTaken(*_told(events[0]), f"its times cannot be laid out ({error})")


def _by_uid(calendar: Calendar) -> Iterable[list[Event]]:
    """Return events by what they are: one, or one that recurs and the exceptions to it."""
    by_uid: dict[str, list[Event]] = {}
    for number, event in enumerate(each for each in calendar.walk("VEVENT") if isinstance(each, Event)):
        if any(_TOO_OFTEN & {str(each).upper() for each in rule.get("FREQ", [])} for rule in _rules(event)):
            message = "an event of it recurs every minute or second: that is no roster"
            raise CalendarReadError(message)
        by_uid.setdefault(str(event.get("uid", f"without {number}")), []).append(event)
    return by_uid.values()


def _rules(event: Event) -> list[vRecur]:
    found: Any = event.get("rrule", [])
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, vRecur)]


def _unreadable(event: Event, zone: tzinfo) -> str:
    """Return what is wrong with an event's times; "" if nothing is."""
    broken = sorted({str(name).upper() for name, _ in event.errors} & _TIMES)
    if broken:
        return f"its times cannot be read ({', '.join(broken)})"
    if any(int(each) < 1 for rule in _rules(event) for each in rule.get("INTERVAL", [])):
        return "its times cannot be read (INTERVAL below 1)"  # would be laid out for ever
    begins, ends = event.get("dtstart"), event.get("dtend")
    if begins is None:
        return "it has no start"
    if not isinstance(begins, vDDDTypes) or not isinstance(ends, vDDDTypes | None):
        return "it has more than one start or end"
    start, end = begins.dt, begins.dt if ends is None else ends.dt
    if not isinstance(start, date) or not isinstance(end, date):
        return "its times cannot be read (DTSTART, DTEND)"
    if type(start) is not type(end):
        return ""
    try:
        backwards = _in_utc(end, zone) < _in_utc(start, zone)
    except OverflowError:
        return "its times are out of reach"
    return "it ends before its start" if backwards else ""


def _entry(event: Event, zone: tzinfo) -> Entry | NotTaken:
    where, text = _told(event)
    try:
        start, end = event.start, event.end
        begins, ends = _in_utc(start, zone), _in_utc(end, zone)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        return NotTaken(where, text, f"its times cannot be read ({error})")
    if isinstance(start, datetime) != isinstance(end, datetime):
        return NotTaken(where, text, "it begins with a time and ends with a day, or the other way round")
    return Entry(
        where=where,
        text=text or " ".join(str(event.get(each, "")) for each in _ALL_TEXT).strip(),
        emails=tuple(_emails(event)),
        start=begins,
        end=ends,
    )


def _emails(event: Event) -> Iterator[str]:
    found: Any = event.get("attendee", [])
    for attendee in found if isinstance(found, list) else [found]:
        address = str(attendee)
        yield address[len("mailto:") :] if address.casefold().startswith("mailto:") else address
        yield from (str(each) for each in [attendee.params.get("EMAIL")] if each)


def _in_utc(moment: date, zone: tzinfo) -> date:
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        return to_instant(moment, zone)
    return moment.astimezone(UTC)


def _sortable(moment: date) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def _told(event: Event) -> tuple[str, str]:
    """Return where an event stands and what it says, as people find it again."""
    begins = event.get("dtstart")
    moment = begins.dt if isinstance(begins, vDDDTypes) else None
    text = " ".join(str(event.get("summary", "")).split())
    if not isinstance(moment, date):
        return "an event without a readable start", text
    return f"{moment:%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else f"{moment:%Y-%m-%d}", text
