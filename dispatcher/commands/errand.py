"""What answering one command works with: who asks, from which phone, and what there is to answer from."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from dispatcher.people import language_of, name_of
from dispatcher.services import Services
from dispatcher.texts.times import clock_time
from roster.history import History
from roster.organisation import Hotline, Organisation
from roster.phones import PhoneNumber


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a command, from which phone, to which hotline, with how many pictures."""

    person: str
    phone: PhoneNumber
    hotline: Hotline
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a message is answered with; `asks` for another message, where this one did and told nothing."""

    body: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """What answering one command works with."""

    services: Services
    connection: Connection
    history: History
    sender: Sender
    now: datetime

    @property
    def organisation(self) -> Organisation:
        """The organisation in force now."""
        return self.history.current

    @property
    def language(self) -> str:
        """The sender's language."""
        return language_of(self.organisation, self.sender.person)

    def clock(self, instant: datetime | None) -> str:
        """Return an instant, now where there is none, as local time of day."""
        return clock_time(instant or self.now, self.organisation.zone, self.language)

    def name(self, party: str | None) -> str:
        """Return what to call somebody."""
        return name_of(self.organisation, party, self.language)
