"""One telephone's side of one call: what the person hears, and can do."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.engine import Process, Script, Stopped, Wait
from simulator.journal import EntryKind, Journal
from simulator.leg import Leg

if TYPE_CHECKING:
    from simulator.phones import Phone


class Sound(StrEnum):
    """What happens at the ear."""

    RINGING = "ringing"  # this phone rings, or the other end is heard ringing
    ANSWERED = "answered"
    SAID = "said"
    PLAYED = "played"
    LISTENING = "listening"  # the prompt is over and keys are awaited
    BEEP = "beep"  # a message is recorded from now on
    MUSIC = "music"  # waiting in a conference or queue
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing heard; `seconds` is how long it takes."""

    at: datetime
    sound: Sound
    text: str = ""
    language: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Actions:
    """What a handset may ask of the exchange (which knows calls; the handset does not)."""

    hang_up: Callable[[Leg, str], None]


class Handset:
    """The phone's end of a leg. Every method may be called from any thread."""

    def __init__(
        self, leg: Leg, phone: "Phone", *, is_caller: bool, journal: Journal, actions: Actions
    ) -> None:
        self.leg = leg
        self.phone = phone
        self.is_caller = is_caller
        self.rings = False
        self.shown = leg.from_
        """The number that the phone is shown."""
        self.forwarded_from: str | None = None
        """The number that has sent the call on to this phone, as far as the carrier tells."""
        self.times_forwarded = 0
        self.heard: list[Heard] = []
        self.caption = ""
        self.caption_language = ""
        self._journal = journal
        self._actions = actions
        self._unheard: deque[Heard] = deque()
        self._news = leg.engine.latch()
        self._process: Process | None = None

    @property
    def is_over(self) -> bool:
        """Whether the call is over."""
        return self.leg.is_over

    @property
    def texts(self) -> list[str]:
        """The sentences said so far, in order."""
        return [heard.text for heard in self.heard if heard.sound is Sound.SAID]

    def _note(self, kind: EntryKind, text: str, **details: str) -> None:
        self._journal.add(kind, self.phone.number, text, call_sid=self.leg.sid, details=details)

    def follow(self, script: Script[None], *, name: str) -> None:
        """Let a script act for the person at this phone until the call is over."""
        self._process = self.leg.engine.spawn(script, name=name)

    def stop_following(self) -> None:
        """Stop the script that acts for the person at this phone."""
        if self._process is not None:
            self._process.interrupt(Stopped())

    def hears(self, sound: Sound, *, text: str = "", language: str = "", seconds: float = 0.0) -> None:
        """Bring something to the ear (used by the exchange)."""
        heard = Heard(self.leg.engine.now(), sound, text, language, seconds)
        self.heard.append(heard)
        self._unheard.append(heard)
        if sound in {Sound.SAID, Sound.PLAYED}:
            self.caption, self.caption_language = text, language
            self._note(EntryKind.HEARS, f"hears: {text}", words=text)
        self._news.set()
        if sound is Sound.ENDED:
            self.rings = False
            self.stop_following()

    def next_sound(self, seconds: float | None = None) -> Script[Heard | None]:
        """Wait for the next thing heard; None after `seconds` of nothing new."""
        deadline = None
        if seconds is not None:
            deadline = self.leg.engine.now() + timedelta(seconds=seconds)
        while not self._unheard:
            self._news.clear()
            left = None
            if deadline is not None:
                left = (deadline - self.leg.engine.now()).total_seconds()
                if left <= 0:
                    return None
            yield Wait((self._news,), left)
        return self._unheard.popleft()

    def answer(self) -> bool:
        """Pick up; tells whether there was something to pick up."""
        with self.leg.engine.lock:
            if not self.rings:
                return False
            self.rings = False
            self._note(EntryKind.ANSWERS, "answers")
            self.leg.picked_up.set()
            return True

    def decline(self) -> bool:
        """Refuse a ringing call; the network reports it as busy."""
        with self.leg.engine.lock:
            if not self.rings:
                return False
            self.rings = False
            self._note(EntryKind.DECLINES, "declines the call")
            self.leg.refused.set("busy")
            return True

    def press(self, keys: str) -> bool:
        """Press one key or several; refused when not in a call, or when one is no telephone key."""
        with self.leg.engine.lock:
            if self.is_over or not keys or not set(keys) <= set("0123456789*#"):
                return False
            for key in keys:
                self._note(EntryKind.PRESSES, f"presses {key}", key=key)
                self.leg.press(key)
            return True

    def speak(self, seconds: float, words: str = "") -> bool:
        """Speak for so long; heard by a recorder, a speech Gather, and the other end."""
        with self.leg.engine.lock:
            if self.is_over:
                return False
            said = f"says: {words}" if words else f"speaks for {seconds:g} s"
            self._note(EntryKind.SPEAKS, said, words=words)
            self.leg.is_speaking_until = self.leg.engine.now() + timedelta(seconds=seconds)
            self.leg.speech = words
            self.leg.spoke.set()
            if words and not self.leg.is_muted:
                for peer in (self.leg.peer, *self.leg.peers):
                    if peer is not None and not peer.is_over:
                        peer.handset.hears(Sound.SAID, text=words, seconds=seconds)
            return True

    def hang_up(self) -> bool:
        """Hang up; tells whether there was a call."""
        with self.leg.engine.lock:
            if self.is_over:
                return False
            if not self.is_caller and not self.leg.is_answered and not self.leg.picked_up.is_set:
                return self.decline()
            self._note(EntryKind.HANGS_UP, "hangs up")
            self._actions.hang_up(self.leg, self.phone.number)
            return True
