"""Who carries what: when each person is on a schedule, and their duties over all schedules.

A duty is a stretch without a break in which one person is on, whatever the schedules, shifts and
sources that it is made of: it is what rest is counted between.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from roster.spans import Interval, united
from roster.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Duty:
    """One person on duty without a break within [start, end), UTC, on one schedule or several."""

    start: datetime
    end: datetime
    schedules: tuple[str, ...]


def on_by_person(timeline: Timeline) -> dict[str, list[Interval]]:
    """Return when each person is on a schedule, in order and joined over shifts that meet."""
    found: dict[str, list[Interval]] = {}
    for shift in timeline.shifts:
        for person_id in shift.people:
            stretches = found.setdefault(person_id, [])
            if stretches and stretches[-1][1] == shift.start:
                stretches[-1] = (stretches[-1][0], shift.end)
            else:
                stretches.append((shift.start, shift.end))
    return found


def duties_of(on_schedules: Mapping[str, Iterable[Interval]]) -> tuple[Duty, ...]:
    """Return the duties of one person in order, from when the person is on each schedule.

    `schedules` of a duty stand in the order in which the person comes on.
    """
    pieces = sorted(
        (start, end, schedule_id)
        for schedule_id, intervals in on_schedules.items()
        for start, end in intervals
    )
    duties: list[Duty] = []
    position = 0
    for start, end in united((start, end) for start, end, _ in pieces):
        schedules: dict[str, None] = {}
        while position < len(pieces) and pieces[position][0] < end:
            schedules.setdefault(pieces[position][2])
            position += 1
        duties.append(Duty(start, end, tuple(schedules)))
    return tuple(duties)
