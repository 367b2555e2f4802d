"""`vakttelefon token`: what programs show to the API."""

import click

from dispatcher.accounts.errors import AccountError
from dispatcher.accounts.tokens import Scope, create_token, revoke_token
from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.opening import opened_database, present_instant, shell_user
from vakttelefon.cli.settings import current_config


@click.group(epilog="Example: vakttelefon token create wallboard")
def token() -> None:
    """Let programs use the API, or no longer."""


@token.command(epilog="Example: vakttelefon token create wallboard --scope read")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in Scope]),
    default=Scope.READ.value,
    show_default=True,
    help="What a program with this token may do.",
)
def create(name: str, scope: str) -> None:
    """Make a token and print it, alone and this once: it is kept only as a hash."""
    with opened_database(current_config()) as database:
        try:
            with database.write() as connection:
                made = create_token(connection, name, scope, present_instant(), actor=shell_user())
        except AccountError as error:
            raise CommandError(str(error), where=name) from None
    click.echo(made)


@token.command(epilog="Example: vakttelefon token revoke wallboard")
@click.argument("name")
def revoke(name: str) -> None:
    """Make a token worthless from now on."""
    with opened_database(current_config()) as database:
        try:
            with database.write() as connection:
                revoke_token(connection, name, present_instant(), actor=shell_user())
        except AccountError as error:
            raise CommandError(str(error), where=name) from None
    click.echo(f"Revoked {name}.", err=True)
