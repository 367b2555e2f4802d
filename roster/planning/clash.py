"""Why there is no plan: a few slots and rules that cannot all be kept, and what would help.

Slots and then rules are left out one after the other as long as it stays impossible, so everything that is
left stands in the way: without any one of these rules, these slots could be filled.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from roster.planning.feasibility import Verdict, fill
from roster.planning.terms import SPACING, Rule, Terms, bits, constraints

_STEPS: Final = 4_000
_ORDINARY: Final = 60
# One by one only a stretch this long is gone through; longer ones are clear enough as a stretch.
_FEW_SEATS: Final = 24

RemedyKind = Literal["without", "weeks-between", "cap", "person"]


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody who may not have a slot, by rules of their own."""

    person: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change after which there is a plan, by itself.

    `without` a rule, with at most `number` whole `weeks-between`, with at least `number` in the `cap`, or
    with one more `person`.
    """

    kind: RemedyKind
    rule: Rule | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Clash:
    """Seats that cannot be filled by these rules together, and whom bars keep from each of them."""

    seats: tuple[int, ...]
    rules: tuple[Rule, ...]
    barred: tuple[tuple[Barred, ...], ...]
    remedies: tuple[Remedy, ...] = ()


def find_clash(terms: Terms) -> Clash:
    """Return few seats and rules of impossible terms that cannot all be kept, without remedies."""
    seats = _few_seats(terms)
    mask = sum(1 << seat for seat in seats)
    left_out: list[Rule] = []
    for rule in terms.rules:
        if _impossible(terms, mask, (*left_out, rule)):
            left_out.append(rule)
    rules = tuple(rule for rule in terms.rules if rule not in left_out)
    return Clash(seats=seats, rules=rules, barred=tuple(_barred(terms, seat) for seat in seats))


def remedies(
    terms: Terms,
    clash: Clash,
    *,
    weeks_between: int,
    spaced: Callable[[int], Terms],
) -> tuple[Remedy, ...]:
    """Return what would help by itself; `spaced` gives the terms with another number of weeks between."""
    found: list[Remedy] = []
    for rule in clash.rules:
        if rule == SPACING:
            weeks = next((each for each in range(weeks_between - 1, -1, -1) if _possible(spaced(each))), None)
            if weeks is not None:
                found.append(Remedy("weeks-between", rule, weeks))
        elif rule.kind == "cap":
            most = _wide_enough(terms, rule)
            if most is not None:
                found.append(Remedy("cap", rule, most))
        elif _possible(terms, (rule,)):
            found.append(Remedy("without", rule))
    if _possible(_with_another(terms)):
        found.append(Remedy("person"))
    return tuple(found)


def _few_seats(terms: Terms) -> tuple[int, ...]:
    """Return seats that cannot be filled by themselves: the shortest stretch from the first such end."""
    count = terms.seats
    low, high = 1, count
    while low < high:
        middle = (low + high) // 2
        if _impossible(terms, (1 << middle) - 1):
            high = middle
        else:
            low = middle + 1
    end = high
    low, high = 0, end - 1
    while low < high:
        middle = (low + high + 1) // 2
        if _impossible(terms, (1 << end) - (1 << middle)):
            low = middle
        else:
            high = middle - 1
    mask = (1 << end) - (1 << low)
    if not _impossible(terms, mask):
        return tuple(range(count))
    if end - low <= _FEW_SEATS:
        for seat in range(low, end):
            if _impossible(terms, mask & ~(1 << seat)):
                mask &= ~(1 << seat)
    return tuple(bits(mask))


def _impossible(terms: Terms, mask: int, without: tuple[Rule, ...] = ()) -> bool:
    return bool(mask) and _tried(terms, mask, without) == "impossible"


def _possible(terms: Terms, without: tuple[Rule, ...] = ()) -> bool:
    return _tried(terms, (1 << terms.seats) - 1, without) == "found"


def _tried(terms: Terms, mask: int, without: tuple[Rule, ...]) -> Verdict:
    seats = mask.bit_count()
    # A step costs as much as there are seats, and many questions are asked; a plan takes a step a seat.
    steps = max(2 * seats, _STEPS * _ORDINARY // max(seats, _ORDINARY))
    rules = constraints(terms, without=without, only=mask)
    return fill(rules, wanted=mask, steps=steps, state_steps=2 * steps).verdict


def _wide_enough(terms: Terms, rule: Rule) -> int | None:
    """Return the least number of a cap with which there is a plan, or None where no number would do."""
    cap = next(each for each in terms.caps if each.rule == rule)

    def possible(most: int) -> bool:
        caps = tuple(replace(each, most=most) if each is cap else each for each in terms.caps)
        return _possible(replace(terms, caps=caps))

    low, high = cap.most + 1, max(mask.bit_count() for mask in cap.windows)
    if low > high or not possible(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if possible(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _with_another(terms: Terms) -> Terms:
    return replace(terms, people=(*terms.people, ""), held=(*terms.held, 0))


def _barred(terms: Terms, seat: int) -> tuple[Barred, ...]:
    found: list[Barred] = []
    for person, person_id in enumerate(terms.people):
        rules = [bar.rule for bar in terms.bars if bar.person == person and bar.seats >> seat & 1]
        stays = terms.held[person]
        if stays & terms.spaced[seat]:
            rules.append(SPACING)
        for cap in terms.caps:
            own = [(stays & mask).bit_count() for mask in cap.windows if mask >> seat & 1]
            if own and max(own) >= cap.most:
                rules.append(cap.rule)
        if rules:
            found.append(Barred(person_id, tuple(rules)))
    return tuple(found)
