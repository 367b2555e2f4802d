"""`roster gaps` on a file and on what is stored."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from freezegun import freeze_time

from tests.vakttelefon.cli.shell import Shell
from vakttelefon.cli.group import main

ORGANISATION = """\
timezone = "Europe/Oslo"
language = "nb"
[[people]]
id = "kari"
name = "Kari"
phones = ["+4790000001"]
[[schedules]]
id = "drift"
name = "Drift"
  [[schedules.layers]]
  name = "Uke"
  people = ["kari"]
  rotation = "weekly"
  start = 2026-10-19T08:00:00
  until = 2026-12-01T08:00:00
[[schedules]]
id = "natt"
name = "Natt"
meant_gaps = [{ from = "00:00" }]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the organisation file into an empty folder, and go there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org.toml").write_text(ORGANISATION, encoding="utf-8")
    return "org.toml"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["roster", "gaps", *args])


@freeze_time("2026-11-20T12:00:00Z")
def test_the_next_ninety_days_of_all_schedules_are_judged(file: str) -> None:
    answer = json.loads(run("--file", file, "--json").stdout)
    assert (answer["from"], answer["to"]) == ("2026-11-20T13:00:00+01:00", "2027-02-18T13:00:00+01:00")
    first, last = (
        next(each for each in answer["findings"] if each["schedule"] == name and each["kind"] == "gap")
        for name in ("natt", "drift")
    )
    assert (first["schedule"], first["kind"], first["meant"], first["level"]) == ("natt", "gap", True, "info")
    assert last == {
        "kind": "gap",
        "schedule": "drift",
        "schedules": ["drift"],
        "person": None,
        "start": "2026-12-01T08:00:00+01:00",
        "end": "2027-02-18T13:00:00+01:00",
        "level": "warn",
        "meant": False,
        "reason": "Ingen er på vakt, men noen skulle ha vært det.",
        "remedy": "Sett noen på, eller før det opp under meant_gaps om det er ment.",
    }


def test_one_schedule_alone_is_judged_and_counted(file: str) -> None:
    result = run("--file", file, "--schedule", "natt", "--from", "2026-12-01", "--to", "2026-12-02")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "Nothing to warn of, 1 meant gap."
    assert "drift" not in result.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--schedule", "dag"), '--schedule: there is no schedule "dag": use one of drift, natt'),
        (("--from", "x"), '--from: "x" is no instant: '),
        (("--from", "2026-12-02", "--to", "2026-12-01"), "--to: 2026-12-01 is not after --from 2026-12-02: "),
        (("--to", "2020-01-01"), "--to: 2020-01-01 is not after now: "),
        (("--to", "9998-01-01"), "--to: 9998-01-01 is more than 100 years after now: "),
    ],
)
def test_wrong_usage_is_told_with_the_option(file: str, args: tuple[str, ...], told: str) -> None:
    result = run(*args, "--file", file)
    assert result.exit_code == 2
    assert result.stderr.startswith(told)


def test_what_is_stored_is_judged_without_a_file_and_check_does_not_mind_meant_gaps(
    small_shell: Shell,
) -> None:
    small_shell.import_organisation(ORGANISATION)
    told = small_shell.ok("roster", "gaps", "--from", "2026-11-20", "--to", "2026-11-21")
    assert told.endswith("Nothing to warn of, 1 note, 1 meant gap.\n")
    roster_lines = [
        line for line in small_shell.run("check").stdout.splitlines() if " roster " in f" {line} "
    ]
    assert not any("natt" in line for line in roster_lines)
