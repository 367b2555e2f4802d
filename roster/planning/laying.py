"""Laying a plan into the organisation: a layer of fixed shifts on top of the others.

The layer has nobody wherever something is kept, so overrides, swaps and other fixed shifts show as before.
"""

from dataclasses import replace

from roster.organisation import FixedShift, Organisation, ShiftLayer
from roster.planning.proposing import Plan
from roster.wallclock import to_wall


def layer_of(plan: Plan) -> ShiftLayer:
    """Return the plan as a layer, named by its first day: `Plan 2027-01-04`."""
    question = plan.question
    zone = question.organisation.zone
    shifts = [
        FixedShift(people=people, start=to_wall(start, zone), end=to_wall(end, zone))
        for slot, people in plan.slots
        for start, end in slot.parts
    ]
    shifts.sort(key=lambda shift: shift.start)
    taken = {layer.name for layer in question.schedule.layers}
    name = first = f"Plan {shifts[0].start.date().isoformat()}"
    number = 1
    while name in taken:
        number += 1
        name = f"{first} ({number})"
    return ShiftLayer(name=name, shifts=tuple(shifts))


def organisation_with(plan: Plan) -> Organisation:
    """Return the organisation with the plan in force: what `vakttelefon import` takes."""
    organisation, planned = plan.question.organisation, plan.question.schedule
    schedule = replace(planned, layers=(*planned.layers, layer_of(plan)))
    schedules = tuple(schedule if each.id == planned.id else each for each in organisation.schedules)
    return replace(organisation, schedules=schedules)
