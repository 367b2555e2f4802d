"""The main group: commands by name, `--config` anywhere, every error in one line with the right exit code."""

import errno
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from vakttelefon.cli import CommandError, current_config, current_config_path, group, main
from vakttelefon.cli.settings import add_common_options


@click.group()
def sample() -> None:
    """Group of sample commands."""


@sample.command()
def port() -> None:
    """Print the port."""
    click.echo(current_config().server.port)


@sample.command()
def where() -> None:
    """Print the file that is meant."""
    click.echo(current_config_path())


@sample.command()
def seven() -> int:
    """Return a number."""
    return 7


@sample.command()
@click.argument("kind")
def fails(kind: str) -> None:
    """Fail in the way that is named."""
    kinds: dict[str, BaseException] = {
        "command": CommandError("is not there", where="V-1042", remedy="see `vakttelefon cases list`"),
        "argument": CommandError("is no month", where="--month", exit_code=2),
        "click": click.ClickException("no\nsuch luck"),
        "usage": click.UsageError("wrong."),
        "os": OSError(errno.EACCES, "Permission denied", "var/web.key"),
        "unforeseen": RuntimeError("+4790000001 hemmeleg"),
        "recursion": RecursionError(),
        "interrupt": KeyboardInterrupt(),
    }
    raise kinds[kind]


NotMigratedError = type("NotMigratedError", (Exception,), {})
OperationalError = type("OperationalError", (Exception,), {"__module__": "sqlalchemy.exc"})


@sample.command()
def unmigrated() -> None:
    """Fail as an old database does."""
    raise NotMigratedError("is old: run `vakttelefon init`")


@sample.command()
def unreachable() -> None:
    """Fail as a database that is down does."""
    raise OperationalError("password hemmeleg")


@pytest.fixture(autouse=True)
def _sample_command(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = {**group.COMMANDS, "sample": group.Entry("sample_commands:sample", "Samples.")}
    monkeypatch.setattr(group, "COMMANDS", commands)
    monkeypatch.setitem(sys.modules, "sample_commands", sys.modules[__name__])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def config(folder: Path, *, port: int) -> str:
    file = folder / f"{port}.toml"
    file.write_text(f"[server]\nport = {port}\n", encoding="utf-8")
    return str(file)


def test_config_may_stand_before_the_command_or_after_it_and_the_later_one_counts(tmp_path: Path) -> None:
    one, two = config(tmp_path, port=1), config(tmp_path, port=2)
    assert run("--config", one, "sample", "port").output == "1\n"
    assert run("sample", "--config", one, "port").output == "1\n"
    assert run("sample", "port", "--config", one).output == "1\n"
    assert run("--config", one, "sample", "port", "--config", two).output == "2\n"


def test_without_the_option_the_variable_counts_and_then_the_file_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("sample", "where").output == "config.toml\n"
    monkeypatch.setenv("VAKTTELEFON_CONFIG", config(tmp_path, port=3))
    assert run("sample", "port").output == "3\n"


def test_a_command_invoked_by_itself_takes_config_too(tmp_path: Path) -> None:
    alone = add_common_options(sample)
    result = CliRunner().invoke(alone, ["port", "--config", config(tmp_path, port=4)])
    assert result.output == "4\n"


def test_an_invalid_file_ends_with_2_and_one_line_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[server]\nport = 0\nthreads = 0\n", encoding="utf-8")
    result = run("--config", str(file), "sample", "port")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert [line.split(": ")[:2] for line in result.stderr.splitlines()] == [
        [f"{file}:2", "server.port"],
        [f"{file}:3", "server.threads"],
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["fails", "command"], 1, "V-1042: is not there: see `vakttelefon cases list`"),
        (["fails", "argument"], 2, "--month: is no month"),
        (["fails", "click"], 1, "no such luck"),
        (["fails", "usage"], 2, "vakttelefon sample fails: wrong: see `vakttelefon sample fails --help`"),
        (["fails"], 2, "vakttelefon sample fails: Missing argument 'KIND': see `vakttelefon sample fails --help`"),
        (["port", "--porrt"], 2, None),
        (["fails", "os"], 1, "var/web.key: Permission denied: run as a user who may, or change its permissions"),
        (["fails", "unforeseen"], 1, "vakttelefon: unforeseen error (RuntimeError): run again with --debug to see more"),
        (["fails", "recursion"], 1, None),
        (["unmigrated"], 1, "database: is old: run `vakttelefon init`"),
        (["unreachable"], 1, None),
        (["seven"], 7, ""),
    ],
)  # fmt: skip
def test_every_failure_is_one_line_with_its_exit_code(
    arguments: list[str], code: int, line: str | None
) -> None:
    result = run("sample", *arguments)
    assert result.exit_code == code
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "hemmeleg" not in result.stderr
    if line is not None:
        assert result.stderr.strip() == line


def test_an_interruption_is_told_without_a_traceback() -> None:
    result = run("sample", "fails", "interrupt")
    assert result.exit_code == 1
    assert result.stderr.strip() == "vakttelefon: interrupted"


def test_debug_shows_where_an_error_arose() -> None:
    for arguments in (["--debug", "sample", "fails", "os"], ["sample", "fails", "os", "--debug"]):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "Traceback" in result.stderr


def test_an_unknown_command_is_told_with_the_nearest_one() -> None:
    result = run("rostr")
    assert result.exit_code == 2
    assert (
        result.stderr.strip()
        == "vakttelefon: No such command 'rostr'; did you mean roster?: see `vakttelefon --help`"
    )
    assert run("xyz").exit_code == 2
    assert run("--nonsense").exit_code == 2


def test_without_a_command_the_help_is_shown_and_the_exit_code_is_2() -> None:
    result = run()
    assert result.exit_code == 2
    assert "Commands:" in result.stderr


def test_help_names_every_command_and_exits_with_0() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(f"  {name}  " in result.stdout for name in group.COMMANDS)


def test_version_is_printed() -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("vakttelefon, version ")


def test_help_and_roster_questions_load_neither_database_nor_web() -> None:
    program = (
        "import sys\n"
        "from vakttelefon.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('sqlalchemy', 'flask', 'twilio', 'pydantic') if name in sys.modules])\n"
    )
    done = subprocess.run(  # noqa: S603  our own interpreter, and the program above
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"
