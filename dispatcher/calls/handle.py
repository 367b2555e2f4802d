"""Every event of a call: one writing transaction that loads, decides, stores, and answers.

Unknown calls and attempts raise `UnknownCallError`, which the webhooks turn into a way to a human.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from dispatcher.calls import decide, dials
from dispatcher.calls.instructions import Instruction
from dispatcher.calls.ledger import add_call, apply_call_decision, read_call, situation_of
from dispatcher.calls.model import FINAL_STATUSES, Attempt, Call, Phase
from dispatcher.calls.situation import Situation
from dispatcher.cases.ledger import add_entries, open_case, ticket_effect
from dispatcher.cases.model import Source
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, Entry, NewEffect
from dispatcher.outbox.queue import add_effects
from dispatcher.recordings.ledger import expect_recording
from dispatcher.services import Services
from dispatcher.store.tables import attempts
from roster.organisation import Hotline, Organisation
from roster.phones import parse_caller

# How often a live call is compared with Twilio's word, and when one that is over is, for the callbacks
# that never come.
ASK_LIVE = timedelta(seconds=60)
ASK_OVER = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=15))


class UnknownCallError(Exception):
    """An event of a call or attempt that was never stored. Caught by the webhooks."""


def ask_while_live(sid: str, number: int) -> NewEffect:
    """Return the effect that asks Twilio whether a call that is live here is live there."""
    return NewEffect(
        "ask-call", f"ask-call:{sid}:live:{number}", {"call": sid, "over": False, "number": number}, ASK_LIVE
    )


def ask_when_over(sid: str, number: int) -> NewEffect:
    """Return the effect that asks Twilio for what its callbacks did not tell of a call that is over."""
    return NewEffect(
        "ask-call",
        f"ask-call:{sid}:over:{number}",
        {"call": sid, "over": True, "number": number},
        ASK_OVER[number],
    )


@dataclass(frozen=True, slots=True)
class Incoming:
    """An inbound call as Twilio announces it; `from_` and `to` are what arrived, not yet understood.

    `at`: when it came, where that is not now (it waited in the spool while the database was down).
    """

    sid: str
    from_: str
    to: str
    status: str = "ringing"
    at: datetime | None = None


def hotline_for(organisation: Organisation, to: str) -> tuple[Hotline, bool]:
    """Return the hotline of a number and whether it is really its number.

    A number that no hotline has is answered as the first one: a forgotten number still reaches a human.
    """
    # Nearly always it stands there just as Twilio writes it; only else is it worth understanding.
    known = organisation.hotline_by_number(to)
    if known is None and (number := parse_caller(to)):
        known = organisation.hotline_by_number(number)
    return (known, True) if known else (organisation.hotlines[0], False)


def receive_call(services: Services, incoming: Incoming) -> Instruction:
    """Open the case of a new call, durably, and greet the caller; a repeated request greets again."""
    try:
        return _receive_call(services, incoming)
    except IntegrityError:
        # The same first request arrived twice at once and the other one was stored.
        return _receive_call(services, incoming)


def _receive_call(services: Services, incoming: Incoming) -> Instruction:
    with services.db.write() as connection:
        situation = _opened(connection, services, incoming)
    # Stored, and nothing more is read: other calls need not wait for the words of this one.
    return decide.greet(situation)


def _opened(connection: Connection, services: Services, incoming: Incoming) -> Situation:
    """Return the situation of a call, opening its case if this is the first that is heard of it."""
    known = read_call(connection, incoming.sid)
    history = services.organisations.history(connection)
    if history is None or not history.current.hotlines:
        message = "no organisation with a hotline has been imported"
        raise UnknownCallError(message)
    if known is not None:
        situation = situation_of(connection, services, incoming.sid)
        if situation is None:
            raise UnknownCallError(incoming.sid)
        return situation
    now, organisation = incoming.at or services.clock.now(), history.current
    hotline, configured = hotline_for(organisation, incoming.to)
    caller = parse_caller(incoming.from_)
    municipality = organisation.municipality_of(caller) if caller else None
    case = open_case(
        connection,
        source=Source.CALL,
        hotline=hotline.id,
        language=str(hotline.language),
        caller=caller,
        municipality=municipality.id if municipality else None,
        ticket_system=services.settings.ticket_system,
        now=now,
    )
    call = Call(
        sid=incoming.sid,
        case_id=case.id,
        direction="inbound",
        from_raw=incoming.from_,
        to_raw=incoming.to,
        status=incoming.status,
        phase=Phase.GREETING,
        recorded=services.settings.record_conversations == "always",
        rung=-1,
        dial=-1,
        accepted_attempt=None,
        started_at=now,
        ended_at=None,
        duration_seconds=None,
    )
    add_call(connection, call)
    entries = [Entry("call-received", None, {"raw": incoming.from_})]
    if not configured:
        entries.append(Entry("unknown-number", None, {"number": incoming.to}))
    add_entries(connection, case.id, entries, now=now)
    # A case this new has no earlier effects that a decision would have to look for.
    add_effects(connection, (ask_while_live(call.sid, 0), ticket_effect(case.id)), case_id=case.id, now=now)
    return Situation(
        scene=Scene(case=case, history=history, now=now),
        call=call,
        attempts=(),
        settings=services.settings,
    )


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
        _opened(connection, services, incoming)
        _conclude(connection, services, incoming.sid, status=status, duration=duration)


def _conclude(
    connection: Connection, services: Services, sid: str, *, status: str, duration: int | None
) -> None:
    situation = _situation(connection, services, sid)
    first = situation.call.ended_at is None
    decision = decide.ended(situation, status=status, duration=duration)
    if first:
        decision = replace(decision, case=decision.case + Decision(effects=(ask_when_over(sid, 0),)))
    apply_call_decision(connection, situation, decision)
