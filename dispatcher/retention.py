"""What is deleted when its time is up: messages, audit rows, closed cases (`[retention]`).

What callers wrote stands in several places, and goes from all of them after `messages_days`: the messages
themselves, what was queued of them, the timeline (the entry stays), the built-in ticket's copy of it, and
what the spool set aside. What the duty wrote itself stays on the timeline as long as the case does. Audio has
its own, shorter time and its own deadlines (`dispatcher.recordings.ledger`).
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Column, Connection, Table, delete, select, update

from dispatcher.cases.model import CaseState, reference_of
from dispatcher.decision import NewDeadline
from dispatcher.outbox.queue import EffectState, add_deadlines
from dispatcher.services import Services
from dispatcher.store.tables import (
    alarms,
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

log = structlog.get_logger()

DAILY = timedelta(days=1)
# Where one short transaction was not enough, the next follows soon, and lets calls in between.
SOON = timedelta(seconds=2)
DEADLINE = "retention"
MOST_CASES = 200
MOST_ROWS = 1_000
_ENDED = (EffectState.DONE, EffectState.FAILED, EffectState.DROPPED)
# Entries in which a caller's own words stand.
CALLERS_WORDS = ("sms-received",)
# What a crash left half written has a dot before its name.
_LEFT_IN_SPOOL = ("*.unreadable", ".*.json")
_NO_WORDS = {"text": "-"}


def arm_retention(connection: Connection, *, now: datetime, after: timedelta = DAILY) -> None:
    """Set the daily deadline; an earlier one of the same day is moved, which harms nothing."""
    add_deadlines(connection, (NewDeadline(DEADLINE, DEADLINE, {"case": 0}, after),), now=now)


def delete_expired(services: Services, connection: Connection) -> None:
    """Delete some of what is older than its days, and set the deadline for the rest, or for the next day."""
    now, keep = services.clock.now(), services.settings.retention
    full = False
    # They only keep an alarm from being told twice within an hour.
    connection.execute(delete(alarms).where(alarms.c.told_at < now - DAILY))
    if keep.messages_days:
        before = now - timedelta(days=keep.messages_days)
        full |= _forget_words(connection, before=before)
        full |= _forget_spool(services.settings.spool, before=before)
    if keep.audit_days:
        old = audit.c.at < now - timedelta(days=keep.audit_days)
        full |= _delete_some(connection, audit, audit.c.at, old)
    if keep.cases_days:
        full |= _delete_cases(connection, before=now - timedelta(days=keep.cases_days))
    arm_retention(connection, now=now, after=SOON if full else DAILY)


def _forget_words(connection: Connection, *, before: datetime) -> bool:
    """Let go of what was written before an instant; return whether there may be more."""
    query = (
        select(messages.c.id, messages.c.case_id)
        .where(messages.c.created_at < before)
        .order_by(messages.c.created_at)
        .limit(MOST_ROWS)
    )
    old = connection.execute(query).all()
    written = sorted({row.case_id for row in old if row.case_id is not None})
    theirs = timeline.c.case_id.in_(written), timeline.c.kind.in_(CALLERS_WORDS), timeline.c.at < before
    connection.execute(update(timeline).where(*theirs).values(data=_NO_WORDS))
    connection.execute(delete(messages).where(messages.c.id.in_([row.id for row in old])))
    # The built-in ticket is a copy of the timeline: nothing of the duty's own is lost with it.
    notes = _delete_some(connection, ticket_notes, ticket_notes.c.at, ticket_notes.c.at < before)
    ended = effects.c.state.in_(_ENDED), effects.c.finished_at < before
    queued = _delete_some(connection, effects, effects.c.finished_at, *ended)
    return len(old) == MOST_ROWS or notes or queued


def _delete_some(connection: Connection, table: Table, at: Column[Any], *conditions: Any) -> bool:
    """Delete the oldest rows that meet the conditions; return whether there may be more."""
    key = next(iter(table.primary_key))
    query = select(key).where(*conditions).order_by(at).limit(MOST_ROWS)
    old: Sequence[int | str] = connection.execute(query).scalars().all()
    if old:
        connection.execute(delete(table).where(key.in_(old)))
    return len(old) == MOST_ROWS


def _forget_spool(folder: Path, *, before: datetime) -> bool:
    """Delete what the spool set aside or began to write before an instant; tell whether there may be more."""
    left = (path for pattern in _LEFT_IN_SPOOL for path in folder.glob(pattern))
    old = [path for path in left if _written_at(path) < before]
    for path in old[:MOST_ROWS]:
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("spool-not-deleted", file=path.name, error=type(error).__name__)
    return len(old) > MOST_ROWS


def _written_at(path: Path) -> datetime:
    """Return when a spooled event was written: its name says it, else its file does."""
    try:
        return datetime.strptime(path.name.lstrip(".")[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except OSError:
        return datetime.max.replace(tzinfo=UTC)  # somebody else has just taken it away


def _delete_cases(connection: Connection, *, before: datetime) -> bool:
    """Delete closed cases with everything that hangs on them, except those whose audio is still kept.

    Returns whether there may be more.
    """
    # A loop has no case that it could go with.
    loops = _delete_some(connection, calls, calls.c.started_at, calls.c.is_loop, calls.c.started_at < before)
    audio = select(recordings.c.case_id).where(recordings.c.state.in_(["pending", "stored"]))
    old: list[int] = list(
        connection.execute(
            select(cases.c.id)
            .where(cases.c.state == CaseState.CLOSED, cases.c.closed_at < before, cases.c.id.not_in(audio))
            .order_by(cases.c.closed_at)
            .limit(MOST_CASES)
        ).scalars()
    )
    if not old:
        return loops
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
    return loops or len(old) == MOST_CASES
