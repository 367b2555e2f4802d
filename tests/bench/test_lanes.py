"""The measurement itself works: it prints when things begin, with every lane slow."""

import re

import pytest

from bench.lanes import main


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_quick_run_tells_when_a_page_begins(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--database", database]) == 0
    printed = capsys.readouterr().out
    for what in ("page", "page_call", "receipt", "reply"):
        assert re.search(rf"^{what} +median +\d+\.\d\d s, worst +\d+\.\d\d s$", printed, re.MULTILINE), (
            printed
        )
    assert "exit 0 after" in printed
    assert "8 begun of 8 recordings" in printed
