"""The effects `recording-fetch` and `recording-delete`: a verified copy first, then Twilio's is deleted."""

from sqlalchemy import Connection, select, update

from dispatcher.alarms import case_alarm
from dispatcher.cases.ledger import apply_decision
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect
from dispatcher.paging.handle import locked_scene
from dispatcher.recordings.ledger import file_recording
from dispatcher.services import Services
from dispatcher.store.tables import recordings


def fetch(services: Services, effect: Effect) -> Done | Dropped:
    """Fetch a recording with our credentials, encrypt it, and file it once the copy has been read back."""
    sid = effect.data["recording"]
    with services.db.read() as connection:
        state = connection.execute(
            select(recordings.c.state).where(recordings.c.sid == sid)
        ).scalar_one_or_none()
    if state != "pending":
        return Dropped("filed already")
    with services.telephony.recording_media(sid) as chunks:
        stored = services.vault.store(sid, chunks)
    return Done(
        record=lambda connection: file_recording(
            services, connection, sid=sid, file=stored.file, sha256=stored.sha256, seconds=None
        )
    )


def fetch_failing(services: Services, connection: Connection, effect: Effect, *_error: object) -> None:
    """Alarm the coordinators that a recording is not filed yet; it is tried on."""
    scene = None if effect.case_id is None else locked_scene(services, connection, effect.case_id)
    if scene is None:
        return
    alarm = case_alarm(
        scene,
        "alarm.recording-failed",
        key=f"recording:{effect.data['recording']}",
        reference=scene.case.reference,
    )
    apply_decision(connection, scene.case, alarm, now=scene.now)


def delete(services: Services, effect: Effect) -> Done | Dropped:
    """Delete Twilio's copy; ours has been verified before this effect was queued."""
    sid = effect.data["recording"]
    services.telephony.delete_recording(sid)
    now = services.clock.now()

    def record(connection: Connection) -> None:
        connection.execute(update(recordings).where(recordings.c.sid == sid).values(remote_deleted_at=now))

    return Done(record=record)
