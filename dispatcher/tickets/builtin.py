"""The built-in ticket system: tickets and notes in tables of our own, behind the ticket port.

Its keys are unique in the database, so that two workers, or one that repeats itself, make one ticket.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import SQLAlchemyError

from dispatcher.store.engine import Database
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import ticket_notes, tickets
from dispatcher.telephony.port import DeliveryError
from dispatcher.tickets.port import Ticket

OPEN: Final = "open"
CLOSED: Final = "closed"


class BuiltinTickets:
    """Implements `dispatcher.tickets.port.TicketSystem`; needs nothing but the database."""

    name = "builtin"

    def __init__(self, db: Database) -> None:
        self._db = db

    def open(self, *, key: str, subject: str, urgency: str, at: datetime) -> Ticket:
        """Open a ticket, or return the one that this key already opened."""
        values = {
            "dedupe_key": key,
            "subject": subject,
            "urgency": urgency,
            "state": OPEN,
            "created_at": at,
        }
        with self._writing() as connection:
            insert_once(connection, tickets, values)
            number = connection.execute(select(tickets.c.id).where(tickets.c.dedupe_key == key)).scalar_one()
        return Ticket(self.name, str(number), None)

    def note(self, ticket_id: str, *, key: str, body: str, at: datetime) -> None:
        """Add a note unless this key already did."""
        with self._writing() as connection:
            number = _existing(connection, ticket_id)
            values = {"ticket_id": number, "dedupe_key": key, "body": body, "at": at}
            insert_once(connection, ticket_notes, values)

    def update(self, ticket_id: str, *, urgency: str, closed: bool, at: datetime) -> None:
        """Bring urgency and state in line with the case; a closed ticket keeps when it was first closed."""
        with self._writing() as connection:
            number = _existing(connection, ticket_id)
            ticket = update(tickets).where(tickets.c.id == number)
            connection.execute(ticket.values(urgency=urgency))
            if closed:
                connection.execute(ticket.where(tickets.c.state != CLOSED).values(state=CLOSED, closed_at=at))
            else:
                connection.execute(ticket.values(state=OPEN, closed_at=None))

    def check(self) -> None:
        """Raise DeliveryError when the tables cannot be read."""
        try:
            with self._db.read() as connection:
                connection.execute(select(tickets.c.id).limit(1)).first()
        except SQLAlchemyError as error:
            raise _failed(error) from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._db.write() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(error) from error


def _existing(connection: Connection, ticket_id: str) -> int:
    found: int | None = None
    if ticket_id.isascii() and ticket_id.isdigit() and len(ticket_id) <= 9:
        found = connection.execute(select(tickets.c.id).where(tickets.c.id == int(ticket_id))).scalar()
    if found is None:
        message = f"there is no ticket {ticket_id[:40]} in the built-in ticket system"
        raise DeliveryError(message, permanent=True)
    return found


def _failed(error: SQLAlchemyError) -> DeliveryError:
    # passing, and never ambiguous: a repetition meets the keys
    return DeliveryError(f"the built-in ticket system's database failed ({type(error).__name__})")
