"""Duties that stay as they are: before, after and within the period, and on other schedules."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from roster.history import History
from roster.organisation import Organisation, Schedule
from roster.planning.slots import Slot
from roster.planning.terms import Stay
from roster.rules import Rules
from roster.spans import Interval, Span, limited_to, united, without
from roster.timeline import spans_between

# Duties this near the period matter to rest, whatever the other rules say.
_LEAST_MARGIN: Final = timedelta(days=21)
# A duty is looked for this much further out, so that it is seen whole.
_WHOLE: Final = timedelta(days=35)


def stays_of(
    history: History, schedule: Schedule, rules: Rules, *, slots: Sequence[Slot], people: Sequence[str]
) -> tuple[Stay, ...]:
    """Return the duties of the people that the plan does not touch and its rules may meet, in a fixed order.

    A duty is a stretch without a break on one schedule.
    """
    planned = united(part for slot in slots for part in slot.parts)
    start, end = planned[0][0], planned[-1][1]
    reach = [timedelta(weeks=rules.weeks_between), *(timedelta(days=cap.days) for cap in rules.caps)]
    margin = max(_LEAST_MARGIN, *reach)
    first, last = start - margin, end + margin
    outer = (first - _WHOLE, last + _WHOLE)
    here = spans_between(history, schedule.id, *outer)
    staying = limited_to(here, without([outer], planned))
    found = list(_stretches(staying, people, here=True))
    for other in _others(history.current, schedule):
        elsewhere = spans_between(history, other.id, *outer)
        found.extend(_stretches(elsewhere, people, here=False))
    near = (stay for stay in found if stay.start < last and stay.end > first)
    return tuple(sorted(near, key=lambda stay: (stay.start, stay.end, stay.person, stay.here)))


def _others(organisation: Organisation, schedule: Schedule) -> Iterable[Schedule]:
    return (each for each in organisation.schedules if each.id != schedule.id)


def _stretches(spans: Sequence[Span], people: Sequence[str], *, here: bool) -> Iterable[Stay]:
    for number, person_id in enumerate(people):
        on: list[Interval] = united((span[0], span[1]) for span in spans if person_id in span[2])
        for start, end in on:
            yield Stay(person=number, start=start, end=end, here=here)


def same_duty(slot: Slot, start: datetime, end: datetime) -> bool:
    """Say whether a duty that stays lies in the turn of a slot: for one person both are then one duty."""
    return start < slot.whole[1] and end > slot.whole[0]
