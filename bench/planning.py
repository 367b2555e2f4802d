"""How long a plan takes and how even it is: 8 people, 26 weeks, 52 slots, with absences, wishes and holidays.

`python -m bench.planning` prints for several seeds the processor time of the built-in search, the broken
rules that an independent check finds, and the spread of week-ends and holidays beside a bound that no plan
can be below; then what CP-SAT makes of the first plan, where OR-tools is installed. Exit status 1 tells of
a missed aim: no broken rule, both spreads at most one above the bound, 2 seconds.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec

from roster.history import as_history
from roster.planning.balance import wishes
from roster.planning.laying import organisation_with
from roster.planning.objective import ONE, POINT
from roster.planning.proposing import Plan, answer
from roster.planning.question import ask
from tests.roster.planning.bounds import least_spread, least_spread_of_equals
from tests.roster.planning.checker import broken_rules
from tests.roster.planning.yardstick import request, yardstick
from vakttelefon.cli.roster_plan_solver import improved_by_cp_sat

AIM_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and say whether the aims are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds (default 5)")
    parser.add_argument("--without-cp-sat", action="store_true", help="leave the solver out")
    options = parser.parse_args(arguments)
    met = True
    for with_before in (True, False):
        met = _measured(with_before=with_before, options=options) and met
    print("All aims are met." if met else "An aim was missed.")
    return 0 if met else 1


def _measured(*, with_before: bool, options: argparse.Namespace) -> bool:
    organisation = yardstick()
    print(f"8 people, 26 weeks, 52 slots, {'12 months' if with_before else 'nothing'} carried before")
    seconds: list[float] = []
    met = True
    first: Plan | None = None
    for seed in range(options.seeds):
        begun = time.process_time()
        question = ask(as_history(organisation), "drift", request(before=with_before))
        plan = answer(question, seed=seed)
        seconds.append(time.process_time() - begun)
        if not isinstance(plan, Plan):
            print(f"  seed {seed}: no plan")
            return False
        first = first or plan
        met = _told(f"seed {seed}", plan) and met
    print(f"  median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s (aim: {AIM_SECONDS:g} s)")
    if first is not None and not options.without_cp_sat and find_spec("ortools") is not None:
        begun = time.perf_counter()
        better = improved_by_cp_sat(first.question, first, seed=0)
        took = time.perf_counter() - begun
        met = isinstance(better, Plan) and better.cost <= first.cost and _told("cp-sat", better) and met
        print(f"  cp-sat took {took:.0f} s by the clock")
    return met and statistics.median(seconds) <= AIM_SECONDS


def _told(what: str, plan: Plan) -> bool:
    """Print a plan's figures and return whether they are within the aims."""
    question = plan.question
    objective = question.objective
    broken = broken_rules(question.organisation, organisation_with(plan), question.schedule.id, plan.slots)
    spread = objective.spread(plan.held)
    bounds = least_spread_of_equals(objective, 0), least_spread(objective, 1)
    unmet = sum(not each.is_met for each in wishes(plan))
    print(
        f"  {what}: {len(broken)} broken rules, {unmet} wishes not met,"
        f" week-ends {spread[0] / ONE:.2f} (bound {bounds[0] / ONE:.2f}),"
        f" holidays {spread[1] / ONE:.2f} (bound {bounds[1] / ONE:.2f}), {plan.cost / POINT:.1f} points"
    )
    return not broken and all(found <= bound + ONE for found, bound in zip(spread[:2], bounds, strict=True))


if __name__ == "__main__":
    sys.exit(main())
