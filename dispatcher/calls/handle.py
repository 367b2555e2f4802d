"""Every event of a call: one writing transaction that loads, decides, stores, and answers.

Unknown calls and attempts raise `UnknownCallError`, which the webhooks turn into a way to a human.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from dispatcher.calls import decide, dials, loops
from dispatcher.calls.instructions import HangUp, Instruction
from dispatcher.calls.ledger import apply_call_decision, end_loop, situation_of
from dispatcher.calls.model import FINAL_STATUSES, Attempt, Phase
from dispatcher.calls.opening import (
    Incoming,
    LoopedCall,
    UnknownCallError,
    ask_while_live,
    hotline_for,
    known_call,
    open_after_all,
    open_call,
)
from dispatcher.calls.situation import Situation
from dispatcher.decision import Decision, NewEffect
from dispatcher.recordings.ledger import expect_recording
from dispatcher.services import Services
from dispatcher.store.tables import attempts

__all__ = [
    "ASK_OVER",
    "DialResult",
    "Incoming",
    "UnknownCallError",
    "answer_callee",
    "ask_when_over",
    "ask_while_live",
    "begin_ringing",
    "end_call",
    "finish_dial",
    "hotline_for",
    "leave_message",
    "press_callee",
    "receive_call",
    "report_leg",
    "serve_after_all",
]

# How often one that is over is compared with Twilio's word, for the callbacks that never come.
ASK_OVER = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=15))


def ask_when_over(sid: str, number: int) -> NewEffect:
    """Return the effect that asks Twilio for what its callbacks did not tell of a call that is over."""
    return NewEffect(
        "ask-call",
        f"ask-call:{sid}:over:{number}",
        {"call": sid, "over": True, "number": number},
        ASK_OVER[number],
    )


def receive_call(services: Services, incoming: Incoming) -> Instruction:
    """Open the case of a new call, durably, and greet the caller; a repeated request greets again."""
    try:
        return _receive_call(services, incoming)
    except IntegrityError:
        # The same first request arrived twice at once and the other one was stored.
        return _receive_call(services, incoming)


def _receive_call(services: Services, incoming: Incoming) -> Instruction:
    with services.db.write() as connection:
        opened = open_call(connection, services, incoming)
    # Stored, and nothing more is read: other calls need not wait for the words of this one.
    return _first_words(opened)


def _first_words(opened: Situation | LoopedCall) -> Instruction:
    if isinstance(opened, Situation):
        return decide.greet(opened)
    return loops.told(opened.hotline, may_be_owner=opened.may_be_owner)


def serve_after_all(services: Services, sid: str, *, digits: str) -> Instruction:
    """A call that looked like a loop: whoever pressed the key is a caller like any other."""
    with services.db.write() as connection:
        if digits == loops.OWNER_KEY:
            opened = open_after_all(connection, services, sid)
        else:
            opened = known_call(connection, services, sid)
        if opened is None:
            raise UnknownCallError(sid)
        if not isinstance(opened, Situation):
            return HangUp()
        if opened.call.phase == Phase.GREETING:
            return decide.greet(opened)
        return decide.after_dial(opened, opened.call.dial - 1)


def _situation(
    connection: Connection, services: Services, sid: str, *, at: datetime | None = None
) -> Situation:
    situation = situation_of(connection, services, sid, at=at)
    if situation is None:
        raise UnknownCallError(sid)
    return situation


def begin_ringing(services: Services, sid: str, *, digits: str) -> Instruction:
    """The notice has been heard, with a key pressed or not: ring."""
    with services.db.write() as connection:
        situation = _situation(connection, services, sid)
        return apply_call_decision(connection, situation, decide.begin(situation, digits=digits))


@dataclass(frozen=True, slots=True)
class DialResult:
    """What Twilio reports when a dial is over; `bridged` is None where it did not say.

    `dial` is None for the newest one of the call.
    """

    dial: int | None
    status: str
    bridged: bool | None
    leg_sid: str | None
    call_status: str


def finish_dial(
    services: Services, sid: str, result: DialResult, *, led_on_at: datetime | None = None
) -> Instruction:
    """A dial is over: go on for a caller who is still there.

    `led_on_at`: when it was, where the database was away and the caller has been led on without it.
    """
    gone = result.call_status in FINAL_STATUSES
    with services.db.write() as connection:
        situation = _situation(connection, services, sid, at=led_on_at)
        decision = dials.dialled(
            situation,
            situation.call.dial if result.dial is None else result.dial,
            status=result.status,
            bridged=result.bridged,
            leg_sid=result.leg_sid,
            caller_gone=gone,
            led_on=led_on_at is not None,
        )
        instruction = apply_call_decision(connection, situation, decision)
        if gone:
            _conclude(connection, services, sid, status=result.call_status, duration=None)
    return instruction


def _attempt(
    connection: Connection, services: Services, attempt_id: int, *, at: datetime | None = None
) -> tuple[Situation, Attempt]:
    sid = connection.execute(
        select(attempts.c.call_sid).where(attempts.c.id == attempt_id)
    ).scalar_one_or_none()
    if sid is None:
        message = f"attempt {attempt_id}"
        raise UnknownCallError(message)
    situation = _situation(connection, services, sid, at=at)
    attempt = situation.attempt(attempt_id)
    if attempt is None:
        raise UnknownCallError(sid)
    return situation, attempt


def answer_callee(services: Services, attempt_id: int, *, leg_sid: str) -> Instruction:
    """Somebody who was rung has picked up: put the question."""
    with services.db.write() as connection:
        situation, attempt = _attempt(connection, services, attempt_id)
        decision = decide.callee_answered(situation, attempt, leg_sid=leg_sid)
        return apply_call_decision(connection, situation, decision)


def press_callee(
    services: Services,
    attempt_id: int,
    *,
    digits: str,
    wrong_keys: int = 0,
    silences: int = 0,
    at: datetime | None = None,
) -> Instruction:
    """Somebody who was rung pressed a key, or none in time; the first 1 wins.

    `at`: when that was, where it is not now.
    """
    with services.db.write() as connection:
        situation, attempt = _attempt(connection, services, attempt_id, at=at)
        decision = decide.callee_pressed(
            situation, attempt, digits=digits, wrong_keys=wrong_keys, silences=silences
        )
        return apply_call_decision(connection, situation, decision)


def report_leg(
    services: Services, attempt_id: int, *, status: str, sequence: int, leg_sid: str | None
) -> None:
    """A leg's status callback, in whatever order it comes."""
    with services.db.write() as connection:
        situation, attempt = _attempt(connection, services, attempt_id)
        decision = decide.leg_reported(situation, attempt, status=status, sequence=sequence, leg_sid=leg_sid)
        apply_call_decision(connection, situation, decision)


def leave_message(
    services: Services, sid: str, *, recording_sid: str | None, seconds: int, call_status: str
) -> Instruction:
    """The caller has spoken on the recorder, or nothing was heard."""
    with services.db.write() as connection:
        situation = _situation(connection, services, sid)
        if recording_sid is not None and seconds > 0:
            expect_recording(
                connection,
                sid=recording_sid,
                call_sid=sid,
                case_id=situation.scene.case.id,
                kind="message",
                seconds=seconds,
                now=situation.scene.now,
            )
        decision = decide.message_left(situation, seconds=seconds)
        instruction = apply_call_decision(connection, situation, decision)
        if call_status in FINAL_STATUSES:
            _conclude(connection, services, sid, status=call_status, duration=None)
    return instruction


def end_call(services: Services, incoming: Incoming, *, status: str, duration: int | None) -> None:
    """The caller's call has ended; one never heard of before gets its case now."""
    if status not in FINAL_STATUSES:
        return
    try:
        _end_call(services, incoming, status=status, duration=duration)
    except IntegrityError:
        # Its first request arrived at the same instant and was stored.
        _end_call(services, incoming, status=status, duration=duration)


def _end_call(services: Services, incoming: Incoming, *, status: str, duration: int | None) -> None:
    with services.db.write() as connection:
        if isinstance(open_call(connection, services, incoming), Situation):
            _conclude(connection, services, incoming.sid, status=status, duration=duration)
        else:
            end_loop(connection, incoming.sid, status=status, duration=duration, now=services.clock.now())


def _conclude(
    connection: Connection, services: Services, sid: str, *, status: str, duration: int | None
) -> None:
    situation = _situation(connection, services, sid)
    first = situation.call.ended_at is None
    decision = decide.ended(situation, status=status, duration=duration)
    if first:
        decision = replace(decision, case=decision.case + Decision(effects=(ask_when_over(sid, 0),)))
    apply_call_decision(connection, situation, decision)
