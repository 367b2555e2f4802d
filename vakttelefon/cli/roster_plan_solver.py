"""Asking CP-SAT in a process of its own, so that neither a crash nor its size is felt by ours."""

import json
import subprocess
import sys
from typing import Any, Final

from roster.planning.cp_sat import LIMIT, MISSING, posed
from roster.planning.proposing import NoPlan, Plan, checked, explained
from roster.planning.question import Question
from roster.planning.terms import constraints
from vakttelefon.cli.errors import CommandError

# The solver's own limit ends it long before; this one is for a machine that stands still.
_PATIENCE_SECONDS: Final = 900


def improved_by_cp_sat(
    question: Question, begin: Plan | NoPlan, *, seed: int, limit: float = LIMIT
) -> Plan | NoPlan:
    """Return CP-SAT's plan where it is better than the one to begin from, else that one.

    `limit` is in the solver's deterministic seconds. What the built-in search left open may be decided here.

    Raises:
        CommandError: OR-tools is not installed, or its process failed.
    """
    rules = constraints(question.terms)
    hint = begin.seats if isinstance(begin, Plan) else ()
    answer = _asked(json.dumps(posed(rules, question.objective, hint=hint, seed=seed, limit=limit)))
    seats = tuple(answer.get("seats", ()))
    if answer["status"] == "impossible" and isinstance(begin, NoPlan) and begin.clash is None:
        return NoPlan(question, explained(question))
    if not seats or not checked(question, seats):
        return begin
    found = Plan(question, seats)
    return found if isinstance(begin, NoPlan) or found.cost < begin.cost else begin


def _asked(question: str) -> dict[str, Any]:
    # -P: a file in the folder that one happens to be in must not be taken for a module.
    command = [sys.executable, "-P", "-m", "roster.planning.cp_sat"]
    try:
        done = subprocess.run(  # noqa: S603  our own module, run by our own interpreter
            command, input=question, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"cp-sat gave no answer within {_PATIENCE_SECONDS} s") from None
    if done.returncode == MISSING:
        raise CommandError(
            "OR-tools is not installed",
            where="--solver",
            remedy="pip install 'vakttelefon[planner]', or leave the option out",
        )
    if done.returncode:
        raise _failed(f"cp-sat's process ended with status {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _failed(what: str) -> CommandError:
    return CommandError(what, where="--solver", remedy="use the built-in search: leave the option out")
