"""Installations of real processes, taken down whatever happens."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.processes.hall")

from tests.processes.hall import Hall, make_hall  # noqa: E402 (its assertions are to be told of too)


@pytest.fixture
def open_hall(tmp_path: Path) -> Iterator[Callable[..., Hall]]:
    """Make an installation on a database; `in_one`: web and worker in one process."""
    made: list[tuple[Hall, object]] = []

    def opens(url: str, *, in_one: bool = False) -> Hall:
        hall, rest = make_hall(tmp_path, url, in_one=in_one)
        made.append((hall, rest))
        return hall

    yield opens
    for hall, rest in made:
        hall.kill()
        hall.simulator.stop_live()
        rest.stop()  # type: ignore[attr-defined]
        hall.db.close()
