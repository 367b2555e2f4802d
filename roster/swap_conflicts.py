"""What would come of a swap: found by judging the roster with it beside the roster without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from roster.duties import on_by_person
from roster.layers import absent_within
from roster.organisation import Organisation
from roster.overlaps import shared
from roster.spans import Interval, united
from roster.timeline import build_timeline
from roster.warnings import Finding, Kind, judge_roster

# Rest is judged this far around what is exchanged.
_AROUND: Final = timedelta(days=14)


class ConflictKind(StrEnum):
    """What is in the way of a swap, or doubtful about it."""

    ABSENT = "absent"
    ALREADY_ON = "already-on"
    DOUBLE_DUTY = "double-duty"
    DAILY_REST = "daily-rest"
    WEEKLY_REST = "weekly-rest"
    NO_PHONE = "no-phone"


_FORBID: Final = frozenset({ConflictKind.ABSENT, ConflictKind.ALREADY_ON})
_JUDGED: Final = {
    Kind.DOUBLE_DUTY: ConflictKind.DOUBLE_DUTY,
    Kind.DAILY_REST: ConflictKind.DAILY_REST,
    Kind.WEEKLY_REST: ConflictKind.WEEKLY_REST,
    Kind.NO_PHONE: ConflictKind.NO_PHONE,
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """What taking over means for `person` within [start, end), UTC.

    `finding` is what the roster with the swap would be warned of; None for what forbids the swap.
    """

    kind: ConflictKind
    person: str
    start: datetime
    end: datetime
    finding: Finding | None = None

    @property
    def forbids(self) -> bool:
        """Say whether the swap cannot be: its taker is away, or on that schedule already."""
        return self.kind in _FORBID


def conflicts_between(
    before: Organisation,
    after: Organisation,
    schedule_id: str,
    *,
    takers: Sequence[tuple[str, Sequence[Interval]]],
    at: datetime,
) -> tuple[Conflict, ...]:
    """Return what is in the way of a swap, and what is newly doubtful with it, in order of time.

    `takers` are those who take over, and what.
    """
    found: list[Conflict] = []
    for person_id, times in takers:
        if not times:
            continue
        person = before.person(person_id)
        away = (
            [] if person is None else absent_within(person.absences, before.zone, times[0][0], times[-1][1])
        )
        found += [Conflict(ConflictKind.ABSENT, person_id, *each) for each in shared(list(times), away)]
        timeline = build_timeline(before, schedule_id, start=times[0][0], end=times[-1][1])
        on = united(on_by_person(timeline).get(person_id, ()))
        found += [Conflict(ConflictKind.ALREADY_ON, person_id, *each) for each in shared(list(times), on)]
    edges = [edge for _, times in takers for each in times for edge in each]
    if edges:
        people = {person_id for person_id, _ in takers}
        start, end = max(min(edges) - _AROUND, at), max(edges) + _AROUND
        known = {_key(each) for each in judge_roster(before, start=start, end=end)}
        for finding in judge_roster(after, start=start, end=end):
            kind = _JUDGED.get(finding.kind)
            if kind is not None and finding.person in people and _key(finding) not in known:
                found.append(Conflict(kind, finding.person or "", finding.start, finding.end, finding))
    return tuple(sorted(found, key=lambda each: (each.start, each.kind, each.person)))


def _key(finding: Finding) -> tuple[Kind, str | None, datetime, datetime]:
    return finding.kind, finding.person, finding.start, finding.end
