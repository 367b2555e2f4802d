"""Time that two lists of intervals share."""

from collections.abc import Sequence

from roster.spans import Interval


def shared(intervals: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Return the parts of intervals that others cover; both in order and not overlapping."""
    found: list[Interval] = []
    position = 0
    for start, end in intervals:
        while position < len(others) and others[position][1] <= start:
            position += 1
        ahead = position
        while ahead < len(others) and others[ahead][0] < end:
            found.append((max(start, others[ahead][0]), min(end, others[ahead][1])))
            ahead += 1
    return found
