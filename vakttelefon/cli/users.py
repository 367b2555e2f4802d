"""`vakttelefon user`: who may open the pages."""

import click

from dispatcher.accounts.errors import AccountError
from dispatcher.accounts.users import Role, create_user, disable_user, find_user, set_password
from dispatcher.organisations import Organisations
from dispatcher.store.engine import Database
from vakttelefon.cli.asking import password_for
from vakttelefon.cli.errors import WRONG_USAGE, CommandError
from vakttelefon.cli.opening import opened_database, present_instant, shell_user
from vakttelefon.cli.settings import current_config

_PASSWORD_HELP = "Read the password from standard input, one line; without it, it is asked for."  # noqa: S105


@click.group(epilog="Example: vakttelefon user create kari --role technician --person kari")
def user() -> None:
    """Let people into the pages, or shut them out."""


@user.command(epilog="Example: vakttelefon user create kari --role technician --person kari")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What the user is here for.",
)
@click.option("--person", metavar="ID", help="The person of the organisation who this user is.")
@click.option("--password-stdin", is_flag=True, help=_PASSWORD_HELP)
def create(name: str, role: str, person: str | None, *, password_stdin: bool) -> None:
    """Create a user, or let a disabled one in again with this password, role and person."""
    with opened_database(current_config()) as database:
        if person is not None:
            _require_person(database, person)
        _refuse_taken(database, name)
        password = password_for(name, from_stdin=password_stdin)
        try:
            with database.write() as connection:
                made = create_user(
                    connection, name, password, role, present_instant(), person=person, actor=shell_user()
                )
        except AccountError as error:
            raise CommandError(str(error), where=name) from None
    click.echo(f"Created {made.name} ({made.role.value}).")


@user.command(epilog="Example: vakttelefon user passwd kari")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help=_PASSWORD_HELP)
def passwd(name: str, *, password_stdin: bool) -> None:
    """Change a user's password; all sessions of the user end."""
    with opened_database(current_config()) as database:
        password = password_for(name, from_stdin=password_stdin)
        try:
            with database.write() as connection:
                set_password(connection, name, password, present_instant(), actor=shell_user())
        except AccountError as error:
            raise CommandError(str(error), where=name) from None
    click.echo(f"Changed the password of {name}.")


@user.command(epilog="Example: vakttelefon user disable kari")
@click.argument("name")
def disable(name: str) -> None:
    """Shut a user out; all sessions of the user end."""
    with opened_database(current_config()) as database:
        try:
            with database.write() as connection:
                disable_user(connection, name, present_instant(), actor=shell_user())
        except AccountError as error:
            raise CommandError(str(error), where=name) from None
    click.echo(f"Disabled {name}.")


def _refuse_taken(database: Database, name: str) -> None:
    """Say before a password is asked for that the name cannot be had."""
    try:
        with database.read() as connection:
            known = find_user(connection, name)
    except AccountError as error:
        raise CommandError(str(error), where=name) from None
    if known is not None and not known.is_disabled:
        raise CommandError(
            f"there is already a user {known.name}",
            where=name,
            remedy=f"choose another name, or change the password with `vakttelefon user passwd {known.name}`",
        )


def _require_person(database: Database, person: str) -> None:
    organisation = Organisations(database).current()
    if organisation is None or organisation.person(person) is not None:
        return
    known = ", ".join(each.id for each in organisation.people) or "nobody"
    raise CommandError(
        f"the organisation has no person {person}",
        where="--person",
        remedy=f"use one of {known}",
        exit_code=WRONG_USAGE,
    )
