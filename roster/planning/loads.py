"""Loads of a stretch of time: week-ends, holidays, eves, nights and hours on duty, in quarters.

What they are is said in `roster.calendar_days`.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta, tzinfo
from typing import Final

from roster.calendar_days import Burden, burdens_of, duty_time, seconds_between
from roster.holiday_names import holiday_name
from roster.organisation import DutyHours, Language
from roster.spans import Interval
from roster.wallclock import to_wall

Loads = tuple[int, ...]

NOTHING: Final[Loads] = (0, 0, 0, 0, 0)

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_ORDER: Final = (Burden.WEEKEND, Burden.HOLIDAY, Burden.EVE, Burden.NIGHT)
# Seconds of a quarter of a week-end, holiday, eve, night, and day and night.
_QUARTERS: Final = (12 * 3600, 6 * 3600, 6 * 3600, 135 * 60, 6 * 3600)


def seconds_of(parts: Sequence[Interval], duty: DutyHours | None, zone: tzinfo) -> Loads:
    """Return the seconds on duty in week-ends, holidays, eves and nights, and in all."""
    burdens = burdens_of(parts, duty, zone)
    burdened = (sum(burdens[each].values()) for each in _ORDER)
    return (*burdened, seconds_between(duty_time(parts, duty, zone)))


def quarters(seconds: Iterable[int]) -> Loads:
    """Return loads in seconds as the nearest quarters."""
    return tuple((2 * each + whole) // (2 * whole) for each, whole in zip(seconds, _QUARTERS, strict=True))


def holidays_in(
    parts: Sequence[Interval], duty: DutyHours | None, zone: tzinfo, language: Language
) -> list[str]:
    """Return the names of the public holidays that the intervals fall on, in order."""
    if duty is None or duty.holidays is None:
        return []
    days = {
        to_wall(start, zone).date() + number * _DAY
        for start, end in parts
        for number in range((to_wall(end - _SECOND, zone).date() - to_wall(start, zone).date()).days + 1)
    }
    names = (holiday_name(duty.holidays, day, language) for day in sorted(days))
    return [name for name in names if name is not None]
