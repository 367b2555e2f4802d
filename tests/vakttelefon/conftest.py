"""Installations for tests of the front door: one in which nothing is wrong, and one that has been lived in."""

import shutil
from pathlib import Path

import pytest

from tests.vakttelefon.checking import Installation, prepared
from tests.vakttelefon.cli.shell import Shell, set_up
from tests.vakttelefon.living import back_up, live


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Installation:
    """An installation in which nothing is wrong."""
    return prepared(tmp_path / "vakt", sqlite_url)


@pytest.fixture
def prepared_anywhere(database_url: str, tmp_path: Path) -> Installation:
    """The same, on both databases."""
    return prepared(tmp_path / "vakt", database_url)


@pytest.fixture(scope="session")
def once_lived_in(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make such a folder on SQLite once, with a copy of it beside; tests get it afresh."""
    folder = tmp_path_factory.mktemp("lived") / "first"
    folder.mkdir()
    shutil.copyfile(migrated_sqlite, folder / "vakt.db")
    shell = set_up(folder, f"sqlite:///{folder / 'vakt.db'}")
    live(shell, folder.parent)
    back_up(shell)
    return folder


@pytest.fixture
def small(once_lived_in: Path, tmp_path: Path) -> Shell:
    """The same on SQLite alone, with a copy made before."""
    folder = tmp_path / "first"
    shutil.copytree(once_lived_in, folder)
    shell = Shell(folder, f"sqlite:///{folder / 'vakt.db'}")
    shell.configure()
    return shell
