"""When the service desk is open: then nobody has to be on duty (contract section 3, Duty hours).

Each day is answered by itself, in this order: odd opening hours (`open`) replace everything; a public
holiday or a whole-day eve closes it; an eve with `from` closes it from then on; else the weekday's
ordinary hours hold, those that began the evening before included.
"""

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal

from roster.holiday_names import is_holiday
from roster.organisation import MINUTES_IN_DAY, DutyHours, Eve
from roster.spans import Interval, united
from roster.wallclock import minute_of_day, to_wall

_DAY: Final = timedelta(days=1)

Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True)
class DeskDay:
    """The desk on one day: minutes open, the minute from which an eve closes it, and what decided."""

    open: tuple[Minutes, ...]
    closes: int | None
    rule: Literal["open", "holiday", "eve", "hours"]


def desk_day(duty: DutyHours, day: date) -> DeskDay:
    """Return the desk's opening hours on a day, and which rule gave them."""
    odd = tuple((each.from_minute, each.to_minute) for each in duty.open if _date_matches(each.date, day))
    if odd:
        return DeskDay(odd, None, "open")
    if duty.holidays is not None and is_holiday(duty.holidays, day):
        return DeskDay((), None, "holiday")
    closes = closing_minute(duty.eves, day)
    return DeskDay(_ordinary(duty, day), closes, "hours" if closes is None else "eve")


def _open_on(duty: DutyHours, day: date, zone: tzinfo) -> list[Interval]:
    """Return the desk's hours on a day as instants; only as instants do times compare."""
    hours = desk_day(duty, day)
    if not hours.open:
        return []
    closes = minute_of_day(day, MINUTES_IN_DAY if hours.closes is None else hours.closes, zone)
    return [
        (minute_of_day(day, opens, zone), min(minute_of_day(day, shuts, zone), closes))
        for opens, shuts in hours.open
    ]


def closing_minute(eves: tuple[Eve, ...], day: date) -> int | None:
    """Return the minute from which an eve keeps the desk closed that day; None on an ordinary day."""
    closes = [eve.from_minute or 0 for eve in eves if eve_is_on(eve, day)]
    return min(closes) if closes else None


def eve_is_on(eve: Eve, day: date) -> bool:
    """Say whether an eve falls on a day."""
    if eve.date is not None:
        return _date_matches(eve.date, day)
    offset = eve.easter or 0
    return any(
        (day - easter_sunday(year)).days == offset
        for year in (day.year - 1, day.year, day.year + 1)
        if MINYEAR <= year <= MAXYEAR
    )


def open_desk(duty: DutyHours, zone: tzinfo, start: datetime, end: datetime) -> list[Interval]:
    """Return when the desk is open, touching [start, end) (UTC), in order and united."""
    day, last = to_wall(start, zone).date(), to_wall(end, zone).date()
    found: list[Interval] = []
    while day <= last:
        found.extend(_open_on(duty, day, zone))
        if day == date.max:
            break
        day += _DAY
    return united(found)


def is_open(duty: DutyHours, zone: tzinfo, at: datetime) -> bool:
    """Say whether the desk is open at an instant in UTC."""
    hours = _open_on(duty, to_wall(at, zone).date(), zone)
    return any(opens <= at < shuts for opens, shuts in hours)


def _ordinary(duty: DutyHours, day: date) -> tuple[Minutes, ...]:
    hours: list[Minutes] = []
    weekday = day.weekday()
    for entry in duty.desk_hours:
        overnight = entry.to_minute <= entry.from_minute
        if (weekday - 1) % 7 in entry.days and overnight and entry.to_minute > 0:
            hours.append((0, entry.to_minute))
        if weekday in entry.days:
            hours.append((entry.from_minute, MINUTES_IN_DAY if overnight else entry.to_minute))
    return tuple(sorted(hours))


def _date_matches(written: str, day: date) -> bool:
    if len(written) == len("MM-DD"):
        return written == f"{day.month:02}-{day.day:02}"
    return written == day.isoformat()


def is_date(written: str) -> bool:
    """Say whether a text is a possible `MM-DD` (29 February included) or `YYYY-MM-DD`."""
    text = f"2000-{written}" if len(written) == len("MM-DD") else written
    if len(text) != len("YYYY-MM-DD") or not text.isascii():
        return False
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher's method)."""
    golden = year % 19
    century, in_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    leaps, leap_rest = divmod(in_century, 4)
    weekday = (32 + 2 * century_rest + 2 * leaps - epact - leap_rest) % 7
    correction = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
