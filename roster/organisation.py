"""The organisation: municipalities, people, suppliers, schedules, ladders and hotlines, as frozen values.

Times are what the file holds (contract section 3): wall clock of the organisation's time zone, naive
on purpose. Times of day are whole minutes from midnight, 0 to 1440. Weekdays count from Monday = 0.
Values are trusted: `roster.reading` is where they are checked.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

from roster.phones import PhoneNumber
from roster.rules import NO_RULES, Rules, Wish

MINUTES_IN_DAY: Final = 1440
EVERY_DAY: Final = (0, 1, 2, 3, 4, 5, 6)


class Language(StrEnum):
    """The languages in which people are spoken and written to."""

    NN = "nn"
    NB = "nb"
    EN = "en"


class Role(StrEnum):
    """What a person is in the duty."""

    TECHNICIAN = "technician"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


class Rotation(StrEnum):
    """The unit of a layer's shift length."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


TargetKind = Literal["on-duty", "next-on-duty", "everyone", "person", "supplier"]
OverrideKind = Literal["override", "swap"]
RungOrder = Literal["simultaneous", "sequential"]


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality that the duty serves.

    `numbers` are known caller numbers; one that ends in `*` is a range. `urgent` is the agreed list of
    urgent incidents (mission R4).
    """

    id: str
    name: str
    numbers: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """Time in which a person is taken out of every layer.

    A date is a whole day, in `to` included; a date-time in `to` is the instant of return.
    """

    from_: date | datetime
    to: date | datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be on duty, or coordinate or review it.

    `phones` are tried in order. `share` is the part of a full share of duties, from 0 to 1, that planning
    and fairness reckon with; `wishes` are what planning tries to meet.
    """

    id: str
    name: str
    phones: tuple[PhoneNumber, ...] = ()
    email: str | None = None
    language: Language = Language.NN
    roles: tuple[Role, ...] = (Role.TECHNICIAN,)
    absences: tuple[Absence, ...] = ()
    share: float = 1.0
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class Supplier:
    """An external supplier that can be called in."""

    id: str
    name: str
    phones: tuple[PhoneNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskHours:
    """Ordinary opening hours of the service desk on some weekdays.

    `to_minute` at or before `from_minute` runs into the next day.
    """

    days: tuple[int, ...]
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class Eve:
    """A day on which the desk closes at `from_minute`, or stays closed (None).

    Exactly one of `date` (`MM-DD` each year, `YYYY-MM-DD` once) and `easter` (days from Easter Sunday)
    is set.
    """

    date: str | None = None
    easter: int | None = None
    from_minute: int | None = None


@dataclass(frozen=True, slots=True)
class OpenDay:
    """Odd opening hours that replace a day's ordinary ones, on a holiday or an eve too."""

    date: str
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class DutyHours:
    """When nobody has to be on duty: while the service desk is open."""

    desk_hours: tuple[DeskHours, ...] = ()
    holidays: str | None = None
    eves: tuple[Eve, ...] = ()
    open: tuple[OpenDay, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Part of the week to which a layer is limited.

    `to_minute` at or before `from_minute` runs into the next day.
    """

    days: tuple[int, ...] = EVERY_DAY
    from_minute: int = 0
    to_minute: int = MINUTES_IN_DAY


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation: `people` holds one tuple of person ids per turn; `start` is the first hand-over."""

    name: str
    people: tuple[tuple[str, ...], ...]
    rotation: Rotation
    start: datetime
    every: int = 1
    until: datetime | None = None
    windows: tuple[Window, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Return the ids of everybody whom it puts on, in the order written, each once."""
        return tuple(dict.fromkeys(person_id for turn in self.people for person_id in turn))


@dataclass(frozen=True, slots=True)
class FixedShift:
    """A shift that somebody else's roster has laid down: people on together within [start, end)."""

    people: tuple[str, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ShiftLayer:
    """A layer of fixed shifts in place of a rotation, in order and never overlapping."""

    name: str
    shifts: tuple[FixedShift, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """Return the ids of everybody whom it puts on, in the order written, each once."""
        return tuple(dict.fromkeys(person_id for shift in self.shifts for person_id in shift.people))


@dataclass(frozen=True, slots=True)
class MeantGap:
    """Time without anybody that is meant, so that nobody is warned of it: a gap all the same.

    Once, from `start` to `end`; or every week in `window`. Exactly one of the two is set.
    """

    start: datetime | None = None
    end: datetime | None = None
    window: Window | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody else, or nobody on purpose, for a while; a swap is laid beneath all overrides."""

    id: str
    people: tuple[str, ...]
    start: datetime
    end: datetime
    replaces: str | None = None
    kind: OverrideKind = "override"

    @property
    def source(self) -> str:
        """Return the `source` of shifts that come from it, `override:ID` or `swap:ID`."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A duty: who is on is decided by its layers and overrides, and when by `duty` (None: always)."""

    id: str
    name: str
    duty: DutyHours | None = None
    layers: tuple[Layer | ShiftLayer, ...] = ()
    overrides: tuple[Override, ...] = ()
    meant_gaps: tuple[MeantGap, ...] = ()
    rules: Rules = NO_RULES


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a rung rings: a kind, and the id of a schedule, person or supplier."""

    kind: TargetKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder; `seconds` is for each telephone."""

    ring: tuple[Target, ...]
    order: RungOrder = "simultaneous"
    seconds: int = 25


@dataclass(frozen=True, slots=True)
class Ladder:
    """The order in which people are tried."""

    id: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Hotline:
    """A number that callers ring. `desk_number` None: inside desk hours the same as outside them."""

    id: str
    number: PhoneNumber
    name: str
    schedule: str
    ladder: str
    language: Language = Language.NN
    desk_number: PhoneNumber | None = None
    repeat_minutes: int = 5


@dataclass(frozen=True, slots=True)
class Words:
    """How callers know the ticket system, and where they read more, in every language.

    None: the words of the language that is spoken.
    """

    ticket_system: str | None = None
    read_more: str | None = None


@dataclass(frozen=True, slots=True)
class _Index:
    """Look-ups over one organisation, built once."""

    people: dict[str, Person]
    suppliers: dict[str, Supplier]
    schedules: dict[str, Schedule]
    ladders: dict[str, Ladder]
    hotlines: dict[str, Hotline]
    hotline_numbers: dict[str, Hotline]
    person_phones: dict[str, Person]
    municipality_numbers: dict[str, Municipality]
    municipality_ranges: dict[str, Municipality]


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everything that the coordinator keeps (contract section 3)."""

    timezone: str
    language: Language = Language.NN
    words: Words = Words()
    municipalities: tuple[Municipality, ...] = ()
    people: tuple[Person, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    hotlines: tuple[Hotline, ...] = ()
    _index: _Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", _build_index(self))

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone in which the file's wall-clock times are read."""
        return ZoneInfo(self.timezone)

    def person(self, person_id: str) -> Person | None:
        """Return the person with this id, or None."""
        return self._index.people.get(person_id)

    def supplier(self, supplier_id: str) -> Supplier | None:
        """Return the supplier with this id, or None."""
        return self._index.suppliers.get(supplier_id)

    def schedule(self, schedule_id: str) -> Schedule | None:
        """Return the schedule with this id, or None."""
        return self._index.schedules.get(schedule_id)

    def ladder(self, ladder_id: str) -> Ladder | None:
        """Return the ladder with this id, or None."""
        return self._index.ladders.get(ladder_id)

    def hotline(self, hotline_id: str) -> Hotline | None:
        """Return the hotline with this id, or None."""
        return self._index.hotlines.get(hotline_id)

    def hotline_by_number(self, number: str) -> Hotline | None:
        """Return the hotline with this E.164 number, or None."""
        return self._index.hotline_numbers.get(number)

    def person_by_phone(self, number: str) -> Person | None:
        """Return the person to whom this E.164 number belongs, or None."""
        return self._index.person_phones.get(number)

    def municipality_of(self, number: str) -> Municipality | None:
        """Return the municipality of a caller's E.164 number, or None.

        The longest match wins, and a whole number wins over a range (contract section 3, Ladders).
        """
        exact = self._index.municipality_numbers.get(number)
        if exact is not None:
            return exact
        ranges = self._index.municipality_ranges
        if ranges:
            for length in range(len(number), 0, -1):
                found = ranges.get(number[:length])
                if found is not None:
                    return found
        return None


def _build_index(organisation: Organisation) -> _Index:
    exact: dict[str, Municipality] = {}
    ranges: dict[str, Municipality] = {}
    for municipality in organisation.municipalities:
        for number in municipality.numbers:
            if number.endswith("*"):
                ranges.setdefault(number[:-1], municipality)
            else:
                exact.setdefault(number, municipality)
    return _Index(
        people={person.id: person for person in organisation.people},
        suppliers={supplier.id: supplier for supplier in organisation.suppliers},
        schedules={schedule.id: schedule for schedule in organisation.schedules},
        ladders={ladder.id: ladder for ladder in organisation.ladders},
        hotlines={hotline.id: hotline for hotline in organisation.hotlines},
        hotline_numbers={str(hotline.number): hotline for hotline in organisation.hotlines},
        person_phones={str(phone): person for person in organisation.people for phone in person.phones},
        municipality_numbers=exact,
        municipality_ranges=ranges,
    )
