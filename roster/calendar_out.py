"""The roster as iCalendar (RFC 5545): a person's shifts, or a schedule's.

Made from the resolver's timeline alone, so overrides, swaps and absences are in it, and a shift that was
cancelled is simply not there any more. A calendar reaches from the beginning of the month before to the end
of the same month a year ahead; these ends move once a month, so that between edits a calendar is the same to
the byte.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from roster.foreign import one_line
from roster.history import History, as_history
from roster.organisation import Language, Organisation
from roster.phrases import joined
from roster.timeline import build_timeline
from roster.wallclock import as_utc, to_instant, to_wall
from roster.warning_phrases import person_words, schedule_words, source_words

PRODUCT: Final = "-//Vakttelefon//Roster//EN"
# How often a calendar program should look; a suggestion that many follow.
REFRESH: Final = timedelta(hours=1)
MONTHS_BACK: Final = 1
MONTHS_AHEAD: Final = 13

_EARLIEST_STAMP: Final = datetime(2000, 1, 1, tzinfo=UTC)

_ON_DUTY: Final = {Language.NN: "Vakt", Language.NB: "Vakt", Language.EN: "On duty"}
_TOGETHER: Final = {
    Language.NN: "saman med {people}",
    Language.NB: "sammen med {people}",
    Language.EN: "together with {people}",
}


class UnknownTargetError(LookupError):
    """The person or schedule of a calendar is not in the roster. Caught by commands and the web."""


@dataclass(frozen=True, slots=True)
class _Duty:
    """Shifts that meet, with the same people: one event, whatever rules put them there."""

    schedule: str
    start: datetime
    end: datetime
    people: tuple[str, ...]
    sources: tuple[str, ...]


def person_calendar(source: History | Organisation, person_id: str, *, now: datetime) -> bytes:
    """Return the shifts of one person on all schedules, in that person's language.

    Raises:
        UnknownTargetError: nobody has the id.
        ValueError: `now` is naive.
    """
    history = as_history(source)
    organisation = history.current
    person = organisation.person(person_id)
    if person is None:
        raise UnknownTargetError(person_id)
    start, end = _reach(organisation, now)
    duties = [
        duty
        for schedule in organisation.schedules
        for duty in _duties(history, schedule.id, start, end)
        if person_id in duty.people
    ]
    language = person.language
    calendar = _calendar(f"{_ON_DUTY[language]}: {person.name}")
    for duty in sorted(duties, key=lambda each: (each.start, each.schedule)):
        name = schedule_words(duty.schedule, organisation)
        others = tuple(person_words(each, organisation) for each in duty.people if each != person_id)
        with_whom = f" ({_TOGETHER[language].format(people=joined(others, language))})" if others else ""
        summary = f"{_ON_DUTY[language]}: {name}{with_whom}"
        calendar.add_component(_event(history, duty, f"person:{person_id}", summary, language))
    return bytes(calendar.to_ical())


def schedule_calendar(source: History | Organisation, schedule_id: str, *, now: datetime) -> bytes:
    """Return all shifts of a schedule that have somebody on, in the language of the file.

    Raises:
        UnknownTargetError: the roster has no such schedule now.
        ValueError: `now` is naive.
    """
    history = as_history(source)
    organisation = history.current
    if organisation.schedule(schedule_id) is None:
        raise UnknownTargetError(schedule_id)
    start, end = _reach(organisation, now)
    language = organisation.language
    calendar = _calendar(schedule_words(schedule_id, organisation))
    for duty in _duties(history, schedule_id, start, end):
        names = joined(tuple(person_words(each, organisation) for each in duty.people), language)
        calendar.add_component(_event(history, duty, f"schedule:{schedule_id}", names, language))
    return bytes(calendar.to_ical())


def _reach(organisation: Organisation, now: datetime) -> tuple[datetime, datetime]:
    """Return from the first of the month before to the first of the month after the same one next year."""
    zone = organisation.zone
    wall = to_wall(as_utc(now), zone)
    months = wall.year * 12 + wall.month - 1
    first, last = months - MONTHS_BACK, months + MONTHS_AHEAD
    return (
        to_instant(datetime(first // 12, first % 12 + 1, 1), zone),
        to_instant(datetime(last // 12, last % 12 + 1, 1), zone),
    )


def _duties(history: History, schedule_id: str, start: datetime, end: datetime) -> Iterator[_Duty]:
    found: _Duty | None = None
    for shift in build_timeline(history, schedule_id, start=start, end=end).shifts:
        if found is not None and found.end == shift.start and set(found.people) == set(shift.people):
            sources = tuple(dict.fromkeys((*found.sources, shift.source)))
            found = _Duty(schedule_id, found.start, shift.end, found.people, sources)
            continue
        if found is not None:
            yield found
        found = None
        if shift.people:
            found = _Duty(schedule_id, shift.start, shift.end, shift.people, (shift.source,))
    if found is not None:
        yield found


def _calendar(name: str) -> Calendar:
    # No X-WR-TIMEZONE: all times are in UTC, and readers that heed it lose the second of two like hours.
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", one_line(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def _event(history: History, duty: _Duty, feed: str, summary: str, language: Language) -> Event:
    event = Event()
    event.add("uid", _uid(duty, feed))
    # When the roster was last changed: stable between edits, and newer after one.
    event.add("dtstamp", _stamp(history))
    event.add("dtstart", duty.start)
    event.add("dtend", duty.end)
    event.add("summary", one_line(summary))
    sources = joined(tuple(source_words(each, language) for each in duty.sources), language)
    event.add("description", one_line(sources[0].upper() + sources[1:]))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    return event


def _uid(duty: _Duty, feed: str) -> str:
    """Return what names the event for ever: whose calendar, which schedule, who, and from when.

    Its end is no part of it: a shift that is cut short or goes on is the same event.
    """
    named = "|".join((feed, duty.schedule, "+".join(sorted(duty.people)), duty.start.isoformat()))
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@vakttelefon"


def _stamp(history: History) -> datetime:
    # A file alone does not know when it was changed.
    return max(history.last_change, _EARLIEST_STAMP).replace(microsecond=0)
