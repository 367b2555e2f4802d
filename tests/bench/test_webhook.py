"""The measurement itself works: it prints the figures, and only after every answer and row was right."""

import re

import pytest

from bench.webhook import main


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_quick_run_measures_all_three_servers(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--database", database]) == 0
    printed = capsys.readouterr().out
    for name in ("bare route, one row", "product, --web-only", "product, worker in the process"):
        assert re.search(rf"^{re.escape(name)} +[1-9]\d*( +\d+\.\d)", printed, re.MULTILINE), printed
    assert re.search(r"^ratio \d\.\d\d ", printed, re.MULTILINE), printed
