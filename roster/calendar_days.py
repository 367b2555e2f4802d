"""What burdens a stretch of duty: nights, week-ends, public holidays and eves, day by day.

A night is 21:00 to 06:00 (the Norwegian Working Environment Act, section 10-11) and belongs to the day on
which it begins; a week-end is Saturday and Sunday and belongs to its Saturday. Holidays and eves are those of
the schedule's duty hours, from midnight to midnight; without duty hours there are none. A holiday on a Sunday
is both. Wall clock of the zone throughout, so the night of a clock change is an hour longer or shorter.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from roster.desk import desk_day, open_desk
from roster.holiday_names import is_holiday
from roster.organisation import DutyHours
from roster.spans import Interval, without
from roster.wallclock import minute_of_day, to_wall

NIGHT_FROM_MINUTE: Final = 21 * 60
NIGHT_TO_MINUTE: Final = 30 * 60  # 06:00 of the next day

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_SATURDAY: Final = 5


class Burden(StrEnum):
    """What makes a stretch of duty heavier than another."""

    NIGHT = "night"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    EVE = "eve"


def duty_time(parts: Sequence[Interval], duty: DutyHours | None, zone: tzinfo) -> list[Interval]:
    """Return the parts of intervals (UTC, in order) outside open desk hours: what counts as duty."""
    return list(parts) if duty is None else without(parts, open_desk(duty, zone, parts))


def burdens_of(
    parts: Sequence[Interval], duty: DutyHours | None, zone: tzinfo
) -> Mapping[Burden, Mapping[date, int]]:
    """Return the seconds on duty in each night, week-end, holiday and eve that intervals (UTC) touch."""
    found: dict[Burden, dict[date, int]] = {burden: {} for burden in Burden}

    def add(burden: Burden, day: date, seconds: int) -> None:
        if seconds:
            found[burden][day] = found[burden].get(day, 0) + seconds

    for start, end in duty_time(parts, duty, zone):
        day, last = to_wall(start, zone).date() - _DAY, to_wall(end, zone).date()
        while day <= last:
            today = _shared(start, end, minute_of_day(day, 0, zone), minute_of_day(day, 24 * 60, zone))
            if day.weekday() >= _SATURDAY:
                add(Burden.WEEKEND, day - (day.weekday() - _SATURDAY) * _DAY, today)
            if duty is not None and today:
                if duty.holidays is not None and is_holiday(duty.holidays, day):
                    add(Burden.HOLIDAY, day, today)
                if desk_day(duty, day).rule == "eve":
                    add(Burden.EVE, day, today)
            night = minute_of_day(day, NIGHT_FROM_MINUTE, zone), minute_of_day(day, NIGHT_TO_MINUTE, zone)
            add(Burden.NIGHT, day, _shared(start, end, *night))
            day += _DAY
    return found


def seconds_between(intervals: Sequence[Interval]) -> int:
    """Return how many seconds intervals last in all."""
    return sum((end - start) // _SECOND for start, end in intervals)


def _shared(start: datetime, end: datetime, opens: datetime, shuts: datetime) -> int:
    return max((min(end, shuts) - max(start, opens)) // _SECOND, 0)
