"""Whether this installation can do its duty now: what `/readyz` asks (contract section 6)."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from dispatcher.services import Services
from dispatcher.store.migrate import newest_revision
from dispatcher.store.tables import workers

# A worker shows itself every few seconds; three missed times in a row means that it is gone.
WORKER_SILENCE: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Missing:
    """Something without which calls are not handled as they should be, and what mends it.

    `is_needed`: whether the installation is not ready without it (the contract names what is).
    """

    what: str
    remedy: str
    is_needed: bool = True


@cache
def _needed_revision() -> str:
    return newest_revision()


def missing_parts(services: Services) -> tuple[Missing, ...]:
    """Return everything that is missing now; empty when ready. A gap in the roster is not asked about."""
    return _missing_files(services) + _missing_in_store(services)


def _missing_files(services: Services) -> tuple[Missing, ...]:
    missing: list[Missing] = []
    if (trouble := services.vault.trouble) is not None:
        missing.append(Missing("recording-key", trouble, is_needed=False))
    spool = services.settings.spool
    if spool.exists() and not (spool.is_dir() and os.access(spool, os.W_OK | os.X_OK)):
        remedy = f"{spool} is no folder that can be written to: correct that"
        missing.append(Missing("spool", remedy, is_needed=False))
    return tuple(missing)


def _missing_in_store(services: Services) -> tuple[Missing, ...]:
    try:
        with services.db.read() as connection:
            return _missing(connection, services, now=services.clock.now())
    except SQLAlchemyError:
        return (Missing("database", "the database does not answer: start it, or correct [database] url"),)


def _missing(connection: Connection, services: Services, *, now: datetime) -> tuple[Missing, ...]:
    if MigrationContext.configure(connection).get_current_revision() != _needed_revision():
        return (
            Missing("migrations", "the database is not at this program's version: run `vakttelefon init`"),
        )
    missing: list[Missing] = []
    # one that was seen in the future had a clock that ran ahead, and says nothing of now
    believable = workers.c.seen_at <= now + WORKER_SILENCE
    seen_at = connection.execute(select(func.max(workers.c.seen_at)).where(believable)).scalar_one()
    if seen_at is None or now - seen_at > WORKER_SILENCE:
        seconds = int(WORKER_SILENCE.total_seconds())
        remedy = (
            f"no worker was seen in the last {seconds} s: start `vakttelefon serve` or `vakttelefon worker`"
        )
        missing.append(Missing("worker", remedy))
    try:
        organisation = services.organisations.current(connection)
    except (ValueError, KeyError, TypeError):
        remedy = "the organisation in the database cannot be read: restore a backup, or import it again"
        missing.append(Missing("organisation", remedy))
        return tuple(missing)
    if organisation is None:
        missing.append(Missing("organisation", "no organisation is imported: run `vakttelefon import FILE`"))
    return tuple(missing)
