"""What must be there to start, and what calls can be answered without for a while.

Once an organisation is known, a hotline that answers by it is worth more than a process that ends: whatever
is missing then is told, waited for, and taken into use when it is there.
"""

from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from dispatcher.organisations import Organisations
from dispatcher.recordings.vault import VaultError, load_key
from dispatcher.store.away import is_away, reason_of
from dispatcher.store.engine import Database
from dispatcher.store.migrate import NotMigratedError, require_migrated
from vakttelefon.config import Config
from vakttelefon.files import sqlite_file
from vakttelefon.wiring import LAST_GOOD, read_web_secret

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing at the start, and what mends it."""

    what: str
    remedy: str


def require_enough(config: Config, *, web: bool) -> tuple[Lack, ...]:
    """Return what is missing and can be done without, since an organisation is known.

    `web`: whether pages are served, which need the key of the sessions.

    Raises:
        NotMigratedError: the database is there, and needs `vakttelefon init` first.
        SQLAlchemyError: it is not there, and no organisation is known either.
        VaultError, OSError: the same of the keys.
    """
    database = Database(config.database.url)
    organisations = Organisations(database, keep=config.server.spool / LAST_GOOD)
    try:
        is_known = organisations.last_known() is not None
        lacks = _lacking_database(config, is_known=is_known)
        if not (is_known or lacks):
            with suppress(ValueError, KeyError, TypeError):  # one that cannot be read is told by readiness
                is_known = organisations.current() is not None
        return (*lacks, *_lacking_keys(config, is_known=is_known, web=web))
    finally:
        database.close()


def tell(lacks: tuple[Lack, ...]) -> None:
    """Say in the log, once, what the process has started without."""
    for lack in lacks:
        log.error("started-without", what=lack.what, remedy=lack.remedy)


def _lacking_database(config: Config, *, is_known: bool) -> tuple[Lack, ...]:
    try:
        require_migrated(config.database.url)
    except NotMigratedError:
        if not (is_known and has_lost_everything(config)):
            raise
        remedy = f"the file of the database is gone or empty: restore it ({config.database.url})"
        return (Lack("database", remedy),)
    except SQLAlchemyError as error:
        if not (is_known and is_away(error)):
            raise
        remedy = f"it does not answer ({reason_of(error)}): start it, or correct [database] url"
        return (Lack("database", remedy),)
    return ()


def has_lost_everything(config: Config) -> bool:
    """Whether the database is a missing or an empty file now. One that never was is no different."""
    file = sqlite_file(config.database.url)
    if file is None:
        return False
    if not file.exists():
        return True
    database = Database(config.database.url)
    try:
        return not inspect(database.engine).get_table_names()
    finally:
        database.close()


def _lacking_keys(config: Config, *, is_known: bool, web: bool) -> tuple[Lack, ...]:
    lacks: list[Lack] = []
    try:
        load_key(config.recording.key_file)
    except VaultError as error:
        if not is_known:
            raise
        lacks.append(Lack("recording-key", f"recordings wait: {error}"))
    try:
        if web:
            read_web_secret(config)
    except OSError as error:
        if not is_known:
            raise
        reason = error.strerror or type(error).__name__
        remedy = f"nobody can sign in: {config.web.secret_file}: {reason}: run `vakttelefon init`"
        lacks.append(Lack("session-key", remedy))
    return tuple(lacks)
