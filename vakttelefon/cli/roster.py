"""Questions to the roster: who is on duty and why, and who is on over a stretch of time.

Each works on a file alone (`--file`), with no database and no configuration, or on what is in force,
recorded history included. The JSON shapes are fixed (contract section 1).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from roster.history import History, as_history
from roster.on_duty import OnDuty, who_is_on
from roster.organisation import Language
from roster.phrases import joined
from roster.reading import read_organisation
from roster.timeline import Timeline, UnknownScheduleError, build_timeline
from roster.wallclock import FarInstantError, local, parse_instant
from roster.writing import WEEKDAYS
from vakttelefon.cli.errors import WRONG_USAGE, CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from roster.organisation import Organisation

_WHEN: Final = "ISO 8601; without an offset it is wall clock of the file's time zone"


@dataclass(frozen=True, slots=True)
class Question:
    """What a question is asked of: the roster with its history, and one schedule of it."""

    history: History
    schedule: str

    @property
    def organisation(self) -> "Organisation":
        """Return the organisation in force now: its time zone and language are those of the answer."""
        return self.history.current

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone in which instants are read and written."""
        return self.organisation.zone

    def written(self, instant: datetime | None) -> str | None:
        """Return an instant as ISO 8601 with the zone's offset."""
        return None if instant is None else local(instant, self.zone).isoformat()

    def said(self, instant: datetime) -> str:
        """Return an instant for a person's eye: `Thu 2026-12-24 21:00`, the zone's wall clock."""
        here = local(instant, self.zone)
        twice = here.strftime(" (%z)") if here.fold else ""
        return f"{WEEKDAYS[here.weekday()].capitalize()} {here:%Y-%m-%d %H:%M}{twice}"

    def names(self, people: tuple[str, ...]) -> str:
        """Return people's names as one phrase."""
        known = (self.organisation.person(person_id) for person_id in people)
        return joined(
            tuple(person.name if person else each for person, each in zip(known, people, strict=True)),
            Language.EN,
        )


@click.group(epilog="Example: vakttelefon roster who --file organisation.toml --at 2026-12-24T21:00")
def roster() -> None:
    """Ask the roster: who is on duty, until when, why, and where somebody is missing."""


def _about_a_roster(command: "Callable[..., Any]") -> "Callable[..., Any]":
    """Add the options that say which roster is asked, and how the answer is written."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text."),
        click.option(
            "--file",
            type=click.Path(path_type=Path),
            metavar="ORG.toml",
            help="Ask this organisation file instead of the database.",
        ),
        click.option("--schedule", metavar="ID", help="The schedule; may be left out where there is one."),
    ):
        command = option(command)
    return command


@roster.command(epilog="Example: vakttelefon roster who --schedule drift --at 2026-12-24T21:00 --json")
@click.option("--at", metavar="WHEN", help=f"{_WHEN}. Default: now.")
@_about_a_roster
def who(schedule: str | None, file: Path | None, as_json: bool, at: str | None) -> None:  # noqa: FBT001  click's
    """Say who is on duty at an instant, past or future, until when, who is next, and why."""
    question = _question(schedule, file)
    instant = datetime.now(UTC).replace(microsecond=0) if at is None else _instant(question, "--at", at)
    answer = who_is_on(question.history, question.schedule, instant, language=question.organisation.language)
    if as_json:
        click.echo(json.dumps(who_as_json(question, answer), ensure_ascii=False, indent=2))
    else:
        _print_who(question, answer)


@roster.command(
    epilog="Example: vakttelefon roster timeline --schedule drift --from 2026-12-21 --to 2027-01-04"
)
@click.option("--from", "begins", metavar="WHEN", required=True, help=f"{_WHEN}; a date is its 00:00.")
@click.option("--to", "ends", metavar="WHEN", required=True, help="Likewise; this instant is not included.")
@_about_a_roster
def timeline(schedule: str | None, file: Path | None, as_json: bool, begins: str, ends: str) -> None:  # noqa: FBT001
    """List who is on duty from one instant to another, and the gaps in between."""
    question = _question(schedule, file)
    start, end = _instant(question, "--from", begins), _instant(question, "--to", ends)
    if end <= start:
        raise _wrong("--to", f"{ends} is not after --from {begins}", "give a later instant")
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


def _question(schedule: str | None, file: Path | None) -> Question:
    """Return the roster that is meant, and the schedule that is asked about."""
    history = as_history(_organisation_in(file)) if file is not None else _stored()
    known = [each.id for each in history.current.schedules]
    if schedule is None:
        if len(known) != 1:
            choice = ", ".join(known) or "none: the organisation has no schedule"
            raise _wrong("--schedule", "which schedule is meant?", f"give one of {choice}")
        return Question(history, known[0])
    everywhere = {each.id for version in history.versions for each in version.organisation.schedules}
    if schedule not in everywhere:
        choice = ", ".join(known) or "none: the organisation has no schedule"
        raise _wrong("--schedule", str(UnknownScheduleError(schedule)), f"use one of {choice}")
    return Question(history, schedule)


def _organisation_in(file: Path) -> "Organisation":
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _wrong(str(file), f"the file cannot be read ({reason})", "check its name and rights") from None
    return read_organisation(data, filename=str(file))


def _stored() -> History:
    from vakttelefon.cli.settings import invocation
    from vakttelefon.cli.stored import stored_history

    file = invocation().file
    return stored_history(None if file is None else str(file))


def _instant(question: Question, option: str, text: str) -> datetime:
    try:
        return parse_instant(text, question.zone)
    except FarInstantError as far:
        raise CommandError(f'"{text}" {far}', where=option, exit_code=WRONG_USAGE) from None
    except ValueError:
        remedy = "write it as 2026-12-24T21:00, 2026-12-24T21:00+01:00 or 2026-12-24"
        raise _wrong(option, f'"{text}" is no instant', remedy) from None


def _wrong(where: str, what: str, remedy: str) -> CommandError:
    return CommandError(what, where=where, remedy=remedy, exit_code=WRONG_USAGE)


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
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [(shift.start, shift.end, question.names(shift.people), shift.source) for shift in answer.shifts]
    rows += [(gap.start, gap.end, "GAP: nobody", "") for gap in answer.gaps]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, whole in (("From", True), ("To", True), ("On duty", False), ("Source", False)):
        table.add_column(heading, no_wrap=whole)
    for start, end, people, source in sorted(rows):
        style = "bold red" if not source else ""
        table.add_row(
            *(Text(cell) for cell in (question.said(start), question.said(end), people, source)), style=style
        )
    Console().print(table)
    count = len(answer.gaps)
    click.echo("No gaps." if not count else f"{count} {'gap' if count == 1 else 'gaps'}.")
