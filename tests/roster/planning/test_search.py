"""The local search: keeps every rule, reckons right, and comes to the best plan where that can be tried out."""

from random import Random

import pytest

from roster.planning.feasibility import fill
from roster.planning.objective import Objective
from roster.planning.search import _Plan, improve
from roster.planning.terms import constraints
from tests.roster.planning.instances import all_plans, held_by, is_allowed, random_objective, random_terms


@pytest.mark.parametrize("number", range(40))
def test_it_comes_near_the_best_of_all_plans(number: int) -> None:
    """Of all plans, tried one by one, hardly any is cheaper; the rules are kept."""
    rng = Random(number)
    terms = random_terms(rng, seats=7, people=3)
    objective, rules = random_objective(rng, terms), constraints(terms)
    plans = all_plans(terms)
    if not plans:
        assert fill(rules).verdict == "impossible"
        return
    found = improve(rules, objective, fill(rules).seats, steps=3000)
    assert is_allowed(terms, found)
    costs = sorted(objective.cost(held_by(rules, plan)) for plan in plans)
    assert objective.cost(held_by(rules, found)) <= costs[len(costs) // 50]


def test_it_finds_the_least_spread() -> None:
    """Seven equal seats for three people with nothing in the way: nobody has more than one above another."""
    objective = Objective(
        scale=(60, 60, 60),
        units=((4, 0, 0, 0, 4),) * 7,
        carried=((0,) * 5,) * 3,
        near=({},) * 7,
        off=((),) * 3,
        on=((),) * 3,
    )
    terms = random_terms(Random(0), seats=7, people=3)
    free = constraints(type(terms)(("a", "b", "c"), 7, (0,) * 3, (0,) * 7, (0,) * 7, (), ()))
    found = improve(free, objective, (0,) * 7, steps=2000)
    assert objective.spread(held_by(free, found))[0] == 240


def test_what_was_carried_before_is_evened_out() -> None:
    """Who has carried four week-ends gets none while another has none; half a share counts double."""
    objective = Objective(
        scale=(60, 60, 120),
        units=((4, 0, 0, 0, 0),) * 6,
        carried=((16, 0, 0, 0, 0), (0, 0, 0, 0, 0), (0, 0, 0, 0, 0)),
        near=({},) * 6,
        off=((),) * 3,
        on=((),) * 3,
    )
    terms = random_terms(Random(0), seats=6, people=3)
    free = constraints(type(terms)(("a", "b", "c"), 6, (0,) * 3, (0,) * 6, (0,) * 6, (), ()))
    found = improve(free, objective, (0,) * 6, steps=2000)
    assert [found.count(person) for person in range(3)] == [0, 4, 2]


def test_a_seed_gives_the_same_plan_again_and_another_seed_may_not() -> None:
    rng = Random(3)
    terms = random_terms(rng, seats=7, people=3)
    objective, rules = random_objective(rng, terms), constraints(terms)
    start = fill(rules).seats
    again = {improve(rules, objective, start, seed=5, steps=500) for _ in range(3)}
    assert len(again) == 1


def test_the_search_reckons_a_plan_as_dear_as_it_is() -> None:
    """The cost that is carried along from step to step is the cost of the plan, and no step breaks a rule."""
    made = 0
    for number in range(30):
        rng = Random(number)
        terms = random_terms(rng, seats=7, people=3)
        objective, rules = random_objective(rng, terms), constraints(terms)
        start = fill(rules)
        if start.verdict != "found":
            continue
        plan = _Plan(rules, objective, start.seats)
        for _ in range(100):
            exchange = plan.propose(rng.random(), rng.random(), rng.random())
            if exchange is not None:
                plan.make(exchange, most=plan.cost + rng.randrange(10**8))
                made += 1
                assert plan.cost == objective.cost(held_by(rules, tuple(plan.owner)))
                assert is_allowed(terms, tuple(plan.owner))
    assert made > 200
