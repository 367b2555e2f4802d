"""Spans of time with somebody on: cutting, joining and laying one list over another.

A span is `(start, end, people, source)` with instants in UTC and `start < end`. A list of spans is in
order and never overlaps; where it has no span it has nobody. Plain tuples, because a year of them is
made for every question.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter

Interval = tuple[datetime, datetime]
Span = tuple[datetime, datetime, tuple[str, ...], str]

_start_of: Callable[[Span], datetime] = itemgetter(0)


def lay_over(lower: list[Span], upper: list[Span]) -> list[Span]:
    """Return the upper spans, and the lower ones wherever the upper list has nobody."""
    if not lower or not upper:
        return upper or lower
    laid: list[Span] = []
    position = 0
    for start, end, people, source in lower:
        while position < len(upper) and upper[position][1] <= start:
            laid.append(upper[position])
            position += 1
        begins = start
        while position < len(upper) and upper[position][0] < end:
            over = upper[position]
            if over[0] > begins:
                laid.append((begins, over[0], people, source))
            begins = over[1]
            if over[1] > end:
                break
            laid.append(over)
            position += 1
        if begins < end:
            laid.append((begins, end, people, source))
    laid.extend(upper[position:])
    return laid


def put_on(
    spans: list[Span], start: datetime, end: datetime, *, people: tuple[str, ...], source: str
) -> None:
    """Lay one span over a list, in place, whatever is beneath."""
    first, last = _touched(spans, start, end)
    if first == last:
        spans.insert(first, (start, end, people, source))
        return
    fresh = [(start, end, people, source)]
    begins, _, on, from_ = spans[first]
    if begins < start:
        fresh.insert(0, (begins, start, on, from_))
    _, ends, on, from_ = spans[last - 1]
    if ends > end:
        fresh.append((end, ends, on, from_))
    spans[first:last] = fresh


def exchange(
    spans: list[Span], start: datetime, end: datetime, *, replaced: str, people: tuple[str, ...], source: str
) -> None:
    """Exchange one person for others, in place, wherever that one is on within [start, end)."""
    first, last = _touched(spans, start, end)
    fresh: list[Span] = []
    for span in spans[first:last]:
        if replaced not in span[2]:
            fresh.append(span)
            continue
        begins, ends = max(span[0], start), min(span[1], end)
        if span[0] < begins:
            fresh.append((span[0], begins, *span[2:]))
        fresh.append((begins, ends, exchanged(span[2], replaced, people), source))
        if ends < span[1]:
            fresh.append((ends, span[1], *span[2:]))
    spans[first:last] = fresh


def exchanged(on: tuple[str, ...], replaced: str, people: tuple[str, ...]) -> tuple[str, ...]:
    """Return who is on when one person's place is taken by others; nobody stands there twice."""
    place = on.index(replaced)
    return tuple(dict.fromkeys((*on[:place], *people, *on[place + 1 :])))


def _touched(spans: Sequence[Span], start: datetime, end: datetime) -> tuple[int, int]:
    """Return the slice of spans that share time with [start, end); empty where it would be put."""
    first = bisect_right(spans, start, key=_start_of)
    if first and spans[first - 1][1] > start:
        first -= 1
    last, count = first, len(spans)
    while last < count and spans[last][0] < end:
        last += 1
    return first, last


def limited_to(spans: list[Span], intervals: Sequence[Interval]) -> list[Span]:
    """Return the parts of spans that lie within the intervals (in order, not overlapping)."""
    kept: list[Span] = []
    position = 0
    for start, end, people, source in spans:
        while position < len(intervals) and intervals[position][1] <= start:
            position += 1
        ahead = position
        while ahead < len(intervals) and intervals[ahead][0] < end:
            opens, closes = intervals[ahead]
            kept.append((max(start, opens), min(end, closes), people, source))
            ahead += 1
    return kept


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join neighbours with the same people and the same source."""
    joined: list[Span] = []
    for span in spans:
        if joined:
            before = joined[-1]
            if before[1] == span[0] and before[2] == span[2] and before[3] == span[3]:
                joined[-1] = (before[0], span[1], span[2], span[3])
                continue
        joined.append(span)
    return joined


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the intervals in order, empty ones dropped, touching and overlapping ones as one."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def without(intervals: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """Return the parts of intervals that `taken` does not cover; both in order and not overlapping."""
    left: list[Interval] = []
    position = 0
    for start, end in intervals:
        while position < len(taken) and taken[position][1] <= start:
            position += 1
        begins = start
        ahead = position
        while ahead < len(taken) and taken[ahead][0] < end:
            if taken[ahead][0] > begins:
                left.append((begins, taken[ahead][0]))
            begins = max(begins, taken[ahead][1])
            ahead += 1
        if begins < end:
            left.append((begins, end))
    return left


def holes(spans: Sequence[Span], start: datetime, end: datetime) -> list[Interval]:
    """Return the parts of [start, end) in which the list has no span."""
    left: list[Interval] = []
    begins = start
    for span in spans:
        if span[0] > begins:
            left.append((begins, span[0]))
        begins = span[1]
    if begins < end:
        left.append((begins, end))
    return left
