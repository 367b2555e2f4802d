"""`roster who` and `roster timeline` on a file, with no database and no configuration."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from freezegun import freeze_time

from vakttelefon.cli.group import main

ORGANISATION = """\
timezone = "Europe/Oslo"
[[people]]
id = "kari"
name = "Kari Nordmann"
phones = ["+4790000001"]
[[people]]
id = "ola"
name = "Ola Nordmann"
phones = ["+4790000002"]
[[schedules]]
id = "drift"
name = "Driftsvakt"
  [[schedules.layers]]
  name = "Veke"
  people = ["kari", "ola"]
  rotation = "weekly"
  start = 2026-10-19T08:00:00
  until = 2026-11-09T08:00:00
  [[schedules.overrides]]
  id = "stengt"
  people = []
  start = 2026-10-26T12:00:00
  end = 2026-10-27T08:00:00
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the organisation file into an empty folder, and go there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org.toml").write_text(ORGANISATION, encoding="utf-8")
    return "org.toml"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["roster", *args])


def test_who_prints_the_answer_as_json(file: str) -> None:
    result = run("who", "--schedule", "drift", "--at", "2026-10-25T02:30", "--json", "--file", file)
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    because = answer.pop("because")
    assert answer == {
        "schedule": "drift",
        "at": "2026-10-25T02:30:00+02:00",
        "people": ["kari"],
        "until": "2026-10-26T08:00:00+01:00",
        "next": {"people": ["ola"], "from": "2026-10-26T08:00:00+01:00"},
    }
    assert because[-1] == "På vakt: Kari Nordmann."


def test_who_prints_null_where_there_is_no_until_and_no_next(file: str) -> None:
    result = run("who", "--at", "2027-01-01", "--json", "--file", file)
    answer = json.loads(result.stdout)
    assert (answer["people"], answer["until"], answer["next"]) == ([], None, None)
    assert list(answer) == ["schedule", "at", "people", "until", "next", "because"]


def test_who_prints_sentences(file: str) -> None:
    result = run("who", "--at", "2026-10-26T12:00", "--file", file)
    assert result.stdout.splitlines()[:4] == [
        "Mon 2026-10-26 12:00, drift: nobody",
        "  until Tue 2026-10-27 08:00",
        "  next  Ola Nordmann, from Tue 2026-10-27 08:00",
        "Because:",
    ]
    assert "ingen, med vilje" in result.stdout


@freeze_time("2026-10-26T11:30:00.123456Z")
def test_who_is_asked_of_now_when_no_instant_is_given(file: str) -> None:
    assert json.loads(run("who", "--json", "--file", file).stdout)["at"] == "2026-10-26T12:30:00+01:00"


def test_timeline_prints_shifts_and_gaps_as_json(file: str) -> None:
    result = run(
        "timeline", "--schedule", "drift", "--from", "2026-10-25", "--to", "2026-11-10T00:00+01:00", "--json",
        "--file", file,
    )  # fmt: skip
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "schedule": "drift",
        "from": "2026-10-25T00:00:00+02:00",
        "to": "2026-11-10T00:00:00+01:00",
        "shifts": [
            {"start": start, "end": end, "people": people, "source": source}
            for start, end, people, source in (
                ("2026-10-25T00:00:00+02:00", "2026-10-26T08:00:00+01:00", ["kari"], "layer:Veke"),
                ("2026-10-26T08:00:00+01:00", "2026-10-26T12:00:00+01:00", ["ola"], "layer:Veke"),
                ("2026-10-26T12:00:00+01:00", "2026-10-27T08:00:00+01:00", [], "override:stengt"),
                ("2026-10-27T08:00:00+01:00", "2026-11-02T08:00:00+01:00", ["ola"], "layer:Veke"),
                ("2026-11-02T08:00:00+01:00", "2026-11-09T08:00:00+01:00", ["kari"], "layer:Veke"),
            )
        ],
        "gaps": [{"start": "2026-11-09T08:00:00+01:00", "end": "2026-11-10T00:00:00+01:00"}],
    }


def test_timeline_prints_a_table_with_gaps_in_their_place(file: str) -> None:
    result = run("timeline", "--from", "2026-11-01", "--to", "2026-11-20", "--file", file)
    assert result.exit_code == 0
    assert result.stdout.index("Ola Nordmann") < result.stdout.index("GAP: nobody")
    assert result.stdout.endswith("1 gap.\n")
    assert run("timeline", "--from", "2026-10-26", "--to", "2026-10-27", "--file", file).stdout.endswith(
        "No gaps.\n"
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("who", "--schedule", "natt"), '--schedule: there is no schedule "natt": use one of drift'),
        (("who", "--at", "i dag"), '--at: "i dag" is no instant: write it as 2026-12-24T21:00, 2026-12-24T21:00+01:00 or 2026-12-24'),
        (("who", "--at", "0001-01-01"), '--at: "0001-01-01" is too far off: use a year from 2 to 9998'),
        (("who", "--at", "9999-12-31"), '--at: "9999-12-31" is too far off: use a year from 2 to 9998'),
        (("who", "--at", "2026-12-24T24:00"), '--at: "2026-12-24T24:00" is no instant: '),
        (("timeline", "--from", "2026-13-01", "--to", "2026-01-01"), '--from: "2026-13-01" is no instant: '),
        (("timeline", "--from", "2026-01-02", "--to", "2026-01-02"), "--to: 2026-01-02 is not after --from 2026-01-02: "),
        (("timeline", "--from", "2026-01-02", "--to", "9998-01-02"), "--to: 9998-01-02 is more than 100 years after --from 2026-01-02: "),
        (("timeline", "--from", "2026-03-29T02:00", "--to", "2026-03-29T03:00"), "--to: "),
        (("timeline", "--from", "2026-01-02"), "vakttelefon roster timeline: Missing option '--to'"),
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_a_remedy(file: str, args: tuple[str, ...], message: str) -> None:
    result = run(*args, "--file", file)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(message)
    assert len(result.stderr.splitlines()) == 1


def test_with_several_schedules_one_has_to_be_named(file: str) -> None:
    text = ORGANISATION + '[[schedules]]\nid = "natt"\nname = "Natt"\n'
    Path(file).write_text(text, encoding="utf-8")
    result = run("who", "--file", file)
    assert result.exit_code == 2
    assert result.stderr == "--schedule: which schedule is meant?: give one of drift, natt\n"
    Path(file).write_text('timezone = "Europe/Oslo"', encoding="utf-8")
    assert run("who", "--file", file).stderr.endswith("the organisation has no schedule\n")


def test_an_invalid_file_ends_with_2_and_all_its_problems(file: str) -> None:
    text = ORGANISATION.replace('"weekly"', '"weakly"').replace("+4790000001", "112")
    Path(file).write_text(text, encoding="utf-8")
    result = run("who", "--file", file)
    assert result.exit_code == 2
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == ["org.toml:5", "org.toml:16"]


def test_a_file_that_is_not_there_ends_with_2(file: str) -> None:
    for name in ("nothing.toml", "."):
        result = run("who", "--file", name)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"{name}: the file cannot be read (")
    assert file


@pytest.mark.parametrize("command", ["who", "timeline"])
def test_help_has_an_example(command: str) -> None:
    assert "Example: vakttelefon roster" in run(command, "--help").stdout
