"""What a decision consists of: values that one transaction stores, nothing that has happened yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

NOW = timedelta(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A timeline entry. `by` is a person's id or `desk`, None for the system and callers."""

    kind: str
    by: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewEffect:
    """Something to do outside, at least once, after the transaction. `key` makes it unique for ever."""

    kind: str
    key: str
    data: Mapping[str, Any]
    delay: timedelta = NOW


@dataclass(frozen=True, slots=True)
class NewDeadline:
    """Something to decide again, `delay` from now. A deadline of the same key is moved."""

    kind: str
    key: str
    data: Mapping[str, Any]
    delay: timedelta = NOW


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a case: changed columns, and rows to add. Decisions add up with `+`."""

    case: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    effects: tuple[NewEffect, ...] = ()
    deadlines: tuple[NewDeadline, ...] = ()
    cleared: tuple[str, ...] = ()

    def __add__(self, other: "Decision") -> "Decision":
        """Return both decisions, the later one's columns winning."""
        return Decision(
            case={**self.case, **other.case},
            entries=self.entries + other.entries,
            effects=self.effects + other.effects,
            deadlines=self.deadlines + other.deadlines,
            cleared=self.cleared + other.cleared,
        )
