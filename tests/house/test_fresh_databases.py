"""Tests that use one PostgreSQL database after another never see what the one before them did."""

from datetime import UTC, datetime

from sqlalchemy import func, select, text

from dispatcher.cases.ledger import open_case
from dispatcher.cases.model import Source
from dispatcher.store.engine import Database
from dispatcher.store.migrate import newest_revision, present_revision
from dispatcher.store.tables import cases
from tests.conftest import PostgresServer


def _open_case(database: Database) -> int:
    with database.write() as connection:
        return open_case(
            connection, source=Source.CALL, hotline="drift", language="nn", caller=None,
            municipality=None, ticket_system="builtin", now=datetime(2026, 11, 25, 20, tzinfo=UTC),
        ).id  # fmt: skip


def test_a_database_given_back_is_empty_and_counts_from_the_beginning(
    postgres_server: PostgresServer,
) -> None:
    """Even where a connection was left open in the middle of a transaction."""
    name = postgres_server.take()
    left_open = Database(postgres_server.url(name))
    assert _open_case(left_open) == 1001
    with left_open.engine.connect() as hanging:
        hanging.execute(select(cases).with_for_update())
        postgres_server.give_back(name)
        hanging.invalidate()
    left_open.close()
    assert postgres_server.take() == name
    again = Database(postgres_server.url(name))
    with again.read() as connection:
        assert connection.execute(select(func.count()).select_from(cases)).scalar_one() == 0
    assert _open_case(again) == 1001
    again.close()
    assert present_revision(postgres_server.url(name)) == newest_revision()
    postgres_server.give_back(name)


def test_a_database_whose_tables_were_changed_is_not_used_again(postgres_server: PostgresServer) -> None:
    name = postgres_server.take()
    database = Database(postgres_server.url(name))
    with database.write() as connection:
        connection.execute(text("ALTER TABLE cases ADD COLUMN colour text"))
    database.close()
    postgres_server.give_back(name)
    other = postgres_server.take()
    assert other != name
    postgres_server.give_back(other)
