"""What commands open: plain words for what is missing, and a name for who works at the shell."""

import getpass

import click
import pytest
import structlog

from dispatcher.store.tables import organisation_versions
from tests.vakttelefon.cli.shell import Shell
from vakttelefon.cli.opening import opened_database, shell_user


def test_a_user_without_a_name_is_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError(4711)

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert shell_user() == "command-line"


def test_a_missing_key_is_told_where_it_is_needed(small_shell: Shell) -> None:
    small_shell.import_organisation()
    small_shell.config.recording.key_file.unlink()
    told = small_shell.refused("cases", "note", "V-1001", "x")
    assert told.startswith("recording.key_file: there is no recording key")
    assert small_shell.ok("cases", "list") == "No cases.\n"


def test_an_organisation_of_a_newer_program_is_told(small_shell: Shell) -> None:
    small_shell.import_organisation()
    with small_shell.database() as database, database.write() as connection:
        connection.execute(organisation_versions.update().values(document='{"format": 99}'))
    for arguments in (
        ("roster", "who"),
        ("export",),
        ("import", str(small_shell.folder / "organisation.toml")),
    ):
        assert "written by a newer version" in small_shell.refused(*arguments)
    assert "written by a newer version" in small_shell.run("check").stdout


def test_a_database_that_is_down_is_told_without_its_password(small_shell: Shell) -> None:
    url = "postgresql+psycopg://vakt:hemmeleg@127.0.0.1:1/vakt"
    Shell(small_shell.folder, url).configure()
    for arguments in (("init",), ("export",), ("token", "create", "x"), ("roster", "who")):
        told = small_shell.refused(*arguments)
        assert told.startswith("database: cannot be used"), told
        assert "hemmeleg" not in told


def test_what_is_logged_meanwhile_is_no_part_of_an_answer(
    small_shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that reads the JSON of a command must not find a line of the log before it."""
    structlog.reset_defaults()
    with click.Context(click.Command("cases")), opened_database(small_shell.config):
        structlog.get_logger().error("the-disk-is-slow")
        structlog.get_logger().critical("the-disk-is-full")
    assert not structlog.is_configured()
    told = capsys.readouterr()
    assert told.out == ""
    assert "the-disk-is-full" in told.err
    assert "the-disk-is-slow" not in told.err
