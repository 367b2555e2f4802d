"""`roster ical` and the addresses of calendars: `roster subscribe`, `unsubscribe` and `calendars`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.questions import Question, ask_of_all, wrong_usage
from vakttelefon.cli.settings import current_config


@click.command(epilog="Example: vakttelefon roster ical --person kari > kari.ics")
@click.option("--person", metavar="ID", help="The shifts of this person on all schedules.")
@click.option("--schedule", metavar="ID", help="The shifts of this schedule.")
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="ORG.toml",
    help="Ask this organisation file instead of the database.",
)
def ical(person: str | None, schedule: str | None, file: Path | None) -> None:
    """Print a calendar (iCalendar, RFC 5545): from last month to a year ahead."""
    from roster.calendar_out import person_calendar, schedule_calendar

    question = ask_of_all(file)
    kind, target = _target(question, person, schedule)
    make = person_calendar if kind == "person" else schedule_calendar
    content = make(question.history, target, now=datetime.now(UTC))
    click.echo(content.decode("utf-8"), nl=False)


@click.command(epilog="Example: vakttelefon roster subscribe kari-phone --person kari")
@click.argument("name")
@click.option("--person", metavar="ID", help="The shifts of this person on all schedules.")
@click.option("--schedule", metavar="ID", help="The shifts of this schedule.")
def subscribe(name: str, person: str | None, schedule: str | None) -> None:
    """Make a secret address of a calendar and print it, alone and this once.

    Whoever has it can read those shifts, until `roster unsubscribe NAME`.
    """
    from dispatcher.calendars import CalendarError, CalendarKind, create_address
    from vakttelefon.cli.opening import opened_database, present_instant, shell_user

    kind, target = _target(ask_of_all(None), person, schedule)
    config = current_config()
    with opened_database(config) as database:
        try:
            with database.write() as connection:
                secret = create_address(
                    connection,
                    name,
                    kind=CalendarKind(kind),
                    target=target,
                    now=present_instant(),
                    actor=shell_user(),
                )
        except CalendarError as error:
            raise CommandError(str(error), where=name) from None
    click.echo(f"{config.public_url}/calendar/{secret}.ics")


@click.command(epilog="Example: vakttelefon roster unsubscribe kari-phone")
@click.argument("name")
def unsubscribe(name: str) -> None:
    """Make the address of a calendar worthless from now on."""
    from dispatcher.calendars import CalendarError, revoke_address
    from vakttelefon.cli.opening import opened_database, present_instant, shell_user

    with opened_database(current_config()) as database:
        try:
            with database.write() as connection:
                revoke_address(connection, name, now=present_instant(), actor=shell_user())
        except CalendarError as error:
            raise CommandError(str(error), where=name) from None
    click.echo(f"Revoked {name}.", err=True)


@click.command(epilog="Example: vakttelefon roster calendars")
def calendars() -> None:
    """List the addresses of calendars by name, without their secrets."""
    from dispatcher.calendars import list_addresses
    from vakttelefon.cli.opening import opened_database

    with opened_database(current_config()) as database, database.read() as connection:
        known = list_addresses(connection)
    for each in known:
        state = "" if each.revoked_at is None else f"  revoked {each.revoked_at:%Y-%m-%d}"
        click.echo(f"{each.name:<24}  {each.kind} {each.target}, made {each.created_at:%Y-%m-%d}{state}")
    if not known:
        click.echo("No calendars: `vakttelefon roster subscribe NAME --person ID` makes one.")


def _target(
    question: Question, person: str | None, schedule: str | None
) -> tuple[Literal["person", "schedule"], str]:
    """Return whose calendar is meant; with nothing named, that of the only schedule."""
    organisation = question.organisation
    if person is not None and schedule is not None:
        raise wrong_usage("--person", "a calendar is of a person or of a schedule", "give one of the two")
    if person is not None:
        if organisation.person(person) is None:
            choice = ", ".join(each.id for each in organisation.people) or "none: there is nobody yet"
            raise wrong_usage("--person", f'there is no person "{person}"', f"use one of {choice}")
        return "person", person
    known = [each.id for each in organisation.schedules]
    choice = ", ".join(known) or "none: the organisation has no schedule"
    if schedule is None:
        if len(known) != 1:
            raise wrong_usage("--schedule", "whose calendar is meant?", f"give --person, or one of {choice}")
        return "schedule", known[0]
    if schedule not in known:
        raise wrong_usage("--schedule", f'there is no schedule "{schedule}"', f"use one of {choice}")
    return "schedule", schedule
