"""Answering-machine detection: what it takes the callee for, told later or waited for."""

from simulator.callbacks import send_callback
from simulator.exchange import Exchange
from simulator.faults import CallbackKind
from simulator.leg import Leg

HUMAN_SECONDS = 3.5
MACHINE_SECONDS = 5.0


def detected(leg: Leg, *, mode: str) -> str:
    """Return `AnsweredBy` for a leg; `DetectMessageEnd` waits for the end of a machine's greeting."""
    kind = leg.handset.phone.persona.detected_as
    if kind == "machine_start" and mode == "DetectMessageEnd":
        return "machine_end_beep"
    return kind


def detection_seconds(leg: Leg) -> float:
    """Return how long detection takes (a silence that the callee hears)."""
    return HUMAN_SECONDS if leg.handset.phone.persona.detected_as == "human" else MACHINE_SECONDS


def start_detection(exchange: Exchange, leg: Leg, *, url: str, mode: str, method: str = "POST") -> None:
    """Detect in the background and tell by callback, unless the call is over by then."""
    seconds = detection_seconds(leg)

    def tell() -> None:
        if leg.is_over:
            return
        leg.answered_by = detected(leg, mode=mode)
        send_callback(
            exchange,
            CallbackKind.DETECTION,
            url=url,
            method=method,
            params=(
                ("AccountSid", exchange.account_sid),
                ("CallSid", leg.sid),
                ("AnsweredBy", leg.answered_by),
                ("MachineDetectionDuration", str(round(seconds * 1000))),
            ),
            sid=leg.sid,
        )

    exchange.engine.after(seconds, tell)
