"""What is there is documented, and what is documented is there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from vakttelefon.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LANGUAGES = ("nn", "nb", "en")


def first_cells(document: str) -> list[str]:
    """Return what stands between backquotes in the first column of a document's tables."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Walk all commands that do something."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command, info_name=name)
    for inner in command.list_commands(context):
        found = command.get_command(context, inner)
        assert found is not None
        yield from leaves(found, f"{name} {inner}")


def test_every_command_is_documented_and_no_other() -> None:
    assert sorted(first_cells("commands.md")) == sorted(name for name, _ in leaves(main, "vakttelefon"))


def test_the_help_of_every_command_has_an_example() -> None:
    without = [
        name
        for name, command in leaves(main, "vakttelefon")
        if "Example" not in f"{command.help} {command.epilog}"
        or name not in f"{command.help} {command.epilog}"
    ]
    assert without == []


def test_every_command_takes_config_and_has_help_for_each_option() -> None:
    for name, command in leaves(main, "vakttelefon"):
        options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        assert any("--config" in option.opts for option in options), name
        assert [option.opts for option in options if not option.help] == [], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_timeline_kind_is_documented_and_no_other(language: str) -> None:
    catalogue = ROOT / "dispatcher" / "texts" / f"{language}.toml"
    kinds = tomllib.loads(catalogue.read_text(encoding="utf-8"))["timeline"]
    assert sorted(first_cells("timeline.md")) == sorted(kinds)


def links(document: Path) -> list[str]:
    """Return where a document's links to files lead, comments left out."""
    text = re.sub(r"<!--.*?-->", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [target for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) if "://" not in target]


def test_every_relative_link_leads_to_a_file() -> None:
    broken = [
        f"{document.name}: {target}"
        for document in DOCUMENTS
        for target in links(document)
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_every_document_begins_with_its_title() -> None:
    for document in DOCUMENTS:
        assert document.read_text(encoding="utf-8").startswith("# "), document.name


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, document.name
