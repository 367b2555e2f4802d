"""Listening to a stored recording: found, opened and written to the audit, in that order."""

from sqlalchemy import select

from dispatcher.audit import AuditAction, record
from dispatcher.services import Services
from dispatcher.store.tables import recordings


def listen(services: Services, sid: str, *, by: str) -> bytes | None:
    """Return the audio (WAV) of a recording, or None when none of that name is stored here.

    Each listening leaves an audit row naming who and which case, written before a byte is given out.

    Raises:
        VaultError: the stored file is gone, damaged or sealed with another key.
    """
    with services.db.read() as connection:
        row = connection.execute(
            select(recordings.c.file, recordings.c.case_id).where(
                recordings.c.sid == sid, recordings.c.state == "stored"
            )
        ).one_or_none()
    if row is None or row.file is None:
        return None
    audio = services.vault.read(row.file, sid)
    with services.db.write() as connection:
        record(
            connection,
            at=services.clock.now(),
            actor=by,
            action=AuditAction.RECORDING_PLAYED,
            subject=sid,
            data={"case": row.case_id},
        )
    return audio
