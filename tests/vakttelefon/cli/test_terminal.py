"""What a command prints is read by people and by terminals, and only people are told anything by it."""

import io
import sys

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vakttelefon.cli.terminal import GuardedStream, cell, guarded_output, print_table


def test_whatever_a_command_prints_is_guarded_and_what_was_there_is_put_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sys.stdout
    with guarded_output():
        click.echo("Kari\x9b31m\u202e")
        click.echo("fail\x07", err=True)
        print("p\u2029q")  # noqa: T201
    assert sys.stdout is before
    told = capsys.readouterr()
    assert told.out == "Kari\\u009b31m\\u202e\np\\u2029q\n"
    assert told.err == "fail\\u0007\n"


@given(st.text(st.characters(codec=None, categories=None)))
def test_a_terminal_of_few_signs_is_told_everything_in_them(text: str) -> None:
    raw = io.BytesIO()
    stream = GuardedStream(io.TextIOWrapper(raw, encoding="latin-1", newline=""))
    assert stream.write(text) == len(text)
    stream.flush()
    assert b"\x1b" not in raw.getvalue()


def test_a_table_keeps_its_rows_whatever_stands_in_its_cells(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_row(cell("Ola\nGAP: nobody\x1b[2J"))
    with guarded_output():
        print_table(table)
    assert capsys.readouterr().out.strip() == "Ola GAP: nobody\\u001b[2J"
