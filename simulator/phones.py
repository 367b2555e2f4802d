"""Simulated telephones: a number, a name, a persona, an inbox."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from simulator.handset import Handset
from simulator.records import Media

if TYPE_CHECKING:
    from simulator.personas import Persona, TextReply


When = Literal["always", "no-answer", "busy", "unreachable"]
Shows = Literal["caller", "own"]
Attachment = tuple[str, bytes]
"""A content type, and what it is of."""
SendText = Callable[[str, str, str, Sequence[Attachment]], object]
"""Sends an SMS: from, to, words, and the pictures that make it an MMS."""


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS as a phone keeps it; `is_own` ones were sent from it."""

    at: datetime
    number: str
    body: str
    is_own: bool = False
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a phone sends its calls.

    Attributes:
        to: The number that they go to.
        when: At once, or when the phone has rung `after_seconds`, is busy (or declines), or is out of reach.
        shows: Whose number the next one is shown: the caller's, or the forwarding phone's own.
        forwarded_from: Whether the carrier tells the next one who has forwarded.
        answers_first: Whether it answers before it forwards, as a switchboard in night mode may.
        after_seconds: How long it rings before `no-answer`.
    """

    to: str
    when: When = "always"
    shows: Shows = "caller"
    forwarded_from: bool = True
    answers_first: bool = False
    after_seconds: float = 15.0


@dataclass(slots=True, eq=False)
class Phone:
    """A telephone. `handsets` are its present calls, the newest last; `label` says whose it is.

    `auto_reply` is what it answers to every SMS by itself, besides what its persona answers.

    The methods without a handset act on the newest present call; they tell whether there was anything
    to act on.
    """

    number: str
    name: str
    persona: "Persona"
    send_text: SendText
    is_listed: bool = True
    label: str = ""
    forward: Forward | None = None
    auto_reply: "TextReply | None" = None
    texts: list[Text] = field(default_factory=list)
    handsets: list[Handset] = field(default_factory=list)
    last_handset: Handset | None = None
    replies_given: "dict[TextReply, int]" = field(default_factory=dict)

    @property
    def inbox(self) -> list[Text]:
        """The SMS received, oldest first."""
        return [text for text in self.texts if not text.is_own]

    @property
    def handset(self) -> Handset | None:
        """The newest present call."""
        return self.handsets[-1] if self.handsets else None

    @property
    def state(self) -> str:
        """`idle`, `ringing` (it rings), `calling` (it hears ringing) or `in-call`."""
        handset = self.handset
        if handset is None:
            return "idle"
        if handset.rings:
            return "ringing"
        if handset.leg.is_answered or handset.leg.picked_up.is_set:
            return "in-call"
        return "calling" if handset.is_caller else "ringing"

    def answer(self) -> bool:
        """Pick up the ringing phone."""
        return self.handset is not None and self.handset.answer()

    def decline(self) -> bool:
        """Refuse the ringing call."""
        return self.handset is not None and self.handset.decline()

    def press(self, keys: str) -> bool:
        """Press keys in the present call."""
        return self.handset is not None and self.handset.press(keys)

    def speak(self, seconds: float, words: str = "") -> bool:
        """Speak into the present call."""
        return self.handset is not None and self.handset.speak(seconds, words)

    def hang_up(self) -> bool:
        """End the present call."""
        return self.handset is not None and self.handset.hang_up()

    def text(self, to: str, body: str, media: Sequence[Attachment] = ()) -> None:
        """Send an SMS, with `media` an MMS."""
        self.send_text(self.number, to, body, media)
