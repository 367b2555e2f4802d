"""What one layer says: whose turn or shift it is, when its windows are open, and who is absent.

Turns are found by arithmetic from the rotation's start, never by walking from it, so a ten-year-old
rotation costs no more than a new one. The end of a turn is the start of the next (contract section 3,
Hand-over), so a chain of turns can neither gap nor overlap.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import Final, assert_never

from roster.organisation import Absence, FixedShift, Layer, Organisation, Rotation, ShiftLayer, Window
from roster.spans import Interval, Span, limited_to, united
from roster.wallclock import LAST_INSTANT, day_before, midnight, minute_of_day, to_instant, to_wall

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)

_start_of: Callable[[Span], datetime] = itemgetter(0)
_wall_end_of: Callable[[FixedShift], datetime] = attrgetter("end")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a rotation, before windows and absences; `number` counts from 0."""

    number: int
    start: datetime
    end: datetime
    people: tuple[str, ...]


def turn_at(layer: Layer, zone: tzinfo, at: datetime) -> Turn | None:
    """Return the turn that is running at an instant in UTC; None before `start` and from `until` on."""
    if at < to_instant(layer.start, zone) or at >= layer_end(layer, zone):
        return None
    handover = _handovers(layer, zone)
    number = _turn_number(layer, zone, at, handover)
    return Turn(
        number=number,
        start=handover(number),
        end=min(handover(number + 1), layer_end(layer, zone)),
        people=layer.people[number % len(layer.people)],
    )


def layer_end(layer: Layer, zone: tzinfo) -> datetime:
    """Return the instant from which the layer has nobody; the end of the calendar where it has no end."""
    return LAST_INSTANT if layer.until is None else to_instant(layer.until, zone)


def layer_spans(
    layer: Layer | ShiftLayer, organisation: Organisation, start: datetime, end: datetime
) -> list[Span]:
    """Return who the layer puts on within [start, end): turns within windows, the absent taken out."""
    zone = organisation.zone
    if isinstance(layer, ShiftLayer):
        spans = _shift_spans(layer, zone, start, end)
    else:
        spans = _turn_spans(layer, zone, start, end)
        if layer.windows and spans:
            spans = limited_to(spans, open_windows(layer.windows, zone, spans[0][0], spans[-1][1]))
    if not spans:
        return spans
    away: dict[str, list[Interval]] = {}
    for person_id in layer.named:
        person = organisation.person(person_id)
        if person is not None and person.absences:
            found = absent_within(person.absences, zone, start, end)
            if found:
                away[person_id] = found
    return _without_absent(spans, away) if away else spans


def _turn_spans(layer: Layer, zone: tzinfo, start: datetime, end: datetime) -> list[Span]:
    begins = max(start, to_instant(layer.start, zone))
    ends = min(end, layer_end(layer, zone))
    if begins >= ends:
        return []
    source = f"layer:{layer.name}"
    turns = layer.people
    if all(turn == turns[0] for turn in turns):
        return [(begins, ends, turns[0], source)]
    handover = _handovers(layer, zone)
    number = _turn_number(layer, zone, begins, handover)
    spans: list[Span] = []
    while begins < ends:
        number += 1
        handed_over = min(handover(number), ends)
        if begins < handed_over:
            spans.append((begins, handed_over, turns[(number - 1) % len(turns)], source))
        begins = handed_over
    return spans


def _shift_spans(layer: ShiftLayer, zone: tzinfo, start: datetime, end: datetime) -> list[Span]:
    source = f"layer:{layer.name}"
    spans: list[Span] = []
    for shift in shifts_from(layer, zone, start):
        begins = to_instant(shift.start, zone)
        if begins >= end:
            break
        begins, ends = max(begins, start), min(to_instant(shift.end, zone), end)
        if begins < ends:
            spans.append((begins, ends, shift.people, source))
    return spans


def shifts_from(layer: ShiftLayer, zone: tzinfo, at: datetime) -> Iterator[FixedShift]:
    """Yield the shifts of a layer in order, from a little before an instant in UTC on."""
    # Shifts never overlap, so their ends are in order too; no wall clock is moved by more than a day.
    earliest = day_before(to_wall(at, zone))
    first = bisect_left(layer.shifts, earliest, key=_wall_end_of)
    return (layer.shifts[number] for number in range(first, len(layer.shifts)))


def shift_of(layer: ShiftLayer, zone: tzinfo, at: datetime) -> FixedShift | None:
    """Return the fixed shift that is running at an instant in UTC, or None."""
    for shift in shifts_from(layer, zone, at):
        if to_instant(shift.start, zone) > at:
            return None
        if at < to_instant(shift.end, zone):
            return shift
    return None


def _handovers(layer: Layer, zone: tzinfo) -> Callable[[int], datetime]:
    """Return the function from a turn's number to the instant at which it begins."""
    start, every = layer.start, layer.every
    match layer.rotation:
        case Rotation.HOURLY:
            first, length = to_instant(start, zone), every * _HOUR
            return lambda number: _moved(first, number, length)
        case Rotation.DAILY | Rotation.WEEKLY:
            days = timedelta(days=every * (7 if layer.rotation is Rotation.WEEKLY else 1))
            return lambda number: _moved_wall(start, number, days, zone)
        case Rotation.MONTHLY:
            return lambda number: _moved_months(start, number * every, zone)
        case unknown:
            assert_never(unknown)


def _moved(first: datetime, number: int, length: timedelta) -> datetime:
    try:
        return min(first + number * length, LAST_INSTANT)
    except OverflowError:
        return LAST_INSTANT


def _moved_wall(start: datetime, number: int, length: timedelta, zone: tzinfo) -> datetime:
    try:
        return to_instant(start + number * length, zone)
    except OverflowError:
        return LAST_INSTANT


def _moved_months(start: datetime, months: int, zone: tzinfo) -> datetime:
    """Count months from the start each time, so that day 31 comes back after a shorter month."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    if year > LAST_INSTANT.year:
        return LAST_INSTANT
    day = min(start.day, monthrange(year, month + 1)[1])
    return to_instant(start.replace(year=year, month=month + 1, day=day), zone)


def _turn_number(layer: Layer, zone: tzinfo, at: datetime, handover: Callable[[int], datetime]) -> int:
    """Return the number of the turn running at an instant that is not before the first one."""
    match layer.rotation:
        case Rotation.HOURLY:
            number = (at - to_instant(layer.start, zone)) // (layer.every * _HOUR)
        case Rotation.DAILY:
            number = (to_wall(at, zone) - layer.start) // (layer.every * _DAY)
        case Rotation.WEEKLY:
            number = (to_wall(at, zone) - layer.start) // (layer.every * 7 * _DAY)
        case Rotation.MONTHLY:
            wall = to_wall(at, zone)
            months = (wall.year - layer.start.year) * 12 + wall.month - layer.start.month
            number = months // layer.every
        case unknown:
            assert_never(unknown)
    # Wall clock and the length of months may put the estimate off by one; a clock change never by more.
    number = max(number, 0)
    while number and handover(number) > at:
        number -= 1
    while handover(number + 1) <= at and handover(number + 1) < LAST_INSTANT:
        number += 1
    return number


def open_windows(windows: tuple[Window, ...], zone: tzinfo, start: datetime, end: datetime) -> list[Interval]:
    """Return when any of the windows is open, touching [start, end), in order and united."""
    day = _day_before(to_wall(start, zone).date())
    last = to_wall(end, zone).date()
    found: list[Interval] = []
    by_weekday: list[list[Window]] = [[] for _ in range(7)]
    for window in windows:
        for weekday in window.days:
            by_weekday[weekday].append(window)
    while True:
        found.extend(window_on(window, day, zone) for window in by_weekday[day.weekday()])
        if day >= last:
            return united(found)
        day += _DAY


def window_on(window: Window, day: date, zone: tzinfo) -> Interval:
    """Return the window that begins on a day; it is empty when its end is not after its start."""
    to_minute = window.to_minute
    if to_minute <= window.from_minute:
        to_minute += 24 * 60
    return minute_of_day(day, window.from_minute, zone), minute_of_day(day, to_minute, zone)


def _day_before(day: date) -> date:
    return day if day == date.min else day - _DAY


def absence_interval(absence: Absence, zone: tzinfo) -> Interval:
    """Return an absence as instants: dates are whole days, both included; a date-time is as it is."""
    return _instant_of(absence.from_, zone, days_later=0), _instant_of(absence.to, zone, days_later=1)


def _instant_of(value: date | datetime, zone: tzinfo, *, days_later: int) -> datetime:
    if isinstance(value, datetime):
        return to_instant(value, zone)
    try:
        return midnight(value + timedelta(days=days_later), zone)
    except OverflowError:
        return LAST_INSTANT


def absent_within(
    absences: tuple[Absence, ...], zone: tzinfo, start: datetime, end: datetime
) -> list[Interval]:
    """Return when somebody is absent, touching [start, end), in order and united."""
    intervals = (absence_interval(absence, zone) for absence in absences)
    return united((begins, ends) for begins, ends in intervals if begins < end and ends > start)


def absence_at(absences: tuple[Absence, ...], zone: tzinfo, at: datetime) -> Absence | None:
    """Return the first absence that covers an instant in UTC, or None."""
    for absence in absences:
        begins, ends = absence_interval(absence, zone)
        if begins <= at < ends:
            return absence
    return None


def _without_absent(spans: list[Span], away: dict[str, list[Interval]]) -> list[Span]:
    # Most of a year nobody is away: only the spans around the absences are looked at one by one.
    first_gone = min(intervals[0][0] for intervals in away.values())
    last_back = max(intervals[-1][1] for intervals in away.values())
    first = max(bisect_right(spans, first_gone, key=_start_of) - 1, 0)
    last = bisect_left(spans, last_back, key=_start_of)
    kept = spans[:first]
    for span in spans[first:last]:
        start, end, people, source = span
        cuts = {
            instant
            for person_id in people
            for interval in away.get(person_id, ())
            for instant in interval
            if start < instant < end
        }
        if not cuts and not any(person_id in away for person_id in people):
            kept.append(span)
            continue
        edges = [start, *sorted(cuts), end]
        for begins, ends in pairwise(edges):
            present = tuple(
                person_id
                for person_id in people
                if not any(gone <= begins < back for gone, back in away.get(person_id, ()))
            )
            if present:
                kept.append((begins, ends, present, source))
    return kept + spans[last:]
