"""The journal: everything that happened, in order, readable like a screenplay."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry tells of."""

    RINGS = "rings"  # somebody calls a number
    RINGING = "ringing"  # a phone rings
    ANSWERS = "answers"
    HEARS = "hears"  # what Twilio says or plays into a phone
    PRESSES = "presses"
    SPEAKS = "speaks"
    HANGS_UP = "hangs-up"
    DECLINES = "declines"
    FORWARDS = "forwards"  # a phone sends its call on to another number
    CONNECTED = "connected"
    ENDED = "ended"
    TEXTS = "texts"  # a phone sends an SMS
    RECEIVES = "receives"  # a phone receives one
    UNDELIVERED = "undelivered"  # an SMS that never arrived
    WEBHOOK = "webhook"
    CALLBACK = "callback"
    REST = "rest"
    RECORDING = "recording"
    WARNING = "warning"  # the debugger log
    NOTE = "note"


STAGE = frozenset(
    {
        EntryKind.RINGS,
        EntryKind.RINGING,
        EntryKind.ANSWERS,
        EntryKind.HEARS,
        EntryKind.PRESSES,
        EntryKind.SPEAKS,
        EntryKind.HANGS_UP,
        EntryKind.DECLINES,
        EntryKind.FORWARDS,
        EntryKind.CONNECTED,
        EntryKind.ENDED,
        EntryKind.TEXTS,
        EntryKind.RECEIVES,
        EntryKind.UNDELIVERED,
        EntryKind.NOTE,
    }
)
"""The kinds that people on the stage would notice; the others happen between machines."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `who` is a number or `twilio`; `call_sid` is of the call or message.

    `details` says the same as `text` in parts: `other` (a number), `key`, `words`, `status`; of a
    webhook, its parameters.
    """

    at: datetime
    kind: EntryKind
    who: str
    text: str
    call_sid: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class Journal:
    """An append-only list of entries."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._entries: list[Entry] = []
        self._listeners: list[Callable[[Entry], None]] = []
        self.names: dict[str, str] = {}

    def add(
        self,
        kind: EntryKind,
        who: str,
        text: str,
        *,
        call_sid: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Write down what happens at this moment."""
        entry = Entry(self._now(), kind, who, text, call_sid, details or {})
        self._entries.append(entry)
        for listener in self._listeners:
            listener(entry)

    def listen(self, listener: Callable[[Entry], None]) -> None:
        """Have each further entry told at once; the listener must be quick and must not wait."""
        self._listeners.append(listener)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def tail(self, count: int) -> list[tuple[int, Entry]]:
        """Return the last so many entries with their numbers, oldest first."""
        first = max(0, len(self._entries) - count)
        return list(enumerate(self._entries[first:], start=first))

    def of(self, kind: EntryKind, *, who: str | None = None) -> list[Entry]:
        """Return the entries of a kind, of one party if named."""
        return [e for e in self._entries if e.kind is kind and (who is None or e.who == who)]

    def screenplay(self, *, zone: tzinfo | None = None, machines: bool = False, since: int = 0) -> str:
        """Return the entries as lines to read: time, who, what; `machines` includes the webhooks.

        `since` leaves out the first so many entries. Times are of `zone` (UTC where left out).
        """
        lines: list[str] = []
        day = ""
        for entry in self._entries[since:]:
            if not machines and entry.kind not in STAGE:
                continue
            at = entry.at.astimezone(zone) if zone is not None else entry.at
            if at.date().isoformat() != day:
                day = at.date().isoformat()
                lines.append(f"--- {day} ---")
            lines.append(self.line(entry, zone=zone))
        return "\n".join(lines)

    def line(self, entry: Entry, *, zone: tzinfo | None = None) -> str:
        """Return one entry as a line to read."""
        at = entry.at.astimezone(zone) if zone is not None else entry.at
        return f"{at:%H:%M:%S}  {self.name_of(entry.who):<28} {entry.text}"

    def name_of(self, who: str) -> str:
        """Return the name of a party with its number, as far as known."""
        name = self.names.get(who)
        return f"{name} ({who})" if name else (who or "(no number)")
