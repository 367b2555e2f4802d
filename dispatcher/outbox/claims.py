"""Effects in hand: claimed before they begin, held while they go on, and settled, put back or taken over.

A claim is a lease that its worker renews for as long as the thread that performs the effect is at work.
Who has *done* an effect may always say so; who has failed speaks only for a claim that is still held, since
somebody else may have done the same meanwhile.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, func, literal, or_, select, union_all, update
from sqlalchemy.types import Integer

from dispatcher.outbox.lanes import LANES, Lane, lane_after_failure
from dispatcher.outbox.queue import Effect, EffectState
from dispatcher.store.engine import Database
from dispatcher.store.tables import effects
from dispatcher.store.types import UtcDateTime

# How soon the effects of a worker that has died, or hangs, are taken over.
LEASE = timedelta(seconds=40)
# The most claims of dead workers that are looked at in one go.
MOST_EXPIRED = 100


_IS_WAITING: Final = (effects.c.state == EffectState.PENDING.value) & (
    effects.c.due_at <= bindparam("now", type_=UtcDateTime())
)


def _waiting_in(lane: Lane) -> tuple[Any, Any]:
    """Return the queries for the oldest of a lane, and for the newest that was never tried."""
    waiting = select(effects.c.id).where(_IS_WAITING, effects.c.lane == lane.value)
    oldest = waiting.order_by(effects.c.due_at, effects.c.id)
    newest = waiting.where(effects.c.tries == 0).order_by(effects.c.due_at.desc(), effects.c.id.desc())
    return (
        select(oldest.limit(bindparam(f"oldest_{lane}", type_=Integer())).subquery().c.id),
        select(newest.limit(bindparam(f"newest_{lane}", type_=Integer())).subquery().c.id),
    )


# Made once: making a statement costs several times what running it does, and this one runs all the time.
_WAITING: Final = union_all(*(query for lane in Lane for query in _waiting_in(lane)))
_IS_EXPIRED: Final = (effects.c.state == EffectState.CLAIMED.value) & (
    effects.c.claimed_until <= bindparam("now", type_=UtcDateTime())
)
_EXPIRED: Final = (
    select(effects.c.id, effects.c.lane)
    .where(_IS_EXPIRED)
    .order_by(effects.c.claimed_until, effects.c.id)
    .limit(MOST_EXPIRED)
)


def claim_effects(
    db: Database,
    *,
    worker: str,
    now: datetime,
    free: Mapping[Lane, int],
    in_hand: Collection[int] = (),
    turn: int | None = None,
) -> list[Effect]:
    """Take due effects in hand, of each lane as many as are `free`, and commit before any of them begins.

    A claim past its lease (its worker died in the middle) is taken over and marked `maybe_done`, but never
    one that this worker still has `in_hand`. They come in the order of lanes, in each by when they were due.

    Without a `turn` the oldest are taken. With one, counted up from claim to claim, a lane that is behind is
    worked off from both ends: the oldest is not forgotten, and the newest does not wait for a thousand more.
    """
    wanted = _found(db, now=now, free=free, in_hand=in_hand, turn=turn)
    if not wanted:
        return []
    still = select(effects.c.id).where(effects.c.id.in_(wanted), or_(_IS_WAITING, _IS_EXPIRED))
    with db.write() as connection:
        rows = connection.execute(
            update(effects)
            .where(effects.c.id.in_(still.with_for_update(skip_locked=True)))
            .values(
                state=EffectState.CLAIMED,
                claimed_by=worker,
                claimed_until=now + LEASE,
                tries=effects.c.tries + 1,
                first_tried_at=func.coalesce(
                    effects.c.first_tried_at,
                    # a row of an earlier version, which did not note it
                    case((effects.c.tries > 0, effects.c.created_at)),
                    literal(now, UtcDateTime()),
                ),
                maybe_done=case((effects.c.state == EffectState.CLAIMED, True), else_=effects.c.maybe_done),
            )
            .returning(
                effects.c.id,
                effects.c.kind,
                effects.c.key,
                effects.c.case_id,
                effects.c.data,
                effects.c.lane,
                effects.c.created_at,
                effects.c.tries,
                effects.c.maybe_done,
                effects.c.claimed_by,
                effects.c.first_tried_at,
                effects.c.due_at,
            ),
            {"now": now},
        ).all()
    order = {lane.value: place for place, lane in enumerate(Lane)}
    rows = sorted(rows, key=lambda row: (order[_known(row.lane)], row.due_at, row.id))
    return [_effect(row) for row in rows]


def _found(
    db: Database, *, now: datetime, free: Mapping[Lane, int], in_hand: Collection[int], turn: int | None
) -> list[int]:
    left = {lane.value: max(free.get(lane, 0), 0) for lane in Lane}
    with db.read() as connection:
        expired = connection.execute(_EXPIRED, {"now": now}).all()
        found = []
        for number, lane in expired:
            if number not in in_hand and left[_known(lane)] > 0:
                left[_known(lane)] -= 1
                found.append(number)
        limits: dict[str, int] = {}
        for lane, room in left.items():
            newest = 0 if turn is None else (room + turn % 2) // 2
            limits |= {f"oldest_{lane}": room - newest, f"newest_{lane}": newest}
        waiting = connection.execute(_WAITING, {"now": now, **limits}).scalars()
        return list(dict.fromkeys([*found, *waiting]))


def _known(lane: str) -> str:
    return lane if lane in LANES else Lane.PEOPLE.value


_FIELDS: Final = tuple(field.name for field in fields(Effect))


def _effect(row: Any) -> Effect:
    values = {name: row._mapping[name] for name in _FIELDS}
    return Effect(**{**values, "lane": Lane(_known(row.lane))})


def renew_claims(connection: Connection, *, worker: str, in_hand: Collection[int], now: datetime) -> None:
    """Hold what a worker is still at work on for another lease."""
    connection.execute(
        update(effects)
        .where(
            effects.c.id.in_(in_hand),
            effects.c.state == EffectState.CLAIMED,
            effects.c.claimed_by == worker,
        )
        .values(claimed_until=now + LEASE)
    )


def release_claims(connection: Connection, *, workers: Sequence[str]) -> None:
    """Put back what workers that are known to be dead had in hand; it may have been done."""
    connection.execute(
        update(effects)
        .where(effects.c.state == EffectState.CLAIMED, effects.c.claimed_by.in_(workers))
        .values(state=EffectState.PENDING, claimed_by=None, claimed_until=None, maybe_done=True)
    )


def _held(effect: Effect) -> Any:
    return (
        (effects.c.id == effect.id)
        & (effects.c.state == EffectState.CLAIMED)
        & (effects.c.claimed_by == effect.claimed_by)
    )


def put_back(connection: Connection, effect: Effect, *, maybe_done: bool = False) -> None:
    """Return an effect that was not begun, or was cut off, to be taken up at once: the worker is stopping."""
    connection.execute(
        update(effects)
        .where(_held(effect))
        .values(
            state=EffectState.PENDING,
            tries=effects.c.tries - 1,
            claimed_by=None,
            claimed_until=None,
            maybe_done=effect.maybe_done or maybe_done,
        )
    )


def is_settled(connection: Connection, effect: Effect) -> bool:
    """Whether it is already recorded that the effect has happened or is no longer wanted.

    So that recording it again, after a commit whose answer was lost, repeats nothing.
    """
    state = connection.execute(select(effects.c.state).where(effects.c.id == effect.id)).scalar_one_or_none()
    return state not in {EffectState.PENDING, EffectState.CLAIMED}


def settle_effect(
    connection: Connection, effect: Effect, *, state: EffectState, now: datetime, reason: str | None = None
) -> None:
    """Record that an effect has happened, or is no longer wanted, whoever has it in hand meanwhile."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect.id)
        .values(
            state=state,
            finished_at=now,
            claimed_by=None,
            claimed_until=None,
            error=reason,
            error_code=None,
        )
    )


def give_up_effect(
    connection: Connection, effect: Effect, *, now: datetime, error: str, error_code: int | None
) -> bool:
    """Record that an effect is given up; False where somebody else has it in hand meanwhile."""
    given_up = connection.execute(
        update(effects)
        .where(_held(effect))
        .values(
            state=EffectState.FAILED,
            finished_at=now,
            claimed_by=None,
            claimed_until=None,
            error=error,
            error_code=error_code,
        )
    )
    return given_up.rowcount == 1


def repeat_effect(connection: Connection, effect: Effect, *, now: datetime) -> None:
    """Put back an effect that has happened, since more of the same has come up meanwhile."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect.id)
        .values(
            state=EffectState.PENDING,
            due_at=now,
            claimed_by=None,
            claimed_until=None,
            error=None,
            error_code=None,
            maybe_done=False,
        )
    )


def postpone_effect(
    connection: Connection,
    effect: Effect,
    *,
    due_at: datetime,
    error: str,
    error_code: int | None,
    maybe_done: bool,
) -> bool:
    """Put back an effect that has failed, to be tried again; False where somebody else has it meanwhile."""
    postponed = connection.execute(
        update(effects)
        .where(_held(effect))
        .values(
            state=EffectState.PENDING,
            lane=lane_after_failure(effect.lane),
            due_at=due_at,
            claimed_by=None,
            claimed_until=None,
            error=error,
            error_code=error_code,
            maybe_done=maybe_done,
        )
    )
    return postponed.rowcount == 1
