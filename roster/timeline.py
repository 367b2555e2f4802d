"""Timelines: who is on over a stretch of time, and where somebody is missing.

Laws (contract section 3): at every instant there is one shift, a gap, or (inside desk hours) neither;
a timeline of a stretch is the timelines of its parts joined; `at(t)` is what `who_is_on` says at t.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from roster.desk import open_desk
from roster.history import History, as_history
from roster.organisation import Organisation, Schedule
from roster.resolution import resolve
from roster.spans import Interval, Span, holes, merged, united, without
from roster.wallclock import as_utc


class UnknownScheduleError(LookupError):
    """No version of the organisation has the schedule. Caught by commands and pages, which say so."""

    def __init__(self, schedule_id: str) -> None:
        super().__init__(f'there is no schedule "{schedule_id}"')
        self.schedule_id = schedule_id


class Shift(NamedTuple):
    """People on duty within [start, end), UTC; no people: nobody, on purpose.

    `source` is `layer:NAME`, `override:ID` or `swap:ID`. A named tuple, because a year's timeline has
    hundreds and a frozen dataclass takes five times as long to make.
    """

    start: datetime
    end: datetime
    people: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Time within [start, end), UTC, in which somebody had to be on duty and nobody is."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """Shifts and gaps of one schedule within [start, end), in order."""

    schedule: str
    start: datetime
    end: datetime
    shifts: tuple[Shift, ...]
    gaps: tuple[Gap, ...]
    _starts: tuple[datetime, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", tuple(shift.start for shift in self.shifts))

    def at(self, instant: datetime) -> Shift | None:
        """Return the shift at an aware instant, or None where there is none."""
        position = bisect_right(self._starts, instant)
        if position:
            shift = self.shifts[position - 1]
            if instant < shift.end:
                return shift
        return None


_MOMENT: Final = timedelta(microseconds=1)


def build_timeline(
    source: History | Organisation, schedule_id: str, *, start: datetime, end: datetime
) -> Timeline:
    """Return the timeline of a schedule within [start, end), aware instants.

    Raises:
        UnknownScheduleError: no version has the schedule.
        ValueError: an instant is naive, or `end` is not after `start`.
    """
    start, end = as_utc(start), as_utc(end)
    if end <= start:
        message = "a timeline ends after its start"
        raise ValueError(message)
    history = as_history(source)
    require_schedule(history, schedule_id)
    spans: list[Span] = []
    gaps: list[Interval] = []
    pieces = 0
    for begins, ends, organisation in history.pieces(start, end):
        schedule = organisation.schedule(schedule_id)
        if schedule is None:
            continue
        found = resolve(organisation, schedule, begins, ends)
        pieces += 1
        spans.extend(found)
        gaps.extend(_gaps(organisation, schedule, found, begins, ends))
    return Timeline(
        schedule=schedule_id,
        start=start,
        end=end,
        shifts=tuple(map(Shift._make, merged(spans) if pieces > 1 else spans)),
        gaps=tuple(Gap(*interval) for interval in united(gaps)),
    )


def require_schedule(history: History, schedule_id: str) -> None:
    """Raise UnknownScheduleError unless some version of the history has the schedule."""
    if not any(version.organisation.schedule(schedule_id) for version in reversed(history.versions)):
        raise UnknownScheduleError(schedule_id)


def shift_at(history: History, schedule_id: str, at: datetime) -> Shift | None:
    """Return the shift at an instant in UTC, cut to the moment; None where nobody is, not on purpose.

    Raises:
        UnknownScheduleError: no version has the schedule.
    """
    require_schedule(history, schedule_id)
    spans = spans_between(history, schedule_id, at, at + _MOMENT)
    return Shift(*spans[0]) if spans and spans[0][0] == at else None


def spans_between(history: History, schedule_id: str, start: datetime, end: datetime) -> list[Span]:
    """Return the spans of a schedule within [start, end), UTC, over all versions, without their gaps."""
    spans: list[Span] = []
    for begins, ends, organisation in history.pieces(start, end):
        schedule = organisation.schedule(schedule_id)
        if schedule is not None:
            spans.extend(resolve(organisation, schedule, begins, ends))
    return merged(spans)


def _gaps(
    organisation: Organisation, schedule: Schedule, spans: list[Span], start: datetime, end: datetime
) -> list[Interval]:
    empty = holes(spans, start, end)
    if not empty or schedule.duty is None:
        return empty
    return without(empty, open_desk(schedule.duty, organisation.zone, empty))
