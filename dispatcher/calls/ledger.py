"""Reading and writing calls and attempts: the only module that touches those two tables for writing."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from dispatcher.calls.decide import learned, outcome_entries
from dispatcher.calls.instructions import Instruction
from dispatcher.calls.lines import dial_instruction
from dispatcher.calls.model import Attempt, Call, Phase
from dispatcher.calls.situation import CallDecision, Situation
from dispatcher.cases.ledger import apply_decision, lock_case
from dispatcher.cases.model import Case
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision
from dispatcher.services import Services
from dispatcher.store.tables import attempts, calls, pages
from roster.history import History
from roster.organisation import Organisation
from roster.phones import parse_caller

TONIGHT = timedelta(hours=12)

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


def busy_parties(connection: Connection, organisation: Organisation, *, except_call: str) -> frozenset[str]:
    """Return the ids of everybody who is on a hotline call: talking on another one, or ringing one (5.4).

    Somebody of the roster who rings the hotline is a caller, on this call too, and cannot be rung meanwhile.
    """
    live = calls.c.ended_at.is_(None)
    talking = connection.execute(
        select(attempts.c.person)
        .join(calls, calls.c.accepted_attempt == attempts.c.id)
        .where(live, attempts.c.dial_status.is_(None), calls.c.sid != except_call)
    ).scalars()
    raw = connection.execute(select(calls.c.from_raw).where(live)).scalars()
    numbers = {number for number in map(parse_caller, raw) if number is not None}
    ringing = [person.id for person in organisation.people if numbers & {*person.phones}]
    ringing += [supplier.id for supplier in organisation.suppliers if numbers & {*supplier.phones}]
    return frozenset((*talking, *ringing))


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
    if call is None or history is None:
        return None
    case = lock_case(connection, call.case_id)
    call = read_call(connection, sid)
    if case is None or call is None:
        return None
    return Situation(
        scene=scene_of(connection, case, history, now=at or services.clock.now()),
        call=call,
        attempts=read_attempts(connection, sid),
        settings=services.settings,
        busy=busy_parties(connection, history.current, except_call=sid),
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
