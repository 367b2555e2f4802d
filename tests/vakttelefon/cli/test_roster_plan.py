"""`roster plan`: the proposal as tables, as JSON and as a file; the clash; wrong usage in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from roster.reading import read_organisation
from roster.timeline import build_timeline
from roster.wallclock import parse_instant
from tests.vakttelefon.cli.shell import Shell
from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.roster_plan import plan

HEAD = """timezone = "Europe/Oslo"
language = "en"

[[people]]
id = "kari"
name = "Kari"
phones = ["+4790000001"]
absences = [{ from = 2027-01-12, to = 2027-01-24, reason = "winter" }]

[[people]]
id = "ola"
name = "Ola"
phones = ["+4790000002"]
wishes = [{ from = 2027-01-05, to = 2027-01-06, reason = "course" }, { from = 2027-01-15, to = 2027-01-16, want = "on" }]

[[people]]
id = "siri"
name = "Siri"
phones = ["+4790000003"]

[[schedules]]
id = "drift"
name = "Operations"

  [schedules.duty]
  holidays = "NO"

  [[schedules.layers]]
  name = "Week"
  people = ["kari", "ola", "siri"]
  rotation = "weekly"
  start = 2026-11-02T08:00:00

  [[schedules.overrides]]
  id = "jul"
  people = ["siri"]
  start = 2027-01-05T08:00:00
  end = 2027-01-06T08:00:00
"""
PERIOD = ("--from", "2027-01-04", "--to", "2027-02-01")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "organisation.toml"
    path.write_text(HEAD, encoding="utf-8")
    return path


def run(file: Path, *args: str) -> Result:
    return CliRunner().invoke(plan, ["--file", str(file), *args])


def told(file: Path, *args: str) -> str:
    result = run(file, *args)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def as_json(file: Path, *args: str) -> Any:
    return json.loads(told(file, *args, "--json"))


def refused(file: Path, *args: str) -> str:
    """Return the line that tells of wrong usage."""
    error = run(file, *args).exception
    assert isinstance(error, CommandError)
    assert error.exit_code == 2
    return str(error)


def test_a_plan_is_told_slot_by_slot_with_what_each_carries(file: Path) -> None:
    lines = told(file, *PERIOD).splitlines()
    assert lines[0].split() == ["From", "To", "On", "duty"]
    slots = lines[1 : lines.index("")]
    assert len(slots) == 5
    assert "kept, override:jul" in slots[1]
    assert [name for line in lines[8:11] for name in ("Kari", "Ola", "Siri") if line.startswith(name)] == [
        "Kari",
        "Ola",
        "Siri",
    ]
    assert "+ layer Plan 2027-01-04 of drift: 5 shifts" in lines
    assert max(map(len, lines)) <= 80


def test_the_file_written_is_in_force_as_planned_and_keeps_what_was_there(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "planned.toml"
    answer = as_json(file, *PERIOD, "--out", str(out))
    after = read_organisation(out.read_bytes(), filename="planned.toml")
    zone = after.zone
    timeline = build_timeline(
        after,
        "drift",
        start=parse_instant("2027-01-04T08:00", zone),
        end=parse_instant("2027-02-01T08:00", zone),
    )
    for slot in answer["slots"]:
        for part in slot["parts"]:
            shift = timeline.at(parse_instant(part["start"], zone))
            assert shift is not None
            assert list(shift.people) == slot["people"]
            assert shift.source == "layer:Plan 2027-01-04"
    kept = timeline.at(parse_instant("2027-01-05T12:00", zone))
    assert kept is not None
    assert kept.source == "override:jul"
    assert answer["differences"][0].startswith("+ layer Plan 2027-01-04 of drift: shifts ")


def test_the_json_has_its_documented_shape(file: Path) -> None:
    answer = as_json(file, *PERIOD, "--seed", "7")
    assert list(answer) == [
        *("schedule", "from", "to", "seed", "solver", "outcome", "slots", "kept", "fairness", "spread"),
        *("points", "wishes", "short_rests", "layer", "differences"),
    ]
    assert answer["from"] == "2027-01-04T00:00:00+01:00"
    assert (answer["seed"], answer["solver"], answer["outcome"]) == (7, "built-in", "planned")
    assert answer["slots"][0]["start"] == "2027-01-04T08:00:00+01:00"
    assert len(answer["slots"][0]["parts"]) == 2
    assert answer["kept"] == [
        {
            "start": "2027-01-05T08:00:00+01:00",
            "end": "2027-01-06T08:00:00+01:00",
            "people": ["siri"],
            "source": "override:jul",
        }
    ]
    kari = answer["fairness"][0]
    assert list(kari) == ["person", "share", "new", "before", "planned", "even"]
    assert list(kari["before"]) == ["weekends", "holidays", "eves", "nights", "hours"]
    # three weeks each since 2 November; the first days of 2027 to 4 January are the third of Siri's
    assert kari["before"]["hours"] == 3 * 168
    assert sum(each["planned"]["hours"] for each in answer["fairness"]) == 4 * 168
    assert [(wish["person"], wish["want"], wish["met"]) for wish in answer["wishes"]] == [
        ("ola", "off", True),
        ("ola", "on", True),
    ]


def test_the_past_may_be_left_out_of_account(file: Path) -> None:
    answer = as_json(file, *PERIOD, "--before", "0")
    assert all(each["before"]["hours"] == 0 for each in answer["fairness"])


def test_people_hand_overs_and_the_weeks_between_may_be_named(file: Path) -> None:
    answer = as_json(
        file, *PERIOD, "--people", "ola, siri", "--slots", "mon 08:00, fri 15:30", "--weeks-between", "0"
    )
    assert len(answer["slots"]) == 8
    assert {person for slot in answer["slots"] for person in slot["people"]} == {"ola", "siri"}


def test_a_plan_may_be_planned_over(file: Path, tmp_path: Path) -> None:
    """The second plan is a layer of its own above the first, which is otherwise kept."""
    out, again = tmp_path / "planned.toml", tmp_path / "again.toml"
    told(file, *PERIOD, "--out", str(out))
    assert "already" in refused(out, *PERIOD)
    assert "Plan 2027-01-04 (2)" in told(out, *PERIOD, "--over", "Plan 2027-01-04", "--out", str(again))
    names = [layer.name for layer in read_organisation(again.read_bytes(), filename="f").schedules[0].layers]
    assert names == ["Week", "Plan 2027-01-04", "Plan 2027-01-04 (2)"]


def test_no_plan_is_told_with_the_rules_that_clash_and_writes_nothing(file: Path, tmp_path: Path) -> None:
    """Two people are left for two weeks on end, and the weeks between let neither have both."""
    out = tmp_path / "planned.toml"
    result = run(file, *PERIOD, "--weeks-between", "2", "--out", str(out))
    assert result.exit_code == 0
    assert result.stdout.startswith("There is no plan: ")
    assert "  - Kari is absent, 2027-01-12 to 2027-01-24 (winter)" in result.stdout
    assert "weeks_between" in result.stdout
    assert "fewer weeks between: --weeks-between 1" in result.stdout
    assert "nothing was written" in result.stderr
    assert not out.exists()
    answer = as_json(file, *PERIOD, "--weeks-between", "2")
    assert answer["outcome"] == "impossible"
    clash = answer["clash"]
    assert {"rule": "absence", "person": "kari"}.items() <= clash["rules"][0].items()
    assert all({"start", "end", "could", "barred"} == set(slot) for slot in clash["slots"])
    assert clash["remedies"]


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("--from", "2027-01-04", "--to", "2027-01-04"), "--to: 2027-01-04 is not after --from 2027-01-04"),
        (("--from", "monday", "--to", "2027-01-04"), '--from: "monday" is no instant: write it as'),
        ((*PERIOD, "--slots", "mandag 08:00"), '--slots: "mandag 08:00" is no hand-over: write "mon 08:00'),
        (
            (*PERIOD, "--people", "kari,nils"),
            '--people: there is no person "nils": known are kari, ola, siri',
        ),
        ((*PERIOD, "--over", "Week"), '--over: there is no layer of fixed shifts "Week": there are: none'),
        ((*PERIOD, "--schedule", "natt"), '--schedule: there is no schedule "natt": use one of drift'),
        (
            ("--from", "0010-01-04", "--to", "0010-02-04", "--before", "120"),
            "--before: 120 months before --from",
        ),
        (("--from", "2027-01-05", "--to", "2027-01-06"), "--from: no slot of drift begins in that time"),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_a_remedy(file: Path, args: tuple[str, ...], line: str) -> None:
    assert refused(file, *args).startswith(line)


def test_without_or_tools_the_answer_is_what_to_install(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--solver: OR-tools is not installed: pip install" in _with_status(3, file, monkeypatch)


def test_a_crash_of_the_solver_is_told_and_is_not_ours(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _with_status(-11, file, monkeypatch).startswith("--solver: cp-sat's process ended with status -11")


def _with_status(status: int, file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def ended(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, status, stdout="", stderr="")

    monkeypatch.setattr(subprocess, "run", ended)
    error = run(file, *PERIOD, "--solver", "cp-sat").exception
    assert isinstance(error, CommandError)
    assert error.exit_code == 1
    return str(error)


def test_another_process_with_another_order_of_sets_gives_the_same_plan(file: Path) -> None:
    """Python orders sets of text by a secret of the process; no plan may hang on it."""
    command = [sys.executable, "-c", "from vakttelefon.cli import main; main()", "roster", "plan"]
    told = {
        subprocess.run(  # noqa: S603  our own command, run by our own interpreter
            [*command, "--file", str(file), *PERIOD, "--json"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert json.loads(told.pop())["outcome"] == "planned"


@pytest.mark.slow
def test_cp_sat_is_asked_in_a_process_of_its_own(file: Path) -> None:
    ours, theirs = (as_json(file, *PERIOD, "--solver", solver) for solver in ("built-in", "cp-sat"))
    assert theirs["solver"] == "cp-sat"
    assert theirs["points"] <= ours["points"]


def test_what_is_in_force_is_planned_only_ahead(small_shell: Shell, file: Path) -> None:
    """A stored roster has a history, which no plan changes."""
    small_shell.ok("import", str(file), "--yes")
    result = CliRunner().invoke(
        plan,
        ["--from", "2020-01-06", "--to", "2020-02-03"],
        env={"VAKTTELEFON_CONFIG": str(small_shell.config_file)},
    )
    assert "is over" in str(result.exception)
