"""However much is wrong, and whatever stands in it, somebody can read what to mend first."""

import click
import pytest

from roster.reading import OrganisationError, read_organisation
from vakttelefon.cli.errors import CommandError, report


def test_of_very_many_problems_the_first_two_hundred_are_told_and_how_many_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    people = "".join(f'[[people]]\nid = "p{n}"\nname = "P"\nphones = ["{n}"]\n' for n in range(437))
    with pytest.raises(OrganisationError) as refused:
        read_organisation(f'timezone = "Europe/Oslo"\n{people}', filename="org.toml")
    assert report(refused.value, debug=False) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 201
    assert lines[0].startswith("org.toml:5: ")
    assert lines[-1] == "… and 237 more: mend these first"


@pytest.mark.parametrize("error", [CommandError("went\nwrong", where="a\r\nb"), click.UsageError("no\nsuch")])
def test_an_error_is_one_line_whatever_stands_in_it(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    report(error, debug=False)
    assert len(capsys.readouterr().err.splitlines()) == 1
