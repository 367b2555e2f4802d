"""Ringing a phone, and the ones that it is forwarded to.

A forwarded leg stays the same call to Twilio; only the phone at its end is another one. Where that is a
number of the account, its application answers, by a new inbound call.

Sources: https://www.twilio.com/docs/voice/twiml/number (order and statuses), and
https://www.twilio.com/docs/voice/api/call-resource (`ForwardedFrom`, which not all carriers send).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from simulator.calls import end_leg, join_phone, leave_phone, mark_answered, set_status
from simulator.engine import Script, Sleep, Wait
from simulator.exchange import Exchange
from simulator.handset import Handset, Sound
from simulator.journal import EntryKind
from simulator.leg import Leg
from simulator.personas import Persona
from simulator.phones import Forward, Phone

SWITCHBOARD_SECONDS = 1.0
LONGEST_TRANSFER_SECONDS = 30.0

Outcome = Literal["answered", "always", "no-answer", "busy", "unreachable", "timeout", "looped"]

_ENDS: dict[Outcome, tuple[str, int]] = {
    "busy": ("busy", 486),
    "unreachable": ("failed", 404),
    "timeout": ("no-answer", 487),
    "looped": ("failed", 483),
}


def ring(exchange: Exchange, leg: Leg, *, timeout_seconds: float) -> Script[bool]:
    """Dial a leg's phone; tells whether it was answered, there or where it is forwarded. Else ends it."""
    switches = exchange.switches
    leg.started_at = exchange.now()
    set_status(exchange, leg, "initiated", event="initiated")
    yield Sleep(switches.setup_seconds)
    gives_up_at = exchange.now() + timedelta(seconds=timeout_seconds + switches.extra_ring_seconds)
    while True:
        outcome = yield from _try_phone(exchange, leg, gives_up_at=gives_up_at)
        if leg.is_over:
            return False
        if outcome == "answered":
            mark_answered(exchange, leg)
            return True
        forward = leg.handset.phone.forward
        if forward is None or forward.when != outcome:
            break
        leg.handset.stop_following()
        if not _send_on(exchange, leg.handset, forward):
            outcome = "looped"
            break
        yield Sleep(switches.setup_seconds)
    status, sip_code = _ENDS[outcome]
    end_leg(exchange, leg, status, by="twilio" if outcome == "timeout" else leg.to, sip_code=sip_code)
    return False


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call ends up that is forwarded at once: the number, what it is shown, and who sent it on."""

    to: str
    shown: str
    forwarded_from: str | None = None


def route(exchange: Exchange, called: str, *, shown: str) -> Route:
    """Follow the phones that forward at once, from the one called on, as far as the networks go along."""
    found = Route(called, shown)
    for _ in range(exchange.switches.most_forwards):
        forward = None if exchange.owns(found.to) else exchange.phone(found.to).forward
        if forward is None or forward.when != "always":
            break
        _note(exchange, found.to, forward)
        found = Route(
            forward.to,
            found.to if forward.shows == "own" else found.shown,
            found.to if forward.forwarded_from else None,
        )
    return found


def _try_phone(exchange: Exchange, leg: Leg, *, gives_up_at: datetime) -> Script[Outcome]:
    """Ring the phone that the leg is at, and say what came of it."""
    phone = leg.handset.phone
    forward = phone.forward
    persona = phone.persona
    if forward is not None and forward.when == "always":
        if not forward.answers_first:
            return "always"
        persona = _switchboard(exchange, forward)
    elif trouble := _trouble(exchange, phone):
        return trouble
    if leg.status != "ringing":
        set_status(exchange, leg, "ringing", event="ringing")
    _let_ring(exchange, leg.handset)
    if persona.behaviour is not None:
        leg.handset.follow(persona.behaviour(leg.handset), name=f"{persona.label} {phone.number}")
    left = (gives_up_at - exchange.now()).total_seconds()
    is_patient = forward is None or forward.when != "no-answer" or forward.after_seconds >= left
    yield Wait((leg.picked_up, leg.refused), left if is_patient or forward is None else forward.after_seconds)
    if leg.picked_up.is_set:
        return "answered"
    if leg.refused.is_set:
        leg.refused.clear()
        return "busy"
    return "timeout" if is_patient else "no-answer"


def _trouble(exchange: Exchange, phone: Phone) -> Literal["", "busy", "unreachable"]:
    """Return why a phone cannot ring, or an empty text."""
    verdict = phone.persona.verdict
    if verdict == "rings" and phone.handsets and not exchange.switches.call_waiting:
        return "busy"
    return "" if verdict == "rings" else verdict


def _let_ring(exchange: Exchange, handset: Handset) -> None:
    join_phone(handset.leg)
    handset.rings = True
    exchange.journal.add(
        EntryKind.RINGING,
        handset.phone.number,
        f"phone rings, showing {handset.shown}",
        call_sid=handset.leg.sid,
        details={"other": handset.shown},
    )
    handset.hears(Sound.RINGING)


def _send_on(exchange: Exchange, handset: Handset, forward: Forward) -> bool:
    """Bring a call to where its phone is forwarded; False when that has been done too often."""
    if handset.times_forwarded >= exchange.switches.most_forwards:
        return False
    own = handset.phone.number
    _note(exchange, own, forward, call_sid=handset.leg.sid)
    leave_phone(handset.leg)
    handset.rings = False
    handset.times_forwarded += 1
    if forward.shows == "own":
        handset.shown = own
    handset.forwarded_from = own if forward.forwarded_from else None
    handset.phone = exchange.phone(forward.to)
    return True


def _note(exchange: Exchange, number: str, forward: Forward, *, call_sid: str = "") -> None:
    exchange.journal.add(
        EntryKind.FORWARDS,
        number,
        f"forwards to {exchange.journal.name_of(forward.to)}",
        call_sid=call_sid,
        details={"other": forward.to},
    )


def _switchboard(exchange: Exchange, forward: Forward) -> Persona:
    """Make a switchboard in night mode: it answers, and has the call ring elsewhere then."""

    def behave(handset: Handset) -> Script[None]:
        def give_up() -> None:
            if handset.rings:
                handset.hang_up()

        yield Sleep(SWITCHBOARD_SECONDS)
        handset.answer()
        onward: Forward | None = forward
        while onward is not None:
            if not _send_on(exchange, handset, onward):
                handset.hang_up()
                return
            yield Sleep(exchange.switches.setup_seconds)
            onward = handset.phone.forward
            onward = onward if onward is not None and onward.when == "always" else None
        if _trouble(exchange, handset.phone):
            handset.hang_up()
            return
        _let_ring(exchange, handset)
        handset.leg.engine.after(LONGEST_TRANSFER_SECONDS, give_up)
        if handset.phone.persona.behaviour is not None:
            yield from handset.phone.persona.behaviour(handset)

    return Persona("switchboard", behaviour=behave)
