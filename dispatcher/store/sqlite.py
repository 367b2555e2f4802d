"""Connections to SQLite: durable, never to a file that is not there any more, and never waiting too long."""

import sqlite3
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from dispatcher.store.limits import Allowance, Limits

_FILES: Final = "files"
_JOURNAL: Final = "journal_mode=WAL"
_SETTINGS: Final = (_JOURNAL, "synchronous=FULL", "foreign_keys=ON")

Identity = tuple[int, int] | None


def hold_to_limits(engine: Engine, limits: Limits, allowance: Allowance) -> None:
    """Set up every connection of the engine.

    WAL with `synchronous=FULL`, foreign keys on, and our own BEGIN: pysqlite's implicit one loses concurrent
    read-then-write updates, and a deferred BEGIN that turns into a write fails at once when busy.
    """

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Dialect, record: ConnectionPoolEntry, args: Any, named: dict[str, Any]) -> Any:
        del dialect
        name = str(args[0])
        if name == ":memory:" or named.get("uri"):
            return sqlite3.connect(*args, **named)
        record.info[_FILES] = [Path(name), _identity(Path(name)), None]
        # mode=rw: a file that is gone is an error, and not an empty database in its place
        return sqlite3.connect(f"file:{quote(name)}?mode=rw", **{**named, "uri": True})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        _wait_at_most(connection, min(limits.lock, allowance.left))
        for setting in _SETTINGS:
            # an empty file may be the beginning of a copy that is put back: nothing is written into it
            if setting != _JOURNAL or not _is_empty(record.info.get(_FILES)):
                connection.execute(f"PRAGMA {setting}").close()

    @event.listens_for(engine, "checkout")
    def _begin(_connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
        # What is written into a deleted file succeeds, and is lost.
        files = record.info.get(_FILES)
        if files is not None and not _still_stands(files):
            raise InvalidatePoolError

    @event.listens_for(engine, "begin")
    def _open(connection: Connection) -> None:
        _wait_at_most(connection.connection.dbapi_connection, min(limits.lock, allowance.left))
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _wait_at_most(connection: Any, seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}").close()


def _is_empty(files: list[Any] | None) -> bool:
    try:
        return files is not None and files[0].stat().st_size == 0
    except OSError:
        return False


def _identity(path: Path) -> Identity:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _still_stands(files: list[Any]) -> bool:
    """Whether a connection's file and its journal are those of that name; the journal may come later."""
    path, file, journal = files
    present = _identity(path.with_name(f"{path.name}-wal"))
    if journal is None:
        files[2] = present
    return _identity(path) == file and (journal is None or present == journal)
