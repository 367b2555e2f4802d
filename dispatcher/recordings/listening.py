"""Listening to a stored recording: found, opened, and written to the audit before a byte is given out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import select

from dispatcher.audit import AuditAction, record
from dispatcher.services import Services
from dispatcher.store.tables import recordings


@dataclass(frozen=True, slots=True)
class Audio:
    """A stored recording: `bytes` of audio (WAV), and a `version` that changes whenever they do."""

    sid: str
    case_id: int
    file: str
    version: str
    bytes: int


def find_audio(services: Services, sid: str) -> Audio | None:
    """Return a recording that can be listened to, or None when none of that name is stored here.

    Raises:
        VaultError: the stored file is gone.
    """
    with services.db.read() as connection:
        row = connection.execute(
            select(recordings).where(recordings.c.sid == sid, recordings.c.state == "stored")
        ).one_or_none()
    if row is None or row.file is None:
        return None
    return Audio(sid, row.case_id, row.file, row.sha256 or row.file, services.vault.audio_bytes(row.file))


def listen(services: Services, audio: Audio, *, start: int, by: str, anew: bool) -> Iterator[bytes]:
    """Yield the audio from a byte on, in pieces; no more than one piece is ever in memory.

    Where somebody begins `anew`, an audit row names who and which case; a later part of what the same person
    is listening to is no further listening.

    Raises:
        VaultError: the stored file is gone, damaged or sealed with another key.
    """
    chunks = services.vault.chunks(audio.file, audio.sid, start=start)
    first = next(chunks, b"")
    if anew:
        with services.db.write() as connection:
            record(
                connection,
                at=services.clock.now(),
                actor=by,
                action=AuditAction.RECORDING_PLAYED,
                subject=audio.sid,
                data={"case": audio.case_id},
            )
    return chain((first,), chunks)
