"""Figures of the moment: what a watcher wants to see at a glance, counted when asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select

from dispatcher.cases.model import CaseState
from dispatcher.outbox.queue import EffectState
from dispatcher.quality.readiness import WORKER_SILENCE
from dispatcher.store.tables import calls, cases, effects, recordings, workers

_LIVE_CASES: Final = (CaseState.OPEN, CaseState.ACKNOWLEDGED)
_UNDONE: Final = (EffectState.PENDING, EffectState.CLAIMED, EffectState.FAILED)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and ages at one instant; ages are in seconds, None where there is nothing to have an age.

    `cases` and `effects` have every state as a key, also where the count is 0. Closed cases and done effects
    are not counted: they only grow, and counting them costs more the longer the service has run.
    """

    cases: Mapping[str, int]
    urgent_cases: int
    effects: Mapping[str, int]
    oldest_due_effect_seconds: float | None
    calls_live: int
    workers_seen: int
    worker_heartbeat_seconds: float | None
    recordings_pending: int


def figures_at(connection: Connection, *, now: datetime) -> Figures:
    """Count everything at the instant `now`; a scrape costs a few milliseconds."""
    oldest_due = connection.execute(
        select(func.min(effects.c.due_at)).where(
            effects.c.state == EffectState.PENDING.value, effects.c.due_at <= now
        )
    ).scalar_one()
    heartbeat = connection.execute(select(func.max(workers.c.seen_at))).scalar_one()
    return Figures(
        cases=_by_state(connection, cases.c.state, _LIVE_CASES),
        urgent_cases=_count(
            connection, cases.c.state.in_([item.value for item in _LIVE_CASES]), cases.c.urgency == "urgent"
        ),
        effects=_by_state(connection, effects.c.state, _UNDONE),
        oldest_due_effect_seconds=_age(oldest_due, now),
        calls_live=_count(connection, calls.c.ended_at.is_(None), calls.c.is_loop.is_(False)),
        workers_seen=_count(connection, workers.c.seen_at >= now - WORKER_SILENCE),
        worker_heartbeat_seconds=_age(heartbeat, now),
        recordings_pending=_count(connection, recordings.c.state == "pending"),
    )


def _by_state(connection: Connection, column: Any, states: tuple[Any, ...]) -> Mapping[str, int]:
    query = select(column, func.count()).where(column.in_([item.value for item in states])).group_by(column)
    counted = {row[0]: int(row[1]) for row in connection.execute(query)}
    return {item.value: counted.get(item.value, 0) for item in states}


def _count(connection: Connection, *conditions: Any) -> int:
    return int(connection.execute(select(func.count()).where(*conditions)).scalar_one())


def _age(instant: datetime | None, now: datetime) -> float | None:
    return None if instant is None else max((now - instant).total_seconds(), 0.0)
