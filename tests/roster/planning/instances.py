"""Small random planning problems, and answers to them found by trying everything."""

from itertools import product
from random import Random

from roster.planning.objective import MEASURES, Objective
from roster.planning.terms import Bar, CapWindows, Constraints, Rule, Terms


def random_terms(rng: Random, *, seats: int, people: int) -> Terms:
    """Return terms with slots of one or two seats in a row, spacing, caps, bars and duties that stay."""
    slot_of: list[int] = []
    while len(slot_of) < seats:
        slot_of += [len(set(slot_of))] * min(rng.choice((1, 1, 1, 2)), seats - len(slot_of))
    stays = [(rng.randrange(people), rng.randrange(-2, seats + 2)) for _ in range(rng.randrange(3))]
    places = [*slot_of, *(place for _, place in stays)]
    reach = rng.randrange(4)
    held = [0] * people
    for item, (person, _) in enumerate(stays, seats):
        held[person] |= 1 << item
    items = range(len(places))

    def near(item: int, other: int, distance: int) -> bool:
        return item != other and 0 < abs(places[item] - places[other]) <= distance

    caps = []
    for number in range(rng.randrange(3)):
        length, most = rng.randrange(2, 6), rng.randrange(1, 4)
        windows = {
            sum(1 << other for other in items if places[item] <= places[other] < places[item] + length)
            for item in items
        }
        caps.append(CapWindows(Rule("cap", number=number), most, tuple(sorted(windows))))
    bars = [
        Bar(Rule("absence", str(person)), person, rng.getrandbits(seats) & rng.getrandbits(seats))
        for person in range(people)
        if rng.random() < 0.7
    ]
    return Terms(
        people=tuple(str(person) for person in range(people)),
        seats=seats,
        held=tuple(held),
        overlapping=tuple(
            sum(1 << other for other in range(seats) if other != seat and slot_of[other] == slot_of[seat])
            for seat in range(seats)
        ),
        spaced=tuple(sum(1 << other for other in items if near(seat, other, reach)) for seat in range(seats)),
        bars=tuple(bars),
        caps=tuple(caps),
    )


def random_objective(rng: Random, terms: Terms) -> Objective:
    """Return something to weigh: loads, shares, wishes and nearness."""
    items = terms.seats + sum(mask.bit_count() for mask in terms.held)
    people = range(len(terms.people))
    return Objective(
        scale=tuple(rng.choice((60, 60, 75, 120)) for _ in people),
        units=tuple(tuple(rng.randrange(5) for _ in MEASURES) for _ in range(terms.seats)),
        carried=tuple(tuple(rng.randrange(20) for _ in MEASURES) for _ in people),
        near=tuple(
            {other: rng.choice((2, 6, 5000)) for other in range(seat + 1, min(seat + 3, items))}
            for seat in range(terms.seats)
        ),
        off=tuple((rng.getrandbits(terms.seats),) if rng.random() < 0.5 else () for _ in people),
        on=tuple((rng.getrandbits(items),) if rng.random() < 0.5 else () for _ in people),
    )


def is_allowed(terms: Terms, seats: tuple[int, ...]) -> bool:
    """Say whether a person for each seat keeps every rule of the terms, read off them one by one."""
    for person in range(len(terms.people)):
        own = [seat for seat, taker in enumerate(seats) if taker == person]
        having = terms.held[person] | sum(1 << seat for seat in own)
        for seat in own:
            if having & ~(1 << seat) & (terms.overlapping[seat] | terms.spaced[seat]):
                return False
            if any(bar.person == person and bar.seats >> seat & 1 for bar in terms.bars):
                return False
            for cap in terms.caps:
                if any(mask >> seat & 1 and (having & mask).bit_count() > cap.most for mask in cap.windows):
                    return False
    return True


def all_plans(terms: Terms) -> list[tuple[int, ...]]:
    """Return every plan that keeps the rules, by trying everything."""
    everybody = range(len(terms.people))
    return [seats for seats in product(everybody, repeat=terms.seats) if is_allowed(terms, seats)]


def held_by(rules: Constraints, seats: tuple[int, ...]) -> list[int]:
    """Return the mask of the items of each person."""
    held = list(rules.held)
    for seat, person in enumerate(seats):
        held[person] |= 1 << seat
    return held
