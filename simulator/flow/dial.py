"""Dial: ring others on behalf of a call, and connect it with one of them.

Source: https://www.twilio.com/docs/voice/twiml/dial ; what is undocumented is a switch.
"""

from dataclasses import dataclass

from simulator.calls import Params, progress_from, recording_params
from simulator.engine import Script
from simulator.flow.hunt import Child, Hunt, ring_group
from simulator.flow.session import ExecutionError, Session, Step
from simulator.flow.talk import talk
from simulator.handset import Sound
from simulator.leg import Leg, LegEnded, Taken
from simulator.numbers import is_address
from simulator.recordings import callback_from, start_recording, stop_recording
from simulator.records import Recording
from simulator.twiml.document import Node

MOST_NOUNS = 10
_TONES = frozenset((
    "at", "au", "bg", "br", "be", "ch", "cl", "cn", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr",
    "hu", "il", "in", "it", "lt", "jp", "mx", "my", "nl", "no", "nz", "ph", "pl", "pt", "ru", "se",
    "sg", "th", "uk", "us", "us-old", "tw", "ve", "za"
))  # fmt: skip
_RECORDS = {
    "true": ("answer", 1), "record-from-answer": ("answer", 1), "record-from-ringing": ("ringing", 1),
    "record-from-answer-dual": ("answer", 2), "record-from-ringing-dual": ("ringing", 2),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DialPlan:
    """What a Dial asks for, checked. `groups` are rung one after the other."""

    groups: tuple[tuple[Child, ...], ...]
    timeout_seconds: int
    time_limit_seconds: int
    answers_on_bridge: bool
    hangs_up_on_star: bool
    record_from: str
    channels: int


@dataclass(slots=True)
class Outcome:
    """How a Dial came out."""

    status: str = "failed"
    child: Leg | None = None
    is_bridged: bool = False
    seconds: int | None = None
    recording: Recording | None = None


def dial(session: Session, node: Node) -> Script[Step]:
    """Ring the nouns and connect with the first one taken; then go on to the action."""
    rooms = [child for child in node.children if child.name in {"Conference", "Queue"}]
    if rooms:
        if len(node.children) > 1:
            raise ExecutionError(13000, f"line {node.line}: {rooms[0].name} has to stand alone in Dial")
        session.answer()
        # its verb is given the whole Dial, whose attributes matter too
        return (yield from session.verbs[rooms[0].name](session, node))
    plan = read_plan(session, node)
    leg, exchange = session.leg, session.exchange
    leg.star.clear()
    if plan.answers_on_bridge:
        leg.handset.hears(Sound.RINGING)
    else:
        session.answer()
        leg.handset.hears(Sound.RINGING)
    outcome = Outcome()
    hunt = Hunt(leg.engine.latch())
    if plan.record_from == "ringing":
        outcome.recording = _record(session, node, plan)
    try:
        winner = yield from _hunt(session, plan, hunt)
        _judge(session, outcome, hunt, winner)
        if winner is not None:
            if plan.record_from == "answer":
                outcome.recording = _record(session, node, plan)
            session.answer()
            outcome.seconds = yield from talk(
                exchange,
                leg,
                winner,
                limit_seconds=plan.time_limit_seconds,
                hangs_up_on_star=plan.hangs_up_on_star,
            )
    except LegEnded:
        hunt.close(exchange, by=leg.from_, keeps_screening=exchange.switches.whisper_outlives_caller)
        _judge_abandoned(session, outcome, hunt)
        _stop(session, outcome)
        if exchange.switches.dial_action_after_hang_up:
            target = session.target(node, params=_params(session, outcome))
            if target is not None:
                yield from session.request_only(target)
        raise
    except Taken:
        hunt.close(exchange, by="REST", keeps_screening=False)
        _stop(session, outcome)
        raise
    _stop(session, outcome)
    return session.target(node, params=_params(session, outcome))


def _hunt(session: Session, plan: DialPlan, hunt: Hunt) -> Script[Leg | None]:
    started_at = session.exchange.now()
    for group in plan.groups:
        timeout = float(plan.timeout_seconds)
        if not session.exchange.switches.timeout_is_per_leg:
            timeout -= (session.exchange.now() - started_at).total_seconds()
            if timeout <= 0:
                return None
        winner = yield from ring_group(session, hunt, group, timeout_seconds=timeout)
        if winner is not None:
            return winner
    return None


def _judge(session: Session, outcome: Outcome, hunt: Hunt, winner: Leg | None) -> None:
    """Work out DialCallStatus of a Dial that ran its course."""
    if winner is not None:
        outcome.status, outcome.child, outcome.is_bridged = "completed", winner, True
        return
    outcome.child = hunt.legs[-1] if hunt.legs else None
    answered = [leg for leg in hunt.legs if leg.is_answered]
    statuses = [leg.status for leg in hunt.legs]
    if answered:
        outcome.child = answered[-1]
        outcome.status = session.exchange.switches.whisper_decline_status
    elif statuses and all(status == "busy" for status in statuses):
        outcome.status = "busy"
    elif not statuses or all(status == "failed" for status in statuses):
        outcome.status = "failed"
    elif all(status == "canceled" for status in statuses):
        outcome.status = "canceled"
    else:
        outcome.status = "no-answer"


def _judge_abandoned(session: Session, outcome: Outcome, hunt: Hunt) -> None:
    """Work out DialCallStatus of a Dial whose caller hung up."""
    if outcome.is_bridged and outcome.child is not None:
        outcome.seconds = hunt.bridged_seconds(outcome.child)
        return
    outcome.child = hunt.legs[-1] if hunt.legs else None
    outcome.status = session.exchange.switches.abandoned_dial_status


def _params(session: Session, outcome: Outcome) -> Params:
    switches = session.exchange.switches
    params: list[tuple[str, str]] = [("DialCallStatus", outcome.status)]
    child = outcome.child
    if child is not None:
        params.append(("DialCallSid", child.sid))
        if outcome.seconds is not None and not child.taken.is_set:
            params.append(("DialCallDuration", str(outcome.seconds)))
        elif child.is_answered and not outcome.is_bridged:
            params.append(("DialCallDuration", str(child.duration_seconds or 0)))
    is_declined = child is not None and child.is_answered and not outcome.is_bridged
    if switches.sends_dial_bridged and (switches.whisper_decline_bridged or not is_declined):
        params.append(("DialBridged", "true" if outcome.is_bridged else "false"))
    if outcome.recording is not None and outcome.recording.status != "absent":
        params += recording_params(session.exchange, outcome.recording.sid)
    return tuple(params)


def _record(session: Session, node: Node, plan: DialPlan) -> Recording:
    url = node.get("recordingStatusCallback")
    return start_recording(
        session.exchange,
        session.leg,
        source="DialVerb",
        channels=plan.channels,
        callback=callback_from(
            session.resolve(url) if url else "",
            node.get("recordingStatusCallbackMethod", "POST"),
            node.get("recordingStatusCallbackEvent", "completed"),
        ),
    )


def _stop(session: Session, outcome: Outcome) -> None:
    if outcome.recording is not None:
        seconds = (session.exchange.now() - outcome.recording.started_at).total_seconds()
        stop_recording(session.exchange, outcome.recording, seconds=seconds)


def read_plan(session: Session, node: Node) -> DialPlan:
    """Read and check a Dial, with the warnings that Twilio would log."""
    if node.children:
        nouns = [_noun(session, child) for child in node.children[:MOST_NOUNS]]
        if len(node.children) > MOST_NOUNS:
            session.log(13216, f"line {node.line}: Dial has {len(node.children)} nouns, {MOST_NOUNS} ring")
    else:
        nouns = [Child(node.text)] if node.text else []
    caller_id, refusal = _caller_id(session, node)
    children = [child.showing(caller_id, refusal) for child in nouns if child is not None]
    is_sequential = session.flag(node, "sequential", default=False)
    tone = node.get("ringTone")
    if tone and tone not in _TONES:
        session.log(13220, f"line {node.line}: the ring tone {tone!r} is not known", is_warning=True)
    wants_bridge = session.flag(node, "answerOnBridge", default=False)
    is_first = session.verb_count == 0 or session.exchange.switches.answers_second_dial_on_bridge
    record_from, channels = _RECORDS.get(node.get("record"), ("", 1))
    return DialPlan(
        groups=tuple((child,) for child in children) if is_sequential else (tuple(children),),
        timeout_seconds=session.number(node, "timeout", 30, least=1, most=600),
        time_limit_seconds=session.number(node, "timeLimit", 14_400, least=1, most=86_400),
        answers_on_bridge=wants_bridge and is_first,
        hangs_up_on_star=session.flag(node, "hangupOnStar", default=False),
        record_from=record_from,
        channels=channels,
    )


def _noun(session: Session, node: Node) -> Child:
    to = node.text.strip()
    if node.name == "Client" and not to.startswith("client:"):
        to = f"client:{to}"
    if node.name == "Sip" and not to.startswith("sip:"):
        to = f"sip:{to}"
    if node.name == "Number":
        to = "".join(sign for sign in to if sign not in " -().")
    if not is_address(to):
        session.log(13223, f"line {node.line}: {to!r} is no number to dial", is_warning=True)
    url = node.get("url")
    callback = node.get("statusCallback")
    detection = node.get("amdStatusCallback")
    return Child(
        to,
        screening_url=session.resolve(url) if url else "",
        screening_method="GET" if node.get("method").upper() == "GET" else "POST",
        progress=progress_from(
            session.resolve(callback) if callback else "",
            node.get("statusCallbackMethod", "POST"),
            node.get("statusCallbackEvent"),
        ),
        send_digits=node.get("sendDigits"),
        detection_url=session.resolve(detection) if detection else "",
        detection=node.get("machineDetection"),
    )


def _caller_id(session: Session, node: Node) -> tuple[str, str]:
    """Return the number to show, and why it may not be shown (empty: it may)."""
    leg, exchange = session.leg, session.exchange
    wanted = node.get("callerId").strip()
    if not wanted:
        return leg.from_, ""
    allowed = {leg.from_, leg.to, *exchange.numbers, *exchange.verified}
    if exchange.switches.own_caller_id_only and wanted not in allowed:
        session.log(13214, f"line {node.line}: the caller ID {wanted!r} is none of yours", is_warning=True)
        return wanted, "13247"
    return wanted, ""
