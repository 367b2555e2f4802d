"""Recorded history: which organisation answers for which instant.

An edit is a new version. Version k answers for instants from its `since` until the next version's, the
first one also for everything before it and the last one for everything after (contract section 3,
Precedence, History): so an edit changes the present and the future, never who was on last week.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from roster.organisation import Organisation, Override
from roster.wallclock import FIRST_INSTANT, LAST_INSTANT, as_utc


@dataclass(frozen=True, slots=True)
class Version:
    """What was in force from an instant (aware) on, and who made it so, where that is known."""

    since: datetime
    organisation: Organisation
    by: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All versions, oldest first; at least one, their instants never going back."""

    versions: tuple[Version, ...]
    _since: tuple[datetime, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        since = tuple(as_utc(version.since) for version in self.versions)
        if not since or any(later < earlier for earlier, later in pairwise(since)):
            message = "a history has at least one version, and its versions stand oldest first"
            raise ValueError(message)
        object.__setattr__(self, "_since", since)

    @property
    def current(self) -> Organisation:
        """Return the newest organisation."""
        return self.versions[-1].organisation

    def at(self, instant: datetime) -> Organisation:
        """Return the organisation that answers for an aware instant."""
        return self.versions[max(bisect_right(self._since, as_utc(instant)) - 1, 0)].organisation

    def entered(self, schedule_id: str, override: Override, at: datetime) -> Version | None:
        """Return the change by which an override came into what was in force at an instant.

        None where it stood there from the first version on: nobody knows since when.
        """
        number = max(bisect_right(self._since, as_utc(at)) - 1, 0)
        while number and self._has(number - 1, schedule_id, override):
            number -= 1
        return self.versions[number] if number else None

    def _has(self, number: int, schedule_id: str, override: Override) -> bool:
        schedule = self.versions[number].organisation.schedule(schedule_id)
        return schedule is not None and override in schedule.overrides

    def pieces(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, Organisation]]:
        """Yield the parts of [start, end), each with the organisation that answers for it."""
        first = max(bisect_right(self._since, start) - 1, 0)
        for number in range(first, len(self.versions)):
            begins = FIRST_INSTANT if number == 0 else self._since[number]
            ends = self._since[number + 1] if number + 1 < len(self._since) else LAST_INSTANT
            piece_start, piece_end = max(start, begins), min(end, ends)
            if piece_start < piece_end:
                yield piece_start, piece_end, self.versions[number].organisation
            if ends >= end:
                return

    @property
    def last_change(self) -> datetime:
        """Return the instant from which the newest version answers."""
        return self._since[-1]


def as_history(source: History | Organisation) -> History:
    """Return a bare organisation as a history of one version; a history as it is."""
    if isinstance(source, History):
        return source
    return History(versions=(Version(since=FIRST_INSTANT, organisation=source),))
