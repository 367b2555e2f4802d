"""Who was called out, from calls and cases: what the standby ledger counts as active time."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from dispatcher.cases.model import reference_of
from dispatcher.people import DESK
from dispatcher.store.tables import attempts, calls, cases
from roster.standby import CallOut


def call_outs_between(
    connection: Connection, *, start: datetime, end: datetime, schedule_of: Callable[[str | None], str | None]
) -> tuple[CallOut, ...]:
    """Return call-outs that begin within [start, end), UTC, in order.

    From a call: from the key that took it to the end of the call (no time where that is not known). From a
    case that somebody took otherwise, by SMS or page: the moment. `schedule_of` gives the schedule of a
    hotline's id.
    """
    taken = connection.execute(
        select(attempts.c.person, attempts.c.accepted_at, calls.c.ended_at, cases.c.id, cases.c.hotline)
        .join(calls, calls.c.sid == attempts.c.call_sid)
        .join(cases, cases.c.id == calls.c.case_id)
        .where(attempts.c.accepted_at >= start, attempts.c.accepted_at < end, attempts.c.person != DESK)
    ).all()
    found = [
        CallOut(
            row.person,
            row.accepted_at,
            max(row.accepted_at, row.ended_at or row.accepted_at),
            reference_of(row.id),
            schedule_of(row.hotline),
        )
        for row in taken
    ]
    by_call = {(row.person, row.id) for row in taken}
    acknowledged = connection.execute(
        select(cases.c.id, cases.c.hotline, cases.c.acknowledged_at, cases.c.acknowledged_by).where(
            cases.c.acknowledged_at >= start,
            cases.c.acknowledged_at < end,
            cases.c.acknowledged_by.is_not(None),
            cases.c.acknowledged_by != DESK,
        )
    )
    found += [
        CallOut(
            row.acknowledged_by,
            row.acknowledged_at,
            row.acknowledged_at,
            reference_of(row.id),
            schedule_of(row.hotline),
        )
        for row in acknowledged
        if (row.acknowledged_by, row.id) not in by_call
    ]
    return tuple(sorted(found, key=lambda each: (each.start, each.person)))
