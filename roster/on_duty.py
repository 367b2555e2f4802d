"""Who is on duty at an instant, until when, who is next, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from roster.ahead import periods_ahead
from roster.desk import is_open, open_desk
from roster.history import History, as_history
from roster.organisation import Language, Organisation
from roster.reasons import explain
from roster.timeline import UnknownScheduleError, require_schedule, shift_at
from roster.wallclock import as_utc


@dataclass(frozen=True, slots=True)
class NextShift:
    """The next period with somebody on: who, and from when (UTC)."""

    people: tuple[str, ...]
    from_: datetime


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The answer to "who is on?" (contract section 3, Answers). Instants are UTC.

    `people` is empty in a gap and where nobody is on purpose; `source` is None where no rule puts
    anybody on. `until` is the first later instant at which the set of people changes; `next` the next
    period with somebody on, over any gap. Both are None where there is none.
    """

    schedule: str
    at: datetime
    people: tuple[str, ...]
    until: datetime | None
    next: NextShift | None
    source: str | None
    because: tuple[str, ...]


def who_is_on(
    source: History | Organisation,
    schedule_id: str,
    at: datetime,
    *,
    language: Language | None = None,
    absence_reasons: bool = False,
) -> OnDuty:
    """Return who is on a schedule at an aware instant, and why, in a language (the file's own).

    `absence_reasons`: say why somebody is absent. It may be about health, and is for coordinators only
    (contract section 3, Precedence).

    Raises:
        UnknownScheduleError: no version has the schedule.
        ValueError: `at` is naive.
    """
    history = as_history(source)
    at = as_utc(at)
    require_schedule(history, schedule_id)
    until: datetime | None = None
    upcoming: NextShift | None = None
    for number, (begins, _, people) in enumerate(periods_ahead(history, schedule_id, at)):
        if number == 1:
            until = begins
        if number and people:
            upcoming = NextShift(people=people, from_=begins)
            break
    shift = shift_at(history, schedule_id, at)
    spoken = history.at(at).language if language is None else language
    return OnDuty(
        schedule=schedule_id,
        at=at,
        people=() if shift is None else shift.people,
        until=until,
        next=upcoming,
        source=None if shift is None else shift.source,
        because=explain(history, schedule_id, at, language=spoken, absence_reasons=absence_reasons).sentences,
    )


def people_on(source: History | Organisation, schedule_id: str, at: datetime) -> tuple[str, ...]:
    """Return only who is on a schedule at an aware instant; empty for nobody.

    Raises:
        UnknownScheduleError: no version has the schedule.
        ValueError: `at` is naive.
    """
    shift = shift_at(as_history(source), schedule_id, as_utc(at))
    return () if shift is None else shift.people


def inside_desk_hours(source: History | Organisation, schedule_id: str, at: datetime) -> bool:
    """Say whether the service desk of a schedule is open; never, without a duty table.

    Raises:
        UnknownScheduleError: the organisation in force then has no such schedule.
        ValueError: `at` is naive.
    """
    at = as_utc(at)
    organisation = as_history(source).at(at)
    schedule = organisation.schedule(schedule_id)
    if schedule is None:
        raise UnknownScheduleError(schedule_id)
    return schedule.duty is not None and is_open(schedule.duty, organisation.zone, at)


def desk_closes_at(source: History | Organisation, schedule_id: str, at: datetime) -> datetime | None:
    """Return when the service desk, open at an aware instant, closes next; None where it is shut.

    One that is not shut for a fortnight is said to close at the end of it.

    Raises:
        UnknownScheduleError: the organisation in force then has no such schedule.
        ValueError: `at` is naive.
    """
    if not inside_desk_hours(source, schedule_id, at):
        return None
    at = as_utc(at)
    organisation = as_history(source).at(at)
    schedule = organisation.schedule(schedule_id)
    if schedule is None or schedule.duty is None:
        return None
    horizon = at + timedelta(days=14)
    stretches = open_desk(schedule.duty, organisation.zone, [(at, horizon)])
    return next((min(shuts, horizon) for opens, shuts in stretches if opens <= at < shuts), None)
