"""The measurement itself works: it prints what each thing costs, with cases waiting."""

import re

import pytest

from bench.open_cases import main


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_quick_run_times_every_command(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--database", database]) == 0
    printed = capsys.readouterr().out
    for what in ("LIST", "ACK, of many", "DONE V-n", "a call that joins a case", "a round of paging"):
        assert re.search(rf"^{re.escape(what)} +\d+\.\d ms", printed, re.MULTILINE), printed
