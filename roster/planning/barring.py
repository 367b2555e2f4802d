"""The hard rules of a schedule and its people, turned into masks."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from roster.calendar_days import duty_time
from roster.layers import absent_within
from roster.organisation import DutyHours, Organisation, Schedule
from roster.planning.slots import Slot
from roster.planning.stays import same_duty
from roster.planning.terms import Bar, CapWindows, Rule, Stay, Terms
from roster.rules import Cap, Rules
from roster.spans import Interval
from roster.wallclock import to_instant, to_wall

_Wall = tuple[datetime, datetime]


def terms_of(
    organisation: Organisation,
    schedule: Schedule,
    rules: Rules,
    *,
    slots: Sequence[Slot],
    slot_of: Sequence[int],
    people: Sequence[str],
    stays: Sequence[Stay],
) -> Terms:
    """Return the hard rules: who may not take which seat, what is too near, and the rolling caps."""
    zone = organisation.zone
    seats_of = [
        sum(1 << seat for seat, slot in enumerate(slot_of) if slot == number) for number in range(len(slots))
    ]
    held = [0] * len(people)
    for number, stay in enumerate(stays, len(slot_of)):
        held[stay.person] |= 1 << number
    bars = _merged(
        Bar(rule, person, seats_of[slot])
        for rule, person, slot in _barred(organisation, schedule, slots=slots, people=people, stays=stays)
    )
    walls = [(to_wall(slots[slot].start, zone), to_wall(slots[slot].end, zone)) for slot in slot_of]
    walls += [(to_wall(stay.start, zone), to_wall(stay.end, zone)) for stay in stays]
    return Terms(
        people=tuple(people),
        seats=len(slot_of),
        held=tuple(held),
        overlapping=tuple(seats_of[slot] & ~(1 << seat) for seat, slot in enumerate(slot_of)),
        spaced=_spaced(rules, walls, slots=slots, slot_of=slot_of, stays=stays),
        bars=bars,
        caps=tuple(
            CapWindows(Rule("cap", number=number), cap.most, _windows(cap, walls, len(slot_of), stays))
            for number, cap in enumerate(rules.caps)
        ),
    )


def _barred(
    organisation: Organisation,
    schedule: Schedule,
    *,
    slots: Sequence[Slot],
    people: Sequence[str],
    stays: Sequence[Stay],
) -> Iterator[tuple[Rule, int, int]]:
    zone = organisation.zone
    needed = [needed_time(slot, schedule.duty, zone) for slot in slots]
    for number, person_id in enumerate(people):
        person = organisation.person(person_id)
        absences = () if person is None else person.absences
        away = absent_within(absences, zone, slots[0].start, max(slot.end for slot in slots))
        elsewhere = [(stay.start, stay.end) for stay in stays if stay.person == number and not stay.here]
        for slot, parts in enumerate(needed):
            if meet(parts, away):
                yield Rule("absence", person_id), number, slot
            if meet(slots[slot].parts, elsewhere):
                yield Rule("elsewhere", person_id), number, slot
    for override in schedule.overrides:
        if override.replaces is None or override.replaces not in people:
            continue
        laid = [(to_instant(override.start, zone), to_instant(override.end, zone))]
        for slot, each in enumerate(slots):
            if meet(each.parts, laid):
                rule = Rule("replaced", override.replaces, override.source)
                yield rule, people.index(override.replaces), slot


def needed_time(slot: Slot, duty: DutyHours | None, zone: tzinfo) -> Sequence[Interval]:
    """Return when somebody has to be there in a slot: outside desk hours, or all of it without such."""
    return duty_time(slot.parts, duty, zone) or slot.parts


def meet(some: Sequence[Interval], others: Sequence[Interval]) -> bool:
    """Say whether intervals share any time with others."""
    return any(a < d and c < b for a, b in some for c, d in others)


def _merged(bars: Iterable[Bar]) -> tuple[Bar, ...]:
    seats: dict[tuple[Rule, int], int] = {}
    for bar in bars:
        seats[bar.rule, bar.person] = seats.get((bar.rule, bar.person), 0) | bar.seats
    return tuple(Bar(rule, person, mask) for (rule, person), mask in sorted(seats.items()))


def _spaced(
    rules: Rules,
    walls: Sequence[_Wall],
    *,
    slots: Sequence[Slot],
    slot_of: Sequence[int],
    stays: Sequence[Stay],
) -> tuple[int, ...]:
    """Return for each seat the items that are fewer whole weeks from it than the rule says."""
    if not rules.weeks_between:
        return (0,) * len(slot_of)
    least = timedelta(weeks=rules.weeks_between)
    spaced = [0] * len(slot_of)
    for seat, (start, end) in enumerate(walls[: len(slot_of)]):
        for other, (starts, ends) in enumerate(walls):
            if other == seat or max(start, starts) - min(end, ends) >= least:
                continue
            stay = stays[other - len(slot_of)] if other >= len(slot_of) else None
            if stay is None or (stay.here and not same_duty(slots[slot_of[seat]], stay.start, stay.end)):
                spaced[seat] |= 1 << other
    return tuple(spaced)


def _windows(cap: Cap, walls: Sequence[_Wall], seats: int, stays: Sequence[Stay]) -> tuple[int, ...]:
    """Return the items that begin within the days of a cap, wherever they can be too many."""
    here = [item for item in range(len(walls)) if item < seats or stays[item - seats].here]
    here.sort(key=lambda item: walls[item][0])
    masks: list[int] = []
    for position, item in enumerate(here):
        ends = walls[item][0] + timedelta(days=cap.days)
        mask = sum(1 << other for other in here[position:] if walls[other][0] < ends)
        # The next window is only worth asking when it holds something that the last one did not.
        if mask.bit_count() > cap.most and not (masks and mask & ~masks[-1] == 0):
            masks.append(mask)
    return tuple(masks)
