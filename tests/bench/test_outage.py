"""Thirty calls while the database is away: all led on in time, one case each, well again without a restart."""

from pathlib import Path

import pytest

from bench.outage import HEADING, TROUBLES, play, tell
from bench.stores import opened


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "trouble"), [(kind, trouble) for kind, troubles in TROUBLES.items() for trouble in troubles]
)
def test_thirty_calls_during_each_trouble(kind: str, trouble: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as store:
        figures = play(store, tmp_path, trouble, hold=8)
    assert figures.as_it_should, f"{HEADING}\n{tell(figures)}"
