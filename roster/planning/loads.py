"""Loads of a stretch of time: week-ends, holidays, eves, nights and hours on duty, in quarters.

Only time outside open desk hours counts. A week-end is Saturday and Sunday, a night 21:00 to 06:00.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from roster.desk import desk_day, open_desk
from roster.holiday_names import holiday_name, is_holiday
from roster.organisation import DutyHours, Language
from roster.spans import Interval, without
from roster.wallclock import minute_of_day, to_wall

Loads = tuple[int, ...]

NOTHING: Final[Loads] = (0, 0, 0, 0, 0)

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_EVENING: Final = 21 * 60
_MORNING: Final = 30 * 60
# Seconds of a quarter of a week-end, holiday, eve, night, and day and night.
_QUARTERS: Final = (12 * 3600, 6 * 3600, 6 * 3600, 135 * 60, 6 * 3600)


def duty_time(parts: Sequence[Interval], duty: DutyHours | None, zone: tzinfo) -> list[Interval]:
    """Return the parts of intervals (UTC, in order) outside open desk hours."""
    return list(parts) if duty is None else without(parts, open_desk(duty, zone, parts))


def seconds_of(parts: Sequence[Interval], duty: DutyHours | None, zone: tzinfo) -> Loads:
    """Return the seconds on duty in week-ends, holidays, eves and nights, and in all."""
    totals = [0] * len(NOTHING)
    for start, end in duty_time(parts, duty, zone):
        day, last = to_wall(start, zone).date() - _DAY, to_wall(end, zone).date()
        while day <= last:
            midnight, next_midnight = minute_of_day(day, 0, zone), minute_of_day(day, 24 * 60, zone)
            today = _shared(start, end, midnight, next_midnight)
            totals[0] += today if day.weekday() >= 5 else 0
            totals[1] += today if _is_holiday(duty, day) else 0
            totals[2] += today if today and duty is not None and desk_day(duty, day).rule == "eve" else 0
            night = minute_of_day(day, _EVENING, zone), minute_of_day(day, _MORNING, zone)
            totals[3] += _shared(start, end, *night)
            day += _DAY
        totals[4] += (end - start) // _SECOND
    return tuple(totals)


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


def _is_holiday(duty: DutyHours | None, day: date) -> bool:
    return duty is not None and duty.holidays is not None and is_holiday(duty.holidays, day)


def _shared(start: datetime, end: datetime, opens: datetime, shuts: datetime) -> int:
    return max((min(end, shuts) - max(start, opens)) // _SECOND, 0)
