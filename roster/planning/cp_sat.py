"""Planning by OR-tools' CP-SAT, in a process of its own: `python -m roster.planning.cp_sat`.

It reads one JSON object (`posed`) and writes another: `{"status", "seats"}` with status `optimal`,
`feasible`, `impossible` or `unknown`. One worker, a seed and a limit in the solver's own deterministic time,
so that the same version gives the same plan again. The optional dependency is imported here alone.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from roster.planning.objective import (
    MEASURES,
    ONE,
    POINT,
    SPREAD_POINTS,
    UNEVEN_POINTS,
    WISH_POINTS,
    Objective,
)
from roster.planning.terms import Constraints, bits

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

# In the solver's deterministic seconds; one or two real ones each on an ordinary machine.
LIMIT: Final = 10.0


def posed(
    rules: Constraints, objective: Objective, *, hint: Sequence[int], seed: int, limit: float = LIMIT
) -> dict[str, Any]:
    """Return a question for the process as JSON knows it; `hint` is a plan to begin from, or empty."""
    return {
        "rules": asdict(rules),
        "objective": {
            "scale": objective.scale,
            "units": objective.units,
            "carried": objective.carried,
            "near": [sorted(others.items()) for others in objective.near],
            "off": objective.off,
            "on": objective.on,
        },
        "hint": list(hint),
        "seed": seed,
        "limit": limit,
    }


def solved(question: dict[str, Any]) -> dict[str, Any]:
    """Solve a question in this process.

    Raises:
        ImportError: OR-tools is not installed.
    """
    from ortools.sat.python import cp_model

    rules = _rules(question["rules"])
    told = question["objective"]
    objective = Objective(
        scale=tuple(told["scale"]),
        units=tuple(map(tuple, told["units"])),
        carried=tuple(map(tuple, told["carried"])),
        near=tuple(dict(others) for others in told["near"]),
        off=tuple(map(tuple, told["off"])),
        on=tuple(map(tuple, told["on"])),
    )
    model = _Model(rules, objective)
    for seat, person in enumerate(question["hint"]):
        for other in model.people_for(seat):
            model.cp.add_hint(model.takes[seat, other], other == person)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    # One worker alone would use one strategy; taking turns among all of them stays deterministic.
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = question["seed"] % 2**31
    solver.parameters.max_deterministic_time = question["limit"]
    status = solver.solve(model.cp)
    names = {
        cp_model.OPTIMAL: "optimal",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "impossible",
    }
    name = names.get(status, "unknown")
    seats: list[int] = []
    if name in ("optimal", "feasible"):
        seats = [
            next(person for person in model.people_for(seat) if solver.value(model.takes[seat, person]))
            for seat in range(rules.seats)
        ]
    return {"status": name, "seats": seats}


def _rules(told: dict[str, Any]) -> Constraints:
    return Constraints(
        people=told["people"],
        seats=told["seats"],
        may=tuple(told["may"]),
        apart=tuple(told["apart"]),
        windows=tuple(tuple((mask, most) for mask, most in each) for each in told["windows"]),
        held=tuple(told["held"]),
    )


class _Model:
    """The rules and the objective as a model: `takes` says whether a person takes a seat."""

    def __init__(self, rules: Constraints, objective: Objective) -> None:
        from ortools.sat.python import cp_model

        self.cp = cp_model.CpModel()
        self._rules = rules
        self._objective = objective
        self.takes: dict[tuple[int, int], cp_model.IntVar] = {
            (seat, person): self.cp.new_bool_var(f"{seat} {person}")
            for seat in range(rules.seats)
            for person in range(rules.people)
            if rules.fits(person, seat, rules.held[person])
        }
        for seat in range(rules.seats):
            self.cp.add_exactly_one(self.takes[seat, person] for person in self.people_for(seat))
        self._add_rules()
        self.cp.minimize(cp_sum(self._unevenness()) + cp_sum(self._own_costs()))

    def people_for(self, seat: int) -> list[int]:
        """Return who may take a seat, with what they have already."""
        return [person for person in range(self._rules.people) if (seat, person) in self.takes]

    def _of(self, person: int, mask: int) -> list["cp_model.IntVar"]:
        seats = mask & self._objective.all_seats
        return [self.takes[seat, person] for seat in bits(seats) if (seat, person) in self.takes]

    def _add_rules(self) -> None:
        cliques = set(self._cliques())
        windows = {
            (mask | 1 << seat, most) for seat, each in enumerate(self._rules.windows) for mask, most in each
        }
        for person in range(self._rules.people):
            for clique in sorted(cliques):
                self.cp.add_at_most_one(self._of(person, clique))
            for mask, most in sorted(windows):
                left = most - (self._rules.held[person] & mask).bit_count()
                self.cp.add(cp_sum(self._of(person, mask)) <= max(left, 0))

    def _cliques(self) -> Iterator[int]:
        """Yield masks of seats of which nobody may have two, until every such pair is in one."""
        apart = [mask & self._objective.all_seats for mask in self._rules.apart]
        for seat, mask in enumerate(apart):
            later = mask >> (seat + 1) << (seat + 1)
            while later:
                clique, common = 1 << seat, mask
                for other in bits(later):
                    if common >> other & 1:
                        clique |= 1 << other
                        common &= apart[other]
                later &= ~clique
                yield clique

    def _unevenness(self) -> Iterator[Any]:
        objective = self._objective
        even = objective.even()
        everybody = range(self._rules.people)
        most_units = [sum(units[measure] for units in objective.units) for measure in range(len(MEASURES))]
        for measure, name in enumerate(MEASURES):
            limits = [
                (carried[measure] * scale, (carried[measure] + most_units[measure]) * scale)
                for carried, scale in zip(objective.carried, objective.scale, strict=True)
            ]
            lowest, highest = min(low for low, _ in limits), max(high for _, high in limits)
            top = self.cp.new_int_var(lowest, highest, f"most {name}")
            bottom = self.cp.new_int_var(lowest, highest, f"least {name}")
            yield SPREAD_POINTS[measure] * ONE * (top - bottom)
            for person in everybody:
                scale = objective.scale[person]
                level = objective.carried[person][measure] * scale + cp_sum(
                    units[measure] * scale * self.takes[seat, person]
                    for seat, units in enumerate(objective.units)
                    if units[measure] and (seat, person) in self.takes
                )
                self.cp.add(top >= level)
                self.cp.add(bottom <= level)
                low, high = limits[person][0] - even[measure], limits[person][1] - even[measure]
                off = self.cp.new_int_var(low, high, f"off {name} {person}")
                self.cp.add(off == level - even[measure])
                square = self.cp.new_int_var(0, max(low * low, high * high), f"square {name} {person}")
                self.cp.add_multiplication_equality(square, [off, off])
                yield UNEVEN_POINTS[measure] * square

    def _own_costs(self) -> Iterator[Any]:
        objective, held = self._objective, self._rules.held
        for seat, near in enumerate(objective.near):
            for other, points in near.items():
                for person in self.people_for(seat):
                    takes = self.takes[seat, person]
                    if other >= self._rules.seats:
                        if held[person] >> other & 1:
                            yield points * POINT * takes
                    elif (other, person) in self.takes:
                        both = self.cp.new_bool_var(f"{seat} and {other} {person}")
                        self.cp.add(both >= takes + self.takes[other, person] - 1)
                        yield points * POINT * both
        for person in range(self._rules.people):
            for mask in objective.off[person]:
                broken = self.cp.new_bool_var("")
                for takes in self._of(person, mask):
                    self.cp.add_implication(takes, broken)
                yield WISH_POINTS * POINT * broken
            for mask in objective.on[person]:
                if not mask & held[person]:
                    missed = self.cp.new_bool_var("")
                    self.cp.add_bool_or([*self._of(person, mask), missed])
                    yield WISH_POINTS * POINT * missed


def cp_sum(terms: Any) -> Any:
    """Return the sum of the solver's expressions, built in one go."""
    from ortools.sat.python import cp_model

    return cp_model.LinearExpr.sum(list(terms))


def main() -> int:
    """Answer the question on standard input; 3 where OR-tools is not installed."""
    question = json.load(sys.stdin)
    try:
        answer = solved(question)
    except ImportError:
        return MISSING
    json.dump(answer, sys.stdout)
    return 0


MISSING: Final = 3

if __name__ == "__main__":
    sys.exit(main())
