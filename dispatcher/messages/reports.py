"""Delivery reports: kept, never downgraded, and acted on when a message did not arrive."""

from sqlalchemy import Connection, select, update

from dispatcher.alarms import alarm_call
from dispatcher.cases.decide import named
from dispatcher.cases.ledger import apply_decision
from dispatcher.decision import Decision, Entry, NewEffect
from dispatcher.messages.opting_out import OPTED_OUT, opt_out_alarm
from dispatcher.outbox.queue import add_effects
from dispatcher.paging.answers import page_failed
from dispatcher.paging.handle import locked_scene
from dispatcher.people import phones_of
from dispatcher.services import Services
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import messages

# A report never takes a message back to a lower rank, so their order does not matter.
_RANK = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "canceled": 4,
    "failed": 4,
    "undelivered": 5,
    "delivered": 6,
    "read": 7,
}
_LOST = {"failed", "undelivered"}


def final(status: str) -> bool:
    """Whether no better report can come."""
    return _RANK.get(status, 0) >= 4


def report_sms(services: Services, *, sid: str, status: str, error_code: int | None) -> None:
    """Keep a delivery report; one that comes before its message is stored waits for it."""
    with services.db.write() as connection:
        now = services.clock.now()
        placeholder = {
            "sid": sid,
            "direction": "out",
            "from_number": "",
            "to_number": "",
            "body": "",
            "purpose": "unknown",
            "status": "accepted",
            "created_at": now,
            "updated_at": now,
        }
        insert_once(connection, messages, placeholder)
        row = connection.execute(select(messages).where(messages.c.sid == sid).with_for_update()).one()
        if row.direction != "out" or _RANK.get(status, -1) <= _RANK.get(row.status, -1):
            return
        connection.execute(
            update(messages)
            .where(messages.c.sid == sid)
            .values(status=status, error_code=error_code, updated_at=now)
        )
        if status in _LOST and row.purpose != "unknown":
            react_to_lost(services, connection, sid)


def react_to_lost(services: Services, connection: Connection, sid: str) -> None:
    """Do what a lost message asks for: another channel, another person, or a line on the timeline."""
    row = connection.execute(select(messages).where(messages.c.sid == sid)).one()
    not_delivered(
        services,
        connection,
        purpose=row.purpose,
        person=row.person,
        page=row.page_id,
        case_id=row.case_id,
        key=row.effect_key or sid,
        from_=row.from_number,
        body=row.body,
        code=row.error_code,
    )


def not_delivered(
    services: Services,
    connection: Connection,
    *,
    purpose: str,
    person: str | None,
    page: int | None,
    case_id: int | None,
    key: str,
    from_: str,
    body: str,
    code: int | None,
) -> None:
    """Act on an SMS that will not arrive, by what it was for."""
    organisation = services.organisations.current(connection)
    if purpose == "page" and page is not None:
        page_failed(services, connection, page, code=code)
        return
    if code == OPTED_OUT and person is not None and organisation is not None:
        now = services.clock.now()
        shut_off = opt_out_alarm(organisation, person, from_=from_, now=now)
        add_effects(connection, shut_off, case_id=None, now=now)
    if purpose == "alarm" and person is not None and organisation is not None:
        phones = phones_of(organisation, person)
        if phones:
            ring: NewEffect = alarm_call(key=key, person=person, phone=phones[0], from_=from_, body=body)
            add_effects(connection, (ring,), case_id=case_id, now=services.clock.now())
        return
    scene = None if case_id is None else locked_scene(services, connection, case_id)
    if scene is not None:
        language = scene.case.language
        name = named(scene, person)["name"] if person else scene.who_called(language)
        entry = Entry("sms-failed", None, {"name": name, "code": code if code is not None else "-"})
        apply_decision(connection, scene.case, Decision(entries=(entry,)), now=scene.now)
