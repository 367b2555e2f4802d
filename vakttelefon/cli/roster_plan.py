"""`roster plan`: propose who takes which slot of the coming weeks or months, or say what stands in the way.

The answer changes nothing: it is an organisation file (`--out`) that `vakttelefon import` takes.
"""

from calendar import monthrange
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roster.wallclock import FIRST_YEAR, to_instant, to_wall
from vakttelefon.cli.questions import (
    WHEN,
    Question,
    about_a_roster,
    ask,
    read_instant,
    require_stretch,
    wrong_usage,
)

if TYPE_CHECKING:
    from roster.planning.proposing import Plan
    from roster.planning.slots import HandOver


@click.command(
    epilog="Example: vakttelefon roster plan --from 2027-01-04 --to 2027-07-05"
    ' --slots "mon 08:00, fri 15:30" --out planned.toml'
)
@click.option("--from", "begins", metavar="WHEN", required=True, help=f"{WHEN}; a date is its 00:00.")
@click.option("--to", "ends", metavar="WHEN", required=True, help="Slots that begin before this are planned.")
@click.option(
    "--slots", metavar="TIMES", help='Hand-overs, "mon 08:00, fri 15:30". Default: those of the rotations.'
)
@click.option("--people", metavar="IDS", help="Who may be used, by comma. Default: all that the layers name.")
@click.option(
    "--weeks-between",
    type=click.IntRange(0, 104),
    metavar="N",
    help="Whole weeks between somebody's duties. Default: the schedule's rule.",
)
@click.option(
    "--before",
    type=click.IntRange(0, 120),
    metavar="MONTHS",
    default=12,
    show_default=True,
    help="How far back duties count as carried; 0: not at all.",
)
@click.option(
    "--over", multiple=True, metavar="LAYER", help="Plan over this layer of fixed shifts; may be repeated."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    metavar="N",
    default=0,
    show_default=True,
    help="Another number may find another plan that is as fair.",
)
@click.option(
    "--solver",
    type=click.Choice(["built-in", "cp-sat"]),
    default="built-in",
    show_default=True,
    help="cp-sat takes about half a minute and needs vakttelefon[planner].",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the organisation with the plan in it.",
)
@click.option("--yes", is_flag=True, help="Do not ask before a file is replaced.")
@about_a_roster
def plan(
    schedule: str | None,
    file: Path | None,
    as_json: bool,  # noqa: FBT001  click passes it by name
    begins: str,
    ends: str,
    *,
    slots: str | None,
    people: str | None,
    weeks_between: int | None,
    before: int,
    over: tuple[str, ...],
    seed: int,
    solver: str,
    out: Path | None,
    yes: bool,
) -> None:
    """Propose who takes which slot: fair by what each has carried, with no rule broken.

    Nothing is changed: write the plan with --out and import that file.
    """
    from roster.planning.proposing import Plan, answer
    from roster.planning.question import Request
    from roster.planning.question import ask as pose
    from roster.planning.slots import SlotsError
    from roster.timeline import UnknownScheduleError
    from vakttelefon.cli.roster_plan_text import as_json_text, print_answer

    question = ask(schedule, file)
    start, end = read_instant(question, "--from", begins), read_instant(question, "--to", ends)
    require_stretch(start, end, begins=begins, ends=ends)
    if file is None and start < datetime.now(UTC):
        raise wrong_usage(
            "--from", f"{begins} is over, and a plan changes only what is to come", "begin later"
        )
    try:
        request = Request(
            start=start,
            end=end,
            before=_months_before(question, start, before) if before else None,
            people=_people(question, people),
            hand_overs=() if slots is None else _hand_overs(slots),
            over=_over(question, over),
            weeks_between=weeks_between,
        )
        posed = pose(question.history, question.schedule, request)
    except UnknownScheduleError as error:
        raise wrong_usage("--schedule", str(error), "name one of the organisation in force") from None
    except SlotsError as error:
        raise wrong_usage("--from", error.what, error.remedy) from None
    found = answer(posed, seed=seed)
    if solver == "cp-sat":
        from vakttelefon.cli.roster_plan_solver import improved_by_cp_sat

        found = improved_by_cp_sat(posed, found, seed=seed)
    if as_json:
        click.echo(as_json_text(question, found, seed=seed, solver=solver))
    else:
        print_answer(question, found)
    if out is not None:
        if isinstance(found, Plan):
            _write(found, out, yes=yes)
        else:
            click.echo(f"{out}: nothing was written, for there is no plan", err=True)


def _months_before(question: Question, start: datetime, months: int) -> datetime:
    wall = to_wall(start, question.zone)
    year, month = divmod(wall.year * 12 + wall.month - 1 - months, 12)
    if year < FIRST_YEAR:
        raise wrong_usage("--before", f"{months} months before --from is too far off", "give fewer months")
    day = min(wall.day, monthrange(year, month + 1)[1])
    return to_instant(wall.replace(year=year, month=month + 1, day=day), question.zone)


def _hand_overs(text: str) -> "tuple[HandOver, ...]":
    from roster.planning.slots import SlotsError, read_hand_overs

    try:
        return read_hand_overs(text)
    except SlotsError as error:
        raise wrong_usage("--slots", error.what, error.remedy) from None


def _people(question: Question, text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    ids = tuple(each.strip() for each in text.split(",") if each.strip())
    for each in ids:
        if question.organisation.person(each) is None:
            known = ", ".join(person.id for person in question.organisation.people) or "nobody"
            raise wrong_usage("--people", f'there is no person "{each}"', f"known are {known}")
    return ids


def _over(question: Question, names: tuple[str, ...]) -> tuple[str, ...]:
    from roster.organisation import ShiftLayer

    schedule = question.organisation.schedule(question.schedule)
    layers = () if schedule is None else schedule.layers
    fixed = [layer.name for layer in layers if isinstance(layer, ShiftLayer)]
    for name in names:
        if name not in fixed:
            known = ", ".join(fixed) or "none"
            raise wrong_usage("--over", f'there is no layer of fixed shifts "{name}"', f"there are: {known}")
    return names


def _write(found: "Plan", out: Path, *, yes: bool) -> None:
    from roster.planning.laying import organisation_with
    from roster.writing import write_organisation
    from vakttelefon.cli.asking import confirm
    from vakttelefon.files import write_private_file

    if out.exists():
        confirm(f"{out} exists. Replace it?", yes=yes)
    write_private_file(out, write_organisation(organisation_with(found)).encode())
    click.echo(f"Wrote {out}: `vakttelefon import {out}` puts the plan in force.", err=True)
