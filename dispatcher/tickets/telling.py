"""The effect `ticket`: opening a case's stub ticket and telling it everything the timeline holds (R3, R8)."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from dispatcher.alarms import alarm_effects
from dispatcher.cases.entries import entry_text
from dispatcher.cases.ledger import add_entries, lock_case, read_case
from dispatcher.cases.model import Case, CaseState, reference_of
from dispatcher.decision import Entry
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect, add_effects
from dispatcher.services import Services
from dispatcher.store.tables import cases, timeline
from dispatcher.tickets.port import Ticket


@dataclass(frozen=True, slots=True)
class _Told:
    """What one run has told the ticket: up to which entry, and which state of the case."""

    ticket: Ticket
    entry: int
    opened: bool


def tell(services: Services, effect: Effect) -> Done | Dropped:
    """Bring the ticket up to date; notes carry their entry's id, so that nothing is written twice."""
    case_id = effect.data["case"]
    with services.db.read() as connection:
        case = read_case(connection, case_id)
        if case is None:
            return Dropped("no such case")
        entries = connection.execute(
            select(timeline)
            .where(timeline.c.case_id == case_id, timeline.c.id > case.ticket_entry)
            .order_by(timeline.c.id)
        ).all()
    ticket = _ticket(services, case)
    for entry in entries:
        who = f"{entry.by}: " if entry.by else ""
        services.tickets.note(
            ticket.id,
            key=f"{reference_of(case_id)}:{entry.id}",
            body=f"{who}{entry_text(entry.kind, entry.data, case.language)}",
            at=entry.at,
        )
    services.tickets.update(
        ticket.id,
        urgency=case.urgency,
        closed=case.state == CaseState.CLOSED,
        at=services.clock.now(),
    )
    told = _Told(ticket, entries[-1].id if entries else case.ticket_entry, opened=case.ticket_id is None)
    return Done(
        record=lambda connection: _record(services, connection, case_id, told),
        again=lambda connection: _has_more(connection, case, told),
    )


def _ticket(services: Services, case: Case) -> Ticket:
    if case.ticket_id is not None:
        return Ticket(case.ticket_system, case.ticket_id, case.ticket_url)
    return services.tickets.open(
        key=case.reference,
        subject=f"{case.reference} {case.hotline or ''} {case.caller or ''}".strip(),
        urgency=case.urgency,
        at=case.opened_at,
    )


def _record(services: Services, connection: Connection, case_id: int, told: _Told) -> None:
    lock_case(connection, case_id)
    values: dict[str, object] = {"ticket_entry": told.entry}
    if told.opened:
        values |= {
            "ticket_system": told.ticket.system,
            "ticket_id": told.ticket.id,
            "ticket_url": told.ticket.url,
        }
        opened = Entry("ticket-opened", None, {"system": told.ticket.system, "id": told.ticket.id})
        add_entries(connection, case_id, (opened,), now=services.clock.now())
    connection.execute(update(cases).where(cases.c.id == case_id).values(values))


def _has_more(connection: Connection, before: Case, told: _Told) -> bool:
    """Whether entries or another state have come up while the ticket was being told."""
    case = read_case(connection, before.id)
    newer = connection.execute(
        select(timeline.c.id)
        .where(
            timeline.c.case_id == before.id,
            timeline.c.id > told.entry,
            timeline.c.kind != "ticket-opened",
        )
        .limit(1)
    ).first()
    changed = case is not None and (case.state, case.urgency) != (before.state, before.urgency)
    return newer is not None or changed


def failing(services: Services, connection: Connection, effect: Effect, *_error: object) -> None:
    """Alarm the coordinators, once a day, that the ticket system does not take what we know."""
    organisation = services.organisations.current(connection)
    if organisation is None or not organisation.hotlines:
        return
    now = services.clock.now()
    alarm = alarm_effects(
        organisation,
        "alarm.ticket-failing",
        key=f"tickets:{services.tickets.name}:{now:%Y%m%d}",
        from_=organisation.hotlines[0].number,
        system=services.tickets.name,
    )
    add_effects(connection, alarm, case_id=None, now=now)
    if effect.case_id is not None:
        add_entries(connection, effect.case_id, (Entry("ticket-note-failed"),), now=now)
