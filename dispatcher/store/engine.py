"""The store: reading and writing transactions, each with an end, whatever becomes of the database.

What a database that is away does to whom is in `docs/decisions/0009-database-away.md`.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError as WaitedTooLongError

from dispatcher.store import postgresql, sqlite
from dispatcher.store.away import is_away
from dispatcher.store.fuse import Fuse
from dispatcher.store.limits import COMMANDS, Allowance, Limits
from dispatcher.store.tables import metadata
from roster.foreign import storable_values


def as_storable_json(value: Any) -> str:
    """Write a value of a JSON column, with every text in it made storable (`roster.foreign`)."""
    return json.dumps(storable_values(value))


@dataclass(slots=True)
class Shared:
    """What the databases of one address and process have in common."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    fuse: Fuse | None = None
    engines: list[Engine] = field(default_factory=list)


def create_store_engine(url: str, limits: Limits, allowance: Allowance) -> Engine:
    """Make the engine for a SQLite or PostgreSQL URL, set up so that no committed row is ever lost."""
    engine = create_engine(
        url,
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.connect,
        # an error must not carry numbers and texts into the log
        hide_parameters=True,
        json_serializer=as_storable_json,
    )
    of_kind = sqlite if make_url(url).get_backend_name() == "sqlite" else postgresql
    of_kind.hold_to_limits(engine, limits, allowance)
    return engine


class Database:
    """The store: hands out reading and writing transactions and tells who listens after each commit.

    Where somebody waits for the answer (`limits.has_fuse`), the first failure of a database that is away
    blows the fuse: until it is back, every transaction is refused at once with `DatabaseAwayError`.
    """

    def __init__(self, url: str, *, limits: Limits = COMMANDS, shared: Shared | None = None) -> None:
        """`shared`: what it shares with another one of this address and process (see `with_limits`)."""
        self.url = url
        self._limits = limits
        self._allowance = Allowance()
        self._shared = shared or Shared()
        self.engine = create_store_engine(url, limits, self._allowance)
        self._shared.engines.append(self.engine)
        self._writing = self.engine.execution_options(writes=True)
        if limits.has_fuse and self._shared.fuse is None:
            self._shared.fuse = Fuse(self._probe)

    def with_limits(self, limits: Limits) -> "Database":
        """Return the same database for somebody who may wait longer, or less long."""
        return Database(self.url, limits=limits, shared=self._shared)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is embedded SQLite."""
        return self.engine.dialect.name == "sqlite"

    def after_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every writing transaction of this process (the worker wakes at once)."""
        self._shared.after_commit.append(listener)

    def when_back(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time the database is there again after it was away."""
        if self._shared.fuse is not None:
            self._shared.fuse.when_back(listener)

    def doubt(self, error: BaseException) -> None:
        """Have a look whether the database is there: something that uses it hangs."""
        if self._shared.fuse is not None:
            self._shared.fuse.blow(error)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading transaction; nothing in it may write."""
        with self._guarded(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a short writing transaction: commits at the end, rolls back on any exception."""
        with self._guarded(), self._written() as connection:
            yield connection
        for listener in self._shared.after_commit:
            listener()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        fuse = self._shared.fuse
        if fuse is not None:
            fuse.require()
        try:
            with self._allowance.of(self._limits.whole):
                yield
        except Exception as error:
            if fuse is not None and is_away(error):
                fuse.blow(error)
            raise

    @contextmanager
    def _written(self) -> Iterator[Connection]:
        with self._writing.connect() as connection, self._my_turn(), connection.begin():
            yield connection

    def _my_turn(self) -> AbstractContextManager[None]:
        """Have this process's writers queue where the database has room for one.

        SQLite has no queue: who finds it busy sleeps, for up to 100 ms at a time, while the lock may be free.
        Between processes that stays so; between threads a lock hands over at once.
        """
        return self._queued() if self.is_sqlite else nullcontext()

    @contextmanager
    def _queued(self) -> Iterator[None]:
        if not self._shared.turn.acquire(timeout=min(self._limits.lock, self._allowance.left)):
            message = "the database was busy: another transaction is still writing"
            raise WaitedTooLongError(message)
        try:
            yield
        finally:
            self._shared.turn.release()

    def _probe(self) -> None:
        """Do what any writing transaction needs, but write nothing: a copy may just be put back there."""
        for engine in self._shared.engines:
            # they may be to what is there no more, and one to a file that was read-only spoils the others
            engine.dispose()
        with self._allowance.of(self._limits.whole), self._written() as connection:
            if self.is_sqlite:
                connection.execute(text("SELECT 1 FROM organisation_versions LIMIT 1"))
                version = connection.execute(text("PRAGMA user_version")).scalar_one()
                connection.execute(text(f"PRAGMA user_version = {version}"))
            else:
                tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
                connection.execute(text(f"LOCK TABLE {tables} IN ROW EXCLUSIVE MODE"))
            connection.rollback()

    def close(self) -> None:
        """Close every pooled connection."""
        if self._shared.fuse is not None:
            self._shared.fuse.close()
        self.engine.dispose()
