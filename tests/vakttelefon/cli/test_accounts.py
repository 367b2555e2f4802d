"""`user` and `token`: who may come in, by the pages and by the API."""

import pytest

from dispatcher.accounts.tokens import find_token
from dispatcher.accounts.users import authenticate
from dispatcher.store.tables import api_tokens, users
from tests.vakttelefon.cli.shell import Shell, somebody_types
from tests.vakttelefon.cli.test_init import NOW
from vakttelefon.cli import asking

PASSWORD = "eit langt passord"


def may_enter(shell: Shell, name: str, password: str) -> bool:
    with shell.database() as database:
        return authenticate(database, name, password, NOW) is not None


def test_a_user_is_created_given_another_password_and_disabled(shell: Shell) -> None:
    shell.ok("user", "create", "Kari", "--role", "technician", "--password-stdin", typed=f"{PASSWORD}\n")
    assert may_enter(shell, "kari", PASSWORD)
    shell.ok("user", "passwd", "kari", "--password-stdin", typed="eit nytt passord\n")
    assert not may_enter(shell, "kari", PASSWORD)
    assert may_enter(shell, "kari", "eit nytt passord")
    shell.ok("user", "disable", "kari")
    assert not may_enter(shell, "kari", "eit nytt passord")
    acts = [act for act in shell.acts() if act != "signed-in"]
    assert acts == ["user-created", "password-changed", "user-disabled"]


def test_a_user_may_be_a_person_of_the_organisation(small_shell: Shell) -> None:
    small_shell.import_organisation()
    create = ("user", "create", "k", "--role", "technician", "--password-stdin", "--person")
    told = small_shell.refused(*create, "karri", code=2, typed=PASSWORD)
    assert told == "--person: the organisation has no person karri: use one of kari, ola, siri, per, kim"
    small_shell.ok(*create, "kari", typed=PASSWORD)
    assert small_shell.rows(users)[0]["person"] == "kari"


def test_at_a_terminal_the_password_is_asked_for_twice(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody_types(monkeypatch, asking)
    small_shell.ok("user", "create", "ola", "--role", "coordinator", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert may_enter(small_shell, "ola", PASSWORD)


def test_what_cannot_be_done_with_a_user_is_told(small_shell: Shell) -> None:
    create = ("user", "create", "kari", "--role", "technician")
    assert small_shell.refused(*create).startswith("--password-stdin: there is no terminal")
    assert "holds no password" in small_shell.refused(*create, "--password-stdin", typed="\n")
    assert "has 4 characters" in small_shell.refused(*create, "--password-stdin", typed="kort")
    small_shell.ok(*create, "--password-stdin", typed=PASSWORD)
    assert "there is already a user kari" in small_shell.refused(*create, "--password-stdin", typed=PASSWORD)
    assert "there is no user ola" in small_shell.refused("user", "disable", "ola")
    assert "there is no user ola" in small_shell.refused(
        "user", "passwd", "ola", "--password-stdin", typed=PASSWORD
    )
    small_shell.refused("user", "create", "ola", "--role", "boss", code=2)
    small_shell.refused("user", "create", "ola", code=2)


def test_a_token_is_printed_alone_once_and_opens_the_api_until_revoked(shell: Shell) -> None:
    printed = shell.ok("token", "create", "wallboard", "--scope", "read")
    token = printed.removesuffix("\n")
    assert token.startswith("vt_")
    assert token.split() == [token]
    with shell.database() as database:
        with database.read() as connection:
            assert find_token(connection, token) is not None
        assert shell.ok("token", "revoke", "wallboard") == ""
        with database.read() as connection:
            assert find_token(connection, token) is None
    assert token not in str(shell.rows(api_tokens))
    assert shell.acts() == ["token-created", "token-revoked"]


def test_what_cannot_be_done_with_a_token_is_told(small_shell: Shell) -> None:
    small_shell.ok("token", "create", "wallboard")
    told = small_shell.refused("token", "create", "wallboard")
    assert told == "wallboard: there is, or was, a token named wallboard: choose another name"
    assert "there is no token named other" in small_shell.refused("token", "revoke", "other")
    small_shell.refused("token", "create", "x", "--scope", "everything", code=2)
