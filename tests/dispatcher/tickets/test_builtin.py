"""The built-in ticket system makes nothing twice."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select, text

from dispatcher.store.engine import Database
from dispatcher.store.tables import ticket_notes, tickets
from dispatcher.telephony.port import DeliveryError
from dispatcher.tickets.builtin import BuiltinTickets
from dispatcher.tickets.port import Ticket, TicketSystem

NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def system(database: Database) -> TicketSystem:
    return BuiltinTickets(database)


def rows(database: Database, table: Any) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def opened(system: TicketSystem, key: str = "V-1001") -> Ticket:
    return system.open(key=key, subject=f"{key} drift", urgency="unassessed", at=NOW)


def test_a_ticket_is_opened_once_for_its_key(system: TicketSystem, database: Database) -> None:
    first = opened(system)
    assert opened(system) == first
    assert opened(system, "V-1002").id != first.id
    assert (first.system, first.url) == ("builtin", None)
    [row, _other] = rows(database, tickets)
    assert (str(row.id), row.subject, row.state, row.created_at) == (first.id, "V-1001 drift", "open", NOW)


def test_a_note_is_added_once_for_its_key(system: TicketSystem, database: Database) -> None:
    ticket = opened(system)
    for _ in range(2):
        system.note(ticket.id, key="V-1001:7", body="Kari: rutar startet på nytt", at=LATER)
    system.note(ticket.id, key="V-1001:8", body="Kari: løst", at=LATER)
    bodies = [(row.ticket_id, row.body, row.at) for row in rows(database, ticket_notes)]
    number = int(ticket.id)
    assert bodies == [(number, "Kari: rutar startet på nytt", LATER), (number, "Kari: løst", LATER)]


def test_many_at_once_make_one_ticket_and_one_note(system: TicketSystem, database: Database) -> None:
    together = Barrier(8)
    found: list[str] = []

    def work() -> None:
        together.wait()
        ticket = opened(system)
        system.note(ticket.id, key="V-1001:1", body="Anrop", at=NOW)
        found.append(ticket.id)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(rows(database, tickets)) == len(rows(database, ticket_notes)) == 1


def test_a_ticket_follows_its_case_and_keeps_when_it_was_closed_first(
    system: TicketSystem, database: Database
) -> None:
    ticket = opened(system)
    system.update(ticket.id, urgency="urgent", closed=True, at=NOW)
    system.update(ticket.id, urgency="urgent", closed=True, at=LATER)
    [row] = rows(database, tickets)
    assert (row.urgency, row.state, row.closed_at) == ("urgent", "closed", NOW)
    system.update(ticket.id, urgency="routine", closed=False, at=LATER)
    [row] = rows(database, tickets)
    assert (row.urgency, row.state, row.closed_at) == ("routine", "open", None)


def test_a_ticket_that_is_not_there_is_a_permanent_failure(system: TicketSystem) -> None:
    for ticket_id in ("99", "", "x", "-1", "٣", "9" * 30):
        with pytest.raises(DeliveryError, match="no ticket") as caught:
            system.note(ticket_id, key="k", body="b", at=NOW)
        assert caught.value.permanent
        with pytest.raises(DeliveryError, match="no ticket"):
            system.update(ticket_id, urgency="urgent", closed=False, at=NOW)


def test_a_failing_database_is_a_passing_failure_without_a_tickets_text(
    system: TicketSystem, database: Database
) -> None:
    system.check()
    with database.write() as connection:
        connection.execute(text("ALTER TABLE tickets RENAME TO elsewhere"))
    with pytest.raises(DeliveryError):
        system.check()
    with pytest.raises(DeliveryError) as caught:
        opened(system)
    assert not caught.value.permanent
    assert "drift" not in str(caught.value)
