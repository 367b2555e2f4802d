"""Lower bounds of the spread: what could be reached at best if only loads counted and no other rule did."""

from roster.planning.objective import Objective


def least_spread_of_equals(objective: Objective, measure: int) -> int:
    """Return the least spread with equal units given out freely: exact for seats that all weigh the same."""
    units = [each[measure] for each in objective.units if each[measure]]
    assert len(set(units)) == 1
    unit, seats = units[0], len(units)
    start = [
        carried[measure] * scale for carried, scale in zip(objective.carried, objective.scale, strict=True)
    ]
    steps = [unit * scale for scale in objective.scale]
    tops = {
        level + step * count for level, step in zip(start, steps, strict=True) for count in range(seats + 1)
    }
    best = max(start) + max(steps) * seats
    for top in tops:
        levels, left = list(start), seats
        if top < max(start):
            continue
        while left:
            lifts = [(level, person) for person, level in enumerate(levels) if level + steps[person] <= top]
            if not lifts:
                break
            levels[min(lifts)[1]] += steps[min(lifts)[1]]
            left -= 1
        if not left:
            best = min(best, max(levels) - min(levels))
    return best


def least_spread(objective: Objective, measure: int) -> int:
    """Return a bound for the spread of a few unequal seats given out freely, by all ways that differ."""
    units = sorted((each[measure] for each in objective.units if each[measure]), reverse=True)
    people = sorted(
        (carried[measure] * scale, scale)
        for carried, scale in zip(objective.carried, objective.scale, strict=True)
    )
    states = {tuple(people)}
    for unit in units:
        states = {
            tuple(sorted((*state[:number], (level + unit * scale, scale), *state[number + 1 :])))
            for state in states
            for number, (level, scale) in enumerate(state)
        }
    return min(max(level for level, _ in state) - min(level for level, _ in state) for state in states)
