"""An SMS has come: a command of somebody on the roster, or words of a caller (contract section 4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, update

from dispatcher.calls.handle import hotline_for
from dispatcher.calls.ledger import scene_of
from dispatcher.cases.decide import begin_paging, page_now
from dispatcher.cases.ledger import apply_decision, lock_caller, lock_case, open_case, read_cases
from dispatcher.cases.model import Case, CaseState, Source
from dispatcher.cases.scene import Scene
from dispatcher.commands.grammar import Reserved, parse
from dispatcher.commands.handle import Sender, answer_command, opt_out_alarm
from dispatcher.decision import Decision, Entry, NewEffect
from dispatcher.messages.outbound import sms
from dispatcher.outbox.queue import add_effects
from dispatcher.people import language_of, phones_of, texting_phone
from dispatcher.services import Services
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import cases, messages
from dispatcher.texts.fitting import fitted
from roster.history import History
from roster.organisation import Hotline, Organisation
from roster.phones import PhoneError, PhoneNumber, parse_caller, parse_phone

# A text from the number of a case closed this recently joins it (contract section 4).
REOPENABLE = timedelta(hours=24)


class NoOrganisationError(Exception):
    """An SMS came before any organisation was imported. Caught by the webhook, which answers all the same."""


@dataclass(frozen=True, slots=True)
class Texted:
    """An inbound SMS as Twilio delivers it."""

    sid: str
    from_: str
    to: str
    body: str


def receive_sms(services: Services, texted: Texted) -> None:
    """Store an SMS and act on it, once; the same MessageSid again changes nothing."""
    now = services.clock.now()
    with services.db.write() as connection:
        history = services.organisations.history(connection)
        if history is None or not history.current.hotlines:
            raise NoOrganisationError
        if not _store(connection, texted, now):
            return
        organisation = history.current
        hotline, _known = hotline_for(organisation, texted.to)
        number = parse_caller(texted.from_) or _written_otherwise(organisation, texted.from_)
        person = organisation.person_by_phone(number) if number else None
        parsed = parse(texted.body)
        if person is not None and number is not None:
            sender = Sender(person.id, number, hotline)
            if isinstance(parsed, Reserved):
                if parsed.opts_out:
                    alarm = opt_out_alarm(organisation, sender, now=now)
                    add_effects(connection, alarm, case_id=None, now=now)
                return
            answer_command(services, connection, history, sender, parsed, message_sid=texted.sid)
            return
        if isinstance(parsed, Reserved):
            return
        _from_caller(services, connection, history=history, hotline=hotline, texted=texted, number=number)


def _written_otherwise(organisation: Organisation, raw: str) -> PhoneNumber | None:
    """Return the number of somebody of the roster that a carrier did not write as E.164."""
    try:
        number = parse_phone(raw)
    except PhoneError:
        return None
    return number if organisation.person_by_phone(number) else None


def _store(connection: Connection, texted: Texted, now: datetime) -> bool:
    return insert_once(
        connection,
        messages,
        {
            "sid": texted.sid,
            "direction": "in",
            "from_number": texted.from_,
            "to_number": texted.to,
            "body": texted.body,
            "purpose": "received",
            "status": "received",
            "created_at": now,
            "updated_at": now,
        },
    )


def _from_caller(
    services: Services,
    connection: Connection,
    *,
    history: History,
    hotline: Hotline,
    texted: Texted,
    number: PhoneNumber | None,
) -> None:
    now = services.clock.now()
    known = None if number is None else _case_to_join(connection, number, now)
    if known is not None:
        _join(connection, scene_of(connection, known, history, now=now), texted)
        return
    municipality = history.current.municipality_of(number) if number else None
    case = open_case(
        connection,
        source=Source.SMS,
        hotline=hotline.id,
        language=str(hotline.language),
        caller=number,
        municipality=municipality.id if municipality else None,
        ticket_system=services.settings.ticket_system,
        now=now,
    )
    _attach(connection, texted.sid, case.id)
    scene = Scene(case=case, history=history, now=now)
    decision = Decision(
        entries=(Entry("sms-received", None, {"text": texted.body}),),
        effects=scene.to_caller("sms.receipt", key=f"receipt:{texted.sid}", hotline=hotline.name),
    )
    apply_decision(connection, case, decision + begin_paging(scene), now=now)


def _case_to_join(connection: Connection, number: PhoneNumber, now: datetime) -> Case | None:
    lock_caller(connection, number)
    recent = read_cases(
        connection,
        cases.c.caller == number,
        or_(cases.c.state != CaseState.CLOSED, cases.c.closed_at > now - REOPENABLE),
    )
    open_first = sorted(recent, key=lambda case: (case.state == CaseState.CLOSED, -case.id))
    return lock_case(connection, open_first[0].id) if open_first else None


def _attach(connection: Connection, sid: str, case_id: int) -> None:
    connection.execute(update(messages).where(messages.c.sid == sid).values(case_id=case_id))


def _join(connection: Connection, scene: Scene, texted: Texted) -> None:
    case = scene.case
    _attach(connection, texted.sid, case.id)
    holder = case.acknowledged_by or case.closed_by
    told = [holder] if holder is not None else list(scene.involved)
    effects: tuple[NewEffect, ...] = ()
    for person in told:
        phone = texting_phone(phones_of(scene.organisation, person))
        if phone is None:
            continue
        language = language_of(scene.organisation, person)
        body = fitted("sms.more", language, reference=case.reference, text=texted.body)
        effects += (
            sms(
                key=f"more:{texted.sid}:{person}",
                to=phone,
                from_=scene.hotline.number,
                body=body,
                purpose="told",
                person=person,
            ),
        )
    effects += scene.to_caller("sms.joined-receipt", key=f"joined:{texted.sid}")
    decision = Decision(entries=(Entry("sms-received", None, {"text": texted.body}),), effects=effects)
    if case.state == CaseState.OPEN and not effects:
        decision += page_now(scene)
    apply_decision(connection, case, decision, now=scene.now)
