"""When a failed effect is tried again, and when it is given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# The first four tries fall within a minute and a half; then ever more slowly.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60, 120, 300))
LONGEST_PAUSE = timedelta(minutes=10)
# Which try asks for help when a kind is never given up lightly.
STRUGGLING_TRY = 8


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a kind of effect is tried."""

    give_up_after: timedelta


HOURS = Patience(timedelta(hours=6))
DAYS = Patience(timedelta(days=14))


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after the `tries`-th try failed (1 for the first)."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else LONGEST_PAUSE


def retry_at(
    *, created_at: datetime, tries: int, now: datetime, permanent: bool, patience: Patience
) -> datetime | None:
    """Return when to try again, or None when it is to be given up."""
    if permanent or now - created_at >= patience.give_up_after:
        return None
    return now + pause_after(tries)
