"""`roster fairness` on a file and on what is stored, call-outs included."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from freezegun import freeze_time

from tests.hotline.rig import Rig, sid
from tests.vakttelefon.cli.shell import Shell
from vakttelefon.cli.group import main

ORGANISATION = """\
timezone = "Europe/Oslo"
[[people]]
id = "kari"
name = "=Kari, Nordmann"
phones = ["+4790000001"]
[[schedules]]
id = "drift"
name = "Drift"
  [[schedules.overrides]]
  id = "w"
  people = ["kari"]
  start = 2026-11-13T16:00:00
  end = 2026-11-16T00:00:00
[[schedules]]
id = "natt"
name = "Natt"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the organisation file into an empty folder, and go there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org.toml").write_text(ORGANISATION, encoding="utf-8")
    return "org.toml"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["roster", "fairness", *args])


@freeze_time("2026-11-20T12:00:00Z")
def test_the_last_year_of_every_schedule_is_told(file: str) -> None:
    answer = json.loads(run("--file", file, "--json").stdout)
    assert (answer["from"], answer["to"]) == ("2025-11-20T13:00:00+01:00", "2026-11-20T13:00:00+01:00")
    assert [each["schedule"] for each in answer["schedules"]] == ["drift", "natt"]
    (kari,) = answer["schedules"][0]["people"]
    assert (kari["hours"], kari["standby_hours"], kari["counted_hours"], kari["duties"]) == (56, 56, 8, 1)


def test_the_ledger_is_csv_that_no_spreadsheet_takes_for_formulas(file: str) -> None:
    period = ("--schedule", "drift", "--from", "2026-11-01", "--to", "2026-12-01")
    result = run("--file", file, *period, "--csv", "pay.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    written = Path("pay.csv").read_bytes().decode("utf-8-sig")
    printed = run("--file", file, *period, "--csv", "-").stdout
    assert printed.lstrip("\ufeff").splitlines() == written.splitlines()
    (row,) = csv.DictReader(io.StringIO(written))
    assert row["name"] == "'=Kari, Nordmann"
    assert (row["from"], row["to"]) == ("2026-11-13T16:00:00+01:00", "2026-11-16T00:00:00+01:00")
    assert (row["standby_hours"], row["counted_hours"], row["weekend_hours"], row["night_hours"]) == (
        "56.00",
        "8.00",
        "48.00",
        "21.00",
    )


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--from", "2026-12-02", "--to", "2026-12-01"), "--to: 2026-12-01 is not after --from 2026-12-02: "),
        (
            ("--from", "1926-12-02", "--to", "2027-12-01"),
            "--to: 2027-12-01 is more than 100 years after --from 1926-12-02: ",
        ),
        (
            ("--from", "2026-11-01", "--to", "2026-12-01", "--csv", "none/pay.csv"),
            "--csv: none/pay.csv cannot be written",
        ),
        (("--schedule", "x"), '--schedule: there is no schedule "x": '),
    ],
)
def test_wrong_usage_is_told_with_the_option(file: str, args: tuple[str, ...], told: str) -> None:
    result = run(*args, "--file", file)
    assert result.exit_code == 2
    assert result.stderr.startswith(told)


@pytest.fixture
def rig(shell: Shell, tmp_path: Path) -> Iterator[Rig]:
    """An installation on the shell's database."""
    rig = Rig(shell.database_url, tmp_path)
    yield rig
    rig.close()


def test_call_outs_come_from_calls_and_from_cases_taken_by_sms(shell: Shell, rig: Rig) -> None:
    """Kari takes one call by key and talks for ten minutes, and a second case by SMS."""
    first = sid("CA", 1)
    question = rig.twiml(rig.begin(first).screen("+4790000001"), CallSid=sid("CA", 11), ParentCallSid=first)
    rig.press(question, "1")
    rig.clock.advance(minutes=10)
    rig.hang_up(first)
    rig.clock.advance(minutes=45)
    second = sid("CA", 2)
    rig.begin(second, from_="+4791000002")
    rig.hang_up(second)
    rig.text("+4790000001", "ACK 1002")
    answer = json.loads(
        shell.ok("roster", "fairness", "--from", "2026-11-23T08:00", "--to", "2026-11-30T08:00", "--json")
    )
    kari = next(each for each in answer["schedules"][0]["people"] if each["id"] == "kari")
    assert (kari["callouts"], kari["active_minutes"]) == (2, 10)
    assert kari["counted_hours"] == round(kari["standby_hours"] / 7 + 10 / 60, 2)
    ledger = shell.ok(
        "roster", "fairness", "--from", "2026-11-23T08:00", "--to", "2026-11-30T08:00", "--csv", "-"
    )
    assert "V-1001 V-1002" in ledger
