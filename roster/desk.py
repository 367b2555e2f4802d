"""When the service desk is open: then nobody has to be on duty (contract section 3, Duty hours).

Each day is answered by itself, in this order: odd opening hours (`open`) replace everything; a public
holiday or a whole-day eve closes it; an eve with `from` closes it from then on; else the weekday's
ordinary hours hold, those that began the evening before included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal

from roster.holiday_names import is_holiday
from roster.organisation import EVERY_DAY, MINUTES_IN_DAY, DeskHours, DutyHours
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


@dataclass(frozen=True, slots=True)
class _Rules:
    """A duty table turned about, so that a day is answered by looking up, not by searching."""

    holidays: str | None
    odd: dict[str, tuple[Minutes, ...]]
    closing: dict[str, int]
    closing_by_easter: dict[int, int]
    ordinary: tuple[tuple[Minutes, ...], ...]


@lru_cache(maxsize=64)
def _rules(duty: DutyHours) -> _Rules:
    odd: dict[str, tuple[Minutes, ...]] = {}
    for each in duty.open:
        odd[each.date] = (*odd.get(each.date, ()), (each.from_minute, each.to_minute))
    closing: dict[str, int] = {}
    by_easter: dict[int, int] = {}
    for eve in duty.eves:
        closes = eve.from_minute or 0
        if eve.date is not None:
            closing[eve.date] = min(closes, closing.get(eve.date, closes))
        elif eve.easter is not None:
            by_easter[eve.easter] = min(closes, by_easter.get(eve.easter, closes))
    ordinary = tuple(_ordinary(duty.desk_hours, weekday) for weekday in EVERY_DAY)
    return _Rules(duty.holidays, odd, closing, by_easter, ordinary)


def _ordinary(desk_hours: tuple[DeskHours, ...], weekday: int) -> tuple[Minutes, ...]:
    hours: list[Minutes] = []
    for entry in desk_hours:
        overnight = entry.to_minute <= entry.from_minute
        if (weekday - 1) % 7 in entry.days and overnight and entry.to_minute > 0:
            hours.append((0, entry.to_minute))
        if weekday in entry.days:
            hours.append((entry.from_minute, MINUTES_IN_DAY if overnight else entry.to_minute))
    return tuple(sorted(hours))


def desk_day(duty: DutyHours, day: date) -> DeskDay:
    """Return the desk's opening hours on a day, and which rule gave them."""
    return _desk_day(_rules(duty), day)


def _desk_day(rules: _Rules, day: date) -> DeskDay:
    once = day.isoformat()
    yearly = once[len("YYYY-") :]
    odd = rules.odd.get(once, ()) + rules.odd.get(yearly, ()) if rules.odd else ()
    if odd:
        return DeskDay(odd, None, "open")
    if rules.holidays is not None and is_holiday(rules.holidays, day):
        return DeskDay((), None, "holiday")
    closing = [rules.closing[date_] for date_ in (once, yearly) if date_ in rules.closing]
    if rules.closing_by_easter:
        days = (day.toordinal() - easter for easter in _easters_near(day.year))
        closing += [rules.closing_by_easter[day_] for day_ in days if day_ in rules.closing_by_easter]
    ordinary = rules.ordinary[day.weekday()]
    return DeskDay(ordinary, min(closing), "eve") if closing else DeskDay(ordinary, None, "hours")


def _open_on(rules: _Rules, day: date, zone: tzinfo) -> list[Interval]:
    """Return the desk's hours on a day as instants; only as instants do times compare."""
    hours = _desk_day(rules, day)
    if not hours.open:
        return []
    closes = minute_of_day(day, MINUTES_IN_DAY if hours.closes is None else hours.closes, zone)
    return [
        (minute_of_day(day, opens, zone), min(minute_of_day(day, shuts, zone), closes))
        for opens, shuts in hours.open
    ]


def open_desk(duty: DutyHours, zone: tzinfo, stretches: Sequence[Interval]) -> list[Interval]:
    """Return when the desk is open, touching stretches (UTC, in order), in order and united."""
    rules = _rules(duty)
    found: list[Interval] = []
    done = date.min
    for start, end in stretches:
        day, last = max(done, to_wall(start, zone).date()), to_wall(end, zone).date()
        while day <= last:
            found.extend(_open_on(rules, day, zone))
            if day == date.max:
                break
            day += _DAY
        done = max(done, day)
    return united(found)


def is_open(duty: DutyHours, zone: tzinfo, at: datetime) -> bool:
    """Say whether the desk is open at an instant in UTC."""
    hours = _open_on(_rules(duty), to_wall(at, zone).date(), zone)
    return any(opens <= at < shuts for opens, shuts in hours)


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
def _easters_near(year: int) -> tuple[int, ...]:
    """Return the Easter Sundays of a year and its neighbours, as numbers of days."""
    years = range(max(year - 1, MINYEAR), min(year + 1, MAXYEAR) + 1)
    return tuple(easter_sunday(each).toordinal() for each in years)


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
