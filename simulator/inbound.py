"""Calls from a phone to a number of the account."""

from simulator.calls import call_token, end_leg, join_phone, new_leg
from simulator.engine import Script
from simulator.exchange import Exchange
from simulator.flow.session import Session, run_call
from simulator.flow.verbs import CALL, SCREENING
from simulator.journal import EntryKind
from simulator.leg import Leg, LegEnded, Order
from simulator.numbers import is_e164
from simulator.phones import Phone
from simulator.records import Number
from simulator.webhook import INVALID_URL


def start_inbound(
    exchange: Exchange, *, phone: Phone, shown: str, to: str, forwarded_from: str | None = None
) -> Leg:
    """Let a phone call a number of the account; `shown` is the caller ID that Twilio gets to see.

    Raises:
        KeyError: when the number is none of the account's.
    """
    number = exchange.numbers[to]
    leg = new_leg(exchange, from_=shown, to=to, direction="inbound", phone=phone)
    leg.status = "ringing"
    leg.started_at = exchange.now()
    leg.forwarded_from = forwarded_from
    leg.call_token = call_token(exchange, leg.sid)
    join_phone(leg)
    suffix = "" if shown == phone.number else f", showing {shown!r}"
    if not is_e164(phone.number):
        suffix = ""
    exchange.journal.add(
        EntryKind.RINGS,
        phone.number,
        f"calls {exchange.journal.name_of(to)}{suffix}",
        call_sid=leg.sid,
        details={"other": to},
    )
    leg.runner = exchange.engine.spawn(_inbound(exchange, leg, number), name=f"inbound call {leg.sid}")
    return leg


def _inbound(exchange: Exchange, leg: Leg, number: Number) -> Script[None]:
    overriding = number.trunk_sid or number.voice_application_sid
    if overriding or not number.voice_url:
        reason = f"its voice goes to {overriding}" if overriding else "it has no voice URL"
        exchange.log(INVALID_URL, f"the number cannot answer: {reason}", sid=leg.sid)
        end_leg(exchange, leg, "failed", by="twilio")
        return
    session = Session(
        exchange,
        leg,
        CALL,
        SCREENING,
        fallback_url=number.voice_fallback_url,
        fallback_method=number.voice_fallback_method,
    )
    try:
        yield from run_call(session, Order(number.voice_url, number.voice_method))
    except LegEnded:
        return
