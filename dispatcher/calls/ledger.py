"""Reading and writing calls and attempts: the only module that touches those two tables for writing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, func, insert, or_, select, update

from dispatcher.calls.decide import learned, outcome_entries
from dispatcher.calls.instructions import Instruction
from dispatcher.calls.lines import dial_instruction
from dispatcher.calls.loops import CALLER_GONE, Rung, RungPage, may_come_back
from dispatcher.calls.model import FINAL_STATUSES, Attempt, Call, Phase
from dispatcher.calls.situation import CallDecision, Situation
from dispatcher.cases.ledger import apply_decision, lock_case
from dispatcher.cases.model import Case
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision
from dispatcher.outbox.queue import EffectState
from dispatcher.people import party_by_phone
from dispatcher.services import Services
from dispatcher.store.tables import attempts, calls, cases, effects, pages
from dispatcher.store.windows import within
from roster.history import History
from roster.organisation import Organisation
from roster.phones import PhoneNumber, parse_caller

TONIGHT = timedelta(hours=12)
# A caller who rings again within this time of a call's end means the same case (contract section 5.9),
# however often, but a case of yesterday is another one.
SAME_CASE = timedelta(minutes=30)
LONGEST_JOINED = timedelta(days=1)
# An alarm or a test call is over this long after it was placed, for all that is known of it.
ALARM_CALL = timedelta(seconds=60)
# No telephone rings longer, with the question to whoever answers it.
LONGEST_RING = timedelta(minutes=10)

# Made once: making a statement costs several times what running it does, and callers wait for these.
_READ = select(calls).where(calls.c.sid == bindparam("sid"))
_ADD = insert(calls)


def read_call(connection: Connection, sid: str) -> Call | None:
    """Read a call by its CallSid."""
    row = connection.execute(_READ, {"sid": sid}).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    return Call(**(values | {"phase": Phase(values["phase"])}))


def add_call(connection: Connection, call: Call) -> None:
    """Insert a call that was never stored; IntegrityError when it was, meanwhile."""
    connection.execute(_ADD, {name: getattr(call, name) for name in Call.__dataclass_fields__})


def read_attempts(connection: Connection, sid: str) -> tuple[Attempt, ...]:
    """Read the attempts of a call, in the order they were made."""
    rows = connection.execute(select(attempts).where(attempts.c.call_sid == sid).order_by(attempts.c.id))
    return tuple(Attempt(**row._mapping) for row in rows)


def busy_parties(
    connection: Connection, *, now: datetime, call_minutes: int, except_call: str = ""
) -> frozenset[str]:
    """Return the ids of everybody who is talking on a hotline call (contract section 5.4).

    Only a leg that we dialled and somebody took tells it, never who a caller claims to be; and never longer
    than the longest call, so that a report that was lost makes nobody busy for ever.
    """
    longest = timedelta(minutes=call_minutes)
    return frozenset(
        connection.execute(
            select(attempts.c.person)
            .join(calls, calls.c.accepted_attempt == attempts.c.id)
            .where(
                calls.c.ended_at.is_(None),
                calls.c.sid != except_call,
                attempts.c.accepted_at > now - longest,
                # a clock set back in the middle of a talk makes nobody free
                attempts.c.accepted_at < now + longest,
                attempts.c.dial_status.is_(None),
                or_(attempts.c.leg_status.is_(None), attempts.c.leg_status.not_in(FINAL_STATUSES)),
            )
        ).scalars()
    )


def rung_now(connection: Connection, organisation: Organisation, *, now: datetime) -> tuple[Rung, ...]:
    """Return the telephones being rung for live calls, oldest first, each with the number it is shown."""
    rows = connection.execute(
        select(attempts, cases.c.hotline)
        .join(calls, calls.c.sid == attempts.c.call_sid)
        .join(cases, cases.c.id == calls.c.case_id)
        .where(
            or_(calls.c.ended_at.is_(None), calls.c.ended_at > now - CALLER_GONE),
            attempts.c.dialled_at > now - LONGEST_RING,
            attempts.c.dialled_at <= now,
        )
        .order_by(attempts.c.id)
    )
    rung = []
    for row in rows:
        values = dict(row._mapping)
        hotline = organisation.hotline(values.pop("hotline") or "") or organisation.hotlines[0]
        attempt = Attempt(**values)
        if may_come_back(attempt, now=now):
            rung.append(Rung(attempt, hotline.number))
    return tuple(rung)


def paged_phones(connection: Connection, parties: Sequence[str], *, now: datetime) -> frozenset[str]:
    """Return the telephones of some people or suppliers that a paging, alarm or test call rings now."""
    told = connection.execute(
        select(effects.c.data).where(
            effects.c.kind.in_(("alarm-call", "test-call")),
            effects.c.state.in_((EffectState.CLAIMED, EffectState.DONE)),
            within(effects.c.due_at, LONGEST_RING, now=now),
            or_(effects.c.finished_at.is_(None), within(effects.c.finished_at, ALARM_CALL, now=now)),
        )
    ).scalars()
    paged = frozenset(
        connection.execute(
            select(pages.c.phone).where(pages.c.person.in_(parties), *_is_ringing(now))
        ).scalars()
    )
    return paged | {str(data["to"]) for data in told if data.get("person") in parties}


def came_back_to_us(
    connection: Connection, organisation: Organisation, number: str, *, now: datetime
) -> RungPage | None:
    """Return the page whose call came back as a call from a number; None where none did.

    A telephone that is forwarded shows its own number, or goes on showing the hotline's: then it is certain
    only while one page rings.
    """
    everybody = [*(item.id for item in organisation.people), *(item.id for item in organisation.suppliers)]
    rows = connection.execute(
        select(pages.c.id, pages.c.case_id, pages.c.person, pages.c.phone, cases.c.hotline)
        .join(cases, cases.c.id == pages.c.case_id)
        .where(pages.c.person.in_(everybody), *_is_ringing(now))
        .order_by(pages.c.id.desc())
    ).all()
    theirs = [row for row in rows if row.phone == number]
    if not theirs and (shown := organisation.hotline_by_number(PhoneNumber(number))):
        first = organisation.hotlines[0]
        theirs = [row for row in rows if (organisation.hotline(row.hotline or "") or first) == shown]
        theirs = theirs if len(theirs) == 1 else []
    return RungPage(*theirs[0][:4]) if theirs else None


def _is_ringing(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        within(pages.c.created_at, LONGEST_RING, now=now),
        pages.c.channel == "call",
        pages.c.sid.is_not(None),
        pages.c.outcome.is_(None),
    )


def recent_case(connection: Connection, caller: str, hotline: str, *, now: datetime) -> int | None:
    """Return the newest case of a caller that was opened or last rung about within half an hour (5.9)."""
    since = now - SAME_CASE
    rang = exists().where(
        calls.c.case_id == cases.c.id, func.coalesce(calls.c.ended_at, calls.c.started_at) > since
    )
    return connection.execute(
        select(cases.c.id)
        .where(
            cases.c.caller == caller,
            cases.c.opened_at > now - LONGEST_JOINED,
            cases.c.opened_at <= now,
            cases.c.hotline == hotline,
            or_(cases.c.opened_at > since, rang),
        )
        .order_by(cases.c.opened_at.desc(), cases.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def forget_loop(connection: Connection, sid: str) -> None:
    """Delete what is stored of a loop, for it to be stored anew as a caller's call."""
    connection.execute(delete(calls).where(calls.c.sid == sid, calls.c.is_loop))


def end_loop(connection: Connection, sid: str, *, status: str, duration: int | None, now: datetime) -> None:
    """Note that a call without a case is over."""
    connection.execute(
        update(calls)
        .where(calls.c.sid == sid, calls.c.ended_at.is_(None))
        .values(status=status, ended_at=now, duration_seconds=duration)
    )


def involved_parties(connection: Connection, case_id: int) -> tuple[str, ...]:
    """Return the ids of everybody who was rung or paged for a case, in order, without the desk."""
    rung = connection.execute(
        select(attempts.c.person)
        .join(calls, calls.c.sid == attempts.c.call_sid)
        .where(calls.c.case_id == case_id, attempts.c.screened)
        .order_by(attempts.c.id)
    )
    paged = connection.execute(select(pages.c.person).where(pages.c.case_id == case_id).order_by(pages.c.id))
    return tuple(dict.fromkeys([*(row.person for row in rung), *(row.person for row in paged)]))


def scene_of(connection: Connection, case: Case, history: History, *, now: datetime) -> Scene:
    """Return the scene for deciding about a locked case."""
    return Scene(case=case, history=history, now=now, involved=involved_parties(connection, case.id))


def times_rung(connection: Connection, call: Call, case: Case) -> int:
    """Return how often the caller has rung within the last hours, this call included; 1 when withheld."""
    if case.caller is None:
        return 1
    counted: int = connection.execute(
        select(func.count())
        .select_from(calls)
        .where(
            calls.c.from_raw == call.from_raw,
            calls.c.is_loop.is_(False),
            calls.c.started_at > call.started_at - TONIGHT,
            calls.c.started_at <= call.started_at,
        )
    ).scalar_one()
    return max(counted, 1)


def situation_of(
    connection: Connection, services: Services, sid: str, *, at: datetime | None = None
) -> Situation | None:
    """Lock a call's case and return the whole situation; None for an unknown call or without organisation.

    `at`: when what is to be decided happened, where that is not now.
    """
    call = read_call(connection, sid)
    history = services.organisations.history(connection)
    if call is None or call.case_id is None or history is None:
        return None
    case = lock_case(connection, call.case_id)
    call = read_call(connection, sid)
    if case is None or call is None:
        return None
    now = at or services.clock.now()
    caller = parse_caller(call.from_raw)
    shown = None if caller is None else party_by_phone(history.current, caller)
    talking = busy_parties(connection, now=now, call_minutes=services.settings.call_minutes, except_call=sid)
    return Situation(
        scene=scene_of(connection, case, history, now=now),
        call=call,
        attempts=read_attempts(connection, sid),
        settings=services.settings,
        # Whose number the call shows may be on it, and is not rung for it; numbers can be forged, though.
        busy=talking if shown is None else talking | {shown},
        times=times_rung(connection, call, case),
    )


def apply_call_decision(connection: Connection, situation: Situation, decision: CallDecision) -> Instruction:
    """Store a decision about a call and return what the telephone does."""
    scene, sid = situation.scene, situation.call.sid
    if decision.call:
        connection.execute(update(calls).where(calls.c.sid == sid).values(dict(decision.call)))
    case = decision.case
    for attempt_id, facts in decision.facts.items():
        before = situation.attempt(attempt_id)
        if before is None or not facts:
            continue
        after = learned(before, dict(facts))
        connection.execute(
            update(attempts).where(attempts.c.id == attempt_id).values(outcome=after.outcome, **facts)
        )
        case = Decision(entries=outcome_entries(situation, before, after)) + case
    if decision.new_attempts:
        rows: list[dict[str, Any]] = [
            {
                "call_sid": sid,
                "dial": new.dial,
                "rung": new.rung,
                "person": new.person,
                "phone": new.phone,
                "screened": new.screened,
                "ring_seconds": new.ring_seconds,
                "dialled_at": scene.now,
                "leg_sequence": -1,
            }
            for new in decision.new_attempts
        ]
        connection.execute(insert(attempts), rows)
    apply_decision(connection, scene.case, case, now=scene.now)
    if decision.dial is None:
        return decision.instruction
    stored = read_call(connection, sid)
    fresh = Situation(
        scene=scene,
        call=stored or situation.call,
        attempts=read_attempts(connection, sid),
        settings=situation.settings,
        busy=situation.busy,
        times=situation.times,
    )
    return dial_instruction(fresh, decision.dial)
