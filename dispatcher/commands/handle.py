"""Carrying out the SMS commands of somebody on the roster (contract section 4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from dispatcher.alarms import alarm_effects
from dispatcher.calls.ledger import apply_call_decision, scene_of, situation_of
from dispatcher.calls.situation import CallDecision
from dispatcher.cases.decide import acknowledge, assess, close, note, pass_on, release
from dispatcher.cases.ledger import apply_decision, lock_case, read_case, read_cases
from dispatcher.cases.model import Case, CaseState, Urgency, reference_of
from dispatcher.cases.scene import Scene
from dispatcher.commands.choosing import choose
from dispatcher.commands.grammar import Command, Keyword, Unknown
from dispatcher.decision import Decision, NewEffect
from dispatcher.messages.outbound import sms
from dispatcher.messages.segments import fit_two_segments
from dispatcher.outbox.queue import add_effects
from dispatcher.people import language_of, name_of
from dispatcher.services import Services
from dispatcher.store.tables import attempts, calls, cases, pages
from dispatcher.texts.catalogue import text
from dispatcher.texts.fitting import fitted_list
from dispatcher.texts.times import clock_time, moment
from roster.history import History
from roster.on_duty import who_is_on
from roster.organisation import Hotline, Organisation
from roster.phones import PhoneNumber

# A late ACK without a reference is told about the case it was probably meant for.
LATE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a command, from which phone, to which hotline."""

    person: str
    phone: PhoneNumber
    hotline: Hotline


@dataclass(frozen=True, slots=True)
class _Desk:
    """What answering one command works with."""

    services: Services
    connection: Connection
    history: History
    sender: Sender
    now: datetime

    @property
    def organisation(self) -> Organisation:
        return self.history.current

    @property
    def language(self) -> str:
        return language_of(self.organisation, self.sender.person)

    def clock(self, instant: datetime | None) -> str:
        return clock_time(instant or self.now, self.organisation.zone, self.language)

    def name(self, party: str | None) -> str:
        return name_of(self.organisation, party, self.language)


def answer_command(
    services: Services,
    connection: Connection,
    history: History,
    sender: Sender,
    parsed: Command | Unknown,
    *,
    message_sid: str,
) -> None:
    """Do what a message asks for, and queue the reply in the sender's language."""
    desk = _Desk(services, connection, history, sender, services.clock.now())
    body = _answer(desk, parsed)
    reply = sms(
        key=f"reply:{message_sid}",
        to=sender.phone,
        from_=sender.hotline.number,
        body=fit_two_segments(body),
        purpose="reply",
        person=sender.person,
    )
    add_effects(connection, (reply,), case_id=None, now=desk.now)


def opt_out_alarm(organisation: Organisation, sender: Sender, *, now: datetime) -> tuple[NewEffect, ...]:
    """Return the alarm that somebody of the roster has shut off our SMS (STOP, STOPP)."""
    name = name_of(organisation, sender.person, str(organisation.language))
    return alarm_effects(
        organisation,
        "alarm.opted-out",
        key=f"stop:{sender.person}:{now.isoformat()}",
        from_=sender.hotline.number,
        name=name,
    )


def _answer(desk: _Desk, parsed: Command | Unknown) -> str:
    if isinstance(parsed, Unknown):
        return text("reply.help", desk.language)
    match parsed.keyword:
        case Keyword.HELP:
            return text("reply.help", desk.language)
        case Keyword.LIST:
            return _list(desk)
        case Keyword.WHO:
            return _who(desk)
        case Keyword.ACK | Keyword.PASS | Keyword.URGENT | Keyword.ROUTINE | Keyword.NOTE | Keyword.DONE:
            return _about_case(desk, parsed)
        case _:
            word = text(f"word.{parsed.keyword}", desk.language)
            return text("reply.unavailable", desk.language, command=word)


def _about_case(desk: _Desk, command: Command) -> str:
    words = command.text
    if command.reference is not None:
        case = lock_case(desk.connection, command.reference)
        if case is None:
            return text("reply.unknown-case", desk.language, reference=reference_of(command.reference))
        return _do(desk, command.keyword, case, words)
    if command.candidate is not None and read_case(desk.connection, command.candidate) is not None:
        named = lock_case(desk.connection, command.candidate)
        if named is not None:
            return _do(desk, command.keyword, named, command.text_after_candidate)
    unclosed = read_cases(desk.connection, cases.c.state != CaseState.CLOSED)
    meant = choose(
        command.keyword,
        person=desk.sender.person,
        unclosed=unclosed,
        alerted_for=_alerted_for(desk),
    )
    if meant.case is not None:
        locked = lock_case(desk.connection, meant.case.id)
        return _do(desk, command.keyword, locked or meant.case, words)
    if meant.choice:
        items = [_list_item(desk, case) for case in meant.choice]
        return fitted_list("reply.which", desk.language, items=items, name="cases")
    late = _late_for(desk) if command.keyword in {Keyword.ACK, Keyword.PASS} else None
    return (_not_possible(desk, late) if late else None) or text("reply.none", desk.language)


def _alerted_for(desk: _Desk) -> frozenset[int]:
    person = desk.sender.person
    paged = select(pages.c.case_id).where(pages.c.person == person)
    rung = (
        select(calls.c.case_id)
        .join(attempts, attempts.c.call_sid == calls.c.sid)
        .where(attempts.c.person == person)
    )
    return frozenset(row[0] for row in desk.connection.execute(paged.union(rung)))


def _late_for(desk: _Desk) -> Case | None:
    alerted = _alerted_for(desk)
    recent = read_cases(desk.connection, cases.c.opened_at > desk.now - LATE)
    return next((case for case in recent if case.id in alerted), None)


def _not_possible(desk: _Desk, case: Case) -> str | None:
    """Return why ACK, PASS or an assessment does not fit a case that somebody else has or closed."""
    reference = case.reference
    if case.state == CaseState.CLOSED:
        return text(
            "reply.closed",
            desk.language,
            reference=reference,
            name=desk.name(case.closed_by),
            time=desk.clock(case.closed_at),
        )
    if case.state == CaseState.ACKNOWLEDGED and case.acknowledged_by == desk.sender.person:
        return text("reply.already-yours", desk.language, reference=reference)
    if case.state == CaseState.ACKNOWLEDGED:
        return text(
            "reply.taken",
            desk.language,
            reference=reference,
            name=desk.name(case.acknowledged_by),
            time=desk.clock(case.acknowledged_at),
        )
    return None


def _do(desk: _Desk, keyword: Keyword, case: Case, words: str) -> str:
    """Carry out a command on a locked case and return the reply."""
    scene = scene_of(desk.connection, case, desk.history, now=desk.now)
    person, language, reference = desk.sender.person, desk.language, case.reference
    mine = case.state == CaseState.ACKNOWLEDGED and case.acknowledged_by == person
    closed = _not_possible(desk, case) if case.state == CaseState.CLOSED else None
    decision: Decision
    match keyword:
        case Keyword.ACK:
            refused = _not_possible(desk, case)
            if refused is not None:
                return refused
            decision = acknowledge(scene, person, told=False)
            reply = text("reply.acked", language, reference=reference, caller=scene.who_called(language))
        case Keyword.PASS:
            if not mine:
                refused = _not_possible(desk, case)
                if refused is not None:
                    return refused
            decision, key = _pass(desk, scene, mine=mine)
            reply = text(key, language, reference=reference)
        case Keyword.URGENT | Keyword.ROUTINE:
            if closed is not None:
                return closed
            if not words and keyword == Keyword.ROUTINE:
                return text("reply.needs-text", language, command=text("word.routine", language))
            urgency = Urgency.URGENT if keyword == Keyword.URGENT else Urgency.ROUTINE
            reason = words or text("unknown.reason", case.language)
            decision = assess(urgency, by=person, reason=reason)
            reply = text(f"reply.{keyword}", language, reference=reference)
        case Keyword.NOTE:
            if not words:
                return text("reply.needs-text", language, command=text("word.note", language))
            decision = note(person, words)
            reply = text("reply.noted", language, reference=reference)
        case _:
            if closed is not None:
                return closed
            decision = close(scene, by=person, words=words) + _tell_holder(desk, scene, words)
            reply = text("reply.done", language, reference=reference)
    apply_decision(desk.connection, case, decision, now=desk.now)
    return reply


def _pass(desk: _Desk, scene: Scene, *, mine: bool) -> tuple[Decision, str]:
    if mine:
        return release(scene, desk.sender.person, kind="released"), "reply.released"
    passed = pass_on(scene, desk.sender.person)
    if _decline_ringing(desk, scene):
        # The caller is still on the ladder: ending this leg lets it go on; nobody is paged meanwhile.
        passed = Decision(entries=passed.entries)
    return passed, "reply.passed"


def _decline_ringing(desk: _Desk, scene: Scene) -> bool:
    """Decline the sender's telephones that a live call of the case is ringing; whether the call is live."""
    live = desk.connection.execute(
        select(calls.c.sid).where(calls.c.case_id == scene.case.id, calls.c.ended_at.is_(None))
    ).scalars()
    found = False
    for sid in list(live):
        situation = situation_of(desk.connection, desk.services, sid)
        if situation is None or situation.call.phase not in {"greeting", "ringing"}:
            continue
        found = True
        ringing = [
            item
            for item in situation.of_dial(situation.call.dial)
            if item.person == desk.sender.person and item.pending
        ]
        hang_ups = tuple(
            NewEffect("hang-up", f"hang-up:{item.leg_sid}", {"call": item.leg_sid})
            for item in ringing
            if item.leg_sid is not None
        )
        decision = CallDecision(
            facts={item.id: {"declined_at": desk.now} for item in ringing}, case=Decision(effects=hang_ups)
        )
        apply_call_decision(desk.connection, situation, decision)
    return found


def _tell_holder(desk: _Desk, scene: Scene, words: str) -> Decision:
    holder = scene.case.acknowledged_by
    if holder is None or holder == desk.sender.person:
        return Decision()
    language = language_of(scene.organisation, holder)
    told = f"{desk.name(desk.sender.person)}: {text('timeline.closed', language, text=words)}"
    return Decision(
        effects=scene.to_person(
            holder,
            "sms.more",
            key=f"closed:{desk.now.isoformat()}",
            reference=scene.case.reference,
            text=told,
        )
    )


def _list(desk: _Desk) -> str:
    unclosed = read_cases(desk.connection, cases.c.state != CaseState.CLOSED)
    if not unclosed:
        return text("reply.list-empty", desk.language)
    return fitted_list("reply.list", desk.language, items=[_list_item(desk, case) for case in unclosed])


def _list_item(desk: _Desk, case: Case) -> str:
    scene = Scene(case=case, history=desk.history, now=desk.now)
    municipality = scene.where_from(desk.language)
    if case.acknowledged_by is not None:
        return text(
            "reply.list-item-taken",
            desk.language,
            reference=case.reference,
            municipality=municipality,
            name=desk.name(case.acknowledged_by),
        )
    return text(
        "reply.list-item-untaken",
        desk.language,
        reference=case.reference,
        municipality=municipality,
        time=desk.clock(case.opened_at),
    )


def _who(desk: _Desk) -> str:
    duty = who_is_on(desk.history, desk.sender.hotline.schedule, desk.now)
    zone, language = desk.organisation.zone, desk.language

    def names(people: tuple[str, ...]) -> str:
        return ", ".join(desk.name(person) for person in people)

    if not duty.people:
        sentences = [text("reply.nobody", language)]
    elif duty.until is None:
        sentences = [text("reply.who-open-ended", language, people=names(duty.people))]
    else:
        until = moment(duty.until, zone, language)
        sentences = [text("reply.who", language, people=names(duty.people), until=until)]
    if duty.next is not None:
        begins = moment(duty.next.from_, zone, language)
        sentences.append(text("reply.who-next", language, people=names(duty.next.people), **{"from": begins}))
    return " ".join(sentences)
