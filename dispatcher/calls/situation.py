"""What a decision about a call looks at, and what it yields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatcher.calls.instructions import HangUp, Instruction
from dispatcher.calls.model import Attempt, Call
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision
from dispatcher.settings import Settings


@dataclass(frozen=True, slots=True)
class Situation:
    """A call, its attempts in the order they were made, its case and the world around it.

    `busy`: ids of people talking on another hotline call now. `times`: how often this caller has rung the
    hotline in the last twelve hours, this call included.
    """

    scene: Scene
    call: Call
    attempts: tuple[Attempt, ...]
    settings: Settings
    busy: frozenset[str] = frozenset()
    times: int = 1

    def attempt(self, attempt_id: int) -> Attempt | None:
        """Return one of the attempts."""
        return next((item for item in self.attempts if item.id == attempt_id), None)

    def of_dial(self, dial: int) -> tuple[Attempt, ...]:
        """Return the attempts of one dial."""
        return tuple(item for item in self.attempts if item.dial == dial)

    @property
    def accepted(self) -> Attempt | None:
        """The attempt that has the call."""
        return None if self.call.accepted_attempt is None else self.attempt(self.call.accepted_attempt)


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """A telephone about to be rung."""

    dial: int
    rung: int
    person: str
    phone: str
    screened: bool
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class CallDecision:
    """What becomes of the call: changed columns, learned facts of attempts, and what the telephone does.

    With `dial` set, the telephone rings the attempts of that dial once they are stored.
    """

    instruction: Instruction = field(default_factory=HangUp)
    call: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    new_attempts: tuple[NewAttempt, ...] = ()
    case: Decision = field(default_factory=Decision)
    dial: int | None = None
