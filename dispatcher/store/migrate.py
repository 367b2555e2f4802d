"""Bringing a database to the present schema, and telling whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from dispatcher.store.engine import Database
from dispatcher.store.limits import Limits

_MIGRATIONS = Path(__file__).parent / "migrations"
# Whoever asks how a database stands wants to know also that it does not answer.
_LOOKING = Limits(whole=10, lock=5, connect=5, connections=1)


class NotMigratedError(Exception):
    """The database lacks migrations (or is newer than this program). Caught by the front door."""


def _alembic(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Create the database file's folder where needed and run every missing migration."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(_alembic(url), "head")


def newest_revision() -> str:
    """Return the revision that this program needs."""
    head = ScriptDirectory.from_config(_alembic("")).get_current_head()
    if head is None:
        message = "the program has no migrations"
        raise NotMigratedError(message)
    return head


def present_revision(url: str) -> str | None:
    """Return the revision the database is at, or None for an empty one; creates nothing."""
    parsed = make_url(url)
    if (
        parsed.get_backend_name() == "sqlite"
        and parsed.database
        and parsed.database != ":memory:"
        and not Path(parsed.database).exists()
    ):
        return None
    database = Database(url, limits=_LOOKING)
    try:
        with database.read() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        database.close()


def require_migrated(url: str) -> None:
    """Raise NotMigratedError, naming the remedy, unless the database is at the newest revision."""
    present = present_revision(url)
    if present != newest_revision():
        state = "is empty" if present is None else f"is at {present}"
        message = f"the database {state} and this program needs {newest_revision()}: run `vakttelefon init`"
        raise NotMigratedError(message)


__all__ = [
    "Database",
    "NotMigratedError",
    "newest_revision",
    "present_revision",
    "require_migrated",
    "upgrade",
]
