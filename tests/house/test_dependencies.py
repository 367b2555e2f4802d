"""Each dependency is explained, locked and checked by hash."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
LOCKS = {
    "requirements.lock": PROJECT["dependencies"],
    "requirements-dev.lock": [*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["lint"]],
}


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return found.group().lower()


def pins(lock: str) -> dict[str, str]:
    """Return each locked package with its whole entry, hashes included."""
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
    return {entry.partition("==")[0]: entry for entry in entries}


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


@pytest.mark.parametrize(
    ("heading", "required"),
    [
        ("To run", PROJECT["dependencies"]),
        ("To test", EXTRAS["test"]),
        ("To check", EXTRAS["lint"]),
        ("To plan", EXTRAS["planner"]),
        ("To compare", EXTRAS["bench"]),
    ],
)
def test_every_dependency_has_its_line_of_why(heading: str, required: list[str]) -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", part, re.MULTILINE)
    explained = [name for name, why in rows if name != "package" and len(why) > 10]
    assert explained == sorted(name_of(requirement) for requirement in required)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked_at_a_version_that_will_do(lock: str) -> None:
    locked = pins(lock)
    for requirement in LOCKS[lock]:
        name, _, least = requirement.partition(">=")
        entry = locked[name_of(name)]
        if least:
            assert version(entry.partition("==")[2]) >= version(least), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_names_no_address(lock: str) -> None:
    for name, entry in pins(lock).items():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), name
        assert "://" not in entry, name


def test_both_locks_agree() -> None:
    running, developing = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name for name in running if running[name] != developing.get(name)} == set()


def test_the_package_is_built_with_a_locked_setuptools() -> None:
    assert "setuptools" in pins("requirements.lock")
