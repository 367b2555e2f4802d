"""The narrow port to a ticket system.

Every write carries a key, so that repeating it after a crash or an ambiguous failure makes nothing twice:
the adapter looks for the key before it writes. Methods raise `dispatcher.telephony.port.DeliveryError`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as its system names it; `url` is where people see it, or None."""

    system: str
    id: str
    url: str | None


class TicketSystem(Protocol):
    """A ticket system of the organisation."""

    name: str

    def open(self, *, key: str, subject: str, urgency: str, at: datetime) -> Ticket:
        """Open the ticket of a case, or return the one that this key already opened."""
        ...

    def note(self, ticket_id: str, *, key: str, body: str, at: datetime) -> None:
        """Add an internal note unless this key already did."""
        ...

    def update(self, ticket_id: str, *, urgency: str, closed: bool, at: datetime) -> None:
        """Bring urgency and state in line with the case."""
        ...

    def check(self) -> None:
        """Raise DeliveryError when the ticket system would not take a ticket now."""
        ...
