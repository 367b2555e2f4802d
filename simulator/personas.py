"""How the people (and machines) at the telephones behave.

A persona decides for a phone that is called, and for texts that arrive; a *caller* is a script for a
phone that calls. Both act through the same `Handset` as a person at the wall of phones does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from simulator.engine import Script, Sleep
from simulator.handset import Handset, Heard, Sound

Behaviour = Callable[[Handset], Script[None]]
Verdict = Literal["rings", "busy", "unreachable"]
SmsVerdict = Literal["delivered", "undelivered", "unknown", "sent-only", "landline"]


@dataclass(frozen=True, slots=True)
class TextReply:
    """An answer by SMS to messages that contain `when` (empty: any), after so many seconds.

    `times` is how often it is given; None: always.
    """

    body: str
    after_seconds: float = 20.0
    when: str = ""
    times: int | None = 1


@dataclass(frozen=True, slots=True)
class Persona:
    """How a phone behaves.

    Attributes:
        label: A word for the persona, shown on the wall of phones.
        verdict: What the network makes of a call to it.
        behaviour: What happens once it rings; None: nothing (it rings out, or somebody else acts).
        detected_as: What answering-machine detection reports.
        sms: What becomes of an SMS to it.
        replies: Answers by SMS.
    """

    label: str
    verdict: Verdict = "rings"
    behaviour: Behaviour | None = None
    detected_as: str = "human"
    sms: SmsVerdict = "delivered"
    replies: tuple[TextReply, ...] = ()

    def replying(self, *replies: TextReply) -> "Persona":
        """Return the same persona with answers by SMS."""
        return replace(self, replies=replies)

    def with_sms(self, verdict: SmsVerdict) -> "Persona":
        """Return the same persona with another fate of its SMS."""
        return replace(self, sms=verdict)


def reacting(
    handset: Handset,
    *,
    keys: tuple[str | None, ...],
    think_seconds: float,
    talk_seconds: float | None,
    message_seconds: float = 0.0,
    message_key: str | None = None,
    leave_on: Callable[[Heard], bool] | None = None,
) -> Script[None]:
    """Act in a call: press the next of `keys` after each prompt (None: nothing), talk, leave a message."""
    left = list(keys)
    while True:
        heard = yield from handset.next_sound()
        if heard is None:
            continue
        if leave_on is not None and leave_on(heard):
            handset.hang_up()
            return
        match heard.sound:
            case Sound.LISTENING if left:
                key = left.pop(0)
                if key is not None:
                    yield Sleep(think_seconds)
                    handset.press(key)
            case Sound.CONNECTED if talk_seconds is not None:
                yield Sleep(talk_seconds)
                handset.hang_up()
                return
            case Sound.BEEP if message_seconds > 0:
                handset.speak(message_seconds)
                yield Sleep(message_seconds)
                if message_key is None:
                    handset.hang_up()
                    return
                handset.press(message_key)


def human(
    *,
    answers_after: float = 4.0,
    keys: tuple[str | None, ...] = ("1",),
    think_seconds: float = 1.5,
    talk_seconds: float | None = None,
    replies: tuple[TextReply, ...] = (),
) -> Persona:
    """Make a person who answers and presses the next of `keys` after hearing each prompt.

    With `talk_seconds` the person ends the conversation after so long; without, the other one does.
    """

    def behave(handset: Handset) -> Script[None]:
        yield Sleep(answers_after)
        handset.answer()
        yield from reacting(handset, keys=keys, think_seconds=think_seconds, talk_seconds=talk_seconds)

    return Persona("human", behaviour=behave, replies=replies)


def passes_on(*, answers_after: float = 4.0, key: str = "2") -> Persona:
    """Make a person who answers and presses the key that declines."""
    return replace(human(answers_after=answers_after, keys=(key,)), label="passes")


def wrong_key_first(*, wrong: str = "7", right: str = "1", answers_after: float = 4.0) -> Persona:
    """Make a person who presses a wrong key at the first prompt and the right one at the second."""
    return replace(human(answers_after=answers_after, keys=(wrong, right)), label="wrong key")


def slow(*, answers_after: float = 15.0, think_seconds: float = 12.0, key: str = "1") -> Persona:
    """Make a person who takes long to answer and to press."""
    return replace(human(answers_after=answers_after, keys=(key,), think_seconds=think_seconds), label="slow")


def voicemail(
    *, answers_after: float = 12.0, greeting_seconds: float = 8.0, message_limit_seconds: float = 52.0
) -> Persona:
    """Make a private voicemail: it answers, greets, records in silence, presses nothing, hangs up at last."""

    def behave(handset: Handset) -> Script[None]:
        yield Sleep(answers_after)
        handset.answer()
        handset.speak(greeting_seconds, "Hei, du har nådd mobilsvar. Legg igjen ei melding etter pipetonen.")
        yield Sleep(greeting_seconds + message_limit_seconds)
        handset.hang_up()

    return Persona("voicemail", behaviour=behave, detected_as="machine_start")


def hangs_up_at_once(*, answers_after: float = 4.0, after_seconds: float = 0.5) -> Persona:
    """Make somebody who answers and hangs up at once."""

    def behave(handset: Handset) -> Script[None]:
        yield Sleep(answers_after)
        handset.answer()
        yield Sleep(after_seconds)
        handset.hang_up()

    return Persona("hangs up", behaviour=behave)


def declines(*, after_seconds: float = 3.0) -> Persona:
    """Make somebody who refuses the ringing call."""

    def behave(handset: Handset) -> Script[None]:
        yield Sleep(after_seconds)
        handset.decline()

    return Persona("declines", behaviour=behave)


def no_answer() -> Persona:
    """Make a phone that rings and is never answered."""
    return Persona("no answer")


def busy() -> Persona:
    """Make a phone that is busy."""
    return Persona("busy", verdict="busy")


def unreachable() -> Persona:
    """Make a phone that is switched off or out of coverage; SMS to it are undelivered (30003)."""
    return Persona("unreachable", verdict="unreachable", sms="undelivered")


def manual(*, replies: tuple[TextReply, ...] = ()) -> Persona:
    """Make a phone that a test, or a person at the wall of phones, acts for."""
    return Persona("manual", replies=replies)


def landline(behaviour: Behaviour | None = None) -> Persona:
    """Make a phone that takes no SMS (21614)."""
    return Persona("landline", behaviour=behaviour, sms="landline")


def caller(
    *,
    keys: tuple[str | None, ...] = (),
    think_seconds: float = 1.5,
    talk_seconds: float | None = 60.0,
    message_seconds: float = 20.0,
    message_key: str | None = None,
    hangs_up_after: float | None = None,
    hangs_up_on: str | Sound | Callable[[Heard], bool] | None = None,
) -> Behaviour:
    """Make a caller.

    Args:
        keys: What to press at each prompt in turn; None presses nothing at that one.
        think_seconds: From the end of a prompt to the key.
        talk_seconds: Length of the conversation once connected; None leaves its end to the other.
        message_seconds: Length of the message after a beep; 0 leaves none.
        message_key: The key that ends the message; None hangs up.
        hangs_up_after: Seconds from dialling after which the caller gives up, whatever happens.
        hangs_up_on: A sound, a part of a sentence, or a test of what is heard, at which to hang up.
    """

    def is_time_to_leave(heard: Heard) -> bool:
        match hangs_up_on:
            case None:
                return False
            case Sound():
                return heard.sound is hangs_up_on
            case str():
                return hangs_up_on.lower() in heard.text.lower() and heard.sound is Sound.SAID
            case _:
                return hangs_up_on(heard)

    def behave(handset: Handset) -> Script[None]:
        if hangs_up_after is not None:
            handset.leg.engine.after(hangs_up_after, lambda: _give_up(handset))
        yield from reacting(
            handset,
            keys=keys,
            think_seconds=think_seconds,
            talk_seconds=talk_seconds,
            message_seconds=message_seconds,
            message_key=message_key,
            leave_on=is_time_to_leave,
        )

    return behave


def _give_up(handset: Handset) -> None:
    handset.hang_up()


def silent_caller() -> Behaviour:
    """Make a caller who does nothing (driven by a test or the wall of phones)."""

    def behave(handset: Handset) -> Script[None]:
        while True:
            yield from handset.next_sound()

    return behave


PERSONAS: dict[str, Callable[[], Persona]] = {
    "manual": manual,
    "human": human,
    "passes": passes_on,
    "wrong-key": wrong_key_first,
    "slow": slow,
    "voicemail": voicemail,
    "hangs-up": hangs_up_at_once,
    "declines": declines,
    "no-answer": no_answer,
    "busy": busy,
    "unreachable": unreachable,
}
"""The personas that can be chosen by name."""
