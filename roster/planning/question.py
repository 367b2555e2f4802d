"""A planning question: the slots, people and rules of one schedule, turned into what the searches work on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from roster.history import History
from roster.organisation import Organisation, Schedule
from roster.planning.barring import terms_of
from roster.planning.loads import NOTHING, Loads, seconds_of
from roster.planning.objective import Objective
from roster.planning.slots import Ground, HandOver, Slot, SlotsError, ground_of
from roster.planning.stays import stays_of
from roster.planning.terms import Stay, Terms
from roster.planning.weighing import objective_of, share_of
from roster.rules import Rules
from roster.spans import Span, united
from roster.timeline import UnknownScheduleError, spans_between
from roster.wallclock import as_utc


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be planned: slots that begin within [start, end), aware instants.

    `people` are those who may be used (none named: everybody whom the schedule's layers name),
    `hand_overs` replace those of the rotations, `over` names layers of fixed shifts that are planned over,
    `weeks_between` replaces the schedule's rule. `before` is the instant from which loads carried before the
    period count, None for not at all.
    """

    start: datetime
    end: datetime
    before: datetime | None = None
    people: tuple[str, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    over: tuple[str, ...] = ()
    weeks_between: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What the searches work on, and what their answer means.

    `slot_of` is the slot of each seat; `loads` are the seconds of each slot; `newcomers` carried nothing
    before and are given the others' average.
    """

    organisation: Organisation
    schedule: Schedule
    rules: Rules
    request: Request
    ground: Ground
    slot_of: tuple[int, ...]
    people: tuple[str, ...]
    stays: tuple[Stay, ...]
    terms: Terms
    objective: Objective
    loads: tuple[Loads, ...]
    newcomers: tuple[str, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the slots to fill, in order."""
        return self.ground.slots


def ask(history: History, schedule_id: str, request: Request) -> Question:
    """Turn a request into what the searches work on.

    Raises:
        SlotsError: the period has no slots or too many, or there is nobody to use.
        UnknownScheduleError: the organisation in force has no such schedule.
        ValueError: an instant is naive.
    """
    organisation = history.current
    schedule = organisation.schedule(schedule_id)
    if schedule is None:
        raise UnknownScheduleError(schedule_id)
    rules = schedule.rules
    if request.weeks_between is not None:
        rules = replace(rules, weeks_between=request.weeks_between)
    start, end = as_utc(request.start), as_utc(request.end)
    ground = ground_of(
        history, schedule, start=start, end=end, hand_overs=request.hand_overs, over=request.over
    )
    people = _people(organisation, schedule, request.people)
    slots = ground.slots
    slot_of = tuple(number for number, slot in enumerate(slots) for _ in range(slot.seats))
    stays = stays_of(history, schedule, rules, slots=slots, people=people)
    loads = tuple(seconds_of(slot.parts, schedule.duty, organisation.zone) for slot in slots)
    earlier = None if request.before is None else as_utc(request.before)
    before = spans_between(history, schedule_id, earlier, slots[0].start) if earlier is not None else []
    carried, newcomers = _carried(before, ground, organisation, schedule, people)
    return Question(
        organisation=organisation,
        schedule=schedule,
        rules=rules,
        request=request,
        ground=ground,
        slot_of=slot_of,
        people=people,
        stays=stays,
        terms=terms_of(
            organisation, schedule, rules, slots=slots, slot_of=slot_of, people=people, stays=stays
        ),
        objective=objective_of(
            organisation,
            schedule,
            rules,
            slots=slots,
            slot_of=slot_of,
            people=people,
            stays=stays,
            loads=loads,
            carried=carried,
        ),
        loads=loads,
        newcomers=newcomers,
    )


def _people(organisation: Organisation, schedule: Schedule, wanted: Sequence[str]) -> tuple[str, ...]:
    named = wanted or [person_id for layer in schedule.layers for person_id in layer.named]
    usable = tuple(each for each in dict.fromkeys(named) if share_of(organisation, each) > 0)
    if not usable:
        what = "there is nobody to plan for"
        raise SlotsError(what, "name people with --people, and see that their share is more than 0")
    return usable


def _carried(
    before: Sequence[Span],
    ground: Ground,
    organisation: Organisation,
    schedule: Schedule,
    people: Sequence[str],
) -> tuple[tuple[Loads, ...], tuple[str, ...]]:
    """Return what each person carries beside the plan, and who is new.

    Whoever had no duty at all is given the others' average by share: newcomers start level, not in debt.
    """
    zone = organisation.zone

    def load(spans: Sequence[Span], person_id: str) -> Loads:
        on = united((span[0], span[1]) for span in spans if person_id in span[2])
        return seconds_of(on, schedule.duty, zone) if on else NOTHING

    earlier = {person_id: load(before, person_id) for person_id in people}
    known = [person_id for person_id in people if any(earlier[person_id])]
    newcomers = tuple(person_id for person_id in people if person_id not in known) if known else ()
    shares = sum(share_of(organisation, person_id) for person_id in known)
    for person_id in newcomers:
        part = share_of(organisation, person_id) / shares
        sums = [sum(earlier[each][measure] for each in known) for measure in range(len(NOTHING))]
        earlier[person_id] = tuple(round(total * part) for total in sums)
    kept = {person_id: load(ground.kept, person_id) for person_id in people}
    carried = tuple(
        tuple(sum(both) for both in zip(earlier[person_id], kept[person_id], strict=True))
        for person_id in people
    )
    return carried, newcomers
