"""How a proposal is written: as JSON (docs/roster-planning.md), and as tables for a terminal."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from roster.comparing import differences
from roster.organisation import Language
from roster.planning.balance import Balance, balances, short_rests, wishes
from roster.planning.laying import layer_of, organisation_with
from roster.planning.loads import Loads, holidays_in
from roster.planning.objective import MEASURES, ONE, POINT
from roster.planning.proposing import NoPlan, Plan
from vakttelefon.cli.questions import Question
from vakttelefon.cli.roster_plan_clash import clash_as_json, print_no_plan
from vakttelefon.cli.terminal import cell, print_table

if TYPE_CHECKING:
    from rich.table import Table

# Hours of one week-end, holiday, eve, night, and of one hour.
_WHOLES: Final = (48, 24, 24, 9, 1)
_SHOWN: Final = ("weekends", "holidays", "nights", "hours")


def as_json_text(question: Question, found: Plan | NoPlan, *, seed: int, solver: str) -> str:
    """Return an answer as JSON."""
    asked = found.question
    answer: dict[str, Any] = {
        "schedule": asked.schedule.id,
        "from": question.written(asked.request.start),
        "to": question.written(asked.request.end),
        "seed": seed,
        "solver": solver,
    }
    if isinstance(found, Plan):
        answer |= {"outcome": "planned", **_plan_as_json(question, found)}
    else:
        answer |= clash_as_json(question, found)
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _plan_as_json(question: Question, plan: Plan) -> dict[str, Any]:
    asked = plan.question
    spread = asked.objective.spread(plan.held)
    return {
        "slots": [
            {
                "start": question.written(slot.start),
                "end": question.written(slot.end),
                "parts": [
                    {"start": question.written(start), "end": question.written(end)}
                    for start, end in slot.parts
                ],
                "people": list(people),
                "holidays": _holidays(plan, slot.parts),
            }
            for slot, people in plan.slots
        ],
        "kept": [
            {
                "start": question.written(start),
                "end": question.written(end),
                "people": list(people),
                "source": source,
            }
            for start, end, people, source in asked.ground.kept
        ],
        "fairness": [
            {
                "person": each.person,
                "share": each.share,
                "new": each.is_new,
                "before": _loads_as_json(each.before),
                "planned": _loads_as_json(each.planned),
                "even": _loads_as_json(each.even),
            }
            for each in balances(plan)
        ],
        "spread": {
            name: round(span / ONE, 2) for name, span in zip(MEASURES, spread, strict=True) if name != "hours"
        },
        "points": round(plan.cost / POINT, 1),
        "wishes": [
            {
                "person": each.person,
                "want": each.wish.want,
                "from": each.wish.from_.isoformat(),
                "to": each.wish.to.isoformat(),
                "reason": each.wish.reason,
                "met": each.is_met,
            }
            for each in wishes(plan)
        ],
        "short_rests": [
            {"person": each.person, "end": question.written(each.end), "start": question.written(each.start)}
            for each in short_rests(plan)
        ],
        "layer": layer_of(plan).name,
        "differences": [str(each) for each in differences(asked.organisation, organisation_with(plan))],
    }


def _loads_as_json(loads: Loads | tuple[float, ...]) -> dict[str, float]:
    return {name: round(each, 2) for name, each in zip(MEASURES, _wholes(loads), strict=True)}


def _wholes(loads: Sequence[float]) -> list[float]:
    return [seconds / 3600 / whole for seconds, whole in zip(loads, _WHOLES, strict=True)]


def _holidays(plan: Plan, parts: Sequence[tuple[datetime, datetime]]) -> list[str]:
    organisation, duty = plan.question.organisation, plan.question.schedule.duty
    return holidays_in(parts, duty, organisation.zone, Language.EN)


def print_answer(question: Question, found: Plan | NoPlan) -> None:
    """Print an answer for a person's eye."""
    if isinstance(found, NoPlan):
        print_no_plan(question, found)
        return
    print_table(_slots_table(question, found))
    click.echo()
    print_table(_fairness_table(question, found))
    before = "" if found.question.request.before is None else "Before + "
    click.echo(f"{before}planned (planned that would make all even).".capitalize())
    new = found.question.newcomers
    if new:
        click.echo(f"New, reckoned level with the others before: {question.names(new)}.")
    click.echo()
    _print_wishes(question, found)
    for rest in short_rests(found):
        name = question.names((rest.person,))
        click.echo(f"Short rest: {name}, {question.said(rest.end)} to {question.said(rest.start)}.")
    for each in differences(found.question.organisation, organisation_with(found)):
        click.echo(f"{each.sign} {each.what}: {len(layer_of(found).shifts)} shifts")


def _table(*headings: tuple[str, bool]) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, is_number in headings:
        table.add_column(heading, no_wrap=heading in {"From", "To"}, justify="right" if is_number else "left")
    return table


def _slots_table(question: Question, plan: Plan) -> "Table":
    rows = [
        (slot.start, slot.end, question.names(people), ", ".join(_holidays(plan, slot.parts)))
        for slot, people in plan.slots
    ]
    rows += [
        (start, end, question.names(people) or "nobody", f"kept, {source}")
        for start, end, people, source in plan.question.ground.kept
    ]
    table = _table(("From", False), ("To", False), ("On duty", False), ("", False))
    for start, end, people, note in sorted(rows):
        cells = (question.said(start), question.said(end), people, note)
        table.add_row(*(cell(each) for each in cells))
    return table


def _fairness_table(question: Question, plan: Plan) -> "Table":
    table = _table(("", False), ("Share", True), *((name.capitalize(), True) for name in _SHOWN))
    for each in balances(plan):
        cells = [question.names((each.person,)), f"{each.share:g}"]
        with_before = plan.question.request.before is not None
        cells += [_said(each, MEASURES.index(name), with_before=with_before) for name in _SHOWN]
        table.add_row(*(cell(each) for each in cells))
    return table


def _said(balance: Balance, measure: int, *, with_before: bool) -> str:
    before, planned, even = (
        _wholes(loads)[measure] for loads in (balance.before, balance.planned, balance.even)
    )
    tenths = MEASURES[measure] in {"weekends", "holidays"}
    carried = f"{_short(before, tenths=tenths)} + " if with_before else ""
    return f"{carried}{_short(planned, tenths=tenths)} ({_short(even, tenths=tenths)})"


def _short(number: float, *, tenths: bool) -> str:
    """Return a number with as few digits as a table has room for."""
    # Adding 0 turns a rounded -0.0 into 0.
    return f"{round(number, 1 if tenths else None) + 0:.6g}"


def _print_wishes(question: Question, plan: Plan) -> None:
    wished = wishes(plan)
    unmet = [each for each in wished if not each.is_met]
    if not wished:
        click.echo("Nobody wished anything for this time.")
    elif not unmet:
        click.echo("All wishes are met." if len(wished) > 1 else "The wish is met.")
    else:
        click.echo(f"Wishes not met: {len(unmet)} of {len(wished)}.")
    for each in unmet:
        days = f"{each.wish.from_.isoformat()} to {each.wish.to.isoformat()}"
        reason = f" ({each.wish.reason})" if each.wish.reason else ""
        click.echo(
            f"  - {question.names((each.person,))} wished to be {each.wish.want} duty, {days}{reason}."
        )
