"""`roster read`: a roster that was made elsewhere, as a layer of fixed shifts or as absences."""

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from roster.writing import WEEKDAYS, write_organisation
from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.questions import (
    WHEN,
    Question,
    ask,
    ask_of_all,
    read_instant,
    require_stretch,
    wrong_usage,
)

if TYPE_CHECKING:
    from roster.taking_in import Entry, NotTaken, Taken

_HANDOVER: Final = re.compile(r"(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):([0-5]\d)")
_AHEAD: Final = timedelta(days=366)


@click.command(
    epilog="Example: vakttelefon roster read duty.ics --schedule drift --layer Imported > new.toml"
)
@click.argument("source", metavar="FILE")
@click.option("--layer", metavar="NAME", help="Take it in as this layer of fixed shifts.")
@click.option("--absences", is_flag=True, help="Take it in as absences of the people named.")
@click.option("--from", "begins", metavar="WHEN", help=f"Of a calendar: from here on. {WHEN}. Default: now.")
@click.option("--to", "ends", metavar="WHEN", help="Of a calendar: until here. Default: 366 days later.")
@click.option("--handover", default="mon 00:00", show_default=True, help="When a week of a table begins.")
@click.option("--schedule", metavar="ID", help="The schedule; may be left out where there is one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the organisation file and the report.")
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="ORG.toml",
    help="Take it into this organisation file instead of the one in the database.",
)
def read(
    *,
    source: str,
    layer: str | None,
    absences: bool,
    begins: str | None,
    ends: str | None,
    handover: str,
    schedule: str | None,
    as_json: bool,
    file: Path | None,
) -> None:
    """Read a calendar (.ics) or a table (.csv, or pasted rows) and print the organisation with it taken in.

    FILE may be - for standard input. Nothing is stored: `import` what is printed. What could not be taken in
    is told on standard error, entry by entry.
    """
    from roster.taking_in import TakingInError, take_in_absences, take_in_layer

    if (layer is None) is not absences:
        raise wrong_usage("--layer", "what shall become of it?", "give either --layer NAME or --absences")
    question = ask_of_all(file) if absences else ask(schedule, file)
    entries, not_read = _entries(question, _bytes(source), source, (begins, ends), _minutes(handover))
    try:
        taken = (
            take_in_absences(question.organisation, entries)
            if layer is None
            else take_in_layer(question.organisation, question.schedule, layer, entries)
        )
    except TakingInError as error:
        raise CommandError(str(error), where="--layer") from None
    _report(taken, (*not_read, *taken.not_taken), as_json=as_json)


def _report(taken: "Taken", not_taken: Sequence["NotTaken"], *, as_json: bool) -> None:
    text = write_organisation(taken.organisation)
    if as_json:
        answer = {
            "taken": taken.count,
            "not_taken": [
                {"where": each.where, "text": each.text, "reason": each.reason} for each in not_taken
            ],
            "organisation": text,
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for each in not_taken:
            click.echo(f"not taken in: {each}", err=True)
    if not_taken and not taken.count:
        what = f"nothing of it could be taken in ({len(not_taken)} not)"
        raise CommandError(what, remedy="mend what is told above and read it again")
    if not as_json:
        click.echo(text, nl=False)
        click.echo(f"{taken.count} taken in, {len(not_taken)} not.", err=True)


def _entries(
    question: Question, data: bytes, source: str, stretch: tuple[str | None, str | None], week_begins: int
) -> tuple[Sequence["Entry"], Sequence["NotTaken"]]:
    from roster.calendar_in import CalendarReadError, read_calendar
    from roster.shift_tables import TableReadError, read_table

    try:
        if b"BEGIN:VCALENDAR" in data[:4096].upper():
            begins, ends = stretch
            now = datetime.now(UTC).replace(microsecond=0)
            start = now if begins is None else read_instant(question, "--from", begins)
            end = start + _AHEAD if ends is None else read_instant(question, "--to", ends)
            require_stretch(start, end, begins=begins, ends=ends)
            calendar = read_calendar(data, start=start, end=end, zone=question.zone)
            return calendar.entries, calendar.not_read
        table = read_table(data, zone=question.zone, week_begins=week_begins)
    except (CalendarReadError, TableReadError) as error:
        raise CommandError(str(error), where=source) from None
    return table.entries, table.not_read


def _bytes(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        what = f"the file cannot be read ({reason})"
        raise wrong_usage(source, what, "check its name and rights") from None


def _minutes(handover: str) -> int:
    match = _HANDOVER.fullmatch(handover.strip().lower())
    if match is None:
        raise wrong_usage("--handover", f'"{handover}" is no time of the week', 'write it as "mon 08:00"')
    return WEEKDAYS.index(match[1]) * 1440 + int(match[2]) * 60 + int(match[3])
