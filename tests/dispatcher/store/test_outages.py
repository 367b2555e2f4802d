"""Databases that hang, are locked, or are not what they were: every transaction has an end."""

import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from dispatcher.store import postgresql
from dispatcher.store.away import DatabaseAwayError, is_away
from dispatcher.store.engine import Database
from dispatcher.store.limits import Limits

STRICT = Limits(whole=1.5, lock=0.5, connect=1, connections=8, has_fuse=True)
PATIENCE = 20.0
# What a loaded machine may add to a limit before it counts as none.
SLACK = 8.0


@pytest.fixture
def opened() -> Iterator[Callable[[str], Database]]:
    """Open a strict database, to be closed at the end."""
    made: list[Database] = []

    def opens(url: str) -> Database:
        made.append(Database(url, limits=STRICT))
        return made[-1]

    yield opens
    for database in made:
        database.close()


def fails_away(database: Database, *, writes: bool = True) -> BaseException:
    """Try a transaction, which must fail in time for the database being away, and return how."""
    began = time.monotonic()
    with pytest.raises(Exception) as caught, database.write() if writes else database.read() as connection:  # noqa: PT011
        touch(connection)
    assert is_away(caught.value), caught.value
    assert time.monotonic() - began < STRICT.whole + SLACK
    return caught.value


def touch(connection: Connection) -> None:
    connection.execute(text("DELETE FROM cases WHERE id = -1"))


def until_well(database: Database) -> None:
    """Wait until the database is used again, which nobody has to bring about."""
    ends_at = time.monotonic() + PATIENCE
    while True:
        try:
            with database.write() as connection:
                touch(connection)
        except DatabaseAwayError:
            assert time.monotonic() < ends_at, "it did not mend by itself"
            threading.Event().wait(0.05)
        else:
            return


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """Stop every process of the server for a while."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
        assert folder is not None
        master = int((Path(folder[0]) / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    pids = [master, *map(int, children)]
    _signal(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # a connection that ended meanwhile
            os.kill(pid, number)


@pytest.mark.parametrize("writes", [True, False], ids=["writing", "reading"])
def test_a_frozen_server_is_given_up_and_nobody_waits_after_the_first(
    postgres_url: str, opened: Callable[[str], Database], *, writes: bool
) -> None:
    database = opened(postgres_url)
    until_well(database)
    with frozen(postgres_url):
        assert not isinstance(fails_away(database, writes=writes), DatabaseAwayError)
        for _ in range(30):
            assert isinstance(fails_away(database), DatabaseAwayError)
    until_well(database)


def test_a_frozen_server_that_one_has_not_met_yet_is_given_up_too(
    postgres_url: str, opened: Callable[[str], Database]
) -> None:
    database = opened(postgres_url)
    with frozen(postgres_url):
        fails_away(database)
    until_well(database)


def test_a_server_that_takes_connections_and_says_nothing_is_given_up(
    opened: Callable[[str], Database],
) -> None:
    """As one behind a dead proxy, or a network that swallows everything."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        database = opened(f"postgresql+psycopg://u:p@127.0.0.1:{port}/vakt")
        fails_away(database)
        assert isinstance(fails_away(database), DatabaseAwayError)


def test_a_name_that_is_looked_up_for_ever_costs_no_more_than_a_connection_may() -> None:
    ends = threading.Event()

    class Late:
        closed = threading.Event()

        def close(self) -> None:
            self.closed.set()

    def looks_up() -> Late:
        ends.wait(PATIENCE)
        return Late()

    with pytest.raises(psycopg.OperationalError):
        postgresql.within_reach(0.05, looks_up)
    ends.set()
    assert Late.closed.wait(PATIENCE), "what came too late is closed"


def test_a_failure_to_connect_is_told_as_it_was() -> None:
    def fails() -> None:
        raise psycopg.OperationalError("connection refused")

    with pytest.raises(psycopg.OperationalError, match="refused"):
        postgresql.within_reach(PATIENCE, fails)


def test_a_locked_table_is_not_waited_for_and_looked_at_until_it_is_free(
    postgres_url: str, opened: Callable[[str], Database]
) -> None:
    database = opened(postgres_url)
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE timeline IN SHARE MODE")  # as CREATE INDEX takes it
        with pytest.raises(Exception, match="lock timeout"), database.write() as connection:
            connection.execute(text("DELETE FROM timeline WHERE id = -1"))
        assert isinstance(fails_away(database), DatabaseAwayError)
        other.rollback()
    until_well(database)


def test_a_connection_that_died_while_it_lay_idle_is_replaced_unnoticed(
    postgres_url: str, opened: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server was restarted at night, or a firewall has forgotten the connection."""
    monkeypatch.setattr(postgresql, "_IDLE_SECONDS", 0.0)
    database = opened(postgres_url)
    until_well(database)
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with database.write() as connection:
        touch(connection)


def test_what_the_address_says_of_time_outs_goes_before_ours(postgres_url: str) -> None:
    options = "options=-c%20lock_timeout%3D77&connect_timeout=3"
    url = f"{postgres_url}{'&' if '?' in postgres_url else '?'}{options}"
    database = Database(url, limits=STRICT)
    with database.read() as connection:
        told = connection.execute(text("SHOW lock_timeout")).scalar_one()
        statement = connection.execute(text("SHOW statement_timeout")).scalar_one()
    database.close()
    assert (told, statement) == ("77ms", "1500ms")


def test_a_file_locked_by_another_process_is_not_waited_for_long(
    sqlite_url: str, opened: Callable[[str], Database]
) -> None:
    database = opened(sqlite_url)
    until_well(database)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    fails_away(database)
    assert isinstance(fails_away(database, writes=False), DatabaseAwayError)
    other.rollback()
    other.close()
    until_well(database)


def test_a_writer_of_this_process_that_does_not_end_is_not_waited_for_long(
    sqlite_url: str, opened: Callable[[str], Database]
) -> None:
    database = opened(sqlite_url)
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write():
            holding.set()
            done.wait(PATIENCE)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(PATIENCE)
    fails_away(database)
    done.set()
    thread.join()
    until_well(database)


@pytest.mark.parametrize("also", [("-wal", "-shm"), ()], ids=["with its journal", "alone"])
def test_a_deleted_file_is_noticed_and_no_empty_one_put_in_its_place(
    sqlite_url: str, opened: Callable[[str], Database], also: tuple[str, ...]
) -> None:
    database = opened(sqlite_url)
    until_well(database)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    kept = file.read_bytes()
    for path in (file, *(file.with_name(file.name + ending) for ending in also)):
        path.unlink()
    fails_away(database)
    assert not file.exists()
    file.write_bytes(kept)
    until_well(database)


def test_a_file_that_another_one_has_replaced_is_the_one_that_is_used(
    sqlite_url: str, opened: Callable[[str], Database]
) -> None:
    """A copy put back in place of it, while the service runs."""
    database = opened(sqlite_url)
    until_well(database)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with (
        closing(sqlite3.connect(file)) as source,
        closing(sqlite3.connect(file.with_name("copy.db"))) as copy,
    ):
        source.backup(copy)
        copy.execute("CREATE TABLE only_here (x)")
    file.with_name("copy.db").replace(file)
    with database.read() as connection:
        connection.execute(text("SELECT * FROM only_here"))


@pytest.mark.parametrize("harm", ["garbage", "empty", "no tables"])
def test_a_file_that_is_no_database_of_ours_any_more_is_away(
    sqlite_url: str, opened: Callable[[str], Database], harm: str
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    if harm == "no tables":
        file.unlink()
        with closing(sqlite3.connect(file)) as made:
            made.execute("CREATE TABLE other (x)")
    else:
        file.write_bytes(os.urandom(50_000) if harm == "garbage" else b"")
    fails_away(opened(sqlite_url))


def test_a_constraint_blows_no_fuse(sqlite_url: str, opened: Callable[[str], Database]) -> None:
    database = opened(sqlite_url)
    for _ in range(2):
        with pytest.raises(Exception, match="NOT NULL"), database.write() as connection:
            connection.execute(text("INSERT INTO audit (action) VALUES (NULL)"))


def test_one_with_other_limits_shares_fuse_and_listeners(
    sqlite_url: str, opened: Callable[[str], Database]
) -> None:
    database = opened(sqlite_url)
    patient = database.with_limits(Limits(whole=30, lock=10, connect=5, connections=2))
    heard: list[str] = []
    database.after_commit(lambda: heard.append("woken"))
    with patient.write():
        pass
    assert heard == ["woken"]
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    fails_away(database)
    with pytest.raises(DatabaseAwayError), patient.read():
        pass
    other.close()
    patient.engine.dispose()
