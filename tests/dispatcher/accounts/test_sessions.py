"""When a session of the pages is over."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from dispatcher.accounts.sessions import SessionRules, begin_session, end_session, user_of_session
from dispatcher.accounts.users import User, create_user, disable_user, set_password
from dispatcher.store.engine import Database
from dispatcher.store.tables import sessions

EVENING = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
RULES = SessionRules(lifetime=timedelta(hours=10), idle=timedelta(minutes=45))
PASSWORD = "ein lang båt"


@pytest.fixture
def ola(database: Database) -> User:
    with database.write() as connection:
        return create_user(connection, "ola", PASSWORD, "technician", EVENING)


def open_at(database: Database, key: str, **after: int) -> bool:
    return user_of_session(database, key, rules=RULES, now=EVENING + timedelta(**after)) is not None


def rows(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(sessions)).scalar_one())


def test_a_session_in_use_lasts_its_hours_and_no_longer(database: Database, ola: User) -> None:
    key = begin_session(database, ola, rules=RULES, now=EVENING)
    assert all(open_at(database, key, minutes=minutes) for minutes in range(0, 600, 20))
    assert open_at(database, key, minutes=599, seconds=59)
    assert not open_at(database, key, hours=10)


def test_a_session_in_which_nothing_is_done_ends_earlier(database: Database, ola: User) -> None:
    key = begin_session(database, ola, rules=RULES, now=EVENING)
    assert open_at(database, key, minutes=44)
    assert open_at(database, key, minutes=88)
    assert not open_at(database, key, minutes=88 + 45)


def test_ending_one_session_ends_every_copy_of_it_and_no_other(database: Database, ola: User) -> None:
    at_desk, on_telephone = (begin_session(database, ola, rules=RULES, now=EVENING) for _ in range(2))
    end_session(database, at_desk)
    end_session(database, at_desk)
    assert not open_at(database, at_desk, minutes=1)
    assert open_at(database, on_telephone, minutes=1)


def test_a_key_that_was_never_given_out_opens_nothing(database: Database, ola: User) -> None:
    key = begin_session(database, ola, rules=RULES, now=EVENING)
    for other in ("", key[:-1], key.upper(), "\ud800"):
        assert not open_at(database, other)


def test_the_key_itself_is_not_stored(database: Database, ola: User) -> None:
    key = begin_session(database, ola, rules=RULES, now=EVENING)
    with database.read() as connection:
        stored = connection.execute(select(sessions)).one()
    assert key not in str(stored)


@pytest.mark.parametrize("how", ["a new password", "disabled"])
def test_a_new_password_or_being_disabled_ends_sessions(how: str, database: Database, ola: User) -> None:
    key = begin_session(database, ola, rules=RULES, now=EVENING)
    with database.write() as connection:
        if how == "disabled":
            disable_user(connection, "ola", EVENING)
        else:
            set_password(connection, "ola", "ein annan lang båt", EVENING)
    assert not open_at(database, key, minutes=1)


def test_sessions_that_are_over_are_deleted_when_somebody_signs_in(database: Database, ola: User) -> None:
    for minutes in (0, 1, 30):
        begin_session(database, ola, rules=RULES, now=EVENING + timedelta(minutes=minutes))
    begin_session(database, ola, rules=RULES, now=EVENING + timedelta(minutes=60))
    assert rows(database) == 2


def test_whoever_reads_may_go_on_while_nothing_can_be_written(
    database: Database, ola: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = begin_session(database, ola, rules=RULES, now=EVENING)

    def refused() -> AbstractContextManager[None]:
        raise OperationalError("update", {}, Exception("the disk is full"))

    monkeypatch.setattr(database, "write", refused)
    assert open_at(database, key, minutes=30)
