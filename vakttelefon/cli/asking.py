"""Asking somebody at a terminal; where there is none, nothing is asked."""

import sys

import click

from vakttelefon.cli.errors import CommandError


def is_terminal() -> bool:
    """Return whether somebody is there to answer."""
    return sys.stdin.isatty()


def confirm(question: str, *, yes: bool) -> None:
    """Ask before a change is made; `yes` answers, and with no terminal it goes ahead (contract section 6).

    Raises:
        CommandError: the answer was no.
    """
    if yes or not is_terminal():
        return
    if not click.confirm(question, default=False, err=True):
        raise CommandError("nothing was changed", where="vakttelefon")


def ask_password(whose: str) -> str:
    """Ask for a new password twice, unseen; only to be called at a terminal."""
    password: str = click.prompt(
        f"Password of {whose}", hide_input=True, confirmation_prompt="Once more", err=True
    )
    return password


def password_for(name: str, *, from_stdin: bool) -> str:
    """Return a new password, from standard input where that is said, else by asking.

    Raises:
        CommandError: there is neither.
    """
    if from_stdin:
        try:
            given = sys.stdin.readline(100_000).rstrip("\r\n")
        except UnicodeDecodeError:
            raise CommandError(
                "standard input is not UTF-8", where="--password-stdin", remedy="give the password as UTF-8"
            ) from None
        if not given:
            raise CommandError(
                "standard input holds no password", where="--password-stdin", remedy="give it on one line"
            )
        return given
    if is_terminal():
        return ask_password(name)
    raise CommandError(
        "there is no terminal to ask for the password",
        where="--password-stdin",
        remedy="give the option, and the password on standard input",
    )
