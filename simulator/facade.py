"""The simulator as a whole: numbers, phones, calls and texts, and the passing of time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from simulator.clock import VirtualClock
from simulator.drive import HORIZON, Live, Skipping
from simulator.engine import Engine, Script
from simulator.exchange import Exchange
from simulator.faults import Faults
from simulator.handset import Handset
from simulator.inbound import start_inbound
from simulator.journal import Journal
from simulator.leg import Leg
from simulator.messaging import text_from_phone
from simulator.numbers import is_e164
from simulator.personas import Behaviour, Persona, TextReply, caller, manual
from simulator.phones import Attachment, Forward, Phone, Shows, When
from simulator.records import DebuggerLog, Message, Number, Recording
from simulator.rest.app import RestSide
from simulator.ringing import route
from simulator.sids import Sids
from simulator.switches import Switches
from simulator.transport import Transport
from simulator.trunk import number_phone


@dataclass(frozen=True, slots=True)
class CallHandle:
    """A call that a phone has placed, seen from outside. All its methods may be used from any thread."""

    leg: Leg

    @property
    def sid(self) -> str:
        """The call's identifier."""
        return self.leg.sid

    @property
    def status(self) -> str:
        """Twilio's word for how it stands."""
        return self.leg.status

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.leg.is_over

    @property
    def handset(self) -> Handset:
        """The caller's end of it."""
        return self.leg.handset

    @property
    def heard(self) -> list[str]:
        """The sentences that the caller has heard."""
        return self.leg.handset.texts

    def press(self, keys: str) -> bool:
        """Press keys as the caller."""
        return self.leg.handset.press(keys)

    def speak(self, seconds: float, words: str = "") -> bool:
        """Speak as the caller."""
        return self.leg.handset.speak(seconds, words)

    def hang_up(self) -> bool:
        """Hang up as the caller."""
        return self.leg.handset.hang_up()


class Simulator:
    """One simulated Twilio account with the telephones around it.

    Time passes only when it is driven: by `advance`, `run_until` and `run_until_idle` (skipping), or
    by `start_live` (a thread, at wall speed). `clock` is meant to be the application's clock too.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        clock: VirtualClock,
        transport: Transport,
        switches: Switches | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.clock = clock
        self.engine = Engine(clock)
        chosen = switches or Switches()
        self.exchange = Exchange(
            account_sid,
            auth_token,
            engine=self.engine,
            transport=transport,
            switches=chosen,
            faults=faults or Faults(),
            sids=Sids(chosen.seed),
            tokens=Sids(chosen.seed),
            dice=random.Random(chosen.seed),
            journal=Journal(clock.now),
        )
        self.exchange.send_text = self.text
        self.exchange.number_phone = number_phone
        self._skipping = Skipping(self.engine)
        self._live = Live(self.engine)
        self.app = RestSide(self.exchange)
        """The WSGI application of the REST side."""

    @property
    def account_sid(self) -> str:
        """The account's identifier."""
        return self.exchange.account_sid

    @property
    def auth_token(self) -> str:
        """The account's secret."""
        return self.exchange.auth_token

    @property
    def switches(self) -> Switches:
        """The behaviour in force; replace it to change it."""
        return self.exchange.switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self.exchange.switches = switches

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.exchange.faults

    @property
    def journal(self) -> Journal:
        """Everything that has happened."""
        return self.exchange.journal

    @property
    def debugger(self) -> DebuggerLog:
        """Twilio's errors and warnings."""
        return self.exchange.debugger

    @property
    def calls(self) -> list[Leg]:
        """All call legs, oldest first."""
        return list(self.exchange.calls.values())

    @property
    def messages(self) -> list[Message]:
        """All SMS, oldest first."""
        return list(self.exchange.messages.values())

    @property
    def recordings(self) -> list[Recording]:
        """All recordings, deleted ones too, oldest first."""
        return list(self.exchange.recordings.values())

    @property
    def phones(self) -> list[Phone]:
        """The phones added, in order."""
        return list(self.exchange.phones.values())

    @property
    def numbers(self) -> list[Number]:
        """The account's numbers, in order."""
        return list(self.exchange.numbers.values())

    def add_number(
        self,
        number: str,
        *,
        voice_url: str = "",
        voice_fallback_url: str = "",
        status_callback: str = "",
        sms_url: str = "",
        sms_fallback_url: str = "",
        name: str = "",
    ) -> Number:
        """Add a number to the account, or point the webhooks of one that is there.

        Raises:
            ValueError: when it is not in E.164 form.
        """
        _require_e164(number)
        exchange = self.exchange
        with self.engine.lock:
            record = exchange.numbers.get(number)
            if record is None:
                record = Number(exchange.sids.make("PN"), number, name or number, exchange.now())
                exchange.numbers[number] = record
            if name:
                self.journal.names[number] = name
            record.voice_url = voice_url
            record.voice_fallback_url = voice_fallback_url
            record.status_callback = status_callback
            record.sms_url = sms_url
            record.sms_fallback_url = sms_fallback_url
            return record

    def add_phone(self, number: str, name: str, persona: Persona | None = None, *, label: str = "") -> Phone:
        """Add a phone; without a persona it is manual. One that is there gets the new name and persona.

        `label` is shown under the name on the wall of phones (`Caller, Alver`).

        Raises:
            ValueError: when the number is not in E.164 form.
        """
        _require_e164(number)
        with self.engine.lock:
            phone = self.exchange.phones.get(number)
            if phone is None:
                phone = Phone(number, name, persona or manual(), self.text)
                self.exchange.phones[number] = phone
                self.exchange.strangers.pop(number, None)
            elif persona is not None:
                phone.persona = persona
            phone.name = name
            phone.label = label
            self.journal.names[number] = name
            return phone

    def phone(self, number: str) -> Phone:
        """Return the phone with a number."""
        with self.engine.lock:
            return self.exchange.phone(number)

    def forward(
        self,
        number: str,
        to: str | None,
        *,
        when: When = "always",
        shows: Shows = "caller",
        forwarded_from: bool = True,
        answers_first: bool = False,
        after_seconds: float = 15.0,
    ) -> None:
        """Forward a phone to another number, or (`to` None) no longer.

        Args:
            number: The phone; added or not.
            to: Any number, one of the account's too: the call comes in there as a new one.
            when: At once, or when it has rung `after_seconds`, is busy or declines, or is out of reach.
            shows: Whose number the next one is shown: the caller's, or the forwarding phone's own.
            forwarded_from: Whether the carrier sends `ForwardedFrom`.
            answers_first: Whether the phone answers before it forwards (a switchboard in night mode).
            after_seconds: How long it rings before `no-answer`.

        Raises:
            ValueError: when `number` is one of the account's, or a value makes no sense.
        """
        _require_e164(number)
        if self.exchange.owns(number):
            raise ValueError(f"{number} is a number of the account: its application answers, not a phone")
        with self.engine.lock:
            if to is None:
                self.exchange.phone(number).forward = None
                return
            _require_e164(to)
            if to == number:
                raise ValueError(f"{number} cannot be forwarded to itself: choose another number")
            if answers_first and when != "always":
                raise ValueError(f"answers_first goes with when='always', not {when!r}")
            self.exchange.phone(number).forward = Forward(
                to, when, shows, forwarded_from, answers_first, after_seconds
            )

    def ring(
        self,
        from_: str,
        to: str,
        *,
        by: Behaviour | None = None,
        caller_id: str | None = None,
        forwarded_from: str | None = None,
    ) -> CallHandle:
        """Let a phone call a number of the account, or a phone that is forwarded to one.

        Args:
            from_: The phone; any text (added or not).
            to: A number of the account, or of a phone that is always forwarded.
            by: How the caller behaves; left out: waits, talks for a minute, leaves a message.
            caller_id: What is shown in place of the number: a word of `simulator.numbers`, blank,
                `anonymous`, a `sip:` address, garbage.
            forwarded_from: The number that forwarded the call.

        Raises:
            ValueError: when `to` is none of the account's numbers, nor leads to one.
        """
        exchange = self.exchange
        with self.engine.lock:
            found = route(exchange, to, shown=from_ if caller_id is None else caller_id)
            if not exchange.owns(found.to):
                raise ValueError(f"{to} is no number of the account: add it with add_number first")
            phone = exchange.phone(from_)
            leg = start_inbound(
                exchange,
                phone=phone,
                shown=found.shown,
                to=found.to,
                forwarded_from=forwarded_from or found.forwarded_from,
            )
            leg.handset.follow((by or caller())(leg.handset), name=f"caller {from_}")
            return CallHandle(leg)

    def text(self, from_: str, to: str, body: str, media: Sequence[Attachment] = ()) -> Message | None:
        """Let a phone send an SMS; None when it goes to a phone instead of the account.

        With `media`, pairs of a content type and what it is of, it is an MMS, whose `body` may be empty.

        Raises:
            ValueError: when there are more than ten, more than 5 MB, or one without a content type.
        """
        with self.engine.lock:
            return text_from_phone(self.exchange, from_, to, body, media)

    def autorespond(
        self, number: str, body: str | None, *, after_seconds: float = 5.0, times: int | None = None
    ) -> None:
        """Let a phone answer every SMS by itself, `times` (None: without end); `body` None: no longer.

        Raises:
            ValueError: when the number is one of the account's.
        """
        if self.exchange.owns(number):
            raise ValueError(f"{number} is a number of the account: its application answers, not a phone")
        with self.engine.lock:
            phone = self.exchange.phone(number)
            phone.auto_reply = None if body is None else TextReply(body, after_seconds, times=times)

    def spawn(self, script: Script[None], *, name: str = "script") -> None:
        """Start a script of one's own on the virtual clock."""
        with self.engine.lock:
            self.engine.spawn(script, name=name)

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Do something at an instant of virtual time."""
        self.engine.at(when, action)

    def add_tenant(self, *, next_due: Callable[[], datetime | None], run_due: Callable[[], bool]) -> None:
        """Let the application's own worker take its turns while skipping.

        `next_due` tells when it next has something to do (None: nothing); `run_due` does it and tells
        whether it did anything.
        """
        self._skipping.add_tenant(next_due=next_due, run_due=run_due)

    def advance(self, by: timedelta) -> None:
        """Let so much virtual time pass."""
        self._skipping.advance(by)

    def run_until(self, predicate: Callable[[], bool], limit: timedelta = HORIZON) -> bool:
        """Let virtual time pass until the predicate holds; False when it does not within `limit`."""
        return self._skipping.run_until(predicate, limit)

    def run_until_idle(self, limit: timedelta = HORIZON) -> None:
        """Let virtual time pass until nobody has anything due within `limit`."""
        self._skipping.run_until_idle(limit)

    def start_live(self, *, speed: float = 1.0) -> None:
        """Let time pass by itself, `speed` virtual seconds to the wall second."""
        self._live.start(speed=speed)

    def stop_live(self) -> None:
        """Freeze time."""
        self._live.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_live()


def _require_e164(number: str) -> None:
    if not is_e164(number):
        raise ValueError(f"{number!r} is not in E.164 form: write it as +47… without spaces")
