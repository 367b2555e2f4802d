"""The first that is heard of a call: a new case, one it joins, or none (contract 5.1, 5.8, 5.9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from dispatcher.alarms import alarm_effects
from dispatcher.calls.ledger import (
    add_call,
    apply_call_decision,
    came_back_to_us,
    forget_loop,
    paged_phones,
    read_call,
    recent_case,
    rung_now,
    situation_of,
)
from dispatcher.calls.loops import Loop, RungPage, came_back, find_loop, shows_its_owner
from dispatcher.calls.model import Call, Phase
from dispatcher.calls.situation import Situation
from dispatcher.cases.ledger import (
    add_entries,
    apply_decision,
    lock_caller,
    lock_case,
    open_case,
    ticket_effect,
)
from dispatcher.cases.model import Case, Source
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, Entry, NewDeadline, NewEffect
from dispatcher.outbox.queue import add_deadlines, add_effects
from dispatcher.people import name_of, number_of, party_by_phone
from dispatcher.services import Services
from dispatcher.texts.catalogue import text
from roster.history import History
from roster.organisation import Hotline, Organisation
from roster.phones import PhoneNumber, parse_caller

# How often a live call is compared with Twilio's word.
ASK_LIVE = timedelta(seconds=60)


class UnknownCallError(Exception):
    """An event of a call or attempt that was never stored. Caught by the webhooks."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An inbound call as Twilio announces it; `from_` and `to` are what arrived, not yet understood.

    `at`: when it came, where that is not now (it waited in the spool while the database was down).
    `forwarded_from`: the telephone that forwarded the call here, where the network says so.
    """

    sid: str
    from_: str
    to: str
    status: str = "ringing"
    at: datetime | None = None
    forwarded_from: str = ""


def hotline_for(organisation: Organisation, to: str) -> tuple[Hotline, bool]:
    """Return the hotline of a number and whether it is really its number.

    A number that no hotline has is answered as the first one: a forgotten number still reaches a human.
    """
    # Nearly always it stands there just as Twilio writes it; only else is it worth understanding.
    known = organisation.hotline_by_number(to)
    if known is None and (number := parse_caller(to)):
        known = organisation.hotline_by_number(number)
    return (known, True) if known else (organisation.hotlines[0], False)


def ask_while_live(sid: str, number: int) -> NewEffect:
    """Return the effect that asks Twilio whether a call that is live here is live there."""
    return NewEffect(
        "ask-call", f"ask-call:{sid}:live:{number}", {"call": sid, "over": False, "number": number}, ASK_LIVE
    )


@dataclass(frozen=True, slots=True)
class LoopedCall:
    """A loop, which has no case: the hotline it came to, and whether its owner may really be ringing."""

    hotline: Hotline
    may_be_owner: bool


def open_call(connection: Connection, services: Services, incoming: Incoming) -> Situation | LoopedCall:
    """Return the situation of a call, giving it a case if this is the first that is heard of it.

    Raises:
        UnknownCallError: no organisation with a hotline has been imported.
    """
    history = _history(connection, services)
    known = known_call(connection, services, incoming.sid)
    if known is not None:
        return known
    now = incoming.at or services.clock.now()
    hotline, _configured = hotline_for(history.current, incoming.to)
    loop = _loop(connection, history.current, hotline, incoming, now)
    if loop is None:
        return _for_caller(connection, services, incoming, history, now=now)
    add_call(connection, _call(services, incoming, case=None, now=now))
    add_effects(connection, (ask_while_live(incoming.sid, 0),), case_id=None, now=now)
    _lead_on(connection, services, history, hotline, loop)
    return _looped(history.current, incoming)


def known_call(connection: Connection, services: Services, sid: str) -> Situation | LoopedCall | None:
    """Return a call that was stored before, its case locked; None where none was."""
    known = read_call(connection, sid)
    if known is None:
        return None
    if known.is_loop:
        return _looped(_history(connection, services).current, _as_it_came(known))
    return situation_of(connection, services, sid)


def open_after_all(connection: Connection, services: Services, sid: str) -> Situation | LoopedCall | None:
    """Give a call its case that was taken for a loop: its owner says that it is none. Once is enough."""
    known = read_call(connection, sid)
    if known is None or not known.is_loop or known.ended_at is not None:
        return known_call(connection, services, sid)
    forget_loop(connection, sid)
    history = _history(connection, services)
    return _for_caller(connection, services, _as_it_came(known), history, now=services.clock.now())


def _history(connection: Connection, services: Services) -> History:
    history = services.organisations.history(connection)
    if history is None or not history.current.hotlines:
        message = "no organisation with a hotline has been imported"
        raise UnknownCallError(message)
    return history


def _as_it_came(call: Call) -> Incoming:
    return Incoming(call.sid, call.from_raw, call.to_raw, call.status, forwarded_from=call.forwarded_raw)


def _looped(organisation: Organisation, incoming: Incoming) -> LoopedCall:
    from_raw, forwarded = incoming.from_, incoming.forwarded_from
    may_be_owner = shows_its_owner(organisation, from_raw=from_raw, forwarded_raw=forwarded)
    return LoopedCall(hotline_for(organisation, incoming.to)[0], may_be_owner)


def _loop(
    connection: Connection, organisation: Organisation, hotline: Hotline, incoming: Incoming, now: datetime
) -> Loop | None:
    numbers = (number_of(organisation, raw) for raw in (incoming.from_, incoming.forwarded_from))
    known = (party_by_phone(organisation, number) for number in numbers if number is not None)
    ours = [party for party in known if party is not None]
    return find_loop(
        organisation,
        called=hotline,
        from_raw=incoming.from_,
        forwarded_raw=incoming.forwarded_from,
        rung=rung_now(connection, organisation, now=now),
        paged=paged_phones(connection, ours, now=now) if ours else frozenset(),
    )


def _lead_on(
    connection: Connection, services: Services, history: History, hotline: Hotline, loop: Loop
) -> None:
    """Spoil the leg that came back, and have the coordinators told, once a day for each telephone."""
    organisation, now = history.current, services.clock.now()
    who: str = loop.number
    party = party_by_phone(organisation, PhoneNumber(loop.number))
    if loop.rung is not None:
        party = loop.rung.attempt.person
        who = loop.rung.attempt.phone
        situation = situation_of(connection, services, loop.rung.attempt.call_sid)
        attempt = situation.attempt(loop.rung.attempt.id) if situation is not None else None
        if situation is not None and attempt is not None:
            apply_call_decision(connection, situation, came_back(situation, attempt))
    elif (page := came_back_to_us(connection, organisation, loop.number, now=now)) is not None:
        party, who = page.person, page.phone
        add_deadlines(connection, (_page_came_back(page),), now=now)
    own = organisation.hotline_by_number(loop.number)
    language = str(organisation.language)
    if party is not None:
        name = name_of(organisation, party, language)
    else:
        # a hotline's own number may be shown by any of the telephones that are rung
        name = text("alarm.some-telephone", language) if own else loop.number
    alarm = alarm_effects(
        organisation,
        "alarm.forwarded",
        key=f"loop:{who}:{now.astimezone(organisation.zone):%Y%m%d}",
        from_=hotline.number,
        about=who,
        name=name,
        hotline=hotline.name,
    )
    add_effects(connection, alarm, case_id=None, now=now)


def _page_came_back(page: RungPage) -> NewDeadline:
    """Return what spoils a page whose call came back, once this call's transaction holds no case's lock."""
    return NewDeadline("page-loop", f"page-loop:{page.id}", {"case": page.case_id, "page": page.id})


def _for_caller(
    connection: Connection,
    services: Services,
    incoming: Incoming,
    history: History,
    *,
    now: datetime,
) -> Situation:
    hotline, configured = hotline_for(history.current, incoming.to)
    caller = parse_caller(incoming.from_)
    entries = [Entry("call-received", None, {"raw": incoming.from_})]
    if not configured:
        entries.append(Entry("unknown-number", None, {"number": incoming.to}))
    case = _joined(connection, caller, hotline, now)
    is_new = case is None
    if case is None:
        municipality = history.current.municipality_of(caller) if caller else None
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
    call = _call(services, incoming, case=case, now=now)
    add_call(connection, call)
    ask = ask_while_live(call.sid, 0)
    if is_new:
        add_entries(connection, case.id, entries, now=now)
        # A case this new has no earlier effects that a decision would have to look for.
        add_effects(connection, (ask, ticket_effect(case.id)), case_id=case.id, now=now)
    else:
        apply_decision(connection, case, Decision(entries=tuple(entries), effects=(ask,)), now=now)
    return Situation(
        scene=Scene(case=case, history=history, now=now), call=call, attempts=(), settings=services.settings
    )


def _joined(connection: Connection, caller: str | None, hotline: Hotline, now: datetime) -> Case | None:
    """Return the locked case of a caller who rings again within half an hour (contract section 5.9)."""
    if caller is None:
        return None
    lock_caller(connection, caller)
    earlier = recent_case(connection, caller, hotline.id, now=now)
    return None if earlier is None else lock_case(connection, earlier)


def _call(services: Services, incoming: Incoming, *, case: Case | None, now: datetime) -> Call:
    return Call(
        sid=incoming.sid,
        case_id=None if case is None else case.id,
        is_loop=case is None,
        direction="inbound",
        from_raw=incoming.from_,
        to_raw=incoming.to,
        forwarded_raw=incoming.forwarded_from,
        status=incoming.status,
        phase=Phase.GREETING if case is not None else Phase.OVER,
        recorded=case is not None and services.settings.record_conversations == "always",
        rung=-1,
        dial=-1,
        accepted_attempt=None,
        taken_before=None if case is None else case.taken_at,
        started_at=now,
        ended_at=None,
        duration_seconds=None,
    )
