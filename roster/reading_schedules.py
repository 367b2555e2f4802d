"""Reading schedules: layers, overrides and meant gaps (contract section 3)."""

from datetime import datetime, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Final

from roster.organisation import (
    FixedShift,
    Layer,
    MeantGap,
    Override,
    Rotation,
    Schedule,
    ShiftLayer,
    Window,
)
from roster.reading_hours import read_clock, read_days, read_duty, read_windows
from roster.reading_names import Names, read_id
from roster.reading_rules import read_rules
from roster.reading_tables import Table
from roster.rules import NO_RULES
from roster.toml_values import quoted
from roster.wallclock import to_instant

MOST_EVERY: Final = 10_000

_OF_A_ROTATION: Final = ("people", "rotation", "every", "start", "until", "windows")


class _Kind(StrEnum):
    OVERRIDE = "override"
    SWAP = "swap"


def read_schedule(table: Table, names: Names, zone: tzinfo) -> Schedule | None:
    """Read one of `[[schedules]]`."""
    schedule_id = names.declare("schedule", table)
    name = table.text("name", required=True)
    duty_table = table.table("duty")
    duty = None if duty_table is None else read_duty(duty_table)
    taken: set[str] = set()
    layers = tuple(_read_layer(each, names, zone, taken) for each in table.tables("layers"))
    taken = set()
    overrides = tuple(_read_override(each, names, zone, taken) for each in table.tables("overrides"))
    meant = tuple(_read_meant_gap(each, zone) for each in table.tables("meant_gaps", inline=True))
    rules_table = table.table("rules")
    rules = NO_RULES if rules_table is None else read_rules(rules_table)
    table.close()
    if schedule_id is None or name is None:
        return None
    return Schedule(
        id=schedule_id,
        name=name,
        duty=duty,
        layers=tuple(layer for layer in layers if layer is not None),
        overrides=tuple(override for override in overrides if override is not None),
        meant_gaps=tuple(gap for gap in meant if gap is not None),
        rules=rules,
    )


def _read_layer(table: Table, names: Names, zone: tzinfo, taken: set[str]) -> Layer | ShiftLayer | None:
    name = table.text("name", required=True)
    table.called(name)
    if name is not None:
        if name in taken:
            table.problem(
                "name", f"two layers of the schedule are called {quoted(name)}", "give each its own name"
            )
        taken.add(name)
    if table.has("shifts"):
        return _read_shift_layer(table, names, zone, name)
    table.knows("shifts")
    people = _read_turns(table, names)
    rotation = table.choice("rotation", Rotation, required=True)
    every = table.integer("every", least=1, most=MOST_EVERY)
    start = table.local_time("start", required=True)
    until = table.local_time("until")
    if start is not None and until is not None and to_instant(until, zone) <= to_instant(start, zone):
        table.problem(
            "until", f"{until.isoformat()} is not after the start", "write a later time, or remove it"
        )
    windows = read_windows(table)
    table.close()
    if name is None or rotation is None or start is None:
        return None
    return Layer(
        name=name,
        people=people,
        rotation=rotation,
        start=start,
        every=every or 1,
        until=until,
        windows=windows,
    )


def _read_shift_layer(table: Table, names: Names, zone: tzinfo, name: str | None) -> ShiftLayer | None:
    shifts: list[tuple[int, FixedShift]] = []
    for number, each in enumerate(table.tables("shifts", inline=True)):
        people = _read_people(each, names)
        if each.is_empty_list("people"):
            each.problem("people", "the shift has nobody", "name at least one person, or remove the shift")
        start, end = _read_period(each, zone, required=True)
        each.close()
        if start is not None and end is not None:
            shifts.append((number, FixedShift(people=people, start=start, end=end)))
    for key in _OF_A_ROTATION:
        if table.has(key):
            table.problem(key, "a layer of shifts has no rotation", "remove it, or remove `shifts`")
    table.knows(*_OF_A_ROTATION)
    table.close()
    shifts.sort(key=lambda each: (to_instant(each[1].start, zone), each[0]))
    for (_, before), (number, after) in pairwise(shifts):
        if to_instant(after.start, zone) < to_instant(before.end, zone):
            table.problem_with(
                "shifts",
                number,
                f"it begins before the shift of {before.start.isoformat()} has ended",
                'make them meet, or put both people into one shift: people = ["kari", "per"]',
            )
    return None if name is None else ShiftLayer(name=name, shifts=tuple(shift for _, shift in shifts))


def _read_period(table: Table, zone: tzinfo, *, required: bool) -> tuple[datetime | None, datetime | None]:
    """Return `start` and `end`, the end told of when it is not after the start."""
    start, end = table.local_time("start", required=required), table.local_time("end", required=required)
    if start is not None and end is not None and to_instant(end, zone) <= to_instant(start, zone):
        table.problem("end", f"{end.isoformat()} is not after the start", "write a later time")
        return start, None
    return start, end


def _read_meant_gap(table: Table, zone: tzinfo) -> MeantGap | None:
    once = table.has("start") or table.has("end")
    weekly = [key for key in ("days", "from", "to") if table.has(key)]
    reason = table.text("reason") or ""
    if once and weekly:
        table.problem(
            weekly[0],
            "a gap that is meant both once and every week",
            "keep `start` and `end`, or `days`, `from` and `to`",
        )
        table.knows("start", "end", "days", "from", "to")
        table.close()
        return None
    if weekly:
        days, opens, closes = read_days(table), read_clock(table, "from"), read_clock(table, "to")
        table.knows("start", "end")
        table.close()
        if days is None or opens is None or closes is None:
            return None
        return MeantGap(window=Window(days=days, from_minute=opens, to_minute=closes), reason=reason)
    start, end = _read_period(table, zone, required=True)
    table.knows("days", "from", "to")
    table.close()
    return None if start is None or end is None else MeantGap(start=start, end=end, reason=reason)


def _read_turns(table: Table, names: Names) -> tuple[tuple[str, ...], ...]:
    turns: list[tuple[str, ...]] = []
    texts = table.texts("people", required=True)
    for number, text in texts:
        turn = tuple(part.strip() for part in text.split("+"))
        if not all(turn):
            table.problem_with(
                "people", number, f"{quoted(text)} is no turn", 'write "kari", or "kari+per" for two together'
            )
            continue
        if len(set(turn)) < len(turn):
            table.problem_with("people", number, f"{quoted(text)} names somebody twice", "name each once")
        for person_id in dict.fromkeys(turn):
            names.refer("person", person_id, table, "people", number)
        turns.append(turn)
    if table.is_empty_list("people"):
        table.problem("people", "the rotation has nobody", "name at least one person")
    return tuple(turns)


def _read_people(table: Table, names: Names) -> tuple[str, ...]:
    people: list[str] = []
    for number, person_id in table.texts("people", required=True):
        if person_id in people:
            table.problem_with("people", number, f"{quoted(person_id)} is named twice", "name each once")
        names.refer("person", person_id, table, "people", number)
        people.append(person_id)
    return tuple(people)


def _read_override(table: Table, names: Names, zone: tzinfo, taken: set[str]) -> Override | None:
    override_id = read_id(table)
    table.called(override_id)
    if override_id is not None:
        if override_id in taken:
            table.problem(
                "id", f"{quoted(override_id)} is used twice in the schedule", "give each its own id"
            )
        taken.add(override_id)
    people = _read_people(table, names)
    replaces = table.text("replaces")
    if replaces is not None:
        names.refer("person", replaces, table, "replaces")
    kind = table.choice("kind", _Kind)
    start, end = _read_period(table, zone, required=True)
    table.close()
    if override_id is None or start is None or end is None:
        return None
    return Override(
        id=override_id,
        people=people,
        start=start,
        end=end,
        replaces=replaces,
        kind="swap" if kind is _Kind.SWAP else "override",
    )
