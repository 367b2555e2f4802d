"""Gather: keys (and speech) of the person on the line.

Source: https://www.twilio.com/docs/voice/twiml/gather
"""

from dataclasses import dataclass

from simulator.engine import Latch, Script, Wait
from simulator.flow.prompts import prompt
from simulator.flow.session import Session, Step
from simulator.handset import Sound
from simulator.leg import Order
from simulator.twiml.document import Node


@dataclass(frozen=True, slots=True)
class Input:
    """What was gathered; `finished_on` is the key that ended it, if one did."""

    digits: str = ""
    speech: str | None = None
    finished_on: str = ""


def gather(session: Session, node: Node) -> Script[Step]:
    """Play the nested prompts, collect what is pressed, and go on to the action with it."""
    session.answer()
    leg = session.leg
    leg.take_keys()
    leg.spoke.clear()
    takes = frozenset(node.get("input", "dtmf").split())
    leg.listens = "dtmf" in takes
    try:
        stops: tuple[Latch, ...] = ()
        if session.flag(node, "bargeIn", default=True):
            stops = (leg.key_pressed, leg.spoke) if "speech" in takes else (leg.key_pressed,)
        is_interrupted = False
        for child in node.children:
            is_interrupted = yield from prompt(session, child, stops=stops)
            if is_interrupted:
                break
        if not is_interrupted:
            leg.handset.hears(Sound.LISTENING)
        found = yield from _collect(session, node, takes=takes)
    finally:
        leg.listens = False
        leg.take_keys()
    return _next(session, node, found)


def _collect(session: Session, node: Node, *, takes: frozenset[str]) -> Script[Input]:
    leg = session.leg
    timeout = session.number(node, "timeout", 5, most=600)
    wanted = session.number(node, "numDigits", 0, most=255)
    finish_key = node.get("finishOnKey", "#")
    latches = (leg.key_pressed, leg.spoke) if "speech" in takes else (leg.key_pressed,)
    digits = ""
    while True:
        for key in leg.take_keys():
            if key == finish_key:
                return Input(digits, finished_on=key)
            digits += key
            if wanted and len(digits) >= wanted:
                return Input(digits)
        if "speech" in takes and leg.spoke.is_set and leg.speech and not digits:
            words, leg.speech = leg.speech, ""
            leg.spoke.clear()
            return Input(speech=words)
        leg.spoke.clear()
        if (yield Wait(latches, float(timeout))) is None:
            return Input(digits)


def _next(session: Session, node: Node, found: Input) -> Step:
    is_empty = not found.digits and found.speech is None
    sends_empty = session.flag(node, "actionOnEmptyResult", default=False)
    if is_empty and not sends_empty:
        return None
    params: list[tuple[str, str]] = []
    if found.speech is not None:
        params += [("SpeechResult", found.speech), ("Confidence", "0.93")]
    else:
        params.append(("Digits", found.digits))
    if sends_empty:
        params.append(("FinishedOnKey", found.finished_on))
    target = session.target(node, params=tuple(params))
    if target is not None:
        return target
    # without action the same document is requested again
    return Order(session.resolve(session.current_url), params=tuple(params))
