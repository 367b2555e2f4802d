"""Is there a plan at all? A complete search over the hard rules, and a count that shows at once when not.

Three ways, each exact where it ends:
1. counting: in some stretch of seats all people together can take fewer than there are;
2. the seat with fewest people first, looking ahead, going back where a seat has nobody left;
3. seat by seat in order of time, remembering every state from which the rest cannot be filled. Only what
   somebody still has within reach of later seats makes a state, so a long period costs no more a week.
Each has a budget of steps, never of seconds, so the answer is the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from roster.planning.terms import Constraints, bits

Verdict = Literal["found", "impossible", "unknown"]

SEARCH_STEPS: Final = 20_000
STATE_STEPS: Final = 60_000

_LONG_STRETCH: Final = 60
_COUNTS: Final = 20_000
_FAR_COUNTS: Final = 16


@dataclass(frozen=True, slots=True)
class Filling:
    """What the search came to: `found` with a person for each seat (-1 for one left out), or not."""

    verdict: Verdict
    seats: tuple[int, ...] = ()


_UNKNOWN: Final = Filling("unknown")
_IMPOSSIBLE: Final = Filling("impossible")


def fill(
    rules: Constraints,
    *,
    wanted: int | None = None,
    weights: Sequence[int] | None = None,
    steps: int = SEARCH_STEPS,
    state_steps: int = STATE_STEPS,
) -> Filling:
    """Find a person for each seat so that no rule is broken, or show that there is no way.

    `wanted` is a mask of the seats to fill, all where left out; `weights` are what one seat weighs for each
    person, so that part-time people get fewer. `unknown`: the budget was used up.
    """
    seats = list(bits((1 << rules.seats) - 1 if wanted is None else wanted))
    if not seats:
        return Filling("found", (-1,) * rules.seats)
    if too_few(rules, seats):
        return _IMPOSSIBLE
    found = _most_bound_first(rules, seats, weights or [1] * rules.people, steps)
    if found.verdict == "unknown" and state_steps:
        found = _in_order_of_time(rules, seats, state_steps)
    return found


def too_few(rules: Constraints, seats: Sequence[int]) -> bool:
    """Say whether some stretch of the seats is more than all people together can take.

    Nobody can take more than whoever always takes the next possible seat: that holds where seats that are
    too near each other lie in one stretch of the order, which is tested first. True is proof; False is none.
    """
    if not _nearness_is_orderly(rules, seats):
        return False
    able = [_able(rules, person, seats) for person in range(rules.people)]
    windows = _widest_windows(rules, seats)
    # All stretches of a moderate length, and from some beginnings all the way: a count costs its length.
    moderate = max(_LONG_STRETCH, _COUNTS // len(seats))
    far_apart = max(1, len(seats) // _FAR_COUNTS)
    for first in range(len(seats)):
        longest = moderate if first % far_apart else len(seats)
        taken = [0] * rules.people
        total = 0
        for length, seat in enumerate(seats[first : first + longest], 1):
            for person, having in enumerate(taken):
                # What stays is not counted into the caps here: a count that is too high proves nothing wrong.
                if (
                    able[person] >> seat & 1
                    and not having & rules.apart[seat]
                    and all((having & mask).bit_count() < most for mask, most in windows[seat])
                ):
                    taken[person] |= 1 << seat
                    total += 1
            if total < length:
                return True
    return False


def _able(rules: Constraints, person: int, seats: Sequence[int]) -> int:
    """Return the mask of the seats that a person could take with nothing but what stays."""
    return sum(1 << seat for seat in seats if rules.fits(person, seat, rules.held[person]))


def _widest_windows(rules: Constraints, seats: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Return for each seat the capped masks of seats that it lies in, without those that others imply."""
    everyone = sum(1 << seat for seat in seats)
    found = {(mask & everyone | 1 << seat, most) for seat in seats for mask, most in rules.windows[seat]}
    widest: list[tuple[int, int]] = []
    for mask, most in sorted(found, key=lambda each: (-each[0].bit_count(), each)):
        implied = any(not mask & ~other and at_most <= most for other, at_most in widest)
        if mask.bit_count() > most and not implied:
            widest.append((mask, most))
    return {seat: [(mask, most) for mask, most in widest if mask >> seat & 1] for seat in seats}


def _nearness_is_orderly(rules: Constraints, seats: Sequence[int]) -> bool:
    everyone = sum(1 << seat for seat in seats)
    reached = 0
    for seat in seats:
        after = everyone >> (seat + 1)
        later = rules.apart[seat] & everyone
        reach = max(later.bit_length(), seat + 1)
        if reach < reached or later >> (seat + 1) != after & ((1 << (reach - seat - 1)) - 1):
            return False
        reached = reach
    return True


def _most_bound_first(rules: Constraints, seats: list[int], weights: Sequence[int], steps: int) -> Filling:
    having = list(rules.held)
    domains = {
        seat: sum(1 << person for person in range(rules.people) if rules.fits(person, seat, having[person]))
        for seat in seats
    }
    if not all(domains.values()):
        return _IMPOSSIBLE
    chosen: dict[int, int] = {}
    path: list[tuple[int, list[int], dict[int, int]]] = []

    def next_seat() -> tuple[int, list[int], dict[int, int]]:
        seat = min(domains, key=lambda each: domains[each].bit_count())
        order = sorted(
            bits(domains[seat]), key=lambda person: (having[person].bit_count() * weights[person], person)
        )
        return seat, order[::-1], domains

    path.append(next_seat())
    while path:
        seat, left, before = path[-1]
        if seat in chosen:
            having[chosen.pop(seat)] ^= 1 << seat
        if not left:
            path.pop()
            continue
        if steps <= 0:
            return _UNKNOWN
        steps -= 1
        person = left.pop()
        chosen[seat] = person
        having[person] |= 1 << seat
        domains = _narrowed(rules, before, seat, person, having[person])
        if not domains and len(chosen) == len(seats):
            return Filling("found", tuple(chosen.get(each, -1) for each in range(rules.seats)))
        if domains:
            path.append(next_seat())
    return _IMPOSSIBLE


def _narrowed(
    rules: Constraints, domains: dict[int, int], seat: int, person: int, having: int
) -> dict[int, int]:
    """Return who is left for the other seats; nothing where one has nobody left."""
    narrowed = dict(domains)
    del narrowed[seat]
    touched = rules.apart[seat]
    for mask, most in rules.windows[seat]:
        if (having & (mask | 1 << seat)).bit_count() >= most:
            touched |= mask
    touched &= (1 << rules.seats) - 1
    taken_out = ~(1 << person)
    for other in bits(touched):
        if other in narrowed:
            left = narrowed[other] & taken_out
            if not left:
                return {}
            narrowed[other] = left
    return narrowed


def _in_order_of_time(rules: Constraints, seats: list[int], steps: int) -> Filling:
    reach = [0] * (len(seats) + 1)
    for position in range(len(seats) - 1, -1, -1):
        seat = seats[position]
        near = rules.apart[seat]
        for mask, _ in rules.windows[seat]:
            near |= mask
        reach[position] = reach[position + 1] | near
    having = list(rules.held)
    dead: set[tuple[int, tuple[tuple[int, int], ...]]] = set()

    def state(position: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        # People who can still take the same seats and have the same within reach are alike.
        first = seats[position] if position < len(seats) else rules.seats
        return position, tuple(
            sorted(
                (rules.may[person] >> first, having[person] & reach[position])
                for person in range(rules.people)
            )
        )

    def fitting(position: int) -> list[int]:
        seat = seats[position]
        free = [person for person in range(rules.people) if rules.fits(person, seat, having[person])]
        return sorted(free, key=lambda person: (having[person].bit_count(), person), reverse=True)

    chosen: list[int] = []
    left = [fitting(0)]
    while left:
        position = len(left) - 1
        if len(chosen) > position:
            having[chosen.pop()] ^= 1 << seats[position]
        if not left[-1]:
            dead.add(state(position))
            left.pop()
            continue
        if steps <= 0:
            return _UNKNOWN
        steps -= 1
        person = left[-1].pop()
        having[person] |= 1 << seats[position]
        chosen.append(person)
        if len(chosen) == len(seats):
            by_seat = dict(zip(seats, chosen, strict=True))
            return Filling("found", tuple(by_seat.get(each, -1) for each in range(rules.seats)))
        left.append([] if state(position + 1) in dead else fitting(position + 1))
    return _IMPOSSIBLE
