"""Calls placed over REST, and what REST may do to a call under way.

Source: https://www.twilio.com/docs/voice/api/call-resource
"""

from dataclasses import dataclass
from datetime import timedelta

from simulator.calls import end_leg, new_leg
from simulator.detection import detected, detection_seconds, start_detection
from simulator.engine import Script, Sleep
from simulator.exchange import Exchange
from simulator.flow.session import Session, run_call
from simulator.flow.verbs import CALL, SCREENING
from simulator.leg import Leg, LegEnded, Order, Progress, Taken
from simulator.recordings import record_until_over, start_recording
from simulator.records import RecordingCallback
from simulator.ringing import ring


@dataclass(frozen=True, slots=True)
class CallOrder:
    """A call to be placed: whom, showing what, and what it is to do once answered."""

    to: str
    from_: str
    order: Order
    fallback_url: str = ""
    fallback_method: str = "POST"
    progress: Progress | None = None
    timeout_seconds: int = 60
    time_limit_seconds: int = 14_400
    records: bool = False
    recording_channels: int = 1
    recording_callback: RecordingCallback | None = None
    detection: str = ""
    detection_url: str = ""
    detects_later: bool = False


def place_call(exchange: Exchange, wanted: CallOrder) -> Leg:
    """Queue a call; they are started one after the other at the account's calls per second."""
    now = exchange.now()
    starts_at = max(now, exchange.next_call_slot or now)
    exchange.next_call_slot = starts_at + timedelta(seconds=1 / exchange.switches.calls_per_second)
    leg = new_leg(
        exchange,
        from_=wanted.from_,
        to=wanted.to,
        direction="outbound-api",
        phone=exchange.phone(wanted.to),
    )
    leg.progress = wanted.progress
    leg.time_limit_seconds = wanted.time_limit_seconds
    leg.queue_ms = round((starts_at - now).total_seconds() * 1000)
    wait = (starts_at - now).total_seconds()
    leg.runner = exchange.engine.spawn(_outbound(exchange, leg, wanted, wait), name=f"call {leg.sid}")
    return leg


def _outbound(exchange: Exchange, leg: Leg, wanted: CallOrder, wait_seconds: float) -> Script[None]:
    try:
        yield Sleep(wait_seconds)
        if not (yield from ring(exchange, leg, timeout_seconds=float(wanted.timeout_seconds))):
            return
        order = wanted.order
        if wanted.detection:
            if wanted.detects_later:
                start_detection(exchange, leg, url=wanted.detection_url, mode=wanted.detection)
            else:
                yield Sleep(detection_seconds(leg))
                leg.answered_by = detected(leg, mode=wanted.detection)
    except LegEnded:
        return
    except Taken as taken:
        order = taken.order
    if wanted.records:
        recording = start_recording(
            exchange,
            leg,
            source="OutboundAPI",
            channels=wanted.recording_channels,
            callback=wanted.recording_callback,
        )
        leg.call_recording_sid = recording.sid
        record_until_over(exchange, leg, recording)
    session = Session(
        exchange,
        leg,
        CALL,
        SCREENING,
        fallback_url=wanted.fallback_url,
        fallback_method=wanted.fallback_method,
    )
    try:
        yield from run_call(session, order)
    except LegEnded:
        return


def redirect_call(exchange: Exchange, leg: Leg, order: Order) -> None:
    """Give a call under way another document.

    A parent of a Dial drops its child; a child leaves its parent, whose Dial ends.
    """
    if leg.runner is not None and not leg.runner.done.is_set:
        leg.runner.interrupt(Taken(order))
        if leg.parent is not None:
            leg.taken.set()
        return
    leg.taken.set()
    session = Session(exchange, leg, CALL, SCREENING)
    leg.runner = exchange.engine.spawn(run_call(session, order), name=f"redirected call {leg.sid}")


def finish_call(exchange: Exchange, leg: Leg, *, status: str) -> None:
    """End a call over REST: `canceled` does nothing to one that is answered, `completed` ends any."""
    if leg.is_answered:
        if status == "completed":
            end_leg(exchange, leg, "completed", by="REST")
        return
    end_leg(exchange, leg, "canceled", by="REST", sip_code=487)
