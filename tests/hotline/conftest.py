"""An installation for each test, on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hotline.rig import Rig


@pytest.fixture
def make_rig(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Make an installation with other settings or another organisation."""
    made: list[Rig] = []

    def make(**settings: Any) -> Rig:
        made.append(Rig(database_url, tmp_path, **settings))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """An installation with the usual organisation, on a Wednesday evening with Kari on duty."""
    return make_rig()
