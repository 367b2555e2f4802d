"""What a plan means for each person: loads before and after it, and wishes and rest that it does not keep."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from roster.calendar_days import duty_time
from roster.planning.barring import meet
from roster.planning.loads import NOTHING, Loads
from roster.planning.proposing import Plan
from roster.planning.weighing import breaches, share_of, wished_days, wishes_of
from roster.rules import Wish
from roster.spans import Interval


@dataclass(frozen=True, slots=True)
class Balance:
    """One person's loads in seconds: before the period, in it, and what an even split would give in it.

    `even` brings everybody to the same load by share, what was carried before included; it is below 0 for
    somebody who has carried more than that already. `is_new`: reckoned level with the others before.
    """

    person: str
    share: float
    before: Loads
    planned: Loads
    even: tuple[float, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Wished:
    """A wish that falls into the period, and whether the plan meets it."""

    person: str
    wish: Wish
    is_met: bool


@dataclass(frozen=True, slots=True)
class ShortRest:
    """Two duties of one person with too little rest between: the end of one, the start of the next."""

    person: str
    end: datetime
    start: datetime


def balances(plan: Plan) -> tuple[Balance, ...]:
    """Return the loads of everybody who may be used, in the order of the layers."""
    question = plan.question
    planned = [list(kept) for kept in question.kept]
    for seat, person in enumerate(plan.seats):
        for measure, seconds in enumerate(question.loads[question.slot_of[seat]]):
            planned[person][measure] += seconds
    shares = [share_of(question.organisation, person_id) for person_id in question.people]
    totals = [
        sum(load[measure] for load in (*question.credited, *planned)) for measure in range(len(NOTHING))
    ]
    newcomers = question.newcomers
    return tuple(
        Balance(
            person=person_id,
            share=shares[number],
            before=question.earlier[number],
            planned=tuple(planned[number]),
            even=tuple(
                total * shares[number] / sum(shares) - credited
                for total, credited in zip(totals, question.credited[number], strict=True)
            ),
            is_new=person_id in newcomers,
        )
        for number, person_id in enumerate(question.people)
    )


def wishes(plan: Plan) -> tuple[Wished, ...]:
    """Return the wishes that fall into the slots of the plan, in the order of the people."""
    question = plan.question
    zone = question.organisation.zone
    every = [duty_time(slot.parts, question.schedule.duty, zone) for slot in question.slots]
    found: list[Wished] = []
    for number, person_id in enumerate(question.people):
        own = [slot for slot, (_, people) in zip(every, plan.slots, strict=True) if person_id in people]
        stays = [(stay.start, stay.end) for stay in question.stays if stay.person == number and stay.here]
        for wish in wishes_of(question.organisation, person_id):
            days: list[Interval] = [wished_days(wish, zone)]
            if not any(meet(parts, days) for parts in every):
                continue
            is_on = any(meet(parts, days) for parts in own)
            is_met = not is_on if wish.want == "off" else is_on or meet(stays, days)
            found.append(Wished(person_id, wish, is_met))
    return tuple(found)


def short_rests(plan: Plan) -> tuple[ShortRest, ...]:
    """Return where the plan leaves somebody less rest than the rules ask, in order of time."""
    return tuple(sorted(_short_rests(plan), key=lambda each: (each.end, each.person)))


def _short_rests(plan: Plan) -> Iterator[ShortRest]:
    question = plan.question
    for number, person_id in enumerate(question.people):
        own = [(slot.start, slot.end, True) for slot, people in plan.slots if person_id in people]
        own += [(stay.start, stay.end, False) for stay in question.stays if stay.person == number]
        own.sort()
        for position, (start, end, planned) in enumerate(own):
            for starts, ends, planned_too in own[position + 1 :]:
                between = starts - end
                if (
                    (planned or planned_too)
                    and between >= timedelta()
                    and breaches(question.rules, between, ends - start)
                ):
                    yield ShortRest(person_id, end, starts)
