"""Gaps, each told apart as meant or not: a meant one stays a gap, and nobody is warned of it."""

from dataclasses import dataclass
from datetime import datetime

from roster.meant_gaps import meant_intervals
from roster.organisation import MeantGap, Organisation
from roster.overlaps import shared
from roster.spans import Interval, united, without
from roster.timeline import Timeline


@dataclass(frozen=True, slots=True)
class JudgedGap:
    """Time within [start, end), UTC, in which nobody is on; `meant` is the entry that says it is meant."""

    start: datetime
    end: datetime
    meant: MeantGap | None


def judged_gaps(timeline: Timeline, organisation: Organisation) -> tuple[JudgedGap, ...]:
    """Return the gaps of a timeline in order, cut where the organisation begins or ceases to mean them.

    Where two entries mean the same time, the first one holds, as it does in explanations.
    """
    schedule = organisation.schedule(timeline.schedule)
    left: list[Interval] = [(gap.start, gap.end) for gap in timeline.gaps]
    judged: list[JudgedGap] = []
    for meant in () if schedule is None else schedule.meant_gaps:
        times = united(meant_intervals(meant, organisation.zone, timeline.start, timeline.end))
        judged.extend(JudgedGap(*interval, meant) for interval in shared(left, times))
        left = without(left, times)
    judged.extend(JudgedGap(*interval, None) for interval in left)
    return tuple(sorted(judged, key=lambda each: each.start))
