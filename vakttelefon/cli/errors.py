"""How a failure is told on the command line: one line each, never a traceback, and the right exit code."""

import errno
import traceback

import click

from roster.toml_lines import TomlError
from vakttelefon.config import ConfigError

FAILED = 1
WRONG_USAGE = 2
MOST_PROBLEMS = 200


class CommandError(Exception):
    """A command could not do what it was asked to. Caught by the main group, which prints it and exits 1.

    The line reads `where: what: remedy`; empty parts are left out. `exit_code` 2 is for an invalid file
    or argument that a command notices itself.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "", exit_code: int = FAILED) -> None:
        super().__init__(": ".join(part for part in (where, what, remedy) if part))
        self.exit_code = exit_code


def report(error: BaseException, *, debug: bool) -> int:
    """Print an error on standard error and return the exit code (contract section 1)."""
    if debug and not isinstance(error, click.ClickException | click.Abort):
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    lines, code = _told(error)
    for line in lines:
        click.echo(" ".join(line.splitlines()), err=True)
    return code


def _told(error: BaseException) -> tuple[list[str], int]:
    """Return the lines that tell an error, and its exit code."""
    match error:
        case ConfigError() | TomlError():
            return _first([str(problem) for problem in error.problems]), WRONG_USAGE
        case CommandError():
            return [str(error)], error.exit_code
        case click.exceptions.NoArgsIsHelpError():
            return [error.format_message()], WRONG_USAGE
        case click.UsageError():
            return [_usage_line(error)], WRONG_USAGE
        case click.ClickException():
            return [_one_line(error.format_message())], error.exit_code
        case click.Abort():
            return ["vakttelefon: interrupted"], FAILED
        case OSError():
            return [_os_line(error)], FAILED
        case _:
            return [_unforeseen_line(error)], FAILED


def _first(lines: list[str]) -> list[str]:
    """Return as many problems as somebody can mend at a time, and how many more there are."""
    more = len(lines) - MOST_PROBLEMS
    return lines if more <= 0 else [*lines[:MOST_PROBLEMS], f"… and {more} more: mend these first"]


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _usage_line(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx is not None else "vakttelefon"
    what = _one_line(error.format_message()).rstrip(".")
    return f"{command}: {what}: see `{command} --help`"


def _os_line(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    where = str(error.filename) if error.filename is not None else "vakttelefon"
    remedies = {
        errno.ENOENT: "check the name",
        errno.EACCES: "run as a user who may, or change its permissions",
        errno.EPERM: "run as a user who may, or change its permissions",
        errno.ENOSPC: "make room on the disk",
        errno.EROFS: "name a place that can be written to",
        errno.EADDRINUSE: "stop what listens there, or change the port",
    }
    remedy = remedies.get(error.errno or 0, "mend that, or run again with --debug to see more")
    return f"{where}: {reason}: {remedy}"


def _unforeseen_line(error: BaseException) -> str:
    """Tell an error that no command expected: its kind alone, for its text may hold secrets or numbers."""
    kind = type(error)
    if kind.__name__ == "NotMigratedError":
        return f"database: {error}"
    if kind.__module__.startswith(("sqlalchemy", "psycopg")):
        return (
            f"database: cannot be used ({kind.__name__}): see that it runs and that database.url is right,"
            " or run again with --debug to see more"
        )
    return f"vakttelefon: unforeseen error ({kind.__name__}): run again with --debug to see more"
