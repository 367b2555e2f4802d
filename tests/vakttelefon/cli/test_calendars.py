"""`roster ical`, `read`, `subscribe`, `unsubscribe` and `calendars`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from freezegun import freeze_time

from tests.hotline.rig import PUBLIC_URL
from tests.vakttelefon.cli.shell import Shell
from vakttelefon.cli.group import main

ORGANISATION = """\
timezone = "Europe/Oslo"
language = "en"
[[people]]
id = "kari"
name = "Kari Nordmann"
[[people]]
id = "ola"
name = "Ola Strand"
[[schedules]]
id = "drift"
name = "Operations"
  [[schedules.layers]]
  name = "Week"
  people = ["kari", "ola"]
  rotation = "weekly"
  start = 2026-11-02T08:00:00
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the organisation file into an empty folder, and go there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org.toml").write_text(ORGANISATION, encoding="utf-8")
    return "org.toml"


def run(*args: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["roster", *args], input=typed)


@freeze_time("2026-11-26T12:00:00Z")
def test_a_calendar_is_printed_and_read_back_as_a_layer(file: str) -> None:
    printed = run("ical", "--schedule", "drift", "--file", file)
    assert printed.exit_code == 0
    Path("drift.ics").write_text(printed.stdout, encoding="utf-8", newline="")
    read = run(
        "read", "drift.ics", "--layer", "In", "--file", file, "--from", "2026-12-01", "--to", "2026-12-20"
    )
    assert read.exit_code == 0
    assert 'name = "In"' in read.stdout
    assert '{ people = ["ola"], start = 2026-12-07T08:00:00, end = 2026-12-14T08:00:00 },' in read.stdout
    assert read.stderr == "3 taken in, 0 not.\n"
    Path("new.toml").write_text(read.stdout, encoding="utf-8")
    who = json.loads(run("who", "--file", "new.toml", "--at", "2026-12-08", "--json").stdout)
    assert who["people"] == ["ola"]
    assert "fixed shift" in who["because"][0]
    person = run("ical", "--person", "ola", "--file", file).stdout
    assert "SUMMARY:On duty: Operations" in person


def test_pasted_rows_are_read_from_standard_input_and_what_is_not_is_told(file: str) -> None:
    rows = "uke;navn\n50 2026;Kari\n51 2026;Nils\nx;Ola\n"
    result = run(
        "read", "-", "--layer", "In", "--handover", "mon 08:00", "--file", file, "--json", typed=rows
    )
    answer = json.loads(result.stdout)
    assert answer["taken"] == 1
    assert [(each["where"], each["text"]) for each in answer["not_taken"]] == [
        ("line 4", "x | Ola"),
        ("line 3", "Nils"),
    ]
    assert "start = 2026-12-07T08:00:00" in answer["organisation"]


def test_a_table_of_days_is_taken_in_as_absences(file: str) -> None:
    result = run(
        "read", "-", "--absences", "--file", file, typed="from,to,person\n24.12.2026,26.12.2026,Kari\n"
    )
    assert 'absences = [{ from = 2026-12-24, to = 2026-12-26, reason = "Kari" }]' in result.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("ical", "--person", "x"), '--person: there is no person "x": use one of kari, ola'),
        (("ical", "--schedule", "x"), '--schedule: there is no schedule "x": use one of drift'),
        (
            ("ical", "--schedule", "drift", "--person", "kari"),
            "--person: a calendar is of a person or of a schedule",
        ),
        (("read", "none.ics", "--layer", "In"), "none.ics: the file cannot be read"),
        (("read", "org.toml"), "--layer: what shall become of it?: "),
        (("read", "org.toml", "--layer", "In", "--absences"), "--layer: what shall become of it?: "),
        (
            ("read", "org.toml", "--layer", "In", "--handover", "8"),
            '--handover: "8" is no time of the week: ',
        ),
    ],
)
def test_wrong_usage_is_told_with_the_option(file: str, args: tuple[str, ...], told: str) -> None:
    result = run(*args, "--file", file)
    assert result.exit_code == 2
    assert result.stderr.startswith(told)


def test_what_is_no_roster_is_refused(file: str) -> None:
    result = run("read", file, "--layer", "In", "--file", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("org.toml: no columns are known")
    week = run("read", "-", "--layer", "Week", "--file", file, typed="week,person\n50 2026,Kari\n")
    assert week.stderr.startswith('--layer: the layer "Week" is a rotation')


def test_a_roster_of_which_nothing_fits_prints_none_that_would_empty_the_layer(file: str) -> None:
    rows = "person,from,to\nMari,2026-12-07,2026-12-13\n"
    result = run("read", "-", "--layer", "In", "--file", file, typed=rows)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not taken in: line 2" in result.stderr
    assert "nothing of it could be taken in (1 not)" in result.stderr
    told = run("read", "-", "--layer", "In", "--file", file, "--json", typed=rows)
    assert told.exit_code == 1
    assert json.loads(told.stdout)["taken"] == 0


def test_an_address_is_printed_alone_and_once_listed_without_its_secret_and_revoked(shell: Shell) -> None:
    shell.import_organisation(ORGANISATION)
    assert shell.ok("roster", "calendars").startswith("No calendars: ")
    address = shell.ok("roster", "subscribe", "kari-phone", "--person", "kari")
    assert address.startswith(f"{PUBLIC_URL}/calendar/")
    assert address.endswith(".ics\n")
    secret = address.rpartition("/")[2].removesuffix(".ics\n")
    listed = shell.ok("roster", "calendars")
    assert listed.startswith("kari-phone")
    assert "person kari, made " in listed
    assert secret not in listed
    assert "choose another name" in shell.refused("roster", "subscribe", "kari-phone", "--person", "ola")
    shell.ok("roster", "unsubscribe", "kari-phone")
    assert "revoked" in shell.ok("roster", "calendars")
    assert "there is no calendar named x" in shell.refused("roster", "unsubscribe", "x")
    assert shell.acts() == ["organisation-imported", "calendar-created", "calendar-revoked"]
