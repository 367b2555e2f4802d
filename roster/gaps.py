"""What is wrong with the coming roster: gaps, and people on duty whom nobody can reach."""

from dataclasses import dataclass
from datetime import datetime

from roster.history import History, as_history
from roster.organisation import Organisation
from roster.timeline import Gap, build_timeline


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A person on duty within [start, end), UTC, who has no phone: a warning of its own, not a gap."""

    person: str
    start: datetime
    end: datetime


def find_gaps(
    source: History | Organisation, schedule_id: str, start: datetime, end: datetime
) -> tuple[Gap, ...]:
    """Return when somebody has to be on duty within [start, end), aware instants, and nobody is.

    Raises:
        UnknownScheduleError: no version has the schedule.
        ValueError: an instant is naive, or `end` is not after `start`.
    """
    return build_timeline(source, schedule_id, start=start, end=end).gaps


def unreachable(
    source: History | Organisation, schedule_id: str, start: datetime, end: datetime
) -> tuple[Unreachable, ...]:
    """Return who is on duty within [start, end), aware instants, without a phone, in order.

    Phones are those of the newest version: it is the one that will be rung.

    Raises:
        UnknownScheduleError: no version has the schedule.
        ValueError: an instant is naive, or `end` is not after `start`.
    """
    organisation = as_history(source).current
    found: dict[str, Unreachable] = {}
    done: list[Unreachable] = []
    for shift in build_timeline(source, schedule_id, start=start, end=end).shifts:
        for person_id in shift.people:
            person = organisation.person(person_id)
            if person is not None and person.phones:
                continue
            before = found.get(person_id)
            begins = shift.start
            if before is not None and before.end == shift.start:
                begins = before.start
            elif before is not None:
                done.append(before)
            found[person_id] = Unreachable(person_id, begins, shift.end)
    return tuple(sorted((*done, *found.values()), key=lambda each: (each.start, each.person)))
