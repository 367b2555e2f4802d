"""A database of an earlier version is brought to the present one with everything in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import insert, select

from dispatcher.store import migrate
from dispatcher.store.engine import Database
from dispatcher.store.migrate import NotMigratedError, require_migrated, upgrade
from dispatcher.store.tables import api_tokens, calendar_addresses, metadata

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def at_version(url: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, revision)


def test_a_filled_database_of_the_first_version_keeps_its_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vakt.db"
    at_version(url, "0001")
    with pytest.raises(NotMigratedError):
        require_migrated(url)
    database = Database(url)
    with database.write() as connection:
        connection.execute(
            insert(api_tokens).values(name="tavle", token_sha256="0" * 64, scope="read", created_at=NOW)
        )
    database.close()
    upgrade(url)
    require_migrated(url)
    database = Database(url)
    with database.read() as connection:
        assert connection.execute(select(api_tokens.c.name)).scalars().all() == ["tavle"]
        assert connection.execute(select(calendar_addresses)).all() == []
    database.close()


def test_the_migrations_make_the_tables_that_the_program_uses(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    database.close()
