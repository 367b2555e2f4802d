"""What the checks look at: one installation at one instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dispatcher.store.engine import Database
from dispatcher.telephony.port import Telephony
from roster.history import History
from vakttelefon.checks.looking import Answer
from vakttelefon.config import Config


@dataclass(frozen=True, slots=True)
class Site:
    """An installation; `database` is None where it cannot be used, `history` where nothing is imported.

    `look` fetches an address; `certificate_ends` says when the certificate of a host runs out.
    """

    config: Config
    now: datetime
    telephony: Telephony
    look: Callable[[str], Answer]
    certificate_ends: Callable[[str, int], datetime | None]
    database: Database | None = None
    history: History | None = None
