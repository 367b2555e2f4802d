"""The yardstick of `bench.roster`, and the same roster in the hands of two libraries.

The yardstick is a weekly rotation of eight people with 200 overrides of up to twelve hours within a year.
`recurring_ical_events` gets it as a calendar: eight weekly events with an interval of eight weeks, and an
event for each override. `python-dateutil` gets the hand-overs as one cached rule. Neither knows that one
event lies over another, so each answer is finished here: the last override counts, then the rotation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from roster.organisation import Layer, Organisation, Override, Person, Rotation, Schedule

TIMEZONE: Final = "Europe/Oslo"
ZONE: Final = ZoneInfo(TIMEZONE)
PEOPLE: Final = tuple(f"person{number}" for number in range(8))
NEW: Final = datetime(2026, 1, 5, 8)
OLD: Final = datetime(2016, 1, 4, 8)
START: Final = datetime(2026, 1, 5, 8, tzinfo=ZONE).astimezone(UTC)
END: Final = datetime(2027, 1, 4, 8, tzinfo=ZONE).astimezone(UTC)

# From, to, who: instants in UTC.
Piece = tuple[datetime, datetime, str]


def schedule(schedule_id: str = "drift", *, begun: datetime = NEW, overrides: int = 200) -> Schedule:
    """Return the yardstick; its overrides are drawn anew for each id."""
    rng = Random(schedule_id)
    drawn: list[Override] = []
    for number in range(overrides):
        # Never on a night when clocks change: the libraries have other rules for an hour that is missing.
        begins = datetime(2026, 1, 6) + timedelta(days=rng.randrange(360), hours=rng.randrange(8, 12))
        drawn.append(
            Override(
                f"o{number}", (rng.choice(PEOPLE),), begins, begins + timedelta(hours=rng.randrange(1, 13))
            )
        )
    layer = Layer("Week", tuple((each,) for each in PEOPLE), Rotation.WEEKLY, begun)
    return Schedule(schedule_id, "Operations", layers=(layer,), overrides=tuple(drawn))


def organisation(*schedules: Schedule) -> Organisation:
    """Return an organisation of the eight people with these schedules."""
    return Organisation(TIMEZONE, people=tuple(Person(each, each) for each in PEOPLE), schedules=schedules)


def instants(count: int) -> list[datetime]:
    """Return instants of the year in UTC, and those around each clock change."""
    rng = Random(7)
    minutes = int((END - START).total_seconds()) // 60
    drawn = [START + timedelta(minutes=rng.randrange(minutes)) for _ in range(count)]
    for day in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        drawn += [day + timedelta(minutes=30 * step) for step in range(8)]
    return drawn


@dataclass(frozen=True, slots=True)
class CalendarRival:
    """The roster as a calendar, asked through a query object of `recurring_ical_events` that is kept."""

    query: Any

    @classmethod
    def of(cls, yardstick: Schedule) -> "CalendarRival":
        """Write the calendar and open it."""
        import recurring_ical_events
        from icalendar import Calendar, Event

        calendar = Calendar()
        (layer,) = yardstick.layers
        assert isinstance(layer, Layer)
        for number, (person,) in enumerate(layer.people):
            event = Event()
            event.add("uid", f"week-{person}")
            event.add("summary", person)
            event.add("priority", 0)
            begins = (layer.start + timedelta(weeks=number)).replace(tzinfo=ZONE)
            event.add("dtstart", begins)
            event.add("dtend", begins + timedelta(weeks=1))
            event.add("rrule", {"freq": "weekly", "interval": len(layer.people)})
            calendar.add_component(event)
        for number, override in enumerate(yardstick.overrides):
            event = Event()
            event.add("uid", override.id)
            event.add("summary", override.people[0])
            event.add("priority", number + 1)
            event.add("dtstart", override.start.replace(tzinfo=ZONE))
            event.add("dtend", override.end.replace(tzinfo=ZONE))
            calendar.add_component(event)
        return cls(recurring_ical_events.of(calendar))

    def who(self, at: datetime) -> str:
        """Return who is on."""
        return str(max(self.query.at(at), key=lambda event: int(event["priority"]))["summary"])

    def year(self) -> Sequence[Any]:
        """Return all events of the year."""
        found: Sequence[Any] = self.query.between(START, END)
        return found

    def pieces(self) -> list[Piece]:
        """Return the year as pieces of one person each."""
        events = sorted(self.year(), key=lambda event: int(event["priority"]))
        return painted(
            [(_utc(event["dtstart"].dt), _utc(event["dtend"].dt), str(event["summary"])) for event in events]
        )


@dataclass(frozen=True, slots=True)
class RuleRival:
    """The hand-overs as one cached rule of `python-dateutil`, and the overrides as a list."""

    rule: Any
    begun: datetime
    overrides: tuple[tuple[datetime, datetime, str], ...]

    @classmethod
    def of(cls, yardstick: Schedule) -> "RuleRival":
        """Write the rule."""
        from dateutil import rrule as rules

        (layer,) = yardstick.layers
        assert isinstance(layer, Layer)
        until = END.astimezone(ZONE).replace(tzinfo=None)
        # The library is not annotated.
        rule: Any = rules.rrule(rules.WEEKLY, dtstart=layer.start, until=until, cache=True)  # type: ignore[no-untyped-call]
        overrides = tuple((each.start, each.end, each.people[0]) for each in yardstick.overrides)
        return cls(rule, layer.start, overrides)

    def who(self, at: datetime) -> str:
        """Return who is on."""
        wall = at.astimezone(ZONE).replace(tzinfo=None)
        for start, end, person in reversed(self.overrides):
            if start <= wall < end:
                return person
        return self._turn(self.rule.before(wall, inc=True))

    def _turn(self, handover: datetime) -> str:
        return PEOPLE[(handover - self.begun).days // 7 % len(PEOPLE)]

    def year(self) -> list[datetime]:
        """Return all hand-overs of the year."""
        walls = [at.astimezone(ZONE).replace(tzinfo=None) for at in (START, END)]
        found: list[datetime] = self.rule.between(*walls, inc=True)
        return found

    def pieces(self) -> list[Piece]:
        """Return the year as pieces of one person each."""
        turns = [
            (_utc(start.replace(tzinfo=ZONE)), _utc(end.replace(tzinfo=ZONE)), self._turn(start))
            for start, end in pairwise(self.year())
        ]
        laid = [
            (_utc(start.replace(tzinfo=ZONE)), _utc(end.replace(tzinfo=ZONE)), person)
            for start, end, person in self.overrides
        ]
        return painted([*turns, *laid])


def painted(spans: Sequence[Piece]) -> list[Piece]:
    """Lay spans one over another, the last on top, and cut to the year; neighbours of one person joined."""
    edges = sorted({START, END, *(edge for start, end, _ in spans for edge in (start, end))})
    pieces: list[Piece] = []
    for begins, ends in pairwise(edge for edge in edges if START <= edge <= END):
        on = next((person for start, end, person in reversed(spans) if start <= begins < end), None)
        if on is None:
            continue
        if pieces and pieces[-1][1] == begins and pieces[-1][2] == on:
            pieces[-1] = (pieces[-1][0], ends, on)
        else:
            pieces.append((begins, ends, on))
    return pieces


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)
