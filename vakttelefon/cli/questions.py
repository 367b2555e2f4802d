"""What every question to the roster shares: which roster and schedule are meant, and instants in and out.

A question is asked of a file alone (`--file`), with no database and no configuration, or of what is in
force, recorded history included.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from roster.history import History, as_history
from roster.organisation import Language, Organisation
from roster.phrases import joined
from roster.reading import read_organisation
from roster.timeline import UnknownScheduleError
from roster.wallclock import FarInstantError, local, parse_instant
from roster.writing import WEEKDAYS
from vakttelefon.cli.errors import WRONG_USAGE, CommandError

LONGEST: Final = timedelta(days=100 * 365 + 30)
WHEN: Final = "ISO 8601; without an offset it is wall clock of the file's time zone"


@dataclass(frozen=True, slots=True)
class Question:
    """What a question is asked of: the roster with its history, and one schedule of it."""

    history: History
    schedule: str

    @property
    def organisation(self) -> Organisation:
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


def about_a_roster(command: Callable[..., Any]) -> Callable[..., Any]:
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


def ask(schedule: str | None, file: Path | None) -> Question:
    """Return the roster that is meant, and the schedule that is asked about."""
    history = _history(file)
    known = [each.id for each in history.current.schedules]
    if schedule is None:
        if len(known) != 1:
            choice = ", ".join(known) or "none: the organisation has no schedule"
            raise wrong_usage("--schedule", "which schedule is meant?", f"give one of {choice}")
        return Question(history, known[0])
    everywhere = {each.id for version in history.versions for each in version.organisation.schedules}
    if schedule not in everywhere:
        choice = ", ".join(known) or "none: the organisation has no schedule"
        raise wrong_usage("--schedule", str(UnknownScheduleError(schedule)), f"use one of {choice}")
    return Question(history, schedule)


def ask_of_all(file: Path | None) -> Question:
    """Return the roster that is meant, asked about all its schedules: the question's own one is empty."""
    return Question(_history(file), "")


def _history(file: Path | None) -> History:
    return as_history(_organisation_in(file)) if file is not None else _stored()


def _organisation_in(file: Path) -> Organisation:
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise wrong_usage(
            str(file), f"the file cannot be read ({reason})", "check its name and rights"
        ) from None
    return read_organisation(data, filename=str(file))


def _stored() -> History:
    from vakttelefon.cli.settings import invocation
    from vakttelefon.cli.stored import stored_history

    file = invocation().file
    return stored_history(None if file is None else str(file))


def read_instant(question: Question, option: str, text: str) -> datetime:
    """Return the instant that an option names; CommandError with exit status 2 where it is none."""
    try:
        return parse_instant(text, question.zone)
    except FarInstantError as far:
        raise CommandError(f'"{text}" {far}', where=option, exit_code=WRONG_USAGE) from None
    except ValueError:
        remedy = "write it as 2026-12-24T21:00, 2026-12-24T21:00+01:00 or 2026-12-24"
        raise wrong_usage(option, f'"{text}" is no instant', remedy) from None


def require_stretch(start: datetime, end: datetime, *, begins: str | None, ends: str | None) -> None:
    """Refuse an empty stretch and one that takes hours; `begins` and `ends` are as typed, None for now."""
    since = "now" if begins is None else f"--from {begins}"
    if end <= start:
        named = "now" if ends is None else ends
        raise wrong_usage("--to", f"{named} is not after {since}", "give a later instant")
    if end - start > LONGEST:
        years = LONGEST.days // 365
        raise wrong_usage("--to", f"{ends} is more than {years} years after {since}", "ask for less at once")


def wrong_usage(where: str, what: str, remedy: str) -> CommandError:
    """Return the error that ends a command with exit status 2: which option, what is wrong, what to do."""
    return CommandError(what, where=where, remedy=remedy, exit_code=WRONG_USAGE)
