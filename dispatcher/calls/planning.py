"""Which telephones to ring next for a call. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dispatcher.calls.model import Attempt, Outcome
from roster.ladder import Callee, RungTargets
from roster.organisation import Ladder, Rung

# Twilio's limit on the nouns of one <Dial>.
MOST_AT_ONCE = 10
# A telephone whose ringing was cut short though nobody took the call gets one more chance in its rung.
MOST_TRIES = 2
# Where the desk is rung, and whoever has the case of a caller who rings again: before the first rung.
HOLDER_RUNG = -1


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """A telephone of somebody."""

    person: str
    phone: str


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody left out of a rung, and why: on-a-call, absent, no-phone."""

    rung: int
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The telephones to ring at once, and everything passed over on the way; no legs: ladder exhausted."""

    rung: int
    legs: tuple[PlannedLeg, ...]
    ring_seconds: int
    passed: tuple[Passed, ...] = ()
    empty_rungs: tuple[int, ...] = ()


def plan_next(
    ladder: Ladder,
    *,
    rung: int,
    attempts: Sequence[Attempt],
    resolve: Callable[[Rung], RungTargets],
    busy: frozenset[str],
) -> Plan:
    """Return the next telephones: the rest of rung `rung` first, then the rungs after it.

    Targets are resolved now, so a hand-over in the middle of a call reaches the new person (contract 5.4).
    """
    passed: list[Passed] = []
    empty: list[int] = []
    first = [attempt for attempt in attempts if attempt.rung == HOLDER_RUNG and attempt.screened]
    for number in range(max(rung, 0), len(ladder.rungs)):
        step = ladder.rungs[number]
        targets = resolve(step)
        passed += [Passed(number, item.id, item.reason) for item in targets.skipped]
        passed += [Passed(number, item.id, "on-a-call") for item in targets.targets if item.id in busy]
        free = [item for item in targets.targets if item.id not in busy]
        tried = [attempt for attempt in attempts if attempt.rung == number]
        tried += [attempt for attempt in first if any(item.id == attempt.person for item in targets.targets)]
        if not free and not tried:
            empty.append(number)
        legs = _untried(free, tried, sequential=step.order == "sequential")
        if legs:
            return Plan(number, legs, step.seconds, tuple(passed), tuple(empty))
    return Plan(len(ladder.rungs), (), 0, tuple(passed), tuple(empty))


def _untried(
    callees: Sequence[Callee], tried: Sequence[Attempt], *, sequential: bool
) -> tuple[PlannedLeg, ...]:
    legs: list[PlannedLeg] = []
    taken: set[str] = set()
    for callee in callees:
        if any(item.person == callee.id and item.outcome == Outcome.DECLINED for item in tried):
            continue  # passed by key: their other telephones need not ring too
        for phone in callee.phones:
            if phone not in taken and not _is_spent(phone, tried):
                legs.append(PlannedLeg(callee.id, phone))
                taken.add(phone)
                break
        if legs and (sequential or len(legs) == MOST_AT_ONCE):
            break
    return tuple(legs)


def _is_spent(phone: str, tried: Sequence[Attempt]) -> bool:
    mine = [item for item in tried if item.phone == phone]
    return len(mine) >= MOST_TRIES or any(item.outcome != Outcome.CANCELED for item in mine)
