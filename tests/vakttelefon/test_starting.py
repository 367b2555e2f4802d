"""Starting while something is missing: by the last organisation known, or not at all and with one line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatcher.organisations import Organisations
from dispatcher.recordings.vault import Vault, VaultError
from dispatcher.store.engine import Database
from dispatcher.store.migrate import NotMigratedError
from tests.conftest import PostgresServer
from tests.vakttelefon.cli.shell import Shell, set_up
from vakttelefon.starting import require_enough
from vakttelefon.wiring import LAST_GOOD, build_services, create_app


@pytest.fixture
def shell(sqlite_url: str, tmp_path: Path) -> Shell:
    """An installation with an organisation, which no process has read yet."""
    made = set_up(tmp_path / "vakt", sqlite_url)
    made.import_organisation()
    return made


@pytest.fixture
def known(shell: Shell) -> Shell:
    """One that has served before: the last organisation is kept."""
    database = Database(shell.database_url)
    Organisations(database, keep=shell.config.server.spool / LAST_GOOD).current()
    database.close()
    return shell


def file_of(shell: Shell) -> Path:
    return Path(shell.database_url.removeprefix("sqlite:///"))


def lost(shell: Shell) -> None:
    file_of(shell).unlink()


def emptied(shell: Shell) -> None:
    file_of(shell).write_bytes(b"")


def garbled(shell: Shell) -> None:
    file_of(shell).write_bytes(os.urandom(40_000))


def unreachable(shell: Shell) -> None:
    Shell(shell.folder, "postgresql+psycopg://u:p@127.0.0.1:1/vakt").configure()


DATABASES: list[Callable[[Shell], None]] = [lost, emptied, garbled, unreachable]


@pytest.mark.parametrize("harm", DATABASES)
def test_a_database_that_is_away_is_waited_for_where_an_organisation_is_known(
    known: Shell, harm: Callable[[Shell], None]
) -> None:
    harm(known)
    (lack,) = require_enough(known.config, web=True)
    assert lack.what == "database"
    assert lack.remedy
    assert not file_of(known).exists() or harm is not lost, "looking makes no database"


@pytest.mark.parametrize("harm", DATABASES)
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_where_none_was_ever_known_the_process_ends_with_one_line(
    shell: Shell, harm: Callable[[Shell], None], command: str
) -> None:
    harm(shell)
    told = shell.refused(command)
    assert told.startswith("database: ")
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_database_that_is_there_and_unmigrated_ends_it_although_one_is_known(
    known: Shell, command: str
) -> None:
    with known.database() as database, database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert "vakttelefon init" in known.refused(command)


def test_an_empty_database_of_a_server_is_one_that_is_there(
    known: Shell, postgres_server: PostgresServer
) -> None:
    name = postgres_server.create(migrated=False)
    other = Shell(known.folder, postgres_server.url(name))
    other.configure()
    with pytest.raises(NotMigratedError):
        require_enough(other.config, web=True)
    postgres_server.drop(name)


@pytest.mark.parametrize("harm", [lost, emptied])
def test_check_tells_nobody_to_make_an_empty_database_where_one_was_lost(
    known: Shell, harm: Callable[[Shell], None]
) -> None:
    harm(known)
    told = known.run("check").stdout
    assert "restore a backup" in told
    assert "run `vakttelefon init`" not in told


@pytest.mark.parametrize("harm", ["missing", "garbage"])
def test_the_key_of_the_recordings_is_waited_for(known: Shell, harm: str) -> None:
    key = known.config.recording.key_file
    kept = key.read_bytes()
    key.unlink() if harm == "missing" else key.write_bytes(b"?")
    (lack,) = require_enough(known.config, web=True)
    assert lack.what == "recording-key"
    vault = build_services(known.config).vault
    assert "key" in str(vault.trouble)
    with pytest.raises(VaultError):
        vault.store("RE1", iter([b"sound"]))
    key.write_bytes(kept)
    assert vault.trouble is None
    assert vault.read(vault.store("RE1", iter([b"sound"])).file, "RE1") == b"sound"


def test_the_key_of_the_pages_is_waited_for_by_the_pages_alone(known: Shell) -> None:
    key = known.config.web.secret_file
    kept = key.read_bytes()
    key.unlink()
    assert [lack.what for lack in require_enough(known.config, web=True)] == ["session-key"]
    assert require_enough(known.config, web=False) == ()
    app = create_app(known.config, build_services(known.config))
    client = app.test_client()
    answer = client.get("/admin/login")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "vakttelefon init" in answer.text
    assert client.get("/healthz").status_code == 200
    key.write_bytes(kept)
    assert client.get("/admin/login").status_code == 200


def test_a_key_that_is_missing_before_anything_is_known_ends_the_process(shell: Shell) -> None:
    with shell.database() as database, database.write() as connection:
        connection.execute(text("DELETE FROM organisation_versions"))
    shell.config.recording.key_file.unlink()
    assert shell.refused("serve").startswith("recording.key_file: ")


@pytest.mark.parametrize("content", ["{}", "", '{"people": 3}', "[" * 100_000, "\x00"])
def test_a_last_organisation_that_is_garbage_is_none_and_told_once(
    known: Shell, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (known.config.server.spool / LAST_GOOD).write_text(content)
    database = Database("postgresql+psycopg://u:p@127.0.0.1:1/vakt")
    organisations = Organisations(database, keep=known.config.server.spool / LAST_GOOD)
    assert organisations.last_known() is None
    assert organisations.last_known() is None
    assert capsys.readouterr().out.count("last-organisation-unreadable") == 1


def test_a_last_organisation_that_cannot_be_looked_at_is_none_and_told_once(
    known: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that this user may not enter, or here a name that no disk takes, ends no start and no call."""
    database = Database("postgresql+psycopg://u:p@127.0.0.1:1/vakt")
    organisations = Organisations(database, keep=known.config.server.spool / ("x" * 300))
    assert organisations.last_known() is None
    assert organisations.last_known() is None
    assert capsys.readouterr().out.count("last-organisation-unreadable") == 1


def test_the_last_organisation_is_private_and_whole(known: Shell) -> None:
    kept = known.config.server.spool / LAST_GOOD
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.iterdir()] == [LAST_GOOD]


def test_looking_never_waits_for_a_database_to_keep_the_last_organisation(
    known: Shell, tmp_path: Path
) -> None:
    """What is known from the file is answered with, and nothing is asked."""
    database = Database(f"sqlite:///{tmp_path}/none.db")
    organisation = Organisations(database, keep=known.config.server.spool / LAST_GOOD).last_known()
    assert organisation is not None
    assert organisation.hotlines
    assert Vault(tmp_path, tmp_path / "none.key").trouble is not None
