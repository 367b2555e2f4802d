"""The same caller again (contract section 5.9): who is rung first, and what if nobody answers. Pure."""

from collections.abc import Sequence

from dispatcher.calls.model import Attempt
from dispatcher.calls.planning import HOLDER_RUNG, Passed, Plan, PlannedLeg
from dispatcher.calls.situation import Situation
from dispatcher.cases.decide import begin_paging, reopen
from dispatcher.cases.model import CaseState
from dispatcher.decision import Decision
from dispatcher.people import DESK
from roster.ladder import resolve_rung
from roster.organisation import Rung, Target, TargetKind


def held_before(situation: Situation) -> str | None:
    """Return who had the case (or had it when it was closed) before this call, the desk too."""
    case, before = situation.scene.case, situation.call.taken_before
    return case.acknowledged_by if before is not None and case.taken_at == before else None


def plan_holder(situation: Situation, attempts: Sequence[Attempt]) -> Plan | None:
    """Return how whoever has the case is rung first, alone; None once that is done, or nobody can be."""
    holder = held_before(situation)
    if holder in {None, DESK} or situation.call.rung >= 0 or any(map(is_of_holder, attempts)):
        return None
    found = _found(situation, str(holder))
    if not isinstance(found, PlannedLeg):
        return None
    ladder = situation.scene.ladder
    seconds = ladder.rungs[0].seconds if ladder.rungs else Rung(ring=()).seconds
    return Plan(HOLDER_RUNG, (found,), seconds)


def passed_holder(situation: Situation) -> tuple[Passed, ...]:
    """Return why whoever has the case was not rung first, as the ladder begins."""
    holder = held_before(situation)
    if holder in {None, DESK} or situation.call.rung >= 0 or any(map(is_of_holder, situation.attempts)):
        return ()
    found = _found(situation, str(holder))
    return (found,) if isinstance(found, Passed) else ()


def _found(situation: Situation, holder: str) -> PlannedLeg | Passed:
    if holder in situation.busy:
        return Passed(HOLDER_RUNG, holder, "on-a-call")
    scene = situation.scene
    kind: TargetKind = "supplier" if scene.organisation.supplier(holder) else "person"
    named = resolve_rung(scene.history, Rung(ring=(Target(kind, holder),)), scene.now)
    if named.targets:
        return PlannedLeg(holder, named.targets[0].phones[0])
    return Passed(HOLDER_RUNG, holder, named.skipped[0].reason if named.skipped else "unknown")


def is_of_holder(attempt: Attempt) -> bool:
    """Whether a telephone was rung because its owner has the case, before the ladder began."""
    return attempt.rung == HOLDER_RUNG and attempt.screened


def is_unheard(situation: Situation) -> bool:
    """Whether nobody of the duty knows of this call: the case is open, or was last touched before it."""
    case, before = situation.scene.case, situation.call.taken_before
    return case.state == CaseState.OPEN or (before is not None and case.taken_at == before)


def nobody_answered(situation: Situation) -> Decision:
    """Have the case paged; one that somebody had or closed before this call is open again."""
    if situation.scene.case.state == CaseState.OPEN:
        return begin_paging(situation.scene)
    return reopen(situation.scene) if is_unheard(situation) else Decision()
