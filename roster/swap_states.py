"""The values of swaps: what one is, where it has come, who did what, and why an act is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from roster.organisation import Organisation
from roster.spans import Interval
from roster.swap_conflicts import Conflict


class State(StrEnum):
    """Where a swap has come."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


class Act(StrEnum):
    """What somebody does with a swap."""

    ASK = "ask"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    UNDO = "undo"


# From which state an act leads to which.
LEADS: Final = {
    Act.ACCEPT: (State.ASKED, State.ACCEPTED),
    Act.DECLINE: (State.ASKED, State.DECLINED),
    Act.WITHDRAW: (State.ASKED, State.WITHDRAWN),
    Act.UNDO: (State.ACCEPTED, State.UNDONE),
}


class Refused(StrEnum):
    """Why an act is refused; `roster.swap_phrases` has the sentences."""

    UNKNOWN_SCHEDULE = "unknown-schedule"
    UNKNOWN_PERSON = "unknown-person"
    WITH_ONESELF = "with-oneself"
    NOT_ALLOWED = "not-allowed"
    NOT_ON = "not-on"
    NEVER_ON = "never-on"
    OVER = "over"
    OVERLAP = "overlap"
    CHANGED = "changed"
    HIDDEN = "hidden"
    BLOCKED = "blocked"
    BUILT_ON = "built-on"
    ID_TAKEN = "id-taken"
    STATE = "state"


class SwapRefusedError(Exception):
    """An act that is not done; caught by commands and pages, which tell it in words and change nothing."""

    def __init__(
        self,
        why: Refused,
        *,
        names: Sequence[str] = (),
        conflicts: Sequence[Conflict] = (),
        last: "Step | None" = None,
    ) -> None:
        super().__init__(f"{why.value}: {', '.join(names)}" if names else why.value)
        self.why = why
        self.names = tuple(names)
        self.conflicts = tuple(conflicts)
        self.last = last


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch [start, end) of a schedule, UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One act on a swap: who did it, when (UTC), and for whom where a coordinator did."""

    act: Act
    by: str
    at: datetime
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """`asker` gives `gives` to `other`, and takes `takes` in return (None: a cover).

    `agreed` is when the asker, and in return the other, was on within them when it was asked: that, and
    nothing else, is exchanged. `id` is unique in its schedule, a small number as text.
    """

    id: str
    schedule: str
    asker: str
    other: str
    gives: Period
    takes: Period | None
    agreed: tuple[tuple[Interval, ...], tuple[Interval, ...]]
    state: State
    steps: tuple[Step, ...]

    @property
    def overrides(self) -> tuple[str, str]:
        """Return the ids of the overrides in which it stands once it is accepted; a cover has the first."""
        return self.id, f"{self.id}-b"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act leads to: the swap, the organisation that shall be in force, and what is doubtful.

    `changed` is False when the same was done already, by the same person: nothing is to be stored.
    """

    swap: Swap
    organisation: Organisation
    conflicts: tuple[Conflict, ...] = ()
    changed: bool = True
