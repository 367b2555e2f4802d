"""The two tables of things to come: effects (done outside) and deadlines (decided inside)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dispatcher.decision import NewDeadline, NewEffect
from dispatcher.outbox.lanes import Lane, lane_of
from dispatcher.store.tables import deadlines, effects

_Insert = sqlite.Insert | postgresql.Insert


class EffectState(StrEnum):
    """Where an effect stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect in a worker's hand. `maybe_done`: an earlier try may have worked, so look first.

    Nothing that was done outside before `first_tried_at` can be this effect's doing.
    """

    id: int
    kind: str
    key: str
    case_id: int | None
    data: Mapping[str, Any]
    lane: Lane
    created_at: datetime
    tries: int
    maybe_done: bool
    claimed_by: str
    first_tried_at: datetime


@dataclass(frozen=True, slots=True)
class DueDeadline:
    """A deadline that has come. `data["case"]` is the case it is about."""

    id: int
    kind: str
    key: str
    data: Mapping[str, Any]


def add_effects(
    connection: Connection, new: Sequence[NewEffect], *, case_id: int | None, now: datetime
) -> None:
    """Queue effects; a key that was ever queued is left as it is."""
    if new:
        rows = [_row(effect, case_id=case_id, now=now) for effect in new]
        connection.execute(_ADD[connection.dialect.name], rows)


def requeue_effect(connection: Connection, new: NewEffect, *, case_id: int | None, now: datetime) -> None:
    """Queue an effect that may be needed again: one that has run is put back, one in hand is left."""
    connection.execute(_REQUEUE[connection.dialect.name], _row(new, case_id=case_id, now=now))


def _row(effect: NewEffect, *, case_id: int | None, now: datetime) -> dict[str, Any]:
    return {
        "kind": effect.kind,
        "key": effect.key,
        "case_id": case_id,
        "data": dict(effect.data),
        "lane": lane_of(effect.kind, effect.data),
        "state": EffectState.PENDING,
        "due_at": now + effect.delay,
        "created_at": now,
        "tries": 0,
        "maybe_done": False,
    }


def _requeueing(statement: _Insert) -> _Insert:
    again = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[effects.c.key],
        set_={name: again[name] for name in ("lane", "state", "due_at", "created_at", "tries", "data")},
        where=effects.c.state.in_([EffectState.DONE, EffectState.FAILED, EffectState.DROPPED]),
    )


# Made once: making a statement costs several times what running it does, and callers wait for these.
_INSERTS: dict[str, _Insert] = {"sqlite": sqlite.insert(effects), "postgresql": postgresql.insert(effects)}
_ADD = {name: statement.on_conflict_do_nothing() for name, statement in _INSERTS.items()}
_REQUEUE = {name: _requeueing(statement) for name, statement in _INSERTS.items()}


def hasten_effects(connection: Connection, *, key_like: str, now: datetime) -> None:
    """Make waiting effects whose key matches an SQL LIKE pattern due at once."""
    connection.execute(
        update(effects)
        .where(effects.c.state == EffectState.PENDING, effects.c.due_at > now, effects.c.key.like(key_like))
        .values(due_at=now)
    )


def add_deadlines(connection: Connection, new: Sequence[NewDeadline], *, now: datetime) -> None:
    """Set deadlines; one of the same key is moved to the new instant."""
    if not new:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(deadlines)
    rows = [
        {"kind": item.kind, "key": item.key, "data": dict(item.data), "due_at": now + item.delay}
        for item in new
    ]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[deadlines.c.key],
            set_={"due_at": statement.excluded.due_at, "data": statement.excluded.data},
        ),
        rows,
    )


def clear_deadlines(connection: Connection, keys: Sequence[str]) -> None:
    """Remove deadlines that no longer matter."""
    if keys:
        connection.execute(delete(deadlines).where(deadlines.c.key.in_(keys)))


def due_deadline(connection: Connection, *, now: datetime, newest: bool = False) -> DueDeadline | None:
    """Return the most overdue deadline, or the `newest` that has come, without taking it."""
    order = (
        (deadlines.c.due_at.desc(), deadlines.c.id.desc()) if newest else (deadlines.c.due_at, deadlines.c.id)
    )
    row = connection.execute(
        select(deadlines.c.id, deadlines.c.kind, deadlines.c.key, deadlines.c.data)
        .where(deadlines.c.due_at <= now)
        .order_by(*order)
        .limit(1)
    ).one_or_none()
    return None if row is None else DueDeadline(**row._mapping)


def take_deadline(connection: Connection, deadline: DueDeadline, *, now: datetime) -> bool:
    """Take a due deadline out of the table, in the transaction that acts on it.

    The caller has locked its case. False: another worker was faster, or it has been moved.
    """
    taken = connection.execute(
        delete(deadlines)
        .where(deadlines.c.id == deadline.id, deadlines.c.due_at <= now)
        .returning(deadlines.c.id)
    )
    return taken.first() is not None


def next_due_at(connection: Connection) -> datetime | None:
    """Return when the next effect or deadline is due, None when nothing is waiting."""
    instants = [
        connection.execute(
            select(func.min(effects.c.due_at)).where(effects.c.state == EffectState.PENDING)
        ).scalar_one(),
        connection.execute(select(func.min(deadlines.c.due_at))).scalar_one(),
    ]
    known = [instant for instant in instants if instant is not None]
    return min(known) if known else None
