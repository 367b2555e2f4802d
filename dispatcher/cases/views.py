"""A case as it is read: values with exactly the fields of the contract's JSON (section 2).

Instants are aware UTC. `as_json` turns any of these values into what `json.dumps` writes.
"""

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from dispatcher.calls.model import Outcome
from dispatcher.cases.model import CaseState, Source, Urgency


@dataclass(frozen=True, slots=True)
class TicketView:
    """The ticket of a case; `id` is None until the ticket system has given one."""

    system: str
    id: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """Somebody's telephone rung for a call; `outcome` is None while it rings, `at` is when it was dialled."""

    person: str
    outcome: Outcome | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordingView:
    """A recording; `stored`: whether it can be listened to here; `seconds`: 0 while that is unknown."""

    sid: str
    seconds: int
    stored: bool


@dataclass(frozen=True, slots=True)
class CallView:
    """A call between a caller and the duty, with the attempts to reach somebody in the order made."""

    sid: str
    status: str
    attempts: tuple[AttemptView, ...]
    recordings: tuple[RecordingView, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the timeline; `text` is its sentence in the reader's language."""

    at: datetime
    kind: str
    by: str | None
    text: str


@dataclass(frozen=True, slots=True)
class CaseItem:
    """A case as lists have it: without `calls` and `timeline`."""

    reference: str
    state: CaseState
    urgency: Urgency
    source: Source
    hotline: str | None
    caller: str | None
    municipality: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    ticket: TicketView


@dataclass(frozen=True, slots=True)
class CaseDetail(CaseItem):
    """A case with its whole story."""

    calls: tuple[CallView, ...]
    timeline: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first; `next` is the cursor of the following page or None."""

    cases: tuple[CaseItem, ...]
    next: str | None


def as_json(value: Any) -> Any:
    """Return a view as plain JSON values: fields in their order, instants in ISO 8601 with offset.

    An attempt is among those of its call once it is known what became of it.
    """
    if isinstance(value, CallView):
        known = tuple(attempt for attempt in value.attempts if attempt.outcome is not None)
        value = replace(value, attempts=known)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    return value
