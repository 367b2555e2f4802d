"""What is deleted when its time is up: messages, audit rows, closed cases (`[retention]`).

Audio has its own, shorter time and its own deadlines (`dispatcher.recordings.ledger`).
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from dispatcher.cases.model import CaseState, reference_of
from dispatcher.decision import NewDeadline
from dispatcher.outbox.queue import EffectState, add_deadlines
from dispatcher.services import Services
from dispatcher.store.tables import (
    attempts,
    audit,
    calls,
    cases,
    effects,
    messages,
    pages,
    recordings,
    ticket_notes,
    tickets,
    timeline,
)

DAILY = timedelta(days=1)
DEADLINE = "retention"
# As many cases as one short transaction takes; the rest the next time around.
MOST_CASES = 200
_ENDED = (EffectState.DONE, EffectState.FAILED, EffectState.DROPPED)


def arm_retention(connection: Connection, *, now: datetime) -> None:
    """Set the daily deadline; an earlier one of the same day is moved, which harms nothing."""
    add_deadlines(connection, (NewDeadline(DEADLINE, DEADLINE, {"case": 0}, DAILY),), now=now)


def delete_expired(services: Services, connection: Connection) -> None:
    """Delete what is older than its days, and set the next day's deadline."""
    now, keep = services.clock.now(), services.settings.retention
    arm_retention(connection, now=now)
    if keep.messages_days:
        before = now - timedelta(days=keep.messages_days)
        connection.execute(delete(messages).where(messages.c.created_at < before))
        connection.execute(delete(effects).where(effects.c.state.in_(_ENDED), effects.c.finished_at < before))
        # What callers wrote stands on the timeline too: the entry stays, its words go.
        words = timeline.c.kind == "sms-received"
        connection.execute(update(timeline).where(words, timeline.c.at < before).values(data={"text": "-"}))
    if keep.audit_days:
        connection.execute(delete(audit).where(audit.c.at < now - timedelta(days=keep.audit_days)))
    if keep.cases_days:
        _delete_cases(connection, before=now - timedelta(days=keep.cases_days))


def _delete_cases(connection: Connection, *, before: datetime) -> None:
    """Delete closed cases with everything that hangs on them, except those whose audio is still kept."""
    audio = select(recordings.c.case_id).where(recordings.c.state.in_(["pending", "stored"]))
    old: list[int] = list(
        connection.execute(
            select(cases.c.id)
            .where(cases.c.state == CaseState.CLOSED, cases.c.closed_at < before, cases.c.id.not_in(audio))
            .order_by(cases.c.id)
            .limit(MOST_CASES)
        ).scalars()
    )
    if not old:
        return
    old_calls = select(calls.c.sid).where(calls.c.case_id.in_(old))
    connection.execute(delete(attempts).where(attempts.c.call_sid.in_(old_calls)))
    own_tickets = tickets.c.dedupe_key.in_([reference_of(number) for number in old])
    notes = ticket_notes.c.ticket_id.in_(select(tickets.c.id).where(own_tickets))
    connection.execute(delete(ticket_notes).where(notes))
    connection.execute(delete(tickets).where(own_tickets))
    connection.execute(delete(recordings).where(recordings.c.case_id.in_(old)))
    for table in (calls, timeline, pages, messages, effects):
        connection.execute(delete(table).where(table.c.case_id.in_(old)))
    connection.execute(delete(cases).where(cases.c.id.in_(old)))
