"""Questions to the roster: who is on duty and why, and who is on over a stretch of time.

Each works on a file alone (`--file`), with no database and no configuration, or on what is in force,
recorded history included. The JSON shapes are fixed (contract section 1).
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from roster.on_duty import OnDuty, who_is_on
from roster.timeline import Timeline, build_timeline
from vakttelefon.cli.calendars import calendars, ical, subscribe, unsubscribe
from vakttelefon.cli.questions import (
    WHEN,
    Question,
    about_a_roster,
    ask,
    read_instant,
    require_stretch,
)
from vakttelefon.cli.roster_fairness import fairness
from vakttelefon.cli.roster_gaps import gaps
from vakttelefon.cli.roster_plan import plan
from vakttelefon.cli.roster_read import read
from vakttelefon.cli.terminal import cell, print_table


@click.group(epilog="Example: vakttelefon roster who --file organisation.toml --at 2026-12-24T21:00")
def roster() -> None:
    """Ask the roster: who is on duty, until when, why, and where somebody is missing."""


roster.add_command(gaps)
roster.add_command(fairness)
roster.add_command(plan)
roster.add_command(read)
roster.add_command(ical)
roster.add_command(subscribe)
roster.add_command(unsubscribe)
roster.add_command(calendars)


@roster.command(epilog="Example: vakttelefon roster who --schedule drift --at 2026-12-24T21:00 --json")
@click.option("--at", metavar="WHEN", help=f"{WHEN}. Default: now.")
@about_a_roster
def who(schedule: str | None, file: Path | None, as_json: bool, at: str | None) -> None:  # noqa: FBT001  click's
    """Say who is on duty at an instant, past or future, until when, who is next, and why."""
    question = ask(schedule, file)
    instant = datetime.now(UTC).replace(microsecond=0) if at is None else read_instant(question, "--at", at)
    answer = who_is_on(
        question.history,
        question.schedule,
        instant,
        language=question.organisation.language,
        absence_reasons=True,
    )
    if as_json:
        click.echo(json.dumps(who_as_json(question, answer), ensure_ascii=False, indent=2))
    else:
        _print_who(question, answer)


@roster.command(
    epilog="Example: vakttelefon roster timeline --schedule drift --from 2026-12-21 --to 2027-01-04"
)
@click.option("--from", "begins", metavar="WHEN", required=True, help=f"{WHEN}; a date is its 00:00.")
@click.option("--to", "ends", metavar="WHEN", required=True, help="Likewise; this instant is not included.")
@about_a_roster
def timeline(schedule: str | None, file: Path | None, as_json: bool, begins: str, ends: str) -> None:  # noqa: FBT001
    """List who is on duty from one instant to another, and the gaps in between."""
    question = ask(schedule, file)
    start, end = read_instant(question, "--from", begins), read_instant(question, "--to", ends)
    require_stretch(start, end, begins=begins, ends=ends)
    answer = build_timeline(question.history, question.schedule, start=start, end=end)
    if as_json:
        click.echo(json.dumps(timeline_as_json(question, answer), ensure_ascii=False, indent=2))
    else:
        _print_timeline(question, answer)


def who_as_json(question: Question, answer: OnDuty) -> dict[str, Any]:
    """Return the answer to `roster who` in the contract's shape."""
    upcoming = answer.next
    return {
        "schedule": answer.schedule,
        "at": question.written(answer.at),
        "people": list(answer.people),
        "until": question.written(answer.until),
        "next": None
        if upcoming is None
        else {"people": list(upcoming.people), "from": question.written(upcoming.from_)},
        "because": list(answer.because),
    }


def timeline_as_json(question: Question, answer: Timeline) -> dict[str, Any]:
    """Return the answer to `roster timeline` in the contract's shape."""
    return {
        "schedule": answer.schedule,
        "from": question.written(answer.start),
        "to": question.written(answer.end),
        "shifts": [
            {
                "start": question.written(shift.start),
                "end": question.written(shift.end),
                "people": list(shift.people),
                "source": shift.source,
            }
            for shift in answer.shifts
        ],
        "gaps": [
            {"start": question.written(gap.start), "end": question.written(gap.end)} for gap in answer.gaps
        ],
    }


def _print_who(question: Question, answer: OnDuty) -> None:
    click.echo(f"{question.said(answer.at)}, {answer.schedule}: {question.names(answer.people)}")
    if answer.until is not None:
        click.echo(f"  until {question.said(answer.until)}")
    if answer.next is not None:
        click.echo(f"  next  {question.names(answer.next.people)}, from {question.said(answer.next.from_)}")
    click.echo("Because:")
    for reason in answer.because:
        click.echo(f"  - {reason}")


def _print_timeline(question: Question, answer: Timeline) -> None:
    from rich.table import Table

    rows = [(shift.start, shift.end, question.names(shift.people), shift.source) for shift in answer.shifts]
    rows += [(gap.start, gap.end, "GAP: nobody", "") for gap in answer.gaps]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, whole in (("From", True), ("To", True), ("On duty", False), ("Source", False)):
        table.add_column(heading, no_wrap=whole)
    for start, end, people, source in sorted(rows):
        style = "bold red" if not source else ""
        table.add_row(
            *(cell(each) for each in (question.said(start), question.said(end), people, source)), style=style
        )
    print_table(table)
    count = len(answer.gaps)
    click.echo("No gaps." if not count else f"{count} {'gap' if count == 1 else 'gaps'}.")
