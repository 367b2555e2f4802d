"""`roster fairness`: who has carried what, and what it counts as in working time."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from roster.calendar_days import Burden
from roster.fairness import MEASURES, Carried, Fairness, carried_within
from roster.standby import CallOut, LedgerLine
from vakttelefon.cli.questions import (
    WHEN,
    Question,
    about_a_roster,
    ask,
    ask_of_all,
    read_instant,
    require_stretch,
    wrong_usage,
)
from vakttelefon.cli.terminal import cell, print_table

if TYPE_CHECKING:
    from roster.history import History

_PERIOD: Final = timedelta(days=365)
_COLUMNS: Final = (
    *("schedule", "person", "name", "from", "to", "standby_hours", "active_minutes", "counted_hours"),
    *("night_hours", "weekend_hours", "holiday_hours", "eve_hours", "callouts", "cases", "rested_at"),
)
# What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@click.command(epilog="Example: vakttelefon roster fairness --from 2026-01-01 --to 2027-01-01 --csv pay.csv")
@click.option("--from", "begins", metavar="WHEN", help=f"{WHEN}. Default: 365 days before the end.")
@click.option("--to", "ends", metavar="WHEN", help="This instant is not included. Default: now.")
@click.option(
    "--csv", "csv_file", metavar="FILE", help="Write the ledger, a line for each duty; - prints it."
)
@about_a_roster
def fairness(
    *,
    schedule: str | None,
    file: Path | None,
    as_json: bool,
    begins: str | None,
    ends: str | None,
    csv_file: str | None,
) -> None:
    """Say who has carried how many hours, nights, week-ends, holidays and call-outs, and what that counts as.

    Without --schedule it is told of each schedule. Call-outs are known to the database only, not to a file.
    """
    question = ask(schedule, file) if schedule is not None else ask_of_all(file)
    start, end = _period(question, begins, ends)
    wanted = [schedule] if schedule is not None else [each.id for each in question.organisation.schedules]
    call_outs = () if file is not None else _call_outs(question.history, start, end)
    answers = [
        carried_within(question.history, each, start=start, end=end, call_outs=call_outs) for each in wanted
    ]
    if csv_file is not None:
        _write(csv_file, "".join(_csv(question, answers)))
    elif as_json:
        answer = {
            "from": question.written(start),
            "to": question.written(end),
            "schedules": [fairness_as_json(question, each) for each in answers],
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for each in answers:
            _print(question, each)


def fairness_as_json(question: Question, answer: Fairness) -> dict[str, Any]:
    """Return what everybody has carried of a schedule as plain JSON values; hours with two decimals."""
    return {
        "schedule": answer.schedule,
        "people": [
            {
                "id": each.person,
                "name": question.names((each.person,)),
                "share": float(each.share),
                "duties": len(each.lines),
                "rostered_hours": _hours(each.rostered),
                "hours": _hours(each.seconds),
                **{f"{burden}s": each.days[burden] for burden in Burden},
                **{f"{burden}_hours": _hours(each.burdened[burden]) for burden in Burden},
                "callouts": _call_out_count(each),
                "active_minutes": sum(line.active for line in each.lines) // 60,
                "standby_hours": _hours(sum(line.standby for line in each.lines)),
                "counted_hours": _hours(sum((line.counted for line in each.lines), Fraction())),
                "even": {name: round(float(each.even[name]), 2) for name in MEASURES},
            }
            for each in answer.people
        ],
    }


def _period(question: Question, begins: str | None, ends: str | None) -> tuple[datetime, datetime]:
    end = datetime.now(UTC).replace(microsecond=0) if ends is None else read_instant(question, "--to", ends)
    start = end - _PERIOD if begins is None else read_instant(question, "--from", begins)
    require_stretch(start, end, begins=begins, ends=ends)
    return start, end


def _call_outs(history: "History", start: datetime, end: datetime) -> tuple[CallOut, ...]:
    from dispatcher.callouts import call_outs_between
    from vakttelefon.cli.opening import opened_database
    from vakttelefon.cli.settings import current_config

    schedules = {
        each.id: each.schedule for version in history.versions for each in version.organisation.hotlines
    }
    with opened_database(current_config()) as database, database.read() as connection:
        return call_outs_between(
            connection, start=start, end=end, schedule_of=lambda hotline: schedules.get(hotline or "")
        )


def _call_out_count(carried: Carried) -> int:
    return sum(len(line.call_outs) for line in carried.lines)


def _hours(seconds: Fraction | int) -> float:
    return round(float(Fraction(seconds) / 3600), 2)


def _print(question: Question, answer: Fairness) -> None:
    start, end = question.said(answer.start), question.said(answer.end)
    click.echo(f"{answer.schedule}, {start} to {end}; beside each figure how far it is from an even split")
    rows = [
        (
            _named(question, each),
            *(
                f"{_short(each.measure(name))} {float(each.measure(name) - each.even[name]):+.1f}"
                for name in MEASURES
            ),
        )
        for each in answer.people
    ]
    _print_table(("Person", *(name.capitalize() for name in MEASURES)), rows)
    rows = [
        (
            _named(question, each),
            f"{_short(Fraction(sum(line.standby for line in each.lines), 3600))} h",
            str(_call_out_count(each)),
            f"{sum(line.active for line in each.lines) // 60} min",
            f"{_short(sum((line.counted for line in each.lines), Fraction()) / 3600)} h",
        )
        for each in answer.people
    ]
    _print_table(("Person", "Standby", "Call-outs", "Active", "Counts as"), rows)


def _named(question: Question, carried: Carried) -> str:
    share = f" ({float(carried.share):.0%})" if carried.share != 1 else ""
    return f"{question.names((carried.person,))}{share}"


def _print_table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(cell(each) for each in row))
    print_table(table)


def _short(value: Fraction) -> str:
    return f"{float(value):.1f}".removesuffix(".0")


def _csv(question: Question, answers: list[Fairness]) -> Iterator[str]:
    """Yield the ledger as CSV (RFC 4180), with a mark that spreadsheets read as UTF-8."""
    yield "\ufeff"
    for row in (_COLUMNS, *_rows(question, answers)):
        line = io.StringIO()
        csv.writer(line).writerow([_cell(each) for each in row])
        yield line.getvalue()


def _rows(question: Question, answers: list[Fairness]) -> Iterator[tuple[str, ...]]:
    for answer in answers:
        for carried in answer.people:
            for line in carried.lines:
                yield (
                    answer.schedule,
                    line.person,
                    question.names((line.person,)),
                    *_figures(question, line),
                )


def _figures(question: Question, line: LedgerLine) -> tuple[str, ...]:
    return (
        question.written(line.start) or "",
        question.written(line.end) or "",
        f"{_hours(line.standby):.2f}",
        str(line.active // 60),
        f"{_hours(line.counted):.2f}",
        *(f"{_hours(line.burdened[burden]):.2f}" for burden in Burden),
        str(len(line.call_outs)),
        " ".join(each.reference for each in line.call_outs),
        question.written(line.rested_at) or "",
    )


def _cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write(name: str, text: str) -> None:
    if name == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(name).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise wrong_usage("--csv", f"{name} cannot be written ({reason})", "name another file") from None
