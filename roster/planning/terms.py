"""The hard rules of a plan, as bit masks: who may take which seat, and which seats nobody may both have.

Items are counted: first the seats to fill, in order of time, then the duties that stay, each of one person.
A mask has bit *k* set for item *k*. Rules carry a name each, so that a clash can be told by the rules in it
and tried without them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

RuleKind = Literal["absence", "elsewhere", "replaced", "spacing", "cap"]

NO_SEATS: Final = 0


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One rule by its name.

    `absence` and `elsewhere` (double duty on another schedule) are of one person, `replaced` of one
    override or swap, whose id is `name`; `cap` counts the caps of the schedule by `number`.
    """

    kind: RuleKind
    person: str = ""
    name: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """A duty that stays as it is, of one person: before, after or within the period. Instants in UTC.

    `here` is whether it is on the schedule that is planned.
    """

    person: int
    start: datetime
    end: datetime
    here: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """Seats that one person may not have, by one rule."""

    rule: Rule
    person: int
    seats: int


@dataclass(frozen=True, slots=True)
class CapWindows:
    """A rolling cap: of the items of each mask one person has at most `most`."""

    rule: Rule
    most: int
    windows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """All hard rules of one planning question.

    `held` are the stays of each person; `overlapping` are for each item those in the same time, `spaced`
    those nearer than the weeks between duties.
    """

    people: tuple[str, ...]
    seats: int
    held: tuple[int, ...]
    overlapping: tuple[int, ...]
    spaced: tuple[int, ...]
    bars: tuple[Bar, ...]
    caps: tuple[CapWindows, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules that are in force, in a fixed order."""
        found = {bar.rule for bar in self.bars} | {cap.rule for cap in self.caps}
        if any(self.spaced):
            found.add(SPACING)
        return tuple(sorted(found))


SPACING: Final = Rule("spacing")


@dataclass(frozen=True, slots=True)
class Constraints:
    """The rules in the form in which the searches ask them.

    `may` is for each person the seats that no bar keeps from them; `apart` is for each seat the items that
    its holder may not have; `windows` are for each seat the capped masks that it lies in.
    """

    people: int
    seats: int
    may: tuple[int, ...]
    apart: tuple[int, ...]
    windows: tuple[tuple[tuple[int, int], ...], ...]
    held: tuple[int, ...]

    def fits(self, person: int, seat: int, having: int) -> bool:
        """Say whether a person who has these items, the seat not among them, may take the seat."""
        return bool(
            self.may[person] >> seat & 1
            and not having & self.apart[seat]
            and all((having & mask).bit_count() < most for mask, most in self.windows[seat])
        )


def constraints(terms: Terms, *, without: Collection[Rule] = (), only: int | None = None) -> Constraints:
    """Return the rules as the searches ask them; `without` leaves rules out, `only` is a mask of seats.

    Seats that are left out keep their numbers, and nobody may have them.
    """
    every = (1 << terms.seats) - 1
    wanted = every if only is None else only
    may = [wanted] * len(terms.people)
    for bar in terms.bars:
        if bar.rule not in without:
            may[bar.person] &= ~bar.seats
    relevant = wanted | ~every
    spaced = SPACING not in without
    apart = tuple(
        (terms.overlapping[seat] | (terms.spaced[seat] if spaced else 0)) & relevant
        for seat in range(terms.seats)
    )
    caps = [
        (mask & relevant, cap.most) for cap in terms.caps if cap.rule not in without for mask in cap.windows
    ]
    windows = tuple(
        tuple((mask & ~(1 << seat), most) for mask, most in caps if mask >> seat & 1)
        for seat in range(terms.seats)
    )
    return Constraints(
        people=len(terms.people),
        seats=terms.seats,
        may=tuple(may),
        apart=apart,
        windows=windows,
        held=terms.held,
    )


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
