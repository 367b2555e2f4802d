"""Say, Play, Pause: what the person hears."""

import re

from simulator.engine import Latch, Script, Sleep, Wait
from simulator.flow.session import Session, Step
from simulator.handset import Sound
from simulator.twiml.document import Node

PLAY_SECONDS = 5.0
MOST_SIGNS = {"basic": 4096, "polly": 3000, "google": 5000}

_VOICE = re.compile(
    r"man|woman|alice|Polly\.[A-Z][a-zA-Z]+(-Neural|-Generative|-Long-Form)?|Google\.[a-z]{2,3}-[A-Z]{2}-[\w-]+"
)
_LOCALE = re.compile(r"Google\.([a-z]{2,3}-[A-Z]{2})-")
_POLLY = {
    "Liv": "nb-NO", "Ida": "nb-NO", "Amy": "en-GB", "Brian": "en-GB", "Emma": "en-GB", "Arthur": "en-GB",
    "Joanna": "en-US", "Matthew": "en-US", "Kendra": "en-US", "Naja": "da-DK", "Sofie": "da-DK",
    "Astrid": "sv-SE", "Elin": "sv-SE",
}  # fmt: skip


def say(session: Session, node: Node) -> Script[Step]:
    """Say a text."""
    session.answer()
    yield from prompt(session, node)
    return None


play = say


def pause(session: Session, node: Node) -> Script[Step]:
    """Wait in silence; before anything was heard the call goes on ringing."""
    yield from prompt(session, node)
    return None


def prompt(session: Session, node: Node, *, stops: tuple[Latch, ...] = ()) -> Script[bool]:
    """Let a Say, Play or Pause be heard; tells whether one of `stops` broke it off."""
    if node.name == "Pause":
        return (yield from _hold(float(session.number(node, "length", 1, most=3600)), stops))
    for _ in range(session.number(node, "loop", 1, most=1000) or 1000):
        seconds = _begin(session, node)
        if seconds <= 0:
            return False
        if (yield from _hold(seconds, stops)):
            return True
    return False


def _hold(seconds: float, stops: tuple[Latch, ...]) -> Script[bool]:
    if not stops:
        yield Sleep(seconds)
        return False
    return (yield Wait(stops, seconds)) is not None


def _begin(session: Session, node: Node) -> float:
    """Bring the prompt to the ear and return how long it takes, 0 when there is nothing to hear."""
    hears = session.leg.handset.hears
    text = node.text
    if node.name == "Play":
        if not text and not node.get("digits"):
            session.log(13420, f"line {node.line}: Play has nothing to play", is_warning=True)
            return 0.0
        hears(Sound.PLAYED, text=f"♪ {text or node.get('digits')}", seconds=PLAY_SECONDS)
        return PLAY_SECONDS
    if not text:
        session.log(13520, f"line {node.line}: Say has no text", is_warning=True)
        return 0.0
    voice = node.get("voice")
    if voice and not _VOICE.fullmatch(voice):
        session.log(13511, f"line {node.line}: the voice {voice!r} is not known", is_warning=True)
    limit = MOST_SIGNS[
        "polly" if voice.startswith("Polly") else "google" if voice.startswith("Google") else "basic"
    ]
    if len(text) > limit:
        session.log(13521, f"line {node.line}: Say has {len(text)} signs, at most {limit} are said")
        return 0.0
    seconds = max(0.6, len(text) / session.exchange.switches.speech_signs_a_second)
    hears(Sound.SAID, text=text, language=language_of(voice, node.get("language")), seconds=seconds)
    return seconds


def language_of(voice: str, language: str) -> str:
    """Return the language that a text is said in: as named, else the voice's, else American English."""
    if language:
        return language
    if match := _LOCALE.match(voice):
        return match[1]
    if voice.startswith("Polly."):
        return _POLLY.get(voice.removeprefix("Polly.").partition("-")[0], "en-US")
    return "en-US"
