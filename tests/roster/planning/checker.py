"""An independent look at a plan: the rules read from the file, the shifts from the roster with the plan in it.

It knows nothing of masks and searches: it compares two rosters and says what is broken, in words.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from roster.desk import is_open
from roster.organisation import Organisation, Schedule, ShiftLayer
from roster.planning.slots import Slot
from roster.spans import Interval
from roster.timeline import Shift, build_timeline

_MARGIN = timedelta(days=800)


def broken_rules(
    before: Organisation, after: Organisation, schedule_id: str, slots: Sequence[tuple[Slot, tuple[str, ...]]]
) -> list[str]:
    """Return what is wrong with the plan that `after` has on top of the layers of `before`.

    `slots` say which of the shifts are one duty.
    """
    return list(_broken(before, after, schedule_id, slots))


def _broken(
    before: Organisation, after: Organisation, schedule_id: str, slots: Sequence[tuple[Slot, tuple[str, ...]]]
) -> Iterator[str]:
    schedule = after.schedule(schedule_id)
    assert schedule is not None
    layer = schedule.layers[-1]
    assert isinstance(layer, ShiftLayer)
    zone = after.zone
    planned = [
        (
            shift.start.replace(tzinfo=zone).astimezone(UTC),
            shift.end.replace(tzinfo=zone).astimezone(UTC),
            shift.people,
        )
        for shift in layer.shifts
    ]
    first, last = planned[0][0] - _MARGIN, planned[-1][1] + _MARGIN
    new = build_timeline(after, schedule_id, start=first, end=last).shifts
    old = build_timeline(before, schedule_id, start=first, end=last).shifts
    yield from _differences_outside(old, new, planned)
    for start, end, people in planned:
        for shift in new:
            if shift.start < end and shift.end > start and set(shift.people) != set(people):
                yield f"{people} do not show {start} to {end}, but {shift.people}"
        if len(set(people)) != len(people):
            yield f"{people} holds somebody twice"
        for person_id in people:
            yield from _broken_by(after, schedule, person_id, start, end)
    for person in after.people:
        planned_duties = [(slot.start, slot.end, slot.whole) for slot, people in slots if person.id in people]
        yield from _too_near(person.id, planned_duties, _staying(person.id, new, planned), schedule)


def _differences_outside(
    old: tuple[Shift, ...], new: tuple[Shift, ...], planned: list[tuple[datetime, datetime, tuple[str, ...]]]
) -> Iterator[str]:
    """Tell of every edge of either roster at which, outside the plan, somebody else is on."""
    edges = {edge for shift in (*old, *new) for edge in (shift.start, shift.end)}
    edges |= {edge for start, end, _ in planned for edge in (start, end)}
    for edge in sorted(edges):
        if not any(start <= edge < end for start, end, _ in planned):
            was, now = _on(old, edge), _on(new, edge)
            if was != now:
                yield f"at {edge}, outside the plan, {now} instead of {was}"


def _on(shifts: tuple[Shift, ...], at: datetime) -> tuple[str, ...] | None:
    return next((shift.people for shift in shifts if shift.start <= at < shift.end), None)


def _broken_by(
    organisation: Organisation, schedule: Schedule, person_id: str, start: datetime, end: datetime
) -> Iterator[str]:
    person = organisation.person(person_id)
    assert person is not None
    if person.share == 0:
        yield f"{person_id} has no share"
    zone = organisation.zone
    quarter = start
    while quarter < end:
        wall = quarter.astimezone(zone).replace(tzinfo=None)
        needed = schedule.duty is None or not is_open(schedule.duty, zone, quarter)
        for absence in person.absences:
            is_from_date = not isinstance(absence.from_, datetime)
            gone = wall.date() >= absence.from_ if is_from_date else wall >= absence.from_
            back = wall.date() > absence.to if not isinstance(absence.to, datetime) else wall >= absence.to
            if needed and gone and not back:
                yield f"{person_id} is absent at {wall}"
        quarter += timedelta(minutes=30)
    for other in organisation.schedules:
        if other.id != schedule.id:
            for shift in build_timeline(organisation, other.id, start=start, end=end).shifts:
                if person_id in shift.people:
                    yield f"{person_id} is on {other.id} too at {shift.start}"


def _staying(
    person_id: str, new: tuple[Shift, ...], planned: list[tuple[datetime, datetime, tuple[str, ...]]]
) -> list[tuple[datetime, datetime]]:
    """Return a person's duties besides the planned ones, joined where they meet."""
    joined: list[tuple[datetime, datetime]] = []
    for shift in new:
        if person_id not in shift.people or any(a <= shift.start < b for a, b, _ in planned):
            continue
        if joined and joined[-1][1] == shift.start:
            joined[-1] = (joined[-1][0], shift.end)
        else:
            joined.append((shift.start, shift.end))
    return joined


def _too_near(
    person_id: str,
    planned: list[tuple[datetime, datetime, Interval]],
    staying: list[tuple[datetime, datetime]],
    schedule: Schedule,
) -> Iterator[str]:
    hour = timedelta(hours=1)  # a clock change within the weeks between
    least = timedelta(weeks=schedule.rules.weeks_between) - hour
    for number, (start, end, whole) in enumerate(planned):
        others = [(starts, ends) for starts, ends, _ in planned[number + 1 :]]
        # What stays within the turn is of the same duty.
        others += [(a, b) for a, b in staying if not (a < whole[1] and b > whole[0])]
        for starts, ends in others:
            if schedule.rules.weeks_between and max(start, starts) - min(end, ends) < least:
                yield f"{person_id} is on {start} and {starts}, less than the weeks between"
    begins = sorted([(start, True) for start, _, _ in planned] + [(start, False) for start, _ in staying])
    for cap in schedule.rules.caps:
        for start, _ in begins:
            within = [each for each in begins if start <= each[0] < start + timedelta(days=cap.days) - hour]
            if len(within) > cap.most and any(is_planned for _, is_planned in within):
                yield f"{person_id} has {len(within)} duties in {cap.days} days from {start}"
