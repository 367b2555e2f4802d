"""The fuse: one failure is enough, nobody else waits, and it closes by itself."""

import sqlite3
import threading

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from dispatcher.store import fuse as fuse_module
from dispatcher.store.away import DatabaseAwayError, is_away, may_pass, reason_of
from dispatcher.store.fuse import Fuse

PATIENCE = 10.0
GONE = OperationalError("SELECT 1", {}, ConnectionError("refused"))


class Patient:
    """A database that is away until it is told to be back, and counts who looks."""

    def __init__(self) -> None:
        self.is_back = threading.Event()
        self.looked = threading.Semaphore(0)

    def look(self) -> None:
        self.looked.release()
        if not self.is_back.is_set():
            raise GONE


@pytest.fixture
def patient() -> Patient:
    return Patient()


def test_after_one_failure_everything_is_refused_at_once(patient: Patient) -> None:
    fuse = Fuse(patient.look, pause=0.01)
    fuse.require()
    fuse.blow(GONE)
    for _ in range(30):
        with pytest.raises(DatabaseAwayError):
            fuse.require()
    fuse.close()


def test_it_closes_by_itself_and_tells_whoever_wants_to_know(patient: Patient) -> None:
    fuse = Fuse(patient.look, pause=0.01)
    told = threading.Event()

    def fails() -> None:
        raise ValueError

    fuse.when_back(fails)
    fuse.when_back(told.set)
    fuse.blow(GONE)
    assert patient.looked.acquire(timeout=PATIENCE)
    patient.is_back.set()
    assert told.wait(PATIENCE)
    fuse.require()


def test_an_outage_is_told_once_and_so_is_its_end(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    fuse = Fuse(patient.look, pause=0.01)
    back = threading.Event()
    fuse.when_back(back.set)
    for _ in range(3):
        fuse.blow(GONE)
        for _ in range(5):
            assert patient.looked.acquire(timeout=PATIENCE)
        patient.is_back.set()
        assert back.wait(PATIENCE)
        patient.is_back.clear()
        back.clear()
    out = capsys.readouterr().out
    assert (out.count("database-away"), out.count("database-back")) == (1, 1)


def test_one_that_comes_and_goes_and_then_stays_away_is_told_of(
    patient: Patient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuse_module, "TOLD_AGAIN_SECONDS", 0.2)
    fuse = Fuse(patient.look, pause=0.01)
    back = threading.Event()
    fuse.when_back(back.set)
    patient.is_back.set()
    fuse.blow(GONE)
    assert back.wait(PATIENCE)
    patient.is_back.clear()
    fuse.blow(GONE)
    for _ in range(100):
        assert patient.looked.acquire(timeout=PATIENCE)
    fuse.close()
    assert capsys.readouterr().out.count("database-away") >= 2


def test_only_one_looks_however_many_failed(patient: Patient) -> None:
    fuse = Fuse(patient.look, pause=60)
    for _ in range(20):
        fuse.blow(GONE)
    assert patient.looked.acquire(timeout=PATIENCE)
    assert not patient.looked.acquire(blocking=False)
    fuse.close()


def _of_sqlite(code: int, words: str = "") -> DBAPIError:
    error = sqlite3.DatabaseError(words)
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE_X"
    return DBAPIError("", {}, error)


def _of_postgres(kind: type[psycopg.Error]) -> DBAPIError:
    return DBAPIError("", {}, kind())


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (_of_sqlite(sqlite3.SQLITE_BUSY), True),
        (_of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), True),
        (_of_sqlite(sqlite3.SQLITE_NOTADB), True),
        (_of_sqlite(sqlite3.SQLITE_IOERR_FSYNC), True),
        (_of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), True),
        (_of_sqlite(sqlite3.SQLITE_ERROR, "no such table: cases"), True),
        (_of_sqlite(sqlite3.SQLITE_ERROR, "no such column: x"), False),
        (_of_sqlite(sqlite3.SQLITE_CONSTRAINT_UNIQUE), False),
        (_of_sqlite(sqlite3.SQLITE_TOOBIG), False),
        (_of_postgres(psycopg.OperationalError), True),
        (_of_postgres(psycopg.errors.LockNotAvailable), True),
        (_of_postgres(psycopg.errors.QueryCanceled), True),
        (_of_postgres(psycopg.errors.TooManyConnections), True),
        (_of_postgres(psycopg.errors.AdminShutdown), True),
        (_of_postgres(psycopg.errors.ReadOnlySqlTransaction), True),
        (_of_postgres(psycopg.errors.DiskFull), True),
        (_of_postgres(psycopg.errors.UndefinedTable), True),
        (_of_postgres(psycopg.errors.UniqueViolation), False),
        (_of_postgres(psycopg.errors.NumericValueOutOfRange), False),
        (_of_postgres(psycopg.errors.DeadlockDetected), False),
        (OperationalError("", {}, ConnectionError()), True),
        (IntegrityError("", {}, ValueError()), False),
        (ProgrammingError("", {}, ValueError()), False),
        (ValueError(), False),
    ],
    ids=lambda value: value if isinstance(value, bool) else reason_of(value),
)
def test_a_database_that_is_away_is_told_from_one_statements_fault(error: Exception, away: bool) -> None:  # noqa: FBT001
    assert is_away(error) is away


def test_a_deadlock_is_no_outage_and_no_fault_of_its_event() -> None:
    deadlock = _of_postgres(psycopg.errors.DeadlockDetected)
    assert (is_away(deadlock), may_pass(deadlock)) == (False, True)


@pytest.mark.parametrize(
    "error",
    [
        DBAPIError("", {}, psycopg.errors.UndefinedColumn()),
        DBAPIError("", {}, psycopg.errors.NotNullViolation()),
        DBAPIError("", {}, psycopg.errors.FeatureNotSupported("cached plan must not change result type")),
        DBAPIError("", {}, sqlite3.OperationalError("no such column: calls.phase")),
        DBAPIError("", {}, sqlite3.IntegrityError("NOT NULL constraint failed: calls.lane")),
    ],
    ids=reason_of,
)
def test_a_table_of_another_version_is_no_fault_of_its_event(error: DBAPIError) -> None:
    assert may_pass(error)


def test_a_reason_holds_nothing_of_what_was_stored() -> None:
    error = DBAPIError("INSERT", {}, psycopg.errors.UniqueViolation("Key (caller)=(+4790000001)"))
    assert reason_of(error) == "UniqueViolation 23505"
