"""Gaps that are meant: when they are, so that nobody is warned of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from roster.layers import open_windows
from roster.organisation import MeantGap
from roster.spans import Interval
from roster.wallclock import to_instant


def meant_intervals(meant: MeantGap, zone: tzinfo, start: datetime, end: datetime) -> Iterator[Interval]:
    """Yield when a gap is meant, touching [start, end) in UTC, in order; not cut to it."""
    if meant.window is not None:
        found = open_windows((meant.window,), zone, start, end)
    elif meant.start is not None and meant.end is not None:
        found = [(to_instant(meant.start, zone), to_instant(meant.end, zone))]
    else:
        found = []
    return ((begins, ends) for begins, ends in found if begins < end and ends > start)


def meant_gap_at(meant_gaps: tuple[MeantGap, ...], zone: tzinfo, at: datetime) -> MeantGap | None:
    """Return the first entry that says that a gap at an instant in UTC is meant, or None."""
    for meant in meant_gaps:
        if any(meant_intervals(meant, zone, at, at + timedelta(microseconds=1))):
            return meant
    return None
