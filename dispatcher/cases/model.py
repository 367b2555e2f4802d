"""A case as a value."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CaseState(StrEnum):
    """Whether somebody has the case (contract section 2)."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Urgency(StrEnum):
    """How the case is assessed (contract section 2)."""

    UNASSESSED = "unassessed"
    ROUTINE = "routine"
    URGENT = "urgent"


class Source(StrEnum):
    """How the case came in (contract section 2)."""

    CALL = "call"
    SMS = "sms"
    TICKET = "ticket"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table `cases`. `caller` is E.164 or None; `page_round` None until paging begins."""

    id: int
    state: CaseState
    urgency: Urgency
    source: Source
    hotline: str | None
    language: str
    caller: str | None
    municipality: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    page_round: int | None
    ticket_system: str
    ticket_id: str | None
    ticket_url: str | None
    ticket_entry: int

    @property
    def taken_at(self) -> datetime | None:
        """When the case was closed, or else taken; None while nobody has it."""
        return self.closed_at or self.acknowledged_at

    @property
    def reference(self) -> str:
        """The name people use: V-1042."""
        return reference_of(self.id)


def reference_of(case_id: int) -> str:
    """Return the reference of a case's number."""
    return f"V-{case_id}"
