"""What is weighed of a plan: loads by share, nearness of duties, rest and wishes."""

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Final

from roster.organisation import Organisation, Schedule
from roster.planning.barring import meet, needed_time
from roster.planning.loads import Loads, quarters
from roster.planning.objective import (
    FULL_SHARE,
    REST_POINTS,
    WITHIN_A_WEEK_POINTS,
    WITHIN_TWO_WEEKS_POINTS,
    Objective,
)
from roster.planning.slots import Slot
from roster.planning.terms import Stay
from roster.rules import Rules, Wish
from roster.spans import Interval
from roster.wallclock import midnight

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_WEEK: Final = timedelta(weeks=1)
# A week over a clock change is an hour longer and no breach of the weekly rest.
_LONG_CHAIN: Final = _WEEK + 2 * _HOUR


def objective_of(
    organisation: Organisation,
    schedule: Schedule,
    rules: Rules,
    *,
    slots: Sequence[Slot],
    slot_of: Sequence[int],
    people: Sequence[str],
    stays: Sequence[Stay],
    loads: Sequence[Loads],
    carried: Sequence[Loads],
) -> Objective:
    """Return what is weighed; `loads` are the seconds of each slot, `carried` those of each person."""
    shares = [share_of(organisation, person_id) for person_id in people]
    units = [quarters(each) for each in loads]
    off: list[tuple[int, ...]] = []
    on: list[tuple[int, ...]] = []
    for number, person_id in enumerate(people):
        masks = {
            wish: _met_by(
                wish, number, schedule, organisation.zone, slots=slots, slot_of=slot_of, stays=stays
            )
            for wish in wishes_of(organisation, person_id)
        }
        every = (1 << len(slot_of)) - 1
        off.append(tuple(mask & every for wish, mask in masks.items() if wish.want == "off" and mask & every))
        # One that nothing in the period can meet is no reason to prefer a plan.
        on.append(tuple(mask for wish, mask in masks.items() if wish.want == "on" and mask & every))
    return Objective(
        scale=tuple(max(round(FULL_SHARE / share), 1) for share in shares),
        units=tuple(units[slot] for slot in slot_of),
        carried=tuple(quarters(each) for each in carried),
        near=tuple(
            _near(seat, rules, slots=slots, slot_of=slot_of, stays=stays) for seat in range(len(slot_of))
        ),
        off=tuple(off),
        on=tuple(on),
    )


def share_of(organisation: Organisation, person_id: str) -> float:
    """Return a person's share of the duties."""
    person = organisation.person(person_id)
    return 1.0 if person is None else person.share


def wishes_of(organisation: Organisation, person_id: str) -> tuple[Wish, ...]:
    """Return a person's wishes, each once."""
    person = organisation.person(person_id)
    return () if person is None else tuple(dict.fromkeys(person.wishes))


def wished_days(wish: Wish, zone: tzinfo) -> Interval:
    """Return the days of a wish, both included, as instants."""
    return midnight(wish.from_, zone), midnight(wish.to + _DAY, zone)


def _met_by(
    wish: Wish,
    person: int,
    schedule: Schedule,
    zone: tzinfo,
    *,
    slots: Sequence[Slot],
    slot_of: Sequence[int],
    stays: Sequence[Stay],
) -> int:
    """Return the items that fall into the days of a wish."""
    days = [wished_days(wish, zone)]
    falls = [meet(needed_time(slot, schedule.duty, zone), days) for slot in slots]
    mask = sum(1 << seat for seat, slot in enumerate(slot_of) if falls[slot])
    for number, stay in enumerate(stays, len(slot_of)):
        if stay.here and stay.person == person and meet([(stay.start, stay.end)], days):
            mask |= 1 << number
    return mask


def _near(
    seat: int, rules: Rules, *, slots: Sequence[Slot], slot_of: Sequence[int], stays: Sequence[Stay]
) -> dict[int, int]:
    slot = slots[slot_of[seat]]
    later = [
        (other, slots[slot_of[other]].start, slots[slot_of[other]].end, True)
        for other in range(seat + 1, len(slot_of))
    ]
    later += [(number, stay.start, stay.end, stay.here) for number, stay in enumerate(stays, len(slot_of))]
    near: dict[int, int] = {}
    for other, start, end, here in later:
        between = max(slot.start, start) - min(slot.end, end)
        if between >= 2 * _WEEK or between < timedelta():
            continue
        points = REST_POINTS * breaches(rules, between, max(slot.end, end) - min(slot.start, start))
        if here:
            points += WITHIN_A_WEEK_POINTS if between < _WEEK else WITHIN_TWO_WEEKS_POINTS
        if points:
            near[other] = points
    return near


def breaches(rules: Rules, between: timedelta, whole: timedelta) -> int:
    """Return how many kinds of rest two duties break, so long apart and so long in all."""
    daily = timedelta() < between < rules.daily_rest * _HOUR
    weekly = between < rules.weekly_rest * _HOUR and whole > _LONG_CHAIN
    return int(daily) + int(weekly)
