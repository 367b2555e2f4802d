"""An SMS has come: a command of somebody on the roster, or words of a caller (contract section 4)."""

from datetime import datetime

from sqlalchemy import Connection

from dispatcher.alarms import alarm_effects
from dispatcher.calls.handle import hotline_for
from dispatcher.calls.ledger import scene_of
from dispatcher.cases.decide import begin_paging, begin_paging_later
from dispatcher.cases.ledger import apply_decision, lock_caller, open_case
from dispatcher.cases.model import Source
from dispatcher.cases.scene import Scene
from dispatcher.commands.errand import Errand, Sender
from dispatcher.commands.grammar import Command, Reserved, parse
from dispatcher.commands.handle import answer_alerted, answer_command
from dispatcher.decision import Decision, Entry, NewEffect
from dispatcher.messages.budget import spend_telling
from dispatcher.messages.callers import receipt, told_effects
from dispatcher.messages.joining import case_to_join, join_case
from dispatcher.messages.opting_out import opt_out_alarm
from dispatcher.messages.received import Texted, attach, store
from dispatcher.outbox.queue import add_effects
from dispatcher.people import may_command, number_of, party_by_phone
from dispatcher.services import Services
from roster.history import History
from roster.on_duty import desk_closes_at, people_on
from roster.organisation import Hotline, Organisation
from roster.phones import PhoneNumber

# A sender without a number is known by what stood in its place, as far as the column goes.
_LONGEST_SENDER = 20


class NoOrganisationError(Exception):
    """An SMS came before any organisation was imported. Caught by the webhook, which answers all the same."""


def receive_sms(services: Services, texted: Texted) -> None:
    """Store an SMS and act on it, once; the same MessageSid again changes nothing."""
    now = services.clock.now()
    with services.db.write() as connection:
        history = services.organisations.history(connection)
        if history is None or not history.current.hotlines:
            raise NoOrganisationError
        organisation = history.current
        number = number_of(organisation, texted.from_)
        sender = number or texted.from_[:_LONGEST_SENDER]
        loops = number is not None and organisation.hotline_by_number(number) is not None
        # Before anything is counted: of two messages in the same instant the second knows of the first.
        lock_caller(connection, sender)
        purpose = "loop" if loops else "received"
        if not store(connection, texted, sender=sender, purpose=purpose, now=now):
            return
        hotline, _known = hotline_for(organisation, texted.to)
        if loops:
            alarm = _loop_alarm(organisation, hotline, sender)
            add_effects(connection, alarm, case_id=None, now=now)
            return
        party = party_by_phone(organisation, number) if number else None
        parsed = parse(texted.body)
        if isinstance(parsed, Reserved):
            if party is not None and parsed.opts_out:
                alarm = opt_out_alarm(organisation, party, from_=hotline.number, now=now)
                add_effects(connection, alarm, case_id=None, now=now)
            if party is not None or not texted.pictures:
                return
        elif party is not None and number is not None:
            writer = Sender(party, number, hotline, pictures=texted.pictures)
            errand = Errand(services, connection, history, writer, now)
            if may_command(organisation, party):
                answer_command(errand, parsed, message_sid=texted.sid)
                return
            if isinstance(parsed, Command) and answer_alerted(errand, parsed, message_sid=texted.sid):
                return
        _from_caller(services, connection, history, hotline, texted, number=number, sender=sender)


def _loop_alarm(organisation: Organisation, hotline: Hotline, number: str) -> tuple[NewEffect, ...]:
    """Return the alarm that we are texting ourselves, once for each number: anybody can forge it."""
    return alarm_effects(
        organisation,
        "alarm.loop",
        key=f"sms-loop:{number}",
        from_=hotline.number,
        about=number,
        number=number,
    )


def _from_caller(
    services: Services,
    connection: Connection,
    history: History,
    hotline: Hotline,
    texted: Texted,
    *,
    number: PhoneNumber | None,
    sender: str,
) -> None:
    now = services.clock.now()
    known = None if number is None else case_to_join(connection, number, now)
    if known is not None:
        join_case(connection, scene_of(connection, known, history, now=now), texted, sender=sender)
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
    attach(connection, texted.sid, case.id)
    scene = Scene(case=case, history=history, now=now)
    closes = desk_closes_at(history, hotline.schedule, now) if hotline.desk_number else None
    if closes is None:
        decision = Decision(entries=(Entry("sms-received", None, texted.on_timeline()),))
        decision += receipt(
            connection, scene, "sms.receipt", texted, sender=sender, key="receipt", hotline=hotline.name
        )
        decision += begin_paging(scene)
    else:
        decision = _in_desk_hours(connection, scene, texted, closes, sender=sender)
    apply_decision(connection, case, decision, now=now)


def _in_desk_hours(
    connection: Connection, scene: Scene, texted: Texted, closes: datetime, *, sender: str
) -> Decision:
    """Lead the caller to the desk and tell whoever is on duty; paging begins when the desk closes."""
    hotline, now = scene.hotline, scene.now
    told = told_effects(
        scene, people_on(scene.history, hotline.schedule, now), "sms.new-in-desk-hours", texted
    )
    untold = bool(told) and not spend_telling(connection, texted.sid, sender, now=now)
    time = scene.clock(closes, scene.case.language)
    decision = Decision(
        entries=(
            Entry("sms-received", None, texted.on_timeline(untold=untold)),
            Entry("paging-waits", None, {"time": time}),
        ),
        effects=() if untold else told,
    )
    decision += receipt(
        connection,
        scene,
        "sms.receipt-desk",
        texted,
        sender=sender,
        key="receipt",
        hotline=hotline.name,
        desk=hotline.desk_number,
    )
    return decision + begin_paging_later(scene, closes - now)
