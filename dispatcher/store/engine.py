"""Opening the database, and the two kinds of transaction: reading and writing."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError as WaitedTooLongError
from sqlalchemy.pool import ConnectionPoolEntry

from roster.foreign import storable_values

BUSY_TIMEOUT_MS = 8_000
# Waiting for other threads and then for other processes must end within Twilio's fifteen seconds.
TURN_SECONDS = 6
POOL_SIZE = 48


def as_storable_json(value: Any) -> str:
    """Write a value of a JSON column, with every text in it made storable (`roster.foreign`)."""
    return json.dumps(storable_values(value))


def create_store_engine(url: str) -> Engine:
    """Make the engine for a SQLite or PostgreSQL URL, set up so that no committed row is ever lost.

    SQLite: WAL with `synchronous=FULL`, foreign keys on, and our own BEGIN: pysqlite's implicit one loses
    concurrent read-then-write updates, and a deferred BEGIN that turns into a write fails at once when busy.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_pre_ping=True,
            hide_parameters=True,
            json_serializer=as_storable_json,
        )
    # hide_parameters: an error must not carry numbers and texts into the log
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        hide_parameters=True,
        json_serializer=as_storable_json,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Database:
    """The store: hands out reading and writing transactions and tells who listens after each commit."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_store_engine(url)
        self._writing = self.engine.execution_options(writes=True)
        self._turn = threading.Lock()
        self._after_commit: list[Callable[[], None]] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is embedded SQLite."""
        return self.engine.dialect.name == "sqlite"

    def after_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every writing transaction of this process (the worker wakes at once)."""
        self._after_commit.append(listener)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading transaction; nothing in it may write."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a short writing transaction: commits at the end, rolls back on any exception."""
        with self._writing.connect() as connection, self._my_turn(), connection.begin():
            yield connection
        for listener in self._after_commit:
            listener()

    def _my_turn(self) -> AbstractContextManager[None]:
        """Have this process's writers queue where the database has room for one.

        SQLite has no queue: who finds it busy sleeps, for up to 100 ms at a time, while the lock may be free.
        Between processes that stays so; between threads a lock hands over at once.
        """
        return self._queued() if self.is_sqlite else nullcontext()

    @contextmanager
    def _queued(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=TURN_SECONDS):
            message = f"the database was busy for {TURN_SECONDS} s: another transaction is still writing"
            raise WaitedTooLongError(message)
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
