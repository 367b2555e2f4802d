"""What waits is due by the wall clock, and that can be set back: then it comes as much earlier.

A clock that runs ahead makes everything come early, once, which harms nothing; what was set meanwhile would
come that much too late when the clock is right again. So whoever sees the clock go back moves what waits by
as much. Should two workers see it, something comes too early once more, never too late.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Table, bindparam, select, update

from dispatcher.outbox.claims import LEASE
from dispatcher.outbox.queue import EffectState
from dispatcher.store.tables import deadlines, effects

# Smaller steps are the ordinary work of a time service, and delay by no more than this.
SMALLEST: Final = timedelta(seconds=2)
# How far apart the clocks of several machines may be without one's start moving the others' deadlines.
APART: Final = timedelta(minutes=1)


def step_back(*, seen_at: datetime | None, now: datetime, smallest: timedelta = SMALLEST) -> timedelta:
    """Return how far the clock has gone back since it showed `seen_at`; less than `smallest` is nothing."""
    if seen_at is None or seen_at - now < smallest:
        return timedelta(0)
    return seen_at - now


def newest_instant(connection: Connection) -> datetime | None:
    """Return when the newest effect was queued: what the clock of this installation has shown before."""
    newest = select(effects.c.created_at).order_by(effects.c.id.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none()


def follow_step_back(
    connection: Connection, *, by: timedelta, now: datetime, longest: Mapping[str, timedelta]
) -> None:
    """Move what waits as much earlier as the clock was set back `by`, but nothing into the past.

    Deadlines of the kinds in `longest` are a matter of days (what is deleted when): they stay, but come no
    later than that long from now.
    """
    pending = effects.c.state == EffectState.PENDING
    _move(connection, effects, "due_at", pending & (effects.c.due_at > now), by=by, now=now)
    # what has been sent since is looked for by this instant, in the time of whoever has sent it
    for column in ("created_at", "first_tried_at"):
        _move(connection, effects, column, pending & (effects.c[column] > now), by=by, now=now)
    connection.execute(
        update(effects)
        .where(effects.c.state == EffectState.CLAIMED, effects.c.claimed_until > now + LEASE)
        .values(claimed_until=now + LEASE)
    )
    soon = deadlines.c.kind.not_in(longest) & (deadlines.c.due_at > now)
    _move(connection, deadlines, "due_at", soon, by=by, now=now)
    for kind, most in longest.items():
        connection.execute(
            update(deadlines)
            .where(deadlines.c.kind == kind, deadlines.c.due_at > now + most)
            .values(due_at=now + most)
        )


def _move(
    connection: Connection, table: Table, column: str, which: object, *, by: timedelta, now: datetime
) -> None:
    rows = connection.execute(select(table.c.id, table.c[column]).where(which)).all()  # type: ignore[arg-type]
    if rows:
        statement = update(table).where(table.c.id == bindparam("row")).values({column: bindparam("instant")})
        connection.execute(statement, [{"row": row[0], "instant": max(row[1] - by, now)} for row in rows])
