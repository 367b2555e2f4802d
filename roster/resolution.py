"""The resolver: layers, absences, swaps and overrides of one organisation, laid over one another.

Order of precedence (contract section 3): overrides over swaps over layers without their absent people;
a later layer over an earlier one. Recorded history is laid on top in `roster.timeline`.
"""

from collections.abc import Iterator
from datetime import datetime

from roster.layers import layer_spans
from roster.organisation import Organisation, Override, Schedule
from roster.spans import Span, exchange, lay_over, merged, put_on
from roster.wallclock import day_after, day_before, to_instant, to_wall


def resolve(organisation: Organisation, schedule: Schedule, start: datetime, end: datetime) -> list[Span]:
    """Return who is on within [start, end) (UTC), neighbours merged; no span where nobody is.

    A span with no people is an override with nobody on purpose.
    """
    spans: list[Span] = []
    for layer in schedule.layers:
        spans = lay_over(spans, layer_spans(layer, organisation, start, end))
    if schedule.overrides:
        zone = organisation.zone
        # A cheap look first: no wall clock is moved by more than a day.
        earliest = day_before(to_wall(start, zone))
        latest = day_after(to_wall(end, zone))
        for override in in_order_of_laying(schedule.overrides):
            if override.end < earliest or override.start > latest:
                continue
            begins, ends = to_instant(override.start, zone), to_instant(override.end, zone)
            begins = max(begins, start)
            ends = min(ends, end)
            if begins >= ends:
                continue
            if override.replaces is None:
                put_on(spans, begins, ends, people=override.people, source=override.source)
            else:
                exchange(
                    spans,
                    begins,
                    ends,
                    replaced=override.replaces,
                    people=override.people,
                    source=override.source,
                )
    return merged(spans)


def in_order_of_laying(overrides: tuple[Override, ...]) -> Iterator[Override]:
    """Yield swaps first, then overrides, each in the order written: the last one lies on top."""
    yield from (override for override in overrides if override.kind == "swap")
    yield from (override for override in overrides if override.kind == "override")
