"""Whether a failure says that the database is not there, or that one statement was at fault."""

import sqlite3
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLongError


class DatabaseAwayError(WaitedTooLongError):
    """The database was found to be away a moment ago, and is not waited for. Caught as any failure of it."""


# Of SQLite's result codes, those of the file, the disk and other processes.
_SQLITE_AWAY: Final = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_NOTADB,
    }
)
# Of SQLSTATE: connection, authorisation, no such database, resources, locks and states of objects, operator,
# system, internal. A table that is missing or forbidden is a database that is not (yet) ours.
_CLASSES_AWAY: Final = frozenset({"08", "28", "3D", "53", "55", "57", "58", "F0", "XX"})
_STATES_AWAY: Final = frozenset({"25006", "25P03", "25P04", "42501", "42P01", "3F000"})
# Without an SQLSTATE: no server has said anything.
_NO_ANSWER: Final = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
# Deadlocks and failed serialisation: the same transaction may well succeed the next time. What a table lacks,
# or wants besides: it is of another version than this program, which ends when one of them is brought up.
_CLASSES_PASSING: Final = frozenset({"40", "42", "0A"})
_STATES_PASSING: Final = frozenset({"23502"})
_SQLITE_OTHER_VERSION: Final = ("no such column", "has no column named", "NOT NULL constraint failed")


def is_away(error: BaseException) -> bool:
    """Whether the database is not there, or not usable, for anybody (yet)."""
    if isinstance(error, WaitedTooLongError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_is_away(error.orig)
    state = _sqlstate(error)
    if state is not None:
        return state[:2] in _CLASSES_AWAY or state in _STATES_AWAY
    told = (error, error.orig)
    return any(isinstance(one, _NO_ANSWER) for one in told)


def may_pass(error: BaseException) -> bool:
    """Whether the same transaction may succeed later, however often it has failed."""
    if is_away(error):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return any(words in str(error.orig) for words in _SQLITE_OTHER_VERSION)
    state = _sqlstate(error) or ""
    return state[:2] in _CLASSES_PASSING or state in _STATES_PASSING


def reason_of(error: BaseException) -> str:
    """Name what a failure was, with nothing of its text: that may hold numbers and secrets."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None)
    name = type(original).__name__
    return f"{name} {code}" if code else name


def _sqlite_is_away(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return isinstance(error, sqlite3.OperationalError)
    # a file that lost its tables, or is another one
    return code & 0xFF in _SQLITE_AWAY or "no such table" in str(error)


def _sqlstate(error: DBAPIError) -> str | None:
    return error.orig.sqlstate if isinstance(error.orig, psycopg.Error) else None
