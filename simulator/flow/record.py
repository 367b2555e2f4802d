"""Record: the message somebody leaves.

Source: https://www.twilio.com/docs/voice/twiml/record
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.calls import recording_params
from simulator.engine import Script, Sleep, Wait
from simulator.flow.session import Session, Step
from simulator.handset import Sound
from simulator.leg import Leg, LegEnded, Order
from simulator.recordings import callback_from, start_recording, stop_recording
from simulator.twiml.document import Node


@dataclass(slots=True)
class Take:
    """How a message ended: the key (or `hangup`), and when the last word was said."""

    started_at: datetime
    digits: str = ""
    first_voice_at: datetime | None = None
    last_voice_at: datetime | None = None

    def hear(self, leg: Leg, now: datetime) -> None:
        """Take note of a voice on the line since the beep."""
        until = leg.is_speaking_until
        if until is not None and until > self.started_at:
            self.first_voice_at = self.first_voice_at or now
            self.last_voice_at = until

    def seconds(self, now: datetime, *, trims: bool) -> float:
        """Return the length of the recording; trimmed of silence before the first and after the last word."""
        if not trims:
            return (now - self.started_at).total_seconds()
        if self.first_voice_at is None or self.last_voice_at is None:
            return 0.0
        return (min(self.last_voice_at, now) - self.first_voice_at).total_seconds()


def record(session: Session, node: Node) -> Script[Step]:
    """Record until silence, a key, the longest time, or a hang-up; then go on to the action."""
    session.answer()
    exchange, leg = session.exchange, session.leg
    callback_url = node.get("recordingStatusCallback")
    recording = start_recording(
        exchange,
        leg,
        source="RecordVerb",
        channels=1,
        callback=callback_from(
            session.resolve(callback_url) if callback_url else "",
            node.get("recordingStatusCallbackMethod", "POST"),
            node.get("recordingStatusCallbackEvent", "completed"),
        ),
    )
    trims = node.get("trim", "trim-silence") != "do-not-trim"
    if session.flag(node, "playBeep", default=True):
        yield Sleep(0.5)
    leg.handset.hears(Sound.BEEP)
    take = Take(exchange.now())
    leg.take_keys()
    leg.listens = True
    try:
        yield from _listen(session, node, take)
    except LegEnded:
        take.digits = "hangup"
        take.hear(leg, exchange.now())
        stop_recording(exchange, recording, seconds=take.seconds(exchange.now(), trims=trims))
        if exchange.switches.record_action_after_hang_up:
            yield from session.request_only(_action(session, node, recording.sid, take))
        raise
    finally:
        leg.listens = False
        leg.take_keys()
        stop_recording(exchange, recording, seconds=take.seconds(exchange.now(), trims=trims))
    is_empty = recording.status == "absent"
    if is_empty and exchange.switches.empty_record_falls_through:
        return None
    return _action(session, node, recording.sid, take)


def _action(session: Session, node: Node, recording_sid: str, take: Take) -> Order:
    params = [*recording_params(session.exchange, recording_sid)]
    if take.digits:
        params.append(("Digits", take.digits))
    target = session.target(node, params=tuple(params))
    if target is not None:
        return target
    # without action the same document is requested again, and records again
    return Order(session.resolve(session.current_url), params=tuple(params))


def _listen(session: Session, node: Node, take: Take) -> Script[None]:
    leg, now = session.leg, session.exchange.now
    silence = session.number(node, "timeout", 5, most=3600)
    longest = take.started_at + timedelta(
        seconds=session.number(node, "maxLength", 3600, least=1, most=86_400)
    )
    finish_keys = node.get("finishOnKey", "1234567890*#")
    while True:
        for key in leg.take_keys():
            if key in finish_keys:
                take.digits = key
                return
        take.hear(leg, now())
        leg.spoke.clear()
        quiet_from = take.last_voice_at or take.started_at
        deadline = longest
        if silence:
            deadline = min(longest, quiet_from + timedelta(seconds=silence))
        left = (deadline - now()).total_seconds()
        if left <= 0:
            return
        yield Wait((leg.key_pressed, leg.spoke), left)
