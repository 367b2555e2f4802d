"""Opening, locking and writing cases: the only module that changes the case and timeline tables.

The case's row is the lock: whoever decides something about a case, its calls, its pages, its effects or its
deadlines locks it first, before any other row. One order for everybody means that nobody waits in a circle.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from dispatcher.cases.model import Case, CaseState, Source, Urgency
from dispatcher.decision import Decision, Entry, NewEffect
from dispatcher.outbox.queue import add_deadlines, add_effects, clear_deadlines, requeue_effect
from dispatcher.store.tables import cases, timeline

# Made once: making a statement costs several times what running it does, and callers wait for these.
_OPEN = insert(cases).returning(cases.c.id)
_READ = select(cases).where(cases.c.id == bindparam("case_id"))
_LOCK = _READ.with_for_update(key_share=True)
_APPEND = insert(timeline)


def open_case(
    connection: Connection,
    *,
    source: Source,
    hotline: str | None,
    language: str,
    caller: str | None,
    municipality: str | None,
    ticket_system: str,
    now: datetime,
) -> Case:
    """Insert an open, unassessed case and return it."""
    values: dict[str, Any] = {
        "state": CaseState.OPEN,
        "urgency": Urgency.UNASSESSED,
        "source": source,
        "hotline": hotline,
        "language": language,
        "caller": caller,
        "municipality": municipality,
        "opened_at": now,
        "ticket_system": ticket_system,
        "ticket_entry": 0,
    }
    case_id = connection.execute(_OPEN, values).scalar_one()
    nothing_yet: dict[str, Any] = dict.fromkeys(
        (
            "acknowledged_at",
            "acknowledged_by",
            "closed_at",
            "closed_by",
            "page_round",
            "ticket_id",
            "ticket_url",
        )
    )
    return Case(id=case_id, **values, **nothing_yet)


def _case(row: Any) -> Case:
    mapping = dict(row._mapping)
    mapping["state"] = CaseState(mapping["state"])
    mapping["urgency"] = Urgency(mapping["urgency"])
    mapping["source"] = Source(mapping["source"])
    return Case(**mapping)


def lock_case(connection: Connection, case_id: int) -> Case | None:
    """Read a case and hold its row until the transaction ends; None when there is no such case.

    NO KEY UPDATE: rows that merely refer to the case may be inserted by others meanwhile.
    """
    row = connection.execute(_LOCK, {"case_id": case_id}).one_or_none()
    return None if row is None else _case(row)


def lock_caller(connection: Connection, number: str) -> None:
    """Hold a caller's number until the transaction ends, before asking whether that caller has a case.

    Two messages of one caller in the same instant would else find none and open one each. SQLite has a
    single writer anyway. Whoever takes it does so before any case's row.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(number))))


def read_case(connection: Connection, case_id: int) -> Case | None:
    """Read a case without holding it."""
    row = connection.execute(_READ, {"case_id": case_id}).one_or_none()
    return None if row is None else _case(row)


def read_cases(connection: Connection, *conditions: Any, limit: int | None = None) -> list[Case]:
    """Read the cases that meet SQL conditions on the table, newest first, without holding them."""
    query = select(cases).where(*conditions).order_by(cases.c.id.desc()).limit(limit)
    return [_case(row) for row in connection.execute(query)]


def count_cases(connection: Connection, *conditions: Any) -> int:
    """Count the cases that meet SQL conditions on the table."""
    query = select(func.count()).select_from(cases).where(*conditions)
    return int(connection.execute(query).scalar_one())


def apply_decision(connection: Connection, case: Case, decision: Decision, *, now: datetime) -> None:
    """Store a decision about a locked case, and have its ticket told of what it does not know."""
    if decision.case:
        connection.execute(update(cases).where(cases.c.id == case.id).values(dict(decision.case)))
    add_entries(connection, case.id, decision.entries, now=now)
    add_effects(connection, decision.effects, case_id=case.id, now=now)
    add_deadlines(connection, decision.deadlines, now=now)
    clear_deadlines(connection, decision.cleared)
    if decision.entries or _tells_ticket(decision.case):
        requeue_effect(connection, ticket_effect(case.id), case_id=case.id, now=now)


def ticket_effect(case_id: int) -> NewEffect:
    """Return the one effect that brings a case's ticket up to date."""
    return NewEffect("ticket", f"ticket:{case_id}", {"case": case_id})


def _tells_ticket(columns: Mapping[str, Any]) -> bool:
    return bool(columns.keys() & {"state", "urgency"})


def add_entries(connection: Connection, case_id: int, entries: Sequence[Entry], *, now: datetime) -> None:
    """Append timeline entries."""
    if entries:
        connection.execute(
            _APPEND,
            [
                {"case_id": case_id, "at": now, "kind": item.kind, "by": item.by, "data": dict(item.data)}
                for item in entries
            ],
        )
