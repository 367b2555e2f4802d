"""API tokens: shown once, found fast, revoked for good."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from dispatcher.accounts.errors import AccountError
from dispatcher.accounts.tokens import Scope, create_token, find_token, list_tokens, revoke_token
from dispatcher.store.engine import Database
from dispatcher.store.tables import api_tokens, audit

NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def created(database: Database, name: str = "tavle") -> str:
    with database.write() as connection:
        return create_token(connection, name, "read", NOW)


def test_a_token_is_found_by_what_was_shown_once_and_not_kept(database: Database) -> None:
    token = created(database)
    assert token.startswith("vt_")
    with database.read() as connection:
        found = find_token(connection, token)
        stored = connection.execute(select(api_tokens)).one()
    assert found is not None
    assert (found.name, found.scope, found.created_at, found.revoked_at) == ("tavle", Scope.READ, NOW, None)
    assert token not in str(tuple(stored))
    assert token.removeprefix("vt_") not in str(tuple(stored))


def test_two_tokens_differ_and_are_told_apart(database: Database) -> None:
    one, other = created(database, "ein"), created(database, "to")
    assert one != other
    with database.read() as connection:
        names = [token.name for token in list_tokens(connection)]
        found = [find_token(connection, token) for token in (one, other)]
    assert names == ["ein", "to"]
    assert [token and token.name for token in found] == ["ein", "to"]


def test_what_was_never_given_out_finds_nothing(database: Database) -> None:
    created(database)
    guesses = ["", "vt_", "vt_guess", "Bearer", "vt_\udce5", "vt_" + "x" * 10_000]
    with database.read() as connection:
        assert [find_token(connection, guess) for guess in guesses] == [None] * len(guesses)


def test_a_revoked_token_opens_nothing_ever_again(database: Database) -> None:
    token = created(database)
    with database.write() as connection:
        revoke_token(connection, "tavle", LATER, actor="siri")
        revoke_token(connection, "tavle", LATER)
    with database.read() as connection:
        assert find_token(connection, token) is None
        assert [row.revoked_at for row in list_tokens(connection)] == [LATER]
    with pytest.raises(AccountError, match="choose another name"):
        created(database)


def test_a_scope_that_only_a_newer_program_knows_opens_nothing(database: Database) -> None:
    token = created(database)
    with database.write() as connection:
        connection.execute(update(api_tokens).values(scope="everything"))
    with database.read() as connection:
        assert find_token(connection, token) is None
        assert list_tokens(connection) == []


def test_what_cannot_be_a_token_is_refused_with_what_to_do(database: Database) -> None:
    for name, scope, told in (
        ("tavle", "root", "use one of read"),
        ("", "read", "one line"),
        ("a\tb", "read", "one line"),
    ):
        with pytest.raises(AccountError, match=told), database.write() as connection:
            create_token(connection, name, scope, NOW)


def test_an_unknown_token_cannot_be_revoked(database: Database) -> None:
    with pytest.raises(AccountError, match="no token named skjerm"), database.write() as connection:
        revoke_token(connection, "skjerm", NOW)


def test_changes_are_audited_without_the_token(database: Database) -> None:
    token = created(database)
    with database.write() as connection:
        revoke_token(connection, "tavle", LATER, actor="siri")
    with database.read() as connection:
        rows = list(connection.execute(select(audit).order_by(audit.c.id)))
    assert [(row.actor, row.action, row.subject, row.data) for row in rows] == [
        ("command-line", "token-created", "tavle", {"scope": "read"}),
        ("siri", "token-revoked", "tavle", {}),
    ]
    assert token not in str(rows)
