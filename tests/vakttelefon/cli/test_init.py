"""`init` makes what is missing, leaves alone what is there, and can be run again."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from dispatcher.accounts.users import Role, authenticate, disable_user
from dispatcher.store.tables import calls, cases, recordings, users
from tests.vakttelefon.cli.shell import Shell, somebody_types
from vakttelefon.cli import asking
from vakttelefon.cli import init as command
from vakttelefon.config import load_config
from vakttelefon.installing import example_config

PASSWORD = "eit-langt-passord"
NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)


@pytest.fixture
def empty_shell(empty_database_url: str, tmp_path: Path) -> Shell:
    """A configuration and nothing else."""
    shell = Shell(tmp_path, empty_database_url)
    shell.configure()
    return shell


def content_of(folder: Path) -> dict[str, bytes]:
    """Return every file that init makes; SQLite's own are compared by what is in them, elsewhere."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".db" not in path.name
    }


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_in_an_empty_folder_it_makes_everything_and_says_what_is_next(tmp_path: Path) -> None:
    shell = Shell(tmp_path, "")
    told = shell.ok("init")
    assert shell.config_file.read_text(encoding="utf-8") == example_config()
    for name in ("config.toml", "var/recording.key", "var/web.key", "var/vakttelefon.db"):
        assert mode_of(tmp_path / name) == 0o600, name
    for name in ("var/recordings", "var/spool"):
        assert mode_of(tmp_path / name) == 0o700, name
    assert "No administrator was made" in told
    assert f"write public_url, account_sid, auth_token, fallback_url into {shell.config_file}" in told
    assert "vakttelefon import FILE" in told


def test_run_again_it_changes_nothing_and_ends_with_0(
    empty_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAKTTELEFON_ADMIN_USER", "kari")
    monkeypatch.setenv("VAKTTELEFON_ADMIN_PASSWORD", PASSWORD)
    empty_shell.ok("init")
    files, people, acts = content_of(empty_shell.folder), empty_shell.rows(users), empty_shell.acts()
    monkeypatch.setenv("VAKTTELEFON_ADMIN_PASSWORD", "eit heilt anna passord")
    told = empty_shell.ok("init")
    assert "made " not in told
    assert content_of(empty_shell.folder) == files
    assert empty_shell.rows(users) == people
    assert empty_shell.acts() == acts


def test_an_administrator_is_made_from_option_and_environment_and_can_sign_in(
    empty_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAKTTELEFON_ADMIN_USER", "ola")
    monkeypatch.setenv("VAKTTELEFON_ADMIN_PASSWORD", PASSWORD)
    assert "made  administrator kari" in empty_shell.ok("init", "--admin", "Kari")
    with empty_shell.database() as database:
        user = authenticate(database, "kari", PASSWORD, NOW)
    assert user is not None
    assert user.role is Role.ADMINISTRATOR
    assert [row["name"] for row in empty_shell.rows(users)] == ["kari"]


def test_a_disabled_user_of_that_name_is_not_let_in_again(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAKTTELEFON_ADMIN_PASSWORD", PASSWORD)
    small_shell.ok("init", "--admin", "kari")
    with small_shell.database() as database, database.write() as connection:
        disable_user(connection, "kari", NOW)
    assert "kept  user kari (disabled)" in small_shell.ok("init", "--admin", "kari")
    assert small_shell.rows(users)[0]["disabled_at"] is not None


def test_a_name_without_a_password_and_without_a_terminal_is_told(small_shell: Shell) -> None:
    told = small_shell.refused("init", "--admin", "kari")
    assert told == (
        "--admin: there is no password for kari: set VAKTTELEFON_ADMIN_PASSWORD, and run it again"
    )
    assert small_shell.rows(users) == []


def test_a_password_that_is_too_short_is_told_by_its_variable(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAKTTELEFON_ADMIN_PASSWORD", "kort")
    told = small_shell.refused("init", "--admin", "kari")
    assert told.startswith("VAKTTELEFON_ADMIN_PASSWORD: the password has 4 characters")


def test_at_a_terminal_name_and_password_are_asked_for(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody_types(monkeypatch, asking, command)
    typed = f"kari\nkort\nkort\n{PASSWORD}\n{PASSWORD}\n"
    told = small_shell.ok("init", typed=typed)
    assert "made  administrator kari" in told
    # who is there already is not asked for again
    assert "kept  administrator kari" in small_shell.ok("init", typed="")


def test_at_a_terminal_nobody_need_be_named(small_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_types(monkeypatch, asking, command)
    assert "No administrator was made" in small_shell.ok("init", typed="\n")


def test_an_invalid_configuration_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    shell = Shell(tmp_path, "")
    shell.write("config.toml", "[server]\nport = 0\n")
    assert shell.refused("init", code=2).startswith(f"{shell.config_file}:2: server.port")
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_lost_key_is_not_replaced_while_recordings_are_sealed_with_it(small_shell: Shell) -> None:
    store_recording(small_shell)
    key_file = small_shell.config.recording.key_file
    key = key_file.read_bytes()
    key_file.unlink()
    told = small_shell.refused("init")
    assert told.startswith(f"{key_file}: is missing, and 1 stored recording is sealed with it: put it back")
    assert not key_file.exists()
    small_shell.ok("init", "--new-key")
    assert key_file.read_bytes() != key


def test_the_written_configuration_can_be_loaded_as_it_is(tmp_path: Path) -> None:
    Shell(tmp_path, "").ok("init")
    assert load_config(tmp_path / "config.toml", environ={}).twilio.account_sid == ""


def store_recording(shell: Shell) -> None:
    with shell.database() as database, database.write() as connection:
        connection.execute(
            insert(cases).values(
                id=1001, state="closed", urgency="routine", source="call", language="nn", opened_at=NOW,
                ticket_system="builtin", ticket_entry=0,
            )
        )  # fmt: skip
        connection.execute(
            insert(calls).values(
                sid="CA1", case_id=1001, direction="inbound", from_raw="", to_raw="", status="completed",
                phase="over", recorded=True, rung=0, dial=0, started_at=NOW,
            )
        )  # fmt: skip
        connection.execute(
            insert(recordings).values(
                sid="RE1", case_id=1001, call_sid="CA1", kind="message", state="stored", file="RE1.audio",
                created_at=NOW, stored_at=NOW,
            )
        )  # fmt: skip
