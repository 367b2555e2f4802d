"""What a check says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad it is: `fail` means that a caller would meet it."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how bad, which check, what is so, and what mends it (empty where nothing needs mending)."""

    level: Level
    name: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        told = f"{self.what}: {self.remedy}" if self.remedy else self.what
        return f"{self.level.value:<4}  {self.name:<12}  {' '.join(told.split())}"

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {"level": self.level.value, "name": self.name, "what": self.what, "remedy": self.remedy}


def ok(name: str, what: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(Level.OK, name, what)


def warn(name: str, what: str, remedy: str) -> Finding:
    """Say that something is worth a look by day."""
    return Finding(Level.WARN, name, what, remedy)


def fail(name: str, what: str, remedy: str) -> Finding:
    """Say that something would fail at 03:00."""
    return Finding(Level.FAIL, name, what, remedy)
