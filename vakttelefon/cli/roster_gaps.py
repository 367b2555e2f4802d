"""`roster gaps`: all that is doubtful in the coming roster, each with the reason and the remedy."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from roster.warning_phrases import reason_words, remedy_words
from roster.warnings import AHEAD, Finding, Level, judge_roster
from vakttelefon.cli.questions import (
    WHEN,
    Question,
    about_a_roster,
    ask,
    ask_of_all,
    read_instant,
    require_stretch,
)
from vakttelefon.cli.terminal import cell, print_table

# A meant gap that comes every night is told in two lines, not in ninety.
_MEANT_ROWS: Final = 3

_Group = tuple[str, str, str]


@click.command(
    "gaps",
    epilog="Example: vakttelefon roster gaps --file organisation.toml --from 2026-12-01 --to 2027-02-01",
)
@click.option("--from", "begins", metavar="WHEN", help=f"{WHEN}. Default: now.")
@click.option("--to", "ends", metavar="WHEN", help="This instant is not included. Default: 90 days later.")
@about_a_roster
def gaps(
    schedule: str | None,
    file: Path | None,
    as_json: bool,  # noqa: FBT001  click's
    begins: str | None,
    ends: str | None,
) -> None:
    """List all that is doubtful in the coming roster: gaps, people nobody reaches, broken rest.

    Without --schedule it is told of all schedules. Meant gaps are listed as meant and count as no warning.
    """
    question = ask(schedule, file) if schedule is not None else ask_of_all(file)
    start, end = _stretch(question, begins, ends)
    findings = judge_roster(question.history, start=start, end=end, schedule_id=schedule)
    if as_json:
        answer = {
            "from": question.written(start),
            "to": question.written(end),
            "findings": [finding_as_json(question, finding) for finding in findings],
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _print_findings(question, findings)


def finding_as_json(question: Question, finding: Finding) -> dict[str, Any]:
    """Return a finding as plain JSON values; `schedule` is the first of `schedules`."""
    organisation = question.organisation
    return {
        "kind": finding.kind.value,
        "schedule": finding.schedules[0],
        "schedules": list(finding.schedules),
        "person": finding.person,
        "start": question.written(finding.start),
        "end": question.written(finding.end),
        "level": finding.level.value,
        "meant": finding.meant,
        "reason": reason_words(finding, organisation, organisation.language, absence_reasons=True),
        "remedy": remedy_words(finding, organisation, organisation.language),
    }


def _stretch(question: Question, begins: str | None, ends: str | None) -> tuple[datetime, datetime]:
    now = datetime.now(UTC).replace(microsecond=0)
    start = now if begins is None else read_instant(question, "--from", begins)
    end = start + AHEAD if ends is None else read_instant(question, "--to", ends)
    require_stretch(start, end, begins=begins, ends=ends)
    return start, end


def _print_findings(question: Question, findings: Sequence[Finding]) -> None:
    """Print findings of one kind with the same reason and remedy under one heading, warnings first."""
    organisation = question.organisation
    groups: dict[_Group, list[Finding]] = {}
    for finding in sorted(findings, key=lambda each: (each.level is Level.INFO, each.meant)):
        reason = reason_words(finding, organisation, organisation.language, absence_reasons=True)
        remedy = remedy_words(finding, organisation, organisation.language)
        word = "meant" if finding.meant else finding.level.value
        groups.setdefault((f"{word:<5} {finding.kind.value}", reason, remedy), []).append(finding)
    for (heading, reason, remedy), members in groups.items():
        click.echo(f"{heading}: {reason}")
        if not members[0].meant:
            click.echo(f"      {remedy}")
        _print_rows(question, members)
    click.echo(_count(findings))


def _print_rows(question: Question, findings: Sequence[Finding]) -> None:
    from rich.table import Table

    left_out = max(len(findings) - _MEANT_ROWS, 0) if findings[0].meant else 0
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(no_wrap=True)
    for finding in findings[: len(findings) - left_out]:
        start, end = question.said(finding.start), question.said(finding.end)
        named = "      " + ", ".join(finding.schedules)
        table.add_row(*(cell(each) for each in (named, start, f"to {end}")))
    print_table(table)
    if left_out:
        click.echo(f"      and {left_out} more until {question.said(findings[-1].end)}")


def _count(findings: Sequence[Finding]) -> str:
    """Return the line that counts, such as `2 warnings, 1 note, 1 meant gap`."""
    meant = sum(finding.meant for finding in findings)
    warnings = sum(finding.level is Level.WARN for finding in findings)
    notes = len(findings) - meant - warnings
    said = [f"{warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else "Nothing to warn of"]
    if notes:
        said.append(f"{notes} {'note' if notes == 1 else 'notes'}")
    if meant:
        said.append(f"{meant} meant {'gap' if meant == 1 else 'gaps'}")
    return f"{', '.join(said)}."
