"""The benchmark of planning runs, and its aims are met."""

import pytest

from bench.planning import main


def test_one_seed_meets_the_aims(capsys: pytest.CaptureFixture[str]) -> None:
    """No broken rule, and spreads at most one above what no plan can be below."""
    assert main(["--seeds", "1", "--without-cp-sat"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("0 broken rules") == 2
    assert printed.endswith("All aims are met.\n")
