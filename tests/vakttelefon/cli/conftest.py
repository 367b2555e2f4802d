"""A shell for each test, on both databases."""

from pathlib import Path

import pytest

from tests.vakttelefon.cli.shell import Shell, set_up


@pytest.fixture
def shell(database_url: str, tmp_path: Path) -> Shell:
    """An installation with keys, folders and a migrated database, and nothing imported."""
    return set_up(tmp_path / "vakt", database_url)


@pytest.fixture
def small_shell(sqlite_url: str, tmp_path: Path) -> Shell:
    """The same on SQLite alone, for what has nothing to do with the database."""
    return set_up(tmp_path / "vakt", sqlite_url)
