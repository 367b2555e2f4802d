"""The one module that turns wall clock into instants, and instants into wall clock.

The rule (contract section 3, Wall clock): a time that does not exist moves forward by the change, one
that exists twice means its first occurrence. Both are what `fold=0` means to `zoneinfo`.
Instants are aware UTC. Beyond the calendar's ends (years 1 and 9999) instants stop at the end.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

# The years that may be asked about: in those at the ends of the calendar an instant would be moved.
FIRST_YEAR: Final = 2
LAST_YEAR: Final = 9998

FIRST_INSTANT: Final = datetime(1, 1, 2, tzinfo=UTC)
LAST_INSTANT: Final = datetime(9999, 12, 30, tzinfo=UTC)

_MIDNIGHT: Final = time()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WALL: Final = datetime(1970, 1, 1)
_NO_OFFSET: Final = timedelta()
_DAY: Final = timedelta(days=1)


def to_instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, at which clocks of the zone show this naive wall-clock time."""
    if wall.fold:
        wall = wall.replace(fold=0)
    try:
        # Plain arithmetic: seven times as fast as replace(tzinfo=...).astimezone(UTC), and the same.
        return _EPOCH + (wall - _EPOCH_WALL - (zone.utcoffset(wall) or _NO_OFFSET))
    except OverflowError:
        return FIRST_INSTANT if wall.year < FIRST_INSTANT.year + 1 else LAST_INSTANT


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which a day begins in the zone."""
    return to_instant(datetime.combine(day, _MIDNIGHT), zone)


def minute_of_day(day: date, minute: int, zone: tzinfo) -> datetime:
    """Return the instant of a time of day, in minutes from midnight; 1440 and more is the next day."""
    try:
        return to_instant(datetime.combine(day, _MIDNIGHT) + timedelta(minutes=minute), zone)
    except OverflowError:
        return LAST_INSTANT


def to_wall(instant: datetime, zone: tzinfo) -> datetime:
    """Return what clocks of the zone show at an aware instant, naive; `fold` tells the second of two."""
    return local(instant, zone).replace(tzinfo=None)


def local(instant: datetime, zone: tzinfo) -> datetime:
    """Return the same instant with the zone's own offset, as answers are written."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return (FIRST_INSTANT if instant.year < FIRST_INSTANT.year + 1 else LAST_INSTANT).astimezone(zone)


def day_before(wall: datetime) -> datetime:
    """Return a naive wall-clock time a day earlier, or itself on the calendar's first day."""
    return wall - _DAY if wall.toordinal() > 1 else wall


def day_after(wall: datetime) -> datetime:
    """Return a naive wall-clock time a day later, or itself on the calendar's last day."""
    return wall + _DAY if wall.toordinal() < date.max.toordinal() else wall


def as_utc(instant: datetime) -> datetime:
    """Return an aware instant in UTC.

    Raises:
        ValueError: the value is naive; only `to_instant` may give a wall-clock time its instant.
    """
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        message = f"{instant.isoformat()} has no time zone: turn wall clock into an instant first"
        raise ValueError(message)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return FIRST_INSTANT if instant.year < FIRST_INSTANT.year + 1 else LAST_INSTANT


class FarInstantError(ValueError):
    """An instant so far off that clocks do not reach it. Caught by commands and the API, which tell `str`."""


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """Return the instant that an ISO 8601 text names.

    With an offset it is that instant; without one it is wall clock of the zone; a date alone is its
    00:00 (contract section 3, Answers).

    Raises:
        FarInstantError: its year is 1 or 9999, where instants stop at the end of the calendar.
        ValueError: the text is no ISO 8601 instant.
    """
    parsed = datetime.fromisoformat(text.strip())
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        message = f"is too far off: use a year from {FIRST_YEAR} to {LAST_YEAR}"
        raise FarInstantError(message)
    return to_instant(parsed, zone) if parsed.tzinfo is None else as_utc(parsed)
