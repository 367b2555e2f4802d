"""A second resolver, slow and plain, written from the contract's section 3 alone.

It shares no code with `roster` but the values of `roster.organisation`. Wall clock is turned into an
instant by looking at what clocks show, rotations are walked from their start, and every instant is
answered by itself.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from roster.organisation import Absence, DutyHours, Layer, Organisation, Rotation, Schedule, ShiftLayer

Answer = tuple[tuple[str, ...], str] | None  # people and source; None: no rule puts anybody on

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@cache
def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Find the first instant at which clocks show `wall`; a wall clock that never is moves forward by the change."""
    guess = wall.replace(tzinfo=UTC)
    shown = [
        moment
        for moment in (guess - timedelta(minutes=15 * quarter) for quarter in range(-15 * 4, 15 * 4 + 1))
        if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall
    ]
    if shown:
        return min(shown)
    before = (guess - 2 * _DAY).astimezone(zone).utcoffset()
    assert before is not None
    return guess - before


def day_minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return instant(datetime(day.year, day.month, day.day) + minute * _MINUTE, zone)


@cache
def handovers(layer: Layer, zone: ZoneInfo, beyond: datetime) -> tuple[datetime, ...]:
    """Walk the rotation from its start until it is past an instant."""
    walked: list[datetime] = []
    number = 0
    while not walked or walked[-1] <= beyond:
        match layer.rotation:
            case Rotation.HOURLY:
                walked.append(instant(layer.start, zone) + timedelta(hours=number * layer.every))
            case Rotation.DAILY:
                walked.append(instant(layer.start + timedelta(days=number * layer.every), zone))
            case Rotation.WEEKLY:
                walked.append(instant(layer.start + timedelta(weeks=number * layer.every), zone))
            case Rotation.MONTHLY:
                year, month = layer.start.year, layer.start.month
                for _ in range(number * layer.every):
                    year, month = (year + 1, 1) if month == 12 else (year, month + 1)
                day = min(layer.start.day, monthrange(year, month)[1])
                walked.append(instant(layer.start.replace(year=year, month=month, day=day), zone))
        number += 1
    return tuple(walked)


def turn(layer: Layer, zone: ZoneInfo, at: datetime) -> tuple[str, ...]:
    if at < instant(layer.start, zone):
        return ()
    if layer.until is not None and at >= instant(layer.until, zone):
        return ()
    passed = sum(
        handover <= at for handover in handovers(layer, zone, at.replace(hour=0, minute=0) + 2 * _DAY)
    )
    return layer.people[(passed - 1) % len(layer.people)]


def layer_people(layer: Layer | ShiftLayer, zone: ZoneInfo, at: datetime) -> tuple[str, ...]:
    """Answer whom one layer puts on, absences apart."""
    if isinstance(layer, ShiftLayer):
        on = [each for each in layer.shifts if instant(each.start, zone) <= at < instant(each.end, zone)]
        return on[0].people if on else ()
    return turn(layer, zone, at) if in_windows(layer, zone, at) else ()


def in_windows(layer: Layer, zone: ZoneInfo, at: datetime) -> bool:
    if not layer.windows:
        return True
    today = at.astimezone(zone).date()
    for day in (today - 2 * _DAY, today - _DAY, today, today + _DAY):
        for window in layer.windows:
            if day.weekday() not in window.days:
                continue
            opens = day_minute(day, window.from_minute, zone)
            if window.to_minute <= window.from_minute:
                closes = day_minute(day + _DAY, window.to_minute, zone)
            else:
                closes = day_minute(day, window.to_minute, zone)
            if opens <= at < closes:
                return True
    return False


def is_absent(absences: tuple[Absence, ...], zone: ZoneInfo, at: datetime) -> bool:
    for absence in absences:
        gone, back = absence.from_, absence.to
        starts = instant(gone, zone) if isinstance(gone, datetime) else day_minute(gone, 0, zone)
        ends = instant(back, zone) if isinstance(back, datetime) else day_minute(back + _DAY, 0, zone)
        if starts <= at < ends:
            return True
    return False


def on_duty(organisation: Organisation, schedule: Schedule, at: datetime) -> Answer:
    """Answer who is on at one instant, and by which source."""
    zone = organisation.zone
    away = {person.id for person in organisation.people if is_absent(person.absences, zone, at)}
    answer: Answer = None
    for layer in schedule.layers:
        present = tuple(each for each in layer_people(layer, zone, at) if each not in away)
        if present:
            answer = (present, f"layer:{layer.name}")
    for kind in ("swap", "override"):
        for override in schedule.overrides:
            if override.kind != kind:
                continue
            if not instant(override.start, zone) <= at < instant(override.end, zone):
                continue
            source = f"{kind}:{override.id}"
            if override.replaces is None:
                answer = (override.people, source)
            elif answer is not None and override.replaces in answer[0]:
                people: list[str] = []
                for person_id in answer[0]:
                    people.extend(override.people if person_id == override.replaces else [person_id])
                answer = (tuple(dict.fromkeys(people)), source)
    return answer


def next_on_duty(
    organisation: Organisation, schedule: Schedule, at: datetime, *, step: timedelta, until: datetime
) -> tuple[str, ...] | None:
    """Walk on until somebody is on who is not on at `at`, nor absent then; None: not before `until`."""
    now_on = on_duty(organisation, schedule, at)
    absent = {each.id for each in organisation.people if is_absent(each.absences, organisation.zone, at)}
    passed_over = absent | set(now_on[0] if now_on is not None else ())
    later = at
    while later < until:
        answer = on_duty(organisation, schedule, later)
        fresh = tuple(each for each in (answer[0] if answer else ()) if each not in passed_over)
        if fresh:
            return fresh
        later += step
    return None


@cache
def holidays_of(country: str, year: int) -> dict[date, str]:
    return dict(country_holidays(country, years=year, language="en_US"))


def desk_is_open(duty: DutyHours, zone: ZoneInfo, at: datetime) -> bool:
    today = at.astimezone(zone).date()

    def falls_on(written: str) -> bool:
        return written in {today.isoformat(), today.isoformat()[5:]}

    odd = [day for day in duty.open if falls_on(day.date)]
    if odd:
        return any(
            day_minute(today, day.from_minute, zone) <= at < day_minute(today, day.to_minute, zone)
            for day in odd
        )
    if duty.holidays is not None and today in holidays_of(duty.holidays, today.year):
        return False
    for eve in duty.eves:
        easter = next(day for day, name in holidays_of("NO", today.year).items() if "Easter Sunday" in name)
        is_on = falls_on(eve.date) if eve.date is not None else (today - easter).days == eve.easter
        if is_on and at >= day_minute(today, eve.from_minute or 0, zone):
            return False
    midnight, next_midnight = day_minute(today, 0, zone), day_minute(today + _DAY, 0, zone)
    for hours in duty.desk_hours:
        for day in (today - _DAY, today):
            if day.weekday() not in hours.days:
                continue
            opens = day_minute(day, hours.from_minute, zone)
            overnight = hours.to_minute <= hours.from_minute
            closes = day_minute(day + _DAY if overnight else day, hours.to_minute, zone)
            if max(opens, midnight) <= at < min(closes, next_midnight):
                return True
    return False


@dataclass(frozen=True)
class Strip:
    """A stretch of time answered step by step, neighbours with the same answer joined."""

    shifts: list[tuple[datetime, datetime, tuple[str, ...], str]]
    gaps: list[tuple[datetime, datetime]]


def strip(
    organisation: Organisation, schedule: Schedule, start: datetime, end: datetime, step: timedelta
) -> Strip:
    """Answer every `step` from start to end."""
    shifts: list[tuple[datetime, datetime, tuple[str, ...], str]] = []
    gaps: list[tuple[datetime, datetime]] = []
    at = start
    while at < end:
        answer = on_duty(organisation, schedule, at)
        if answer is not None:
            people, source = answer
            if shifts and shifts[-1][1:] == (at, people, source):
                shifts[-1] = (shifts[-1][0], at + step, people, source)
            else:
                shifts.append((at, at + step, people, source))
        elif schedule.duty is None or not desk_is_open(schedule.duty, organisation.zone, at):
            if gaps and gaps[-1][1] == at:
                gaps[-1] = (gaps[-1][0], at + step)
            else:
                gaps.append((at, at + step))
        at += step
    return Strip(shifts, gaps)
