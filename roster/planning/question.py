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

    `slot_of` is the slot of each seat; `loads` are the seconds of each slot. Of each person `earlier` are the
    seconds before the period, `credited` those that are reckoned with, and `kept` those within the period
    that stay. They differ for `newcomers`, who carried nothing and are credited with the others' average.
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
    earlier: tuple[Loads, ...]
    credited: tuple[Loads, ...]
    kept: tuple[Loads, ...]

    @property
    def newcomers(self) -> tuple[str, ...]:
        """Return those who carried nothing before, where others did."""
        both = zip(self.people, self.earlier, self.credited, strict=True)
        return tuple(person_id for person_id, real, reckoned in both if real != reckoned)

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
    before = spans_between(history, schedule_id, earlier, ground.start) if earlier is not None else []
    earlier_loads = _loads(before, organisation, schedule, people)
    credited = _credited(organisation, people, earlier_loads)
    kept = _loads(ground.kept, organisation, schedule, people)
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
            carried=[
                tuple(sum(both) for both in zip(*each, strict=True))
                for each in zip(credited, kept, strict=True)
            ],
        ),
        loads=loads,
        earlier=earlier_loads,
        credited=credited,
        kept=kept,
    )


def _people(organisation: Organisation, schedule: Schedule, wanted: Sequence[str]) -> tuple[str, ...]:
    named = wanted or [person_id for layer in schedule.layers for person_id in layer.named]
    usable = tuple(each for each in dict.fromkeys(named) if share_of(organisation, each) > 0)
    if not usable:
        what = "there is nobody to plan for"
        raise SlotsError(what, "name people with --people, and see that their share is more than 0")
    return usable


def _loads(
    spans: Sequence[Span], organisation: Organisation, schedule: Schedule, people: Sequence[str]
) -> tuple[Loads, ...]:
    loads: list[Loads] = []
    for person_id in people:
        on = united((span[0], span[1]) for span in spans if person_id in span[2])
        loads.append(seconds_of(on, schedule.duty, organisation.zone) if on else NOTHING)
    return tuple(loads)


def _credited(
    organisation: Organisation, people: Sequence[str], earlier: Sequence[Loads]
) -> tuple[Loads, ...]:
    """Return what each is reckoned to have carried: newcomers start level with the others, not in debt."""
    shares = [share_of(organisation, person_id) for person_id in people]
    known = [number for number, load in enumerate(earlier) if any(load)]
    if not known:
        return tuple(earlier)
    whole = sum(shares[number] for number in known)
    totals = [sum(earlier[number][measure] for number in known) for measure in range(len(NOTHING))]
    return tuple(
        load if any(load) else tuple(round(total * share / whole) for total in totals)
        for load, share in zip(earlier, shares, strict=True)
    )
