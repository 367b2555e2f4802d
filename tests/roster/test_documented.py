"""The examples of the roster's page come out as printed there, and it names every key of the file."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from roster.organisation import (
    Hotline,
    Layer,
    Municipality,
    Override,
    Person,
    Rung,
    Schedule,
    Supplier,
    Words,
)
from tests.roster.full_file import FULL
from vakttelefon.cli.group import main

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "roster.md").read_text(encoding="utf-8")
PAGES = sorted(DOCS.glob("roster*.md"))


def examples(page: str) -> list[tuple[str, str, list[str]]]:
    """Return each command of a page with the file it is asked of and the lines it should print."""
    blocks = re.findall(r"^```(toml|console)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    head, asked, found = blocks[0][1], "", []
    for kind, text in blocks[1:]:
        if kind == "toml":
            asked = f"{head}\n{text}"
            continue
        command, _, printed = text.partition("\n")
        found.append((asked, command.removeprefix("$ "), printed.splitlines()))
    return found


ALL = [example for page in PAGES for example in examples(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("file", "command", "printed"), ALL)
def test_an_example_comes_out_as_printed(
    file: str, command: str, printed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("organisation.toml").write_text(file, encoding="utf-8")
    program, *args = shlex.split(command)
    assert program == "vakttelefon"
    result = CliRunner().invoke(main, [*args, "--file", "organisation.toml"])
    assert [line.rstrip() for line in result.output.splitlines()] == printed


def test_every_page_has_examples() -> None:
    assert len(examples(PAGE)) >= 7
    assert all(examples(page.read_text(encoding="utf-8")) for page in PAGES)


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("municipalities", Municipality),
        ("people", Person),
        ("suppliers", Supplier),
        ("schedules.layers", Layer),
        ("schedules.overrides", Override),
        ("ladders.rungs", Rung),
        ("hotlines", Hotline),
        ("words", Words),
        ("schedules", Schedule),
    ],
)
def test_every_key_of_the_file_is_documented(table: str, kind: type) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{table}")]
    for each in fields(kind):
        assert any(f"`{each.name}`" in row or f".{each.name}`" in row for row in rows), each.name


def test_the_sample_of_the_tests_uses_only_documented_keys() -> None:
    keys = {match[1] for match in re.finditer(r"^\s*(\w+) =", FULL, re.MULTILINE)}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()
