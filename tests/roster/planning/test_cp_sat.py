"""CP-SAT: the same rules and the same objective, no worse than the built-in search."""

import json
from random import Random
from typing import Any

import pytest

from roster.history import as_history
from roster.planning.cp_sat import posed, solved
from roster.planning.feasibility import fill
from roster.planning.objective import Objective
from roster.planning.proposing import NoPlan, Plan, answer, checked
from roster.planning.question import ask
from roster.planning.terms import Constraints, constraints
from tests.roster.planning.bounds import least_spread, least_spread_of_equals
from tests.roster.planning.instances import all_plans, held_by, is_allowed, random_objective, random_terms
from tests.roster.planning.yardstick import request, yardstick
from vakttelefon.cli.roster_plan_solver import improved_by_cp_sat


def asked(rules: Constraints, objective: Objective, hint: tuple[int, ...] = ()) -> dict[str, Any]:
    """Ask in this process, through JSON as the other process is asked."""
    return solved(json.loads(json.dumps(posed(rules, objective, hint=hint, seed=0, limit=2))))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(25))
def test_it_gives_the_cheapest_of_all_plans_or_proves_that_there_is_none(number: int) -> None:
    """Against trying everything: the model says the same as the rules and the objective do."""
    rng = Random(number)
    terms = random_terms(rng, seats=6, people=3)
    objective, rules = random_objective(rng, terms), constraints(terms)
    plans, told = all_plans(terms), asked(rules, objective)
    if not plans:
        assert told == {"status": "impossible", "seats": []}
        return
    seats = tuple(told["seats"])
    assert told["status"] == "optimal"
    assert is_allowed(terms, seats)
    costs = [objective.cost(held_by(rules, plan)) for plan in plans]
    assert objective.cost(held_by(rules, seats)) == min(costs)


@pytest.mark.slow
def test_it_does_no_worse_than_the_built_in_search_on_the_yardstick_and_the_same_again() -> None:
    """In a process of its own, begun from the built-in plan; the spreads are at the least possible or one off."""
    question = ask(as_history(yardstick()), "drift", request())
    begin = answer(question, steps=3000)
    assert isinstance(begin, Plan)
    first, second = (improved_by_cp_sat(question, begin, seed=1, limit=2.0) for _ in range(2))
    assert isinstance(first, Plan)
    assert first == second
    assert checked(question, first.seats)
    assert first.cost <= begin.cost
    spread = question.objective.spread(first.held)
    assert spread[0] <= least_spread_of_equals(question.objective, 0) + 240
    assert spread[1] <= least_spread(question.objective, 1) + 240


@pytest.mark.slow
def test_it_decides_what_the_built_in_search_leaves_open() -> None:
    """A plan where there is one, and a clash where there is none."""
    question = ask(as_history(yardstick()), "drift", request())
    found = improved_by_cp_sat(question, NoPlan(question, None), seed=0, limit=2.0)
    assert isinstance(found, Plan)
    assert checked(question, found.seats)
    many = ask(as_history(yardstick()), "drift", request(weeks_between=4))
    assert fill(constraints(many.terms)).verdict == "impossible"
    none = improved_by_cp_sat(many, NoPlan(many, None), seed=0, limit=2.0)
    assert isinstance(none, NoPlan)
    assert none.clash is not None
