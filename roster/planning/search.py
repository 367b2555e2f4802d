"""Making a plan fair: a local search that keeps every rule, from a plan that breaks none.

A step gives a seat of one person to another; what the other then has too near goes back, and so on until
nothing is (a Kempe chain), so even a tight plan can be changed. Late acceptance: a step is taken when the
plan is then no dearer than it was some steps ago. Whole numbers, a seeded generator of which only
`random()` is used, and a number of steps instead of seconds: the same plan on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from roster.planning.objective import MEASURES, ONE, SPREAD_POINTS, UNEVEN_POINTS, Objective
from roster.planning.terms import Constraints, bits

STEPS: Final = 30_000

_LATE: Final = 500
_LONGEST_CHAIN: Final = 12
_SPREAD_COSTS: Final = tuple(points * ONE for points in SPREAD_POINTS)
_MEASURES: Final = tuple(range(len(MEASURES)))


@dataclass(frozen=True, slots=True)
class _Exchange:
    """Seats that go from one person to another, and those that come back; masks."""

    giver: int
    taker: int
    given: int
    back: int


def improve(
    rules: Constraints, objective: Objective, seats: Sequence[int], *, seed: int = 0, steps: int = STEPS
) -> tuple[int, ...]:
    """Return a person for each seat, no dearer than the plan given and breaking no rule either."""
    if rules.people < 2 or not seats:
        return tuple(seats)
    plan = _Plan(rules, objective, seats)
    random = Random(seed).random  # noqa: S311  a reproducible choice, no secret
    best, best_cost = tuple(plan.owner), plan.cost
    late = [plan.cost] * _LATE
    for step in range(steps):
        place = step % _LATE
        exchange = plan.propose(random(), random(), random())
        if exchange is not None:
            plan.make(exchange, most=max(late[place], plan.cost))
            if plan.cost < best_cost:
                best, best_cost = tuple(plan.owner), plan.cost
        late[place] = plan.cost
    return best


class _Plan:
    """The present plan, with the loads and costs that a step changes."""

    def __init__(self, rules: Constraints, objective: Objective, seats: Sequence[int]) -> None:
        self._rules = rules
        self._objective = objective
        self.owner = list(seats)
        self._held = list(rules.held)
        for seat, person in enumerate(seats):
            self._held[person] |= 1 << seat
        self._levels = objective.levels(self._held)
        self._even = objective.even()
        self._spreads = [max(levels) - min(levels) for levels in self._levels]
        self._own = [objective.own_cost(person, mask) for person, mask in enumerate(self._held)]
        self.cost = objective.cost(self._held)

    def propose(self, first: float, second: float, third: float) -> _Exchange | None:
        """Return an exchange that breaks no rule, picked by three numbers from 0 to 1, or None."""
        count = len(self.owner)
        seat = int(first * count)
        giver = self.owner[seat]
        if third < 0.5:
            taker = int(second * (self._rules.people - 1))
            taker += taker >= giver
            return self._followed(_Exchange(giver, taker, 1 << seat, 0))
        other = int(second * count)
        taker = self.owner[other]
        return None if taker == giver else self._followed(_Exchange(giver, taker, 1 << seat, 1 << other))

    def _followed(self, wanted: _Exchange) -> _Exchange | None:
        """Return the exchange with all that has to follow from it, or None where a rule is in the way."""
        rules, giver, taker = self._rules, wanted.giver, wanted.taker
        apart, seats = rules.apart, rules.seats
        given, back = wanted.given, wanted.back
        has_giver, has_taker = self._held[giver], self._held[taker]
        new_given, new_back = given, back
        while new_given or new_back:
            if new_given & ~rules.may[taker] or new_back & ~rules.may[giver]:
                return None
            follows_back = follows_given = 0
            for seat in bits(new_given):
                follows_back |= apart[seat]
            for seat in bits(new_back):
                follows_given |= apart[seat]
            new_back = follows_back & has_taker & ~back
            new_given = follows_given & has_giver & ~given
            given |= new_given
            back |= new_back
            # What stays cannot be given back, and a long chain is as good as another plan.
            if (given | back) >> seats or (given | back).bit_count() > _LONGEST_CHAIN:
                return None
        now_taker, now_giver = has_taker & ~back | given, has_giver & ~given | back
        for seat in bits(given):
            for mask, most in rules.windows[seat]:
                if (now_taker & mask).bit_count() >= most:
                    return None
        for seat in bits(back):
            for mask, most in rules.windows[seat]:
                if (now_giver & mask).bit_count() >= most:
                    return None
        return _Exchange(giver, taker, given, back)

    def make(self, exchange: _Exchange, *, most: int) -> None:
        """Make the exchange if the plan then costs no more than `most`."""
        objective, giver, taker = self._objective, exchange.giver, exchange.taker
        units, scale = objective.units, objective.scale
        moved = [0] * len(_MEASURES)
        for seat in bits(exchange.given):
            for measure, unit in enumerate(units[seat]):
                moved[measure] += unit
        for seat in bits(exchange.back):
            for measure, unit in enumerate(units[seat]):
                moved[measure] -= unit
        giver_mask = self._held[giver] & ~exchange.given | exchange.back
        taker_mask = self._held[taker] & ~exchange.back | exchange.given
        giver_own = objective.own_cost(giver, giver_mask)
        taker_own = objective.own_cost(taker, taker_mask)
        cost = self.cost + giver_own + taker_own - self._own[giver] - self._own[taker]
        spreads = self._spreads.copy()
        for measure in _MEASURES:
            if not moved[measure]:
                continue
            levels, even = self._levels[measure], self._even[measure]
            less, more = moved[measure] * scale[giver], moved[measure] * scale[taker]
            was_giver, was_taker = levels[giver] - even, levels[taker] - even
            # (a - b)² - a² + (c + d)² - c², with the common terms gone
            cost += UNEVEN_POINTS[measure] * (less * (less - 2 * was_giver) + more * (more + 2 * was_taker))
            levels[giver] -= less
            levels[taker] += more
            if _SPREAD_COSTS[measure]:
                spreads[measure] = max(levels) - min(levels)
                cost += _SPREAD_COSTS[measure] * (spreads[measure] - self._spreads[measure])
        if cost > most:
            for measure in _MEASURES:
                self._levels[measure][giver] += moved[measure] * scale[giver]
                self._levels[measure][taker] -= moved[measure] * scale[taker]
            return
        self.cost, self._spreads = cost, spreads
        self._held[giver], self._held[taker] = giver_mask, taker_mask
        self._own[giver], self._own[taker] = giver_own, taker_own
        for seat in bits(exchange.given):
            self.owner[seat] = taker
        for seat in bits(exchange.back):
            self.owner[seat] = giver
