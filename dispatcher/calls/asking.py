"""The effect `ask-call`: comparing a call with Twilio's word, for the callbacks that never come."""

from sqlalchemy import Connection, select

from dispatcher.calls.handle import ASK_OVER, Incoming, ask_when_over, ask_while_live, end_call, report_leg
from dispatcher.calls.ledger import read_attempts, read_call
from dispatcher.calls.model import FINAL_STATUSES, Attempt, Call
from dispatcher.cases.ledger import apply_decision, lock_case
from dispatcher.decision import Decision, Entry
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect, add_effects, hasten_effects
from dispatcher.recordings.ledger import report_recording
from dispatcher.services import Services
from dispatcher.store.tables import recordings
from dispatcher.telephony.port import CallRecord

LAST_SEQUENCE = 1_000


def ask_about_live_calls(services: Services) -> None:
    """Ask at once about every call that is live here: a process that starts may have missed its end."""
    with services.db.write() as connection:
        hasten_effects(connection, key_like="ask-call:%:live:%", now=services.clock.now())


def ask_call(services: Services, effect: Effect) -> Done | Dropped:
    """Ask about a live call whether it has ended, and about one that is over for what is missing."""
    sid, number = effect.data["call"], effect.data["number"]
    with services.db.read() as connection:
        call = read_call(connection, sid)
    if call is None:
        return Dropped("unknown call")
    if effect.data["over"]:
        return _ask_over(services, call, number)
    if call.ended_at is not None:
        return Dropped("over meanwhile")
    record = services.telephony.get_call(sid)
    if record.status not in FINAL_STATUSES:
        follow_up = ask_while_live(sid, number + 1)
        now = services.clock.now()
        return Done(
            record=lambda connection: add_effects(connection, (follow_up,), case_id=effect.case_id, now=now)
        )
    _say_missing(services, call)
    end_call(
        services,
        Incoming(sid, call.from_raw, call.to_raw, forwarded_from=call.forwarded_raw),
        status=record.status,
        duration=record.duration_seconds,
    )
    return Done()


def _say_missing(services: Services, call: Call) -> None:
    with services.db.write() as connection:
        case = None if call.case_id is None else lock_case(connection, call.case_id)
        if case is not None:
            missing = Decision(entries=(Entry("callback-missing"),))
            apply_decision(connection, case, missing, now=services.clock.now())


def _ask_over(services: Services, call: Call, number: int) -> Done | Dropped:
    with services.db.read() as connection:
        attempts = read_attempts(connection, call.sid)
    unreported = [item for item in attempts if item.leg_status not in FINAL_STATUSES]
    if unreported:
        for child in services.telephony.child_calls(call.sid):
            attempt = _attempt_of(child, attempts)
            if attempt is not None and child.status in FINAL_STATUSES:
                report_leg(
                    services, attempt.id, status=child.status, sequence=LAST_SEQUENCE, leg_sid=child.sid
                )
    if number + 1 == len(ASK_OVER):
        _settle(services, call)
    for recording in services.telephony.recordings_of(call.sid):
        report_recording(
            services,
            sid=recording.sid,
            call_sid=call.sid,
            status=recording.status,
            seconds=recording.duration_seconds,
            source=recording.source,
        )
    follow_up = ask_when_over(call.sid, number + 1) if number + 1 < len(ASK_OVER) else None

    def record(connection: Connection) -> None:
        if follow_up is not None and not _is_complete(connection, call):
            add_effects(connection, (follow_up,), case_id=call.case_id, now=services.clock.now())

    return Done(record=record)


def _settle(services: Services, call: Call) -> None:
    """Let the dial's word stand for legs of which Twilio knows nothing: a number it never rang."""
    with services.db.read() as connection:
        attempts = read_attempts(connection, call.sid)
    for attempt in attempts:
        if attempt.leg_status in FINAL_STATUSES or attempt.settled:
            continue
        told = attempt.dial_status
        status = told if told in {"busy", "failed", "no-answer"} else "canceled"
        report_leg(services, attempt.id, status=status, sequence=LAST_SEQUENCE, leg_sid=attempt.leg_sid)


def _attempt_of(child: CallRecord, attempts: tuple[Attempt, ...]) -> Attempt | None:
    """Return the attempt of a leg: by its sid, else the first of its number that has none."""
    by_sid = next((item for item in attempts if item.leg_sid == child.sid), None)
    if by_sid is not None:
        return by_sid
    return next((item for item in attempts if item.leg_sid is None and item.phone == child.to), None)


def _is_complete(connection: Connection, call: Call) -> bool:
    attempts = read_attempts(connection, call.sid)
    if any(item.leg_status not in FINAL_STATUSES for item in attempts):
        return False
    talked = call.recorded and call.accepted_attempt is not None
    found = connection.execute(
        select(recordings.c.sid).where(recordings.c.call_sid == call.sid).limit(1)
    ).first()
    return not talked or found is not None
