"""Installations for whole stories, on SQLite or on the database a test asks for."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

pytest.register_assert_rewrite("tests.simulation.stories")

from tests.simulation.theatre import Theatre  # noqa: E402 (its assertions are to be told of too)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Keep out of the output what is logged of faults that were ordered."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def other_sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """Give a second database, for the same evening with one thing different."""
    file = tmp_path / "other.db"
    shutil.copyfile(migrated_sqlite, file)
    return f"sqlite:///{file}"


@pytest.fixture
def open_theatre(tmp_path: Path) -> Iterator[Callable[..., Theatre]]:
    """Open an installation on a database; several may share one database."""
    opened: list[Theatre] = []

    def opens(url: str, **more: Any) -> Theatre:
        folder = tmp_path / f"installation-{len(opened)}"
        folder.mkdir()
        opened.append(Theatre.opened(url, folder, **more))
        return opened[-1]

    yield opens
    for theatre in opened:
        theatre.close()


@pytest.fixture
def theatre(sqlite_url: str, open_theatre: Callable[..., Theatre]) -> Theatre:
    """The usual installation on SQLite, on a Wednesday evening with Kari on duty."""
    return open_theatre(sqlite_url)
