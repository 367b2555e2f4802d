"""`vakttelefon init`: an installation out of nothing, and the same command after an upgrade."""

import os

import click

from dispatcher.accounts.errors import AccountError
from dispatcher.accounts.users import Role, create_user, find_user, list_users
from dispatcher.organisations import Organisations
from dispatcher.recordings.vault import VaultError
from dispatcher.store.engine import Database
from vakttelefon.cli.asking import ask_password, is_terminal
from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.opening import opened_database, present_instant, shell_user
from vakttelefon.cli.settings import current_config, current_config_path
from vakttelefon.config import Config
from vakttelefon.config_rules import is_loopback
from vakttelefon.installing import (
    Made,
    make_config,
    make_database,
    make_folders,
    make_recording_key,
    make_session_key,
    sealed_recordings,
)

USER_VARIABLE = "VAKTTELEFON_ADMIN_USER"
PASSWORD_VARIABLE = "VAKTTELEFON_ADMIN_PASSWORD"  # noqa: S105  the name of a variable
_MOST_TRIES = 3


@click.command(epilog="Example: vakttelefon init --admin kari")
@click.option(
    "--admin",
    metavar="NAME",
    help=(
        f"Create this administrator. Default: ${USER_VARIABLE}."
        f" The password is ${PASSWORD_VARIABLE}, or asked for."
    ),
)
@click.option(
    "--new-key", is_flag=True, help="Make a new key although recordings are sealed with a lost one."
)
def init(admin: str | None, *, new_key: bool) -> None:
    """Make what is missing: config.toml, keys, folders, database, the first administrator.

    Nothing that is there is changed, except that an older database is brought to the present form.
    """
    _tell(make_config(current_config_path()))
    config = current_config()
    for made in make_folders(config):
        _tell(made)
    _tell(make_database(config))
    _make_keys(config, new_key=new_key)
    with opened_database(config) as database:
        _make_administrator(database, admin)
        next_steps = _next_steps(config, Organisations(database).history() is None)
    click.echo("Next:")
    for step in next_steps:
        click.echo(f"  {step}")


def _tell(made: Made) -> None:
    click.echo(str(made))


def _make_keys(config: Config, *, new_key: bool) -> None:
    key_file = config.recording.key_file
    if not key_file.exists() and not new_key and (count := sealed_recordings(config)):
        recordings = "recording is" if count == 1 else "recordings are"
        raise CommandError(
            f"is missing, and {count} stored {recordings} sealed with it",
            where=str(key_file),
            remedy="put it back from its copy, or give --new-key and never hear them again",
        )
    try:
        _tell(make_recording_key(config))
    except VaultError as error:
        raise CommandError(str(error), where="recording.key_file") from None
    _tell(make_session_key(config))


def _make_administrator(database: Database, option: str | None) -> None:
    """Create the administrator who is named by option or environment, else the one told at a terminal."""
    named = option if option is not None else os.environ.get(USER_VARIABLE, "")
    with database.read() as connection:
        administrators = [
            user.name
            for user in list_users(connection)
            if user.role is Role.ADMINISTRATOR and not user.is_disabled
        ]
    if not named.strip():
        if administrators:
            _tell(Made(f"administrator {administrators[0]}", False))
            return
        if not is_terminal():
            click.echo(
                "No administrator was made, for none is named: `vakttelefon init --admin NAME` makes one."
            )
            return
        named = click.prompt(
            "Name of the first administrator (empty: none)", default="", show_default=False, err=True
        )
        if not named.strip():
            click.echo("No administrator was made: `vakttelefon init --admin NAME` makes one.")
            return
    where = "--admin" if option is not None else USER_VARIABLE
    try:
        with database.read() as connection:
            known = find_user(connection, named)
    except AccountError as error:
        raise CommandError(str(error), where=where) from None
    if known is not None:
        state = "disabled" if known.is_disabled else known.role.value
        _tell(Made(f"user {known.name} ({state}), unchanged", False))
        return
    _create(database, named, where=where)


def _create(database: Database, name: str, *, where: str) -> None:
    given = os.environ.get(PASSWORD_VARIABLE, "")
    if not given and not is_terminal():
        raise CommandError(
            f"there is no password for {name}",
            where=where,
            remedy=f"set {PASSWORD_VARIABLE}, and run it again",
        )
    for left in reversed(range(_MOST_TRIES)):
        password = given or ask_password(name)
        try:
            with database.write() as connection:
                user = create_user(
                    connection,
                    name,
                    password,
                    Role.ADMINISTRATOR.value,
                    present_instant(),
                    actor=shell_user(),
                )
        except AccountError as error:
            if given or not left:
                raise CommandError(str(error), where=PASSWORD_VARIABLE if given else where) from None
            click.echo(str(error), err=True)
        else:
            _tell(Made(f"administrator {user.name}", True))
            return


def _next_steps(config: Config, nothing_imported: bool) -> list[str]:  # noqa: FBT001  one fact of several
    from urllib.parse import urlsplit

    from vakttelefon.wiring import example_organisation

    steps: list[str] = []
    file = config.path or current_config_path()
    missing = [
        key
        for key, is_missing in (
            ("public_url", is_loopback(urlsplit(config.public_url).hostname or "")),
            ("account_sid", not config.twilio.account_sid),
            ("auth_token", not config.twilio.auth_token),
            ("fallback_url", not config.twilio.fallback_url),
        )
        if is_missing
    ]
    if missing:
        steps.append(f"write {', '.join(missing)} into {file}")
    if nothing_imported:
        steps.append(f"vakttelefon import FILE      an organisation; an example: {example_organisation()}")
    return [
        *steps,
        "vakttelefon serve            answer",
        "vakttelefon provision        point the hotline numbers here",
        "vakttelefon check            say what would fail at 03:00",
    ]
