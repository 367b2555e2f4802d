"""The complete search: finds a plan exactly where trying everything finds one."""

from dataclasses import replace
from random import Random

import pytest

from roster.planning.feasibility import fill, too_few
from roster.planning.terms import CapWindows, Rule, Terms, constraints
from tests.roster.planning.instances import all_plans, is_allowed, random_terms


@pytest.mark.parametrize("number", range(150))
def test_it_agrees_with_trying_everything(number: int) -> None:
    rng = Random(number)
    terms = random_terms(rng, seats=rng.randrange(1, 8), people=rng.randrange(1, 4))
    found = fill(constraints(terms))
    assert found.verdict == ("found" if all_plans(terms) else "impossible")
    assert found.verdict == "impossible" or is_allowed(terms, found.seats)


@pytest.mark.parametrize("number", range(60))
def test_each_way_of_searching_is_complete_by_itself(number: int) -> None:
    """Without steps for the first way, the second one decides."""
    rng = Random(1000 + number)
    terms = random_terms(rng, seats=rng.randrange(1, 8), people=3)
    rules = constraints(terms)
    first, second = fill(rules, state_steps=0), fill(rules, steps=0)
    assert first.verdict == second.verdict == ("found" if all_plans(terms) else "impossible")
    assert second.verdict == "impossible" or is_allowed(terms, second.seats)


def test_counting_never_calls_a_possible_plan_impossible() -> None:
    rng = Random(7)
    counted = 0
    for _ in range(200):
        terms = random_terms(rng, seats=6, people=3)
        if too_few(constraints(terms), range(terms.seats)):
            counted += 1
            assert not all_plans(terms)
    assert counted > 20


def test_some_seats_may_be_left_out() -> None:
    terms = _spaced(seats=4, people=2, reach=3)
    assert fill(constraints(terms)).verdict == "impossible"
    found = fill(constraints(terms, only=0b1001), wanted=0b1001)
    assert found.verdict == "found"
    assert found.seats[1:3] == (-1, -1)


def test_eight_people_cannot_keep_eight_weeks_between_and_it_is_seen_at_once() -> None:
    """Nine seats within reach of each other, found by counting: no step of search is needed."""
    rules = constraints(_spaced(seats=52, people=8, reach=8))
    assert fill(rules, steps=0, state_steps=0).verdict == "impossible"
    assert fill(constraints(_spaced(seats=52, people=8, reach=7))).verdict == "found"


def test_a_long_period_of_which_caps_forbid_the_whole_is_seen_at_once() -> None:
    """364 days for 8 people of whom nobody may have more than 45 of them: 360 are fewer."""
    whole = (1 << 364) - 1
    terms = replace(_spaced(seats=364, people=8, reach=0), caps=(CapWindows(Rule("cap"), 45, (whole,)),))
    assert fill(constraints(terms), steps=0, state_steps=0).verdict == "impossible"
    more = replace(terms, caps=(CapWindows(Rule("cap"), 46, (whole,)),))
    assert fill(constraints(more)).verdict == "found"


def test_a_used_up_budget_is_not_called_impossible() -> None:
    assert fill(constraints(_spaced(seats=8, people=8, reach=7)), steps=3, state_steps=3).verdict == "unknown"


def _spaced(*, seats: int, people: int, reach: int) -> Terms:
    spaced = tuple(
        sum(1 << other for other in range(seats) if 0 < abs(other - seat) <= reach) for seat in range(seats)
    )
    return Terms(
        people=tuple(str(person) for person in range(people)),
        seats=seats,
        held=(0,) * people,
        overlapping=(0,) * seats,
        spaced=spaced,
        bars=(),
        caps=(),
    )
