"""Everything the dispatcher works with, wired once by the front door."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatcher.clock import Clock
from dispatcher.mail import MailSettings
from dispatcher.organisations import Organisations
from dispatcher.recordings.vault import Vault
from dispatcher.settings import Settings
from dispatcher.store.engine import Database
from dispatcher.telephony.port import Telephony
from dispatcher.tickets.port import TicketSystem


@dataclass(frozen=True, slots=True)
class Services:
    """The store, the clock, the adapters and the settings of one running installation."""

    db: Database
    clock: Clock
    settings: Settings
    telephony: Telephony
    tickets: TicketSystem
    vault: Vault
    organisations: Organisations
    mail: MailSettings | None = None
    # wakes the worker of this process, if there is one
    wake: Callable[[], None] = field(default=lambda: None)
