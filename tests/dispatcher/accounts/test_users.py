"""Who is a user, and who is let in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from dispatcher.accounts import passwords
from dispatcher.accounts import users as users_module
from dispatcher.accounts.errors import AccountError
from dispatcher.accounts.passwords import NOBODYS_HASH
from dispatcher.accounts.users import (
    Role,
    authenticate,
    create_user,
    disable_user,
    find_user,
    get_user,
    list_users,
    set_password,
)
from dispatcher.store.engine import Database
from dispatcher.store.tables import audit, users

NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
PASSWORD = "ein lang båt"


@pytest.fixture
def kari(database: Database) -> Database:
    with database.write() as connection:
        create_user(connection, "kari", PASSWORD, "coordinator", NOW, person="kari", actor="siri")
    return database


def audit_rows(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(audit).order_by(audit.c.id)))


def test_a_created_user_is_let_in_with_role_person_and_epoch(kari: Database) -> None:
    user = authenticate(kari, "kari", PASSWORD, LATER)
    assert user is not None
    assert (user.name, user.role, user.person, user.session_epoch) == ("kari", Role.COORDINATOR, "kari", 0)
    assert (user.created_at, user.is_disabled) == (NOW, False)
    with kari.read() as connection:
        assert get_user(connection, user.id) == user
        assert list_users(connection) == [user]
        assert get_user(connection, user.id + 1) is None


def test_names_are_compared_without_case_and_space_as_telephones_type_them(kari: Database) -> None:
    for name in ("Kari", " KARI ", "kari\n"):
        assert authenticate(kari, name, PASSWORD, LATER) is not None


def test_a_password_is_the_same_however_the_system_composes_its_letters(kari: Database) -> None:
    assert authenticate(kari, "kari", "ein lang ba\u030at", LATER) is not None


def test_nobody_else_is_let_in(kari: Database) -> None:
    strangers = [
        ("kari", "ein lang bat"),
        ("kari", ""),
        ("kari", PASSWORD.upper()),
        ("kari", "x" * 100_000),
        ("kari", "\udce5" * 12),
        ("ola", PASSWORD),
        ("", PASSWORD),
        ("x" * 5000, PASSWORD),
        ("kari\x00", PASSWORD),
    ]
    assert [authenticate(kari, name, password, LATER) for name, password in strangers] == [None] * 9


def test_an_unknown_user_costs_the_same_work_as_a_known_one(
    kari: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def counting(stored_hash: str, _password: str) -> bool:
        checked.append(stored_hash)
        return False

    monkeypatch.setattr(users_module, "password_matches", counting)
    assert authenticate(kari, "kari", "wrong", LATER) is None
    assert authenticate(kari, "nobody", "wrong", LATER) is None
    assert authenticate(kari, "", "wrong", LATER) is None
    assert len(checked) == 3


def test_the_hash_of_nobody_has_the_parameters_of_every_other(real_hasher: PasswordHasher) -> None:
    assert not real_hasher.check_needs_rehash(NOBODYS_HASH)


def test_a_hash_of_older_parameters_is_renewed_when_its_user_comes_in(
    kari: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", stronger)
    assert authenticate(kari, "kari", PASSWORD, LATER) is not None
    with kari.read() as connection:
        stored = connection.execute(select(users.c.password_hash)).scalar_one()
    assert not stronger.check_needs_rehash(stored)
    assert authenticate(kari, "kari", PASSWORD, LATER) is not None


def test_a_hash_that_is_damaged_lets_nobody_in(kari: Database) -> None:
    with kari.write() as connection:
        connection.execute(update(users).values(password_hash="damaged"))
    assert authenticate(kari, "kari", PASSWORD, LATER) is None


def test_a_disabled_user_is_never_let_in_and_its_sessions_end(kari: Database) -> None:
    with kari.write() as connection:
        disable_user(connection, "Kari", LATER)
        disable_user(connection, "kari", LATER)
    assert authenticate(kari, "kari", PASSWORD, LATER) is None
    with kari.read() as connection:
        user = find_user(connection, "kari")
    assert user is not None
    assert (user.is_disabled, user.session_epoch) == (True, 1)


def test_a_new_password_replaces_the_old_one_and_ends_sessions(kari: Database) -> None:
    with kari.write() as connection:
        set_password(connection, "kari", "heilt nytt passord", LATER)
    assert authenticate(kari, "kari", PASSWORD, LATER) is None
    user = authenticate(kari, "kari", "heilt nytt passord", LATER)
    assert user is not None
    assert user.session_epoch == 1


def test_a_disabled_user_gets_no_new_password_but_can_be_created_again(kari: Database) -> None:
    with kari.write() as connection:
        disable_user(connection, "kari", LATER)
    with pytest.raises(AccountError, match=r"is disabled.*user create"), kari.write() as connection:
        set_password(connection, "kari", "heilt nytt passord", LATER)
    with kari.write() as connection:
        user = create_user(connection, "kari", "heilt nytt passord", "technician", LATER)
    assert (user.role, user.session_epoch, user.is_disabled) == (Role.TECHNICIAN, 2, False)
    assert authenticate(kari, "kari", "heilt nytt passord", LATER) == user


def test_a_name_that_is_taken_is_refused_and_changes_nothing(kari: Database) -> None:
    with pytest.raises(AccountError, match=r"already a user kari.*user passwd"), kari.write() as connection:
        create_user(connection, "KARI", "heilt nytt passord", "administrator", LATER)
    user = authenticate(kari, "kari", PASSWORD, LATER)
    assert user is not None
    assert user.role is Role.COORDINATOR


def test_what_cannot_be_a_user_is_refused_with_what_to_do(database: Database) -> None:
    refused = [
        ("ola", "for stutt", "technician", "9 characters: use at least 10"),
        ("ola", "x" * 1001, "technician", "at most 1000"),
        ("ola", PASSWORD, "boss", "technician, coordinator, reviewer, administrator"),
        (" ", PASSWORD, "technician", "1 to 100 characters"),
        ("o\nla", PASSWORD, "technician", "one line"),
        ("o" * 101, PASSWORD, "technician", "1 to 100"),
    ]
    for name, password, role, told in refused:
        with pytest.raises(AccountError, match=told), database.write() as connection:
            create_user(connection, name, password, role, NOW)
    with database.read() as connection:
        assert list_users(connection) == []


def test_an_unknown_user_cannot_be_changed(database: Database) -> None:
    with pytest.raises(AccountError, match="no user ola"), database.write() as connection:
        set_password(connection, "ola", PASSWORD, NOW)
    with pytest.raises(AccountError, match="no user ola"), database.write() as connection:
        disable_user(connection, "ola", NOW)


def test_every_change_and_sign_in_is_audited_without_secrets(kari: Database) -> None:
    authenticate(kari, "kari", PASSWORD, LATER)
    authenticate(kari, "kari", "wrong", LATER)
    with kari.write() as connection:
        set_password(connection, "kari", "heilt nytt passord", LATER, actor="siri")
        disable_user(connection, "kari", LATER)
        disable_user(connection, "kari", LATER)
    assert [(row.actor, row.action, row.subject, row.data, row.at) for row in audit_rows(kari)] == [
        ("siri", "user-created", "kari", {"role": "coordinator", "person": "kari"}, NOW),
        ("kari", "signed-in", "kari", {}, LATER),
        ("siri", "password-changed", "kari", {}, LATER),
        ("command-line", "user-disabled", "kari", {}, LATER),
    ]
