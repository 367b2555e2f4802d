"""The telephone exchange: all that the simulated Twilio keeps, in one place.

Guarded by `engine.lock`. The modules that act on it take it as their first argument.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.engine import Engine
from simulator.faults import Faults
from simulator.journal import EntryKind, Journal
from simulator.leg import Leg
from simulator.personas import Persona, no_answer
from simulator.phones import Phone, SendText
from simulator.records import DebuggerEntry, DebuggerLog, Message, Number, Recording
from simulator.sids import Sids
from simulator.switches import Switches
from simulator.transport import Transport

if TYPE_CHECKING:
    from simulator.rooms import Conference, Queue


@dataclass(slots=True, eq=False)
class Exchange:
    """The state of one simulated Twilio account and of the telephones around it.

    `tokens` are drawn apart from `sids`, so that lost callbacks do not change the identifiers of a run.
    """

    account_sid: str
    auth_token: str
    engine: Engine
    transport: Transport
    switches: Switches
    faults: Faults
    sids: Sids
    tokens: Sids
    dice: random.Random
    journal: Journal
    debugger: DebuggerLog = field(default_factory=DebuggerLog)
    numbers: dict[str, Number] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    strangers: dict[str, Phone] = field(default_factory=dict)
    stranger_persona: Callable[[], Persona] = no_answer
    number_phone: "Callable[[Exchange, str], Phone] | None" = None
    send_text: SendText = field(default=lambda *_: None)
    calls: dict[str, Leg] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    conferences: "dict[str, Conference]" = field(default_factory=dict)
    queues: "dict[str, Queue]" = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    is_active: bool = True
    balance: str = "100.00"
    next_call_slot: datetime | None = None
    next_message_slot: dict[str, datetime] = field(default_factory=dict)
    reply_times: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    version: int = 0

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return self.engine.now()

    def phone(self, number: str) -> Phone:
        """Return the phone with a number; one nobody added behaves as `stranger_persona` does.

        At a number of the account its application answers.
        """
        if number in self.numbers and self.number_phone is not None:
            return self.number_phone(self, number)
        known = self.phones.get(number) or self.strangers.get(number)
        if known is None:
            known = Phone(number, "", self.stranger_persona(), self.send_text, is_listed=False)
            self.strangers[number] = known
        return known

    def log(self, code: int, message: str, *, sid: str = "", url: str = "", is_warning: bool = False) -> None:
        """Write into the debugger log."""
        self.debugger.entries.append(DebuggerEntry(self.now(), code, message, sid, url, is_warning))
        word = "warning" if is_warning else "error"
        self.journal.add(EntryKind.WARNING, "twilio", f"{word} {code}: {message}", call_sid=sid)

    def owns(self, number: str) -> bool:
        """Tell whether a number is one of the account's."""
        return number in self.numbers


def matches_prefix(number: str, prefixes: Iterable[str]) -> bool:
    """Tell whether a number begins with one of the prefixes; no prefixes match everything."""
    chosen = tuple(prefixes)
    return not chosen or number.startswith(chosen)
