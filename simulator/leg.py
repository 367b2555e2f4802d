"""A call leg as Twilio sees it: one line between Twilio and one telephone."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.engine import Engine, Latch, Process, Stopped

if TYPE_CHECKING:
    from simulator.handset import Handset

FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""The statuses after which nothing happens to a call any more."""


class LegEnded(Stopped):
    """Thrown into the script of a leg when its call is over; caught by the verbs that tidy up."""


class Taken(Exception):  # noqa: N818 - what happened, not an error
    """Thrown into the script of a leg when REST gives it another document; caught by the session."""

    def __init__(self, order: "Order") -> None:
        super().__init__("redirected over REST")
        self.order = order


@dataclass(frozen=True, slots=True)
class Order:
    """Where a leg is to go on: a URL to fetch, or a document given inline."""

    url: str = ""
    method: str = "POST"
    inline: str | None = None
    params: tuple[tuple[str, str], ...] = ()
    fallback_url: str | None = None
    fallback_method: str = "POST"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the progress of a leg is told, and which events."""

    url: str
    method: str
    events: frozenset[str]


@dataclass(slots=True, eq=False)
class Leg:
    """A call. `status` is Twilio's word for it; instants are aware and in UTC."""

    engine: Engine
    sid: str
    from_: str
    to: str
    direction: str
    created_at: datetime
    parent: "Leg | None" = None
    status: str = "queued"
    forwarded_from: str | None = None
    caller_name: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    queue_ms: int = 0
    answered_by: str | None = None
    number_sid: str = ""
    progress: Progress | None = None
    sequence: int = 0
    records_call: bool = False
    call_recording_sid: str | None = None
    time_limit_seconds: int = 14_400
    call_token: str | None = None
    handset: "Handset" = field(init=False)
    runner: Process | None = None
    is_speaking_until: datetime | None = None
    speech: str = ""
    listens: bool = False
    is_muted: bool = False
    keys: deque[str] = field(default_factory=deque)
    key_pressed: Latch = field(init=False)
    spoke: Latch = field(init=False)
    picked_up: Latch = field(init=False)
    refused: Latch = field(init=False)
    ended: Latch = field(init=False)
    taken: Latch = field(init=False)
    star: Latch = field(init=False)
    peer: "Leg | None" = None
    peers: list["Leg"] = field(default_factory=list)
    current_url: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key_pressed = self.engine.latch()
        self.spoke = self.engine.latch()
        self.picked_up = self.engine.latch()
        self.refused = self.engine.latch()
        self.ended = self.engine.latch()
        self.taken = self.engine.latch()
        self.star = self.engine.latch()

    @property
    def is_over(self) -> bool:
        """Whether the call has reached a final status."""
        return self.status in FINAL

    @property
    def is_answered(self) -> bool:
        """Whether the call has been answered, now or before."""
        return self.answered_at is not None

    @property
    def duration_seconds(self) -> int | None:
        """Seconds from answer to end, rounded; 0 when never answered; None while it lasts."""
        if self.ended_at is None:
            return None
        if self.answered_at is None:
            return 0
        return round((self.ended_at - self.answered_at).total_seconds())

    def press(self, key: str) -> None:
        """Take a key pressed on the telephone; outside a Gather or Record it has no effect but `*`."""
        if self.is_over:
            return
        if key == "*":
            self.star.set()
        if self.listens:
            self.keys.append(key)
            self.key_pressed.set()

    def take_keys(self) -> str:
        """Return the keys pressed since last asked."""
        keys = "".join(self.keys)
        self.keys.clear()
        self.key_pressed.clear()
        return keys
