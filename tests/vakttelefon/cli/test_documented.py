"""The page about the command line has every option of every command, in that command's own part."""

import re
from pathlib import Path

import click
import pytest

from vakttelefon.cli import main
from vakttelefon.cli.group import COMMANDS

DOCUMENT = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
COMMON = {"--config", "--debug", "--help"}


def part_about(name: str) -> str:
    """Return the parts of the page whose headings name the command, or one of its group."""
    parts = (part.partition("\n") for part in DOCUMENT.split("\n## ")[1:])
    return "\n".join(
        text
        for heading, _, text in parts
        if any(each == name or each.startswith(f"{name} ") for each in heading.split(", "))
    )


def options_of(name: str) -> set[str]:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    leaves = command.commands.values() if isinstance(command, click.Group) else [command]
    return {
        option
        for leaf in leaves
        for parameter in leaf.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option.startswith("--")
    } - COMMON


def options_in(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", text))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_in_the_part_about_its_command(name: str) -> None:
    assert options_of(name) <= options_in(part_about(name))


def test_no_option_is_explained_that_no_command_has() -> None:
    known = {option for name in COMMANDS for option in options_of(name)}
    assert options_in(DOCUMENT) - COMMON == known
