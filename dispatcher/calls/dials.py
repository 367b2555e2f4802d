"""What follows when a dial is over: the talk was held, or it rings on (contract section 5). Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dispatcher.calls import lines
from dispatcher.calls.decide import after_dial, desk_has_it, ring_on, took_call
from dispatcher.calls.instructions import HangUp
from dispatcher.calls.model import Attempt, Phase
from dispatcher.calls.situation import CallDecision, Situation
from dispatcher.cases.decide import named, page_now
from dispatcher.cases.model import CaseState
from dispatcher.decision import Decision, Entry
from dispatcher.people import DESK

# From the key to the end of the call, where Twilio does not say whether the two were connected.
SHORTEST_TALK = timedelta(seconds=6)


def dialled(
    situation: Situation,
    dial: int,
    *,
    status: str,
    bridged: bool | None,
    leg_sid: str | None,
    caller_gone: bool,
    led_on: bool = False,
) -> CallDecision:
    """Go on after a dial: the talk is over, or the next telephones are rung.

    `status` is Twilio's DialCallStatus, which alone proves nothing; `bridged` is DialBridged, None where
    Twilio did not say. An accept counts when the key was pressed and the legs were connected. `led_on`: the
    caller was led on without the database meanwhile, so nobody is rung now.
    """
    attempts = situation.of_dial(dial)
    if not attempts:
        return CallDecision(after_dial(situation, dial))
    if any(item.dial_status is not None for item in attempts) or situation.call.phase == Phase.MESSAGE:
        return CallDecision(after_dial(situation, dial))
    now, ended_at = situation.scene.now, situation.call.ended_at
    gone = caller_gone or (ended_at is not None and ended_at <= now)
    taken = (item for item in attempts if item.accepted_at is not None and not item.is_spoilt)
    winner = next(taken, None)
    if bridged is None:
        bridged = _must_have_been_bridged(status, winner, now=now)
    desk = attempts[0] if attempts[0].person == DESK and not attempts[0].is_spoilt else None
    facts: dict[int, dict[str, Any]] = {item.id: {"dial_status": status} for item in attempts}
    if desk is not None and winner is None and bridged:
        return _desk_answered(situation, desk, facts)
    if winner is not None and (bridged or gone):
        facts[winner.id]["bridged"] = True if bridged else None
        ended = CallDecision(
            lines.farewell(situation, "voice.call-over"), call={"phase": Phase.OVER}, facts=facts
        )
        if not bridged:
            return ended
        connected = Decision(entries=(Entry("connected", None, named(situation.scene, winner.person)),))
        return CallDecision(
            ended.instruction, ended.call, ended.facts, case=connected + desk_has_it(situation)
        )
    if gone:
        for item in attempts:
            if item.cut_at is None:
                facts[item.id]["cut_at"] = now
        return CallDecision(HangUp(), call={"phase": Phase.OVER}, facts=facts)
    if len(attempts) > 1:
        # The dial's status speaks of one leg only; of the others it is known that nobody took the call.
        for item in attempts:
            facts[item.id]["dial_status"] = status if item.leg_sid == leg_sid else "no-answer"
    case = Decision()
    if winner is not None:
        facts[winner.id]["bridged"] = False
        situation, case = _connection_failed(situation, winner)
    free: dict[str, Any] = {"accepted_attempt": None}
    if led_on:
        if winner is not None and ended_at is not None and situation.scene.case.state == CaseState.OPEN:
            case += page_now(situation.scene)
        return CallDecision(call=free, facts=facts, case=case)
    return ring_on(situation, call=free, case=case, facts=facts)


def _connection_failed(situation: Situation, winner: Attempt) -> tuple[Situation, Decision]:
    """The key was pressed but the two were never connected, and the caller is still there.

    Whoever pressed it has been told that the case is theirs, and so has the caller: both are told that it is
    free again. Returns the situation with the free case, for what is decided next.
    """
    scene, person = situation.scene, winner.person
    failed = Decision(entries=(Entry("connection-failed", None, named(scene, person)),))
    if scene.case.acknowledged_by != person or scene.case.state != CaseState.ACKNOWLEDGED:
        return situation, failed
    columns: dict[str, Any] = {"state": CaseState.OPEN, "acknowledged_at": None, "acknowledged_by": None}
    moment, language = scene.now.isoformat(), scene.case.language
    freed = Decision(
        case=columns,
        entries=(Entry("free-again", None, named(scene, person)),),
        effects=(
            *scene.to_person(
                person, "sms.not-connected", key=f"not-connected:{moment}", reference=scene.case.reference
            ),
            *scene.to_caller("sms.free-again", key=f"free-again:{moment}", name=scene.name(person, language)),
        ),
    )
    free_scene = replace(scene, case=replace(scene.case, **columns))
    return replace(situation, scene=free_scene), failed + freed


def _must_have_been_bridged(status: str, winner: Attempt | None, *, now: datetime) -> bool:
    """Guess what Twilio did not say: a talk that ends with its first words was none."""
    if status not in {"completed", "answered"}:
        return False
    accepted_at = None if winner is None else winner.accepted_at
    return accepted_at is None or winner is None or not winner.screened or now - accepted_at >= SHORTEST_TALK


def _desk_answered(situation: Situation, desk: Attempt, facts: dict[int, dict[str, Any]]) -> CallDecision:
    facts[desk.id] |= {"accepted_at": situation.scene.now, "bridged": True}
    return CallDecision(
        lines.farewell(situation, "voice.call-over"),
        call={"phase": Phase.OVER, "accepted_attempt": desk.id},
        facts=facts,
        case=took_call(situation, DESK, told=False),
    )
