"""Random organisations around clock changes, all of them such as the file allows.

Every time is on a whole multiple of a grain, so that a resolver that goes step by step can see each edge.
"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from roster.organisation import (
    EVERY_DAY,
    Absence,
    DeskHours,
    DutyHours,
    Eve,
    FixedShift,
    Language,
    Layer,
    MeantGap,
    OpenDay,
    Organisation,
    Override,
    Person,
    Role,
    Rotation,
    Schedule,
    ShiftLayer,
    Window,
    Words,
)
from roster.phones import PhoneNumber
from roster.rules import NO_RULES, Cap, Rules, Wish
from roster.wallclock import to_instant

# Zones, and the days on which their clocks change.
CLOCK_CHANGES = {
    "Europe/Oslo": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
}
PEOPLE = ("kari", "ola", "siri", "per")


class Dice(Random):
    """A source of chance that also says on how fine a grid times lie: a divisor of 15 minutes."""

    def __init__(self, seed: int, *, grain: int = 15) -> None:
        super().__init__(seed)
        self.grain = grain

    def minutes(self, below: int) -> int:
        """Return minutes from 0 to below `below`, on the grid."""
        return self.grain * self.randrange(below // self.grain)


def random_case(rng: Dice) -> tuple[Organisation, datetime, datetime]:
    """Return an organisation with one schedule `s`, and three days around a clock change or a holiday."""
    timezone = rng.choice(tuple(CLOCK_CHANGES))
    day = rng.choice((*CLOCK_CHANGES[timezone], date(2026, 4, 2), date(2026, 12, 24)))
    organisation = random_organisation(rng, timezone, day)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    return organisation, start, start + timedelta(days=3)


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """Draw an organisation of any of the zones, its rules meeting around a clock change."""
    timezone = draw(st.sampled_from(sorted(CLOCK_CHANGES)))
    day = draw(st.sampled_from(CLOCK_CHANGES[timezone]))
    return random_organisation(Dice(draw(st.integers(0, 2**32))), timezone, day)


def random_organisation(rng: Dice, timezone: str, day: date) -> Organisation:
    """Return an organisation whose rules meet around a day."""
    zone = ZoneInfo(timezone)
    people = tuple(
        Person(
            id=person_id,
            name=person_id.capitalize(),
            phones=tuple(PhoneNumber(f"+4790000{number}{each}0") for each in range(rng.randrange(3))),
            email=rng.choice((None, f"{person_id}@example.no")),
            language=rng.choice(tuple(Language)),
            roles=rng.choice(((Role.TECHNICIAN,), (), (Role.COORDINATOR, Role.REVIEWER))),
            absences=tuple(_absence(rng, day, zone) for _ in range(rng.choice((0, 0, 1, 2)))),
            share=rng.choice((1.0, 1.0, 0.5, 0.0)),
            wishes=tuple(_wish(rng, day) for _ in range(rng.choice((0, 0, 1, 2)))),
        )
        for number, person_id in enumerate(PEOPLE)
    )
    words = Words(rng.choice((None, "saksportalen")), rng.choice((None, "vakt.example.no")))
    return Organisation(timezone=timezone, words=words, people=people, schedules=(_schedule(rng, day, zone),))


def _schedule(rng: Dice, day: date, zone: ZoneInfo) -> Schedule:
    overrides = (_override(rng, day, zone, number) for number in range(rng.choice((0, 1, 2, 4))))
    return Schedule(
        id="s",
        name="Duty",
        duty=rng.choice((None, _duty(rng, day))),
        layers=tuple(
            _shift_layer(rng, day, zone, number) if rng.random() < 0.2 else _layer(rng, day, zone, number)
            for number in range(rng.choice((0, 1, 1, 2, 3)))
        ),
        overrides=tuple(override for override in overrides if override is not None),
        meant_gaps=tuple(_meant_gap(rng, day, zone) for _ in range(rng.choice((0, 0, 1, 2)))),
        rules=rng.choice(
            (NO_RULES, Rules(daily_rest=8, weekly_rest=0, standby=Fraction(1, 5)), Rules(caps=(Cap(28, 2),)))
        ),
    )


def near(rng: Dice, day: date) -> datetime:
    """Return a wall-clock time near a day, often in the hours of a clock change."""
    hour = rng.choice((0, 1, 2, 2, 2, 3, 3, 8, 15, 23))
    days = timedelta(days=rng.choice((-1, 0, 0, 0, 1)))
    return datetime(day.year, day.month, day.day, hour, rng.minutes(60)) + days


def _layer(rng: Dice, day: date, zone: ZoneInfo, number: int) -> Layer:
    rotation = rng.choice(tuple(Rotation))
    back = rng.choice((0, 1, 9, 400)) if rotation is not Rotation.HOURLY else rng.choice((0, 1, 9))
    start = near(rng, day) - timedelta(days=back)
    if rotation is Rotation.MONTHLY and rng.random() < 0.5:
        start = start.replace(month=1, day=rng.choice((29, 30, 31)))
    until = near(rng, day) if rng.random() < 0.3 else None
    if until is not None and to_instant(until, zone) <= to_instant(start, zone):
        until = None
    turns = tuple(tuple(rng.sample(PEOPLE, rng.choice((1, 1, 1, 2)))) for _ in range(rng.randrange(1, 4)))
    every = rng.choice((1, 1, 2, 5, 24) if rotation is Rotation.HOURLY else (1, 1, 2))
    return Layer(
        name=f"L{number}",
        people=turns,
        rotation=rotation,
        start=start,
        every=every,
        until=until,
        windows=_windows(rng) if rng.random() < 0.5 else (),
    )


def _shift_layer(rng: Dice, day: date, zone: ZoneInfo, number: int) -> ShiftLayer:
    shifts: list[FixedShift] = []
    begins = near(rng, day) - timedelta(days=rng.choice((0, 1, 2)))
    for _ in range(rng.randrange(5)):
        ends = begins + timedelta(minutes=rng.grain + rng.minutes(1785))
        starts_after = not shifts or to_instant(shifts[-1].end, zone) <= to_instant(begins, zone)
        if starts_after and to_instant(begins, zone) < to_instant(ends, zone):
            shifts.append(FixedShift(tuple(rng.sample(PEOPLE, rng.choice((1, 1, 2)))), begins, ends))
        begins = ends + timedelta(minutes=15 * rng.choice((0, 0, 8, 40)))
    return ShiftLayer(f"L{number}", tuple(shifts))


def _wish(rng: Dice, day: date) -> Wish:
    first = day + timedelta(days=rng.randrange(-3, 3))
    return Wish(
        first, first + timedelta(days=rng.randrange(4)), rng.choice(("off", "on")), rng.choice(("", "tur"))
    )


def _meant_gap(rng: Dice, day: date, zone: ZoneInfo) -> MeantGap:
    start = near(rng, day)
    end = start + timedelta(hours=rng.randrange(4, 40))
    if rng.random() < 0.5 or to_instant(end, zone) <= to_instant(start, zone):
        return MeantGap(window=_windows(rng)[0], reason=rng.choice(("", "stengt")))
    return MeantGap(start=start, end=end)


def _times_of_day(rng: Dice, count: int) -> list[int]:
    """Return times of day in order, many of them in the small hours."""
    chosen = rng.sample((0, 60, 105, 120, 135, 150, 165, 180, 195, 240, 480, 930, 1200, 1380), count)
    return sorted(each + rng.minutes(15) for each in chosen)


def _days(rng: Dice) -> tuple[int, ...]:
    return rng.choice((EVERY_DAY, (5, 6), (6,), tuple(sorted(rng.sample(EVERY_DAY, rng.randrange(1, 7))))))


def _windows(rng: Dice) -> tuple[Window, ...]:
    days = _days(rng)
    match rng.randrange(3):
        case 0:
            one, other = _times_of_day(rng, 2)
            return (Window(days, other, one) if rng.random() < 0.5 else Window(days, one, other),)
        case 1:
            first, second, third, fourth = _times_of_day(rng, 4)
            return Window(days, first, second), Window(days, third, fourth)
        case _:
            rest = tuple(day for day in EVERY_DAY if day not in days)
            opens, closes = _times_of_day(rng, 2)
            return (Window(days, opens, closes), Window(rest)) if rest else (Window(days, opens, 1440),)


def _absence(rng: Dice, day: date, zone: ZoneInfo) -> Absence:
    if rng.random() < 0.5:
        first = day + timedelta(days=rng.choice((-3, -1, 0, 1)))
        return Absence(first, first + timedelta(days=rng.randrange(3)), rng.choice(("", "ferie")))
    gone = near(rng, day)
    back = gone + timedelta(minutes=rng.grain + rng.minutes(2985))
    if to_instant(back, zone) <= to_instant(gone, zone):
        back += timedelta(days=1)
    return Absence(gone, back)


def _override(rng: Dice, day: date, zone: ZoneInfo, number: int) -> Override | None:
    start = near(rng, day)
    end = start + timedelta(minutes=rng.grain + rng.minutes(2235))
    if to_instant(end, zone) <= to_instant(start, zone):
        return None
    return Override(
        id=f"o{number}",
        people=tuple(rng.sample(PEOPLE, rng.choice((0, 1, 1, 2)))),
        start=start,
        end=end,
        replaces=rng.choice((None, rng.choice(PEOPLE))),
        kind=rng.choice(("override", "swap")),
    )


def _duty(rng: Dice, day: date) -> DutyHours:
    opens, closes = _times_of_day(rng, 2)
    overnight = rng.random() < 0.3
    eve = rng.choice(
        (
            Eve(date=day.isoformat(), from_minute=rng.choice((None, 0, 180, 600))),
            Eve(date=day.isoformat()[5:], from_minute=rng.choice((None, 150))),
            Eve(easter=rng.randrange(-5, 3), from_minute=rng.choice((None, 600))),
        )
    )
    first, second = _times_of_day(rng, 2)
    return DutyHours(
        desk_hours=(
            DeskHours(_days(rng), closes, opens) if overnight else DeskHours(_days(rng), opens, closes),
        ),
        holidays=rng.choice((None, "NO", "US")),
        eves=(eve,) if rng.random() < 0.6 else (),
        open=(OpenDay(day.isoformat(), first, second),) if rng.random() < 0.3 else (),
    )
