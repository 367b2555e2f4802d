"""What makes one plan better than another, as one whole number: the less the better.

Loads are counted in quarters: a quarter of a week-end (12 hours of it), of a public holiday or of an eve
(6 hours), of a night (135 minutes), of a day and night on duty (6 hours). A person's level is the load
carried before and planned, divided by the person's share. One point is what a week-end too much weighs that
one person has beyond an even split, squared, divided by ten; the weights below are in points.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from roster.planning.terms import bits

MEASURES: Final = ("weekends", "holidays", "eves", "nights", "hours")

# A level is a number of quarters times this, divided by the share: 240 is one whole week-end, night, ...
FULL_SHARE: Final = 60
ONE: Final = 4 * FULL_SHARE
POINT: Final = ONE * ONE

# The span between whoever has most and whoever has least: points for each whole one.
SPREAD_POINTS: Final = (1000, 500, 50, 0, 0)
# The distance of each person from an even split: points for each whole one, squared.
UNEVEN_POINTS: Final = (10, 10, 5, 1, 1)
# One breach of the daily or weekly rest; a wish that is not met; duties less than one and two weeks apart.
REST_POINTS: Final = 5000
WISH_POINTS: Final = 30
WITHIN_A_WEEK_POINTS: Final = 6
WITHIN_TWO_WEEKS_POINTS: Final = 2


@dataclass(frozen=True, slots=True)
class Objective:
    """Everything that is weighed.

    `units` are the quarters of each seat, `carried` those of each person before and by what stays;
    `scale` is what a quarter weighs for each person. `near` is for each seat the points that it costs to
    have it together with a later item. `off` and `on` are for each person a mask for each wish: of the seats
    that it would be broken by, and of the items that it would be met by.
    """

    scale: tuple[int, ...]
    units: tuple[tuple[int, ...], ...]
    carried: tuple[tuple[int, ...], ...]
    near: tuple[dict[int, int], ...]
    off: tuple[tuple[int, ...], ...]
    on: tuple[tuple[int, ...], ...]
    all_seats: int = field(init=False)
    _near_masks: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "all_seats", (1 << len(self.units)) - 1)
        masks = tuple(sum(1 << other for other in others) for others in self.near)
        object.__setattr__(self, "_near_masks", masks)

    def levels(self, held: Sequence[int]) -> list[list[int]]:
        """Return the levels by measure and person, for the seats that each person has (a mask)."""
        planned = [[0] * len(self.scale) for _ in MEASURES]
        for person, mask in enumerate(held):
            for measure, carried in enumerate(self.carried[person]):
                planned[measure][person] = carried * self.scale[person]
            for seat in bits(mask & self.all_seats):
                for measure, units in enumerate(self.units[seat]):
                    planned[measure][person] += units * self.scale[person]
        return planned

    def even(self) -> tuple[int, ...]:
        """Return the level of each measure at which everybody would be by an even split."""
        totals = [
            sum(carried[measure] for carried in self.carried) + sum(units[measure] for units in self.units)
            for measure in range(len(MEASURES))
        ]
        # The shares add up to the sum of FULL_SHARE / scale; kept whole, so that no machine rounds otherwise.
        common = 1
        for scale in set(self.scale):
            common *= scale
        shares = sum(common // scale for scale in self.scale)
        return tuple(total * common // shares for total in totals)

    def spread(self, held: Sequence[int]) -> tuple[int, ...]:
        """Return the span between the highest and the lowest level of each measure; 240 is a whole one."""
        return tuple(max(levels) - min(levels) for levels in self.levels(held))

    def cost(self, held: Sequence[int]) -> int:
        """Return the cost of a plan: `held` is the mask of the items of each person, stays included."""
        even = self.even()
        total = 0
        for measure, levels in enumerate(self.levels(held)):
            total += UNEVEN_POINTS[measure] * sum((level - even[measure]) ** 2 for level in levels)
            total += SPREAD_POINTS[measure] * ONE * (max(levels) - min(levels))
        return total + sum(self.own_cost(person, mask) for person, mask in enumerate(held))

    def own_cost(self, person: int, mask: int) -> int:
        """Return what one person's plan costs besides loads: rest, wishes and nearness."""
        points = 0
        for seat in bits(mask & self.all_seats):
            # Each pair is counted once, at its earlier item.
            for other in bits(mask & self._near_masks[seat]):
                points += self.near[seat][other]
        for seats in self.off[person]:
            points += WISH_POINTS if mask & seats else 0
        for items in self.on[person]:
            points += 0 if mask & items else WISH_POINTS
        return points * POINT
