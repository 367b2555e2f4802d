"""The two tables of things to come: effects (done outside) and deadlines (decided inside)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dispatcher.decision import NewDeadline, NewEffect
from dispatcher.store.engine import Database
from dispatcher.store.tables import deadlines, effects

# Longer than any single effect may take (the adapters time out after 10 s), so that a claim that
# outlives its worker is taken over soon.
LEASE = timedelta(seconds=40)

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
    """An effect in a worker's hand. `maybe_done`: an earlier try may have worked, so look first."""

    id: int
    kind: str
    key: str
    case_id: int | None
    data: Mapping[str, Any]
    created_at: datetime
    tries: int
    maybe_done: bool


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
        set_={name: again[name] for name in ("state", "due_at", "created_at", "tries", "data")},
        where=effects.c.state.in_([EffectState.DONE, EffectState.FAILED, EffectState.DROPPED]),
    )


# Made once: making a statement costs several times what running it does, and callers wait for these.
_INSERTS: dict[str, _Insert] = {"sqlite": sqlite.insert(effects), "postgresql": postgresql.insert(effects)}
_ADD = {name: statement.on_conflict_do_nothing() for name, statement in _INSERTS.items()}
_REQUEUE = {name: _requeueing(statement) for name, statement in _INSERTS.items()}


def claim_effects(db: Database, *, worker: str, now: datetime, limit: int) -> list[Effect]:
    """Take up to `limit` due effects in hand, oldest first, and commit before any of them begins.

    A claim past its lease (its worker died in the middle) is taken over and marked `maybe_done`.
    """
    due = (
        select(effects.c.id)
        .where(
            or_(
                (effects.c.state == EffectState.PENDING) & (effects.c.due_at <= now),
                (effects.c.state == EffectState.CLAIMED) & (effects.c.claimed_until <= now),
            )
        )
        .order_by(effects.c.due_at, effects.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with db.read() as connection:
        if connection.execute(due.with_only_columns(effects.c.id).limit(1)).first() is None:
            return []
    with db.write() as connection:
        rows = connection.execute(
            update(effects)
            .where(effects.c.id.in_(due))
            .values(
                state=EffectState.CLAIMED,
                claimed_by=worker,
                claimed_until=now + LEASE,
                tries=effects.c.tries + 1,
                maybe_done=case((effects.c.state == EffectState.CLAIMED, True), else_=effects.c.maybe_done),
            )
            .returning(
                effects.c.id,
                effects.c.kind,
                effects.c.key,
                effects.c.case_id,
                effects.c.data,
                effects.c.created_at,
                effects.c.tries,
                effects.c.maybe_done,
            )
        ).all()
    return sorted((Effect(**row._mapping) for row in rows), key=lambda effect: effect.id)


def release_claims(connection: Connection, *, workers: Sequence[str]) -> None:
    """Put back what workers that are known to be dead had in hand; it may have been done."""
    connection.execute(
        update(effects)
        .where(effects.c.state == EffectState.CLAIMED, effects.c.claimed_by.in_(workers))
        .values(state=EffectState.PENDING, claimed_by=None, claimed_until=None, maybe_done=True)
    )


def hasten_effects(connection: Connection, *, key_like: str, now: datetime) -> None:
    """Make waiting effects whose key matches an SQL LIKE pattern due at once."""
    connection.execute(
        update(effects)
        .where(effects.c.state == EffectState.PENDING, effects.c.due_at > now, effects.c.key.like(key_like))
        .values(due_at=now)
    )


def put_back(connection: Connection, effect: Effect) -> None:
    """Return an effect that was claimed but not begun (the worker is stopping)."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect.id)
        .values(state=EffectState.PENDING, tries=effects.c.tries - 1, claimed_by=None, claimed_until=None)
    )


def settle_effect(
    connection: Connection,
    effect: Effect,
    *,
    state: EffectState,
    now: datetime,
    error: str | None = None,
    error_code: int | None = None,
) -> None:
    """Record how an effect ended."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect.id)
        .values(
            state=state,
            finished_at=now,
            claimed_by=None,
            claimed_until=None,
            error=error,
            error_code=error_code,
        )
    )


def postpone_effect(
    connection: Connection,
    effect: Effect,
    *,
    due_at: datetime,
    error: str | None,
    error_code: int | None,
    maybe_done: bool,
) -> None:
    """Put an effect back to be tried again."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect.id)
        .values(
            state=EffectState.PENDING,
            due_at=due_at,
            claimed_by=None,
            claimed_until=None,
            error=error,
            error_code=error_code,
            maybe_done=maybe_done,
        )
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


def due_deadline(connection: Connection, *, now: datetime) -> DueDeadline | None:
    """Return the most overdue deadline, without taking it; None when none has come."""
    row = connection.execute(
        select(deadlines.c.id, deadlines.c.kind, deadlines.c.key, deadlines.c.data)
        .where(deadlines.c.due_at <= now)
        .order_by(deadlines.c.due_at, deadlines.c.id)
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
