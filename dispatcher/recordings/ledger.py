"""The table of recordings: announced, stored, missing, purged."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from dispatcher.cases.ledger import apply_decision, lock_case
from dispatcher.decision import Decision, Entry, NewDeadline, NewEffect
from dispatcher.outbox.queue import add_effects
from dispatcher.services import Services
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import calls, recordings


def expect_recording(
    connection: Connection,
    *,
    sid: str,
    call_sid: str,
    case_id: int,
    kind: str,
    seconds: int | None,
    now: datetime,
) -> None:
    """Note that a recording exists at Twilio and have it fetched; hearing of it again changes nothing.

    `kind` is `conversation` or `message`; a message is told on the timeline here, since the recorder's own
    request does not come when the caller hangs up. The caller holds the lock of the case.
    """
    values = {
        "sid": sid,
        "case_id": case_id,
        "call_sid": call_sid,
        "kind": kind,
        "state": "pending",
        "seconds": seconds,
        "created_at": now,
    }
    if insert_once(connection, recordings, values):
        fetch = NewEffect("recording-fetch", f"recording-fetch:{sid}", {"recording": sid, "kind": kind})
        add_effects(connection, (fetch,), case_id=case_id, now=now)
        case = lock_case(connection, case_id) if kind == "message" else None
        if case is not None:
            left = Entry("message-left", None, {"seconds": seconds or 0})
            apply_decision(connection, case, Decision(entries=(left,)), now=now)


def report_recording(
    services: Services,
    *,
    sid: str,
    call_sid: str,
    status: str,
    seconds: int | None,
    source: str,
) -> None:
    """Act on a recording status callback; one of an unknown call is left alone.

    `source` is Twilio's RecordingSource: RecordVerb is a message, all others a conversation. An absent
    message is a caller who said nothing, and leaves no trace.
    """
    now = services.clock.now()
    kind = "message" if source == "RecordVerb" else "conversation"
    if kind == "message" and status == "absent":
        return
    with services.db.write() as connection:
        case_id = connection.execute(
            select(calls.c.case_id).where(calls.c.sid == call_sid)
        ).scalar_one_or_none()
        case = None if case_id is None else lock_case(connection, case_id)
        if case is None:
            return
        if status == "completed":
            expect_recording(
                connection,
                sid=sid,
                call_sid=call_sid,
                case_id=case.id,
                kind=kind,
                seconds=seconds,
                now=now,
            )
        elif status in {"absent", "failed"}:
            values = {
                "sid": sid,
                "case_id": case.id,
                "call_sid": call_sid,
                "kind": kind,
                "state": "missing",
                "created_at": now,
            }
            if insert_once(connection, recordings, values):
                apply_decision(connection, case, Decision(entries=(Entry("recording-missing"),)), now=now)


def file_recording(
    services: Services, connection: Connection, *, sid: str, file: str, sha256: str, seconds: int | None
) -> None:
    """Record that the verified copy lies on disk; Twilio's copy is deleted next, ours when its time is up."""
    now = services.clock.now()
    row = connection.execute(select(recordings).where(recordings.c.sid == sid)).one()
    case = lock_case(connection, row.case_id)
    if case is None or row.state != "pending":
        return
    known = row.seconds if row.seconds is not None else seconds
    connection.execute(
        update(recordings)
        .where(recordings.c.sid == sid)
        .values(state="stored", file=file, sha256=sha256, stored_at=now, seconds=known)
    )
    apply_decision(
        connection,
        case,
        Decision(
            entries=(Entry("recording-stored", None, {"seconds": known or 0}),),
            effects=(NewEffect("recording-delete", f"recording-delete:{sid}", {"recording": sid}),),
            deadlines=(
                NewDeadline(
                    "purge",
                    f"purge:{sid}",
                    {"recording": sid, "case": case.id},
                    timedelta(days=services.settings.recording_retention_days),
                ),
            ),
        ),
        now=now,
    )


def purge_recording(services: Services, connection: Connection, sid: str) -> None:
    """Delete a recording whose time is up: the file first, then the row says so."""
    now = services.clock.now()
    row = connection.execute(select(recordings).where(recordings.c.sid == sid)).one_or_none()
    case = None if row is None else lock_case(connection, row.case_id)
    if row is None or case is None or row.state != "stored":
        return
    services.vault.delete(row.file)
    connection.execute(
        update(recordings).where(recordings.c.sid == sid).values(state="purged", purged_at=now, file=None)
    )
    apply_decision(connection, case, Decision(entries=(Entry("recording-deleted"),)), now=now)
