"""What commands open before they begin: the database, the organisation, the whole of the services."""

import getpass
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
import structlog

from dispatcher.organisations import Organisations
from dispatcher.recordings.vault import VaultError, load_key
from dispatcher.services import Services
from dispatcher.store.engine import Database
from dispatcher.store.migrate import NotMigratedError, require_migrated
from roster.history import History
from vakttelefon.cli.errors import CommandError
from vakttelefon.config import Config

IMPORT_REMEDY = "import one with `vakttelefon import FILE`"


def quiet_log() -> None:
    """Leave answers and errors alone: a command tells itself what went wrong, so only disasters are logged.

    A process that has set its own form keeps it; once the command is over all is as before.
    """
    context = click.get_current_context(silent=True)
    if context is None or structlog.is_configured():
        return
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    context.find_root().call_on_close(structlog.reset_defaults)


@contextmanager
def opened_database(config: Config) -> Iterator[Database]:
    """Open the database of a configuration, and close it at the end.

    Raises:
        CommandError: it is missing or not at this program's version.
    """
    _require_migrated(config)
    database = Database(config.database.url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def opened_services(config: Config) -> Iterator[Services]:
    """Open everything that the processes work with, and close the database at the end.

    Raises:
        CommandError: the database or the key of the recordings is missing.
    """
    from vakttelefon.wiring import build_services

    _require_migrated(config)
    try:
        load_key(config.recording.key_file)
    except VaultError as error:
        raise CommandError(str(error), where="recording.key_file") from None
    services = build_services(config)
    try:
        yield services
    finally:
        services.db.close()


def _require_migrated(config: Config) -> None:
    quiet_log()
    try:
        require_migrated(config.database.url)
    except NotMigratedError as error:
        raise CommandError(str(error), where="database") from None


def required_history(organisations: Organisations) -> History:
    """Return the stored organisation with its history.

    Raises:
        CommandError: nothing is imported, or a newer version of the program stored it.
    """
    try:
        history = organisations.history()
    except ValueError as error:
        raise CommandError(str(error), where="database") from None
    if history is None:
        raise CommandError("no organisation is imported", where="database", remedy=IMPORT_REMEDY)
    return history


def present_instant() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def shell_user() -> str:
    """Return who works at the shell, for timelines and the audit log."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        # a container may run as a number without a name
        return "command-line"
