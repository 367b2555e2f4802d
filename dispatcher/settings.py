"""What the dispatcher needs to know of the installation; the front door makes it from `config.toml`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dispatcher.budgets.limits import Budgets


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days things are kept; 0 keeps them for ever."""

    cases_days: int = 0
    messages_days: int = 0
    audit_days: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """Values that differ between installations.

    `public_url` has no trailing slash. `record_conversations`: "always" (after the notice, the refusal key
    works), "consent" (only when the caller presses the key) or "never". Durations carry their unit.
    """

    public_url: str
    spool: Path
    record_conversations: Literal["always", "consent", "never"] = "always"
    recording_retention_days: int = 90
    call_minutes: int = 240
    pages_per_person_per_hour: int = 30
    budgets: Budgets = field(default_factory=Budgets)
    ticket_system: str = "builtin"
    retention: Retention = field(default_factory=Retention)


def webhook(settings: Settings, path: str) -> str:
    """Return the address of one of our Twilio webhooks; `path` has no leading slash."""
    return f"{settings.public_url}/webhooks/twilio/{path}"
