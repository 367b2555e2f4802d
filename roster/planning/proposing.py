"""A proposal: who takes which slot, or why nobody can say, from a roster and a request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from roster.history import History, as_history
from roster.organisation import Organisation
from roster.planning.barring import terms_of
from roster.planning.clash import Clash, find_clash, remedies
from roster.planning.feasibility import fill
from roster.planning.question import Question, Request, ask
from roster.planning.search import STEPS, improve
from roster.planning.slots import Slot
from roster.planning.terms import Terms, constraints

Solver = Literal["built-in", "cp-sat"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who takes which slot: a person, by number, for each seat. No hard rule is broken."""

    question: Question
    seats: tuple[int, ...]

    @property
    def held(self) -> tuple[int, ...]:
        """Return the mask of the items of each person, stays included."""
        held = list(self.question.terms.held)
        for seat, person in enumerate(self.seats):
            held[person] |= 1 << seat
        return tuple(held)

    @property
    def cost(self) -> int:
        """Return what it costs by the objective: the less the better."""
        return self.question.objective.cost(self.held)

    @property
    def slots(self) -> tuple[tuple[Slot, tuple[str, ...]], ...]:
        """Return each slot with the ids of those who take it, in the order of the people."""
        takers: list[list[int]] = [[] for _ in self.question.slots]
        for seat, person in enumerate(self.seats):
            takers[self.question.slot_of[seat]].append(person)
        return tuple(
            (slot, tuple(self.question.people[person] for person in sorted(persons)))
            for slot, persons in zip(self.question.slots, takers, strict=True)
        )


@dataclass(frozen=True, slots=True)
class NoPlan:
    """There is no plan, with the rules that clash; or (`clash` None) none was found, with no proof."""

    question: Question
    clash: Clash | None


def propose(
    source: History | Organisation, schedule_id: str, request: Request, *, seed: int = 0, steps: int = STEPS
) -> Plan | NoPlan:
    """Plan one schedule with the built-in search: the same plan for the same seed, on every machine.

    Raises:
        SlotsError: the period has no slots or too many, or there is nobody to use.
        UnknownScheduleError: the organisation in force has no such schedule.
        ValueError: an instant is naive.
    """
    return answer(ask(as_history(source), schedule_id, request), seed=seed, steps=steps)


def answer(question: Question, *, seed: int = 0, steps: int = STEPS) -> Plan | NoPlan:
    """Plan what is asked with the built-in search."""
    rules = constraints(question.terms)
    first = fill(rules, weights=question.objective.scale)
    if first.verdict == "found":
        return Plan(question, improve(rules, question.objective, first.seats, seed=seed, steps=steps))
    return NoPlan(question, explained(question) if first.verdict == "impossible" else None)


def explained(question: Question) -> Clash:
    """Return the rules that clash in a question that has no plan, with what would help."""
    clash = find_clash(question.terms)
    helps = remedies(
        question.terms,
        clash,
        weeks_between=question.rules.weeks_between,
        spaced=lambda weeks: _spaced(question, weeks),
    )
    return replace(clash, remedies=helps)


def checked(question: Question, seats: Sequence[int]) -> bool:
    """Say whether a person for each seat breaks no hard rule, as an answer from elsewhere must be asked."""
    rules = constraints(question.terms)
    having = list(rules.held)
    if len(seats) != rules.seats or not all(0 <= person < rules.people for person in seats):
        return False
    for seat, person in enumerate(seats):
        if not rules.fits(person, seat, having[person]):
            return False
        having[person] |= 1 << seat
    return True


def _spaced(question: Question, weeks: int) -> Terms:
    return terms_of(
        question.organisation,
        question.schedule,
        replace(question.rules, weeks_between=weeks),
        slots=question.slots,
        slot_of=question.slot_of,
        people=question.people,
        stays=question.stays,
    )
