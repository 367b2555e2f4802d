"""What a telephone is to do next, as values; `webhooks.twiml` alone knows how Twilio is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence and the language (nn, nb, en) it is spoken in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Greet:
    """Speak to the caller; with `key_asked`, listen for the recording key; then begin ringing."""

    lines: tuple[Spoken, ...]
    key_asked: bool


@dataclass(frozen=True, slots=True)
class Leg:
    """A telephone to ring; screened ones answer a question before they are connected."""

    attempt: int
    phone: str
    screened: bool


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring telephones at once for the caller, after telling what is done."""

    lines: tuple[Spoken, ...]
    number: int
    legs: tuple[Leg, ...]
    ring_seconds: int
    limit_seconds: int
    caller_id: str
    record: bool


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Speak, then record what the caller says."""

    lines: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Put a question and wait for a key; the counts say how often it was put in vain before.

    `subject` is the attempt's or page's id.
    """

    lines: tuple[Spoken, ...]
    subject: int
    wrong_keys: int
    silences: int
    open_seconds: int


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect the callee with the caller."""

    lines: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True)
class HangUp:
    """Speak, then end the call; with `unless_key`, only if no key is pressed meanwhile."""

    lines: tuple[Spoken, ...] = ()
    unless_key: bool = False


Instruction = Greet | Dial | TakeMessage | Ask | Connect | HangUp
