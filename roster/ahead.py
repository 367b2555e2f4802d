"""Looking ahead on a schedule for the next change, however far away it lies, or telling that none comes.

A roster is read in stretches that grow, so a change tomorrow costs days and one in five years costs
years. When only rules that repeat are left, reading goes on for as long as they could take to show
something new, and never further than a hundred years; after that the answer is "never".
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from roster.history import History
from roster.layers import absence_interval, layer_end
from roster.organisation import Layer, Organisation, Rotation, Schedule, ShiftLayer
from roster.spans import Interval, Span
from roster.timeline import spans_between
from roster.wallclock import FIRST_INSTANT, LAST_INSTANT, to_instant

_FIRST_STRETCH: Final = timedelta(days=40)
_LONGEST_STRETCH: Final = timedelta(days=4 * 366)
_LEAST_REPEAT: Final = timedelta(days=10 * 366)
_FURTHEST: Final = timedelta(days=100 * 366)
_UNIT_DAYS: Final = {
    Rotation.HOURLY: 1 / 24,
    Rotation.DAILY: 1.0,
    Rotation.WEEKLY: 7.0,
    Rotation.MONTHLY: 31.0,
}

Period = tuple[datetime, datetime, tuple[str, ...]]


def periods_ahead(history: History, schedule_id: str, at: datetime) -> Iterator[Period]:
    """Yield `(start, end, people)` from an instant (UTC) on, nobody included, neighbours joined.

    The first period holds the instant and starts there. Neighbours differ in the set of their people
    (contract section 3, Answers: whatever the source). The last period has the calendar's end.
    """
    begins = at
    people: tuple[str, ...] = ()
    started = False
    for start, end, now_on in _pieces_ahead(history, schedule_id, at):
        if not started:
            begins, people, started = start, now_on, True
        elif set(now_on) != set(people):
            yield begins, start, people
            begins, people = start, now_on
        if end >= LAST_INSTANT:
            break
    yield begins, LAST_INSTANT, people


def _pieces_ahead(history: History, schedule_id: str, at: datetime) -> Iterator[Period]:
    """Yield spans and the empty time between them, in stretches, until nothing new can come."""
    begins, stretch = max(at, _nobody_before(history, schedule_id)), _FIRST_STRETCH
    if begins > at:
        yield at, begins, ()
    settled = settled_from(history, schedule_id)
    schedule = history.current.schedule(schedule_id)
    enough = _repeat_of(schedule, max(begins, settled)) if schedule is not None else settled
    enough = min(enough, _later(begins, _FURTHEST))
    while begins < LAST_INSTANT:
        if begins >= settled:
            always = _always_same(schedule)
            if always is not None:
                yield begins, LAST_INSTANT, always
                return
        if begins >= enough:
            return
        ends = _later(begins, stretch)
        if begins < settled:
            ends = min(ends, settled)
        yield from _with_nobody(spans_between(history, schedule_id, begins, ends), begins, ends)
        begins, stretch = ends, min(stretch * 2, _LONGEST_STRETCH)


def _with_nobody(spans: list[Span], start: datetime, end: datetime) -> Iterator[Period]:
    begins = start
    for span in spans:
        if span[0] > begins:
            yield begins, span[0], ()
        yield span[0], span[1], span[2]
        begins = span[1]
    if begins < end:
        yield begins, end, ()


def _nobody_before(history: History, schedule_id: str) -> datetime:
    """Return the instant before which no version has anybody: nothing has begun."""
    earliest = LAST_INSTANT
    for version in history.versions:
        schedule = version.organisation.schedule(schedule_id)
        if schedule is not None:
            zone = version.organisation.zone
            starts = [layer.start for layer in schedule.layers if isinstance(layer, Layer)]
            starts += [shift.start for layer in _fixed(schedule) for shift in layer.shifts[:1]]
            starts += [override.start for override in schedule.overrides]
            earliest = min([earliest, *(to_instant(start, zone) for start in starts)])
    return earliest


def settled_from(history: History, schedule_id: str) -> datetime:
    """Return the instant from which only endless rotations and their windows decide who is on."""
    latest = max(history.last_change, FIRST_INSTANT)
    organisation = history.current
    schedule = organisation.schedule(schedule_id)
    if schedule is None:
        return latest
    zone = organisation.zone
    for override in schedule.overrides:
        latest = max(latest, to_instant(override.end, zone))
    for fixed in _fixed(schedule):
        for shift in fixed.shifts[-1:]:
            latest = max(latest, to_instant(shift.end, zone))
    for layer in schedule.layers:
        if isinstance(layer, Layer):
            latest = max(latest, to_instant(layer.start, zone))
            if layer.until is not None:
                latest = max(latest, layer_end(layer, zone))
        for interval in _absences_of(layer, organisation):
            latest = max(latest, interval[1])
    return latest


def names_once_settled(history: History, schedule_id: str) -> frozenset[str]:
    """Return everybody whom endless rotations may still put on once the schedule is settled."""
    schedule = history.current.schedule(schedule_id)
    layers = [] if schedule is None else _endless(schedule)
    return frozenset(person_id for layer in layers for person_id in layer.named)


def _absences_of(layer: Layer | ShiftLayer, organisation: Organisation) -> Iterator[Interval]:
    for person_id in layer.named:
        person = organisation.person(person_id)
        if person is not None:
            for absence in person.absences:
                yield absence_interval(absence, organisation.zone)


def _endless(schedule: Schedule) -> list[Layer]:
    return [layer for layer in schedule.layers if isinstance(layer, Layer) and layer.until is None]


def _fixed(schedule: Schedule) -> list[ShiftLayer]:
    return [layer for layer in schedule.layers if isinstance(layer, ShiftLayer)]


def _always_same(schedule: Schedule | None) -> tuple[str, ...] | None:
    """Return the people who are on for ever once settled; None when they may change."""
    layers = [] if schedule is None else _endless(schedule)
    if not layers:
        return ()
    # What lies beneath a layer without windows is never seen.
    seen: list[Layer] = []
    for layer in reversed(layers):
        seen.append(layer)
        if not layer.windows:
            break
    if seen[-1].windows:
        return None
    sets = {frozenset(turn) for layer in seen for turn in layer.people}
    return seen[-1].people[0] if len(sets) == 1 else None


def _repeat_of(schedule: Schedule, settled: datetime) -> datetime:
    """Return the instant by which endless rotations have shown everything they ever show.

    Ten years at least, and seven rounds of the longest rotation: turns and windows meet in every way
    a week allows.
    """
    longest = max(
        (_UNIT_DAYS[layer.rotation] * layer.every * len(layer.people) for layer in _endless(schedule)),
        default=0.0,
    )
    return _later(settled, max(_LEAST_REPEAT, timedelta(days=min(7 * longest, 3_000_000))))


def _later(instant: datetime, by: timedelta) -> datetime:
    return instant + by if LAST_INSTANT - instant > by else LAST_INSTANT
