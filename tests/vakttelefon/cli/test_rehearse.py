"""`rehearse` plays the real call flow against the real roster at any instant, and keeps nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.vakttelefon.cli.shell import Shell
from vakttelefon.cli.group import main

ORGANISATION = """\
timezone = "Europe/Oslo"
language = "en"
[[municipalities]]
id = "fjordvik"
name = "Fjordvik kommune"
numbers = ["+4790100009"]
[[people]]
id = "kari"
name = "Kari"
phones = ["+4790000001", "+4790000011"]
roles = ["technician", "coordinator"]
[[people]]
id = "ola"
name = "Ola"
phones = ["+4790000002"]
absences = [{ from = 2026-12-21, to = 2026-12-27 }]
[[people]]
id = "siri"
name = "Siri"
[[people]]
id = "per"
name = "Per"
phones = ["+4790000004"]
[[schedules]]
id = "drift"
name = "Operations"
  [schedules.duty]
  desk_hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", to = "15:30" }]
  [[schedules.layers]]
  name = "Week"
  people = ["kari", "per"]
  rotation = "weekly"
  start = 2026-11-02T08:00:00
  until = 2027-01-04T08:00:00
[[ladders]]
id = "standard"
  [[ladders.rungs]]
  ring = ["on-duty:drift"]
  seconds = 20
  [[ladders.rungs]]
  ring = ["next-on-duty:drift", "person:ola", "person:siri"]
  seconds = 20
[[hotlines]]
id = "drift"
number = "+4721000000"
name = "Vakttelefonen"
schedule = "drift"
ladder = "standard"
desk_number = "+4756000000"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the organisation file into an empty folder, and go there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org.toml").write_text(ORGANISATION, encoding="utf-8")
    return tmp_path / "org.toml"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["rehearse", "--file", "org.toml", *args])


def played(at: str, *args: str) -> dict[str, Any]:
    result = run("--at", at, "--json", *args)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def rung(answer: dict[str, Any]) -> list[str]:
    return [
        f"{ring['rung']} {'+'.join(each['id'] + ':' + each['phone'][-2:] for each in ring['targets'])}"
        for ring in answer["rungs"]
    ]


def test_every_rung_is_rung_as_a_call_at_night_would_and_nothing_is_left(file: Path) -> None:
    answer = played("2026-12-24T02:00", "--caller", "+4790100009")
    assert (answer["hotline"], answer["schedule"], answer["desk_open"]) == ("drift", "drift", False)
    assert answer["people"] == ["per"]
    assert answer["because"][-1] == "On duty: Per."
    assert rung(answer) == ["1 per:04", "2 kari:01", "2 kari:11"]
    assert [each["named_by"] for each in answer["rungs"][0]["targets"]] == [["on-duty:drift"]]
    assert answer["skipped"] == [
        {"rung": 2, "id": "ola", "reason": "absent"},
        {"rung": 2, "id": "siri", "reason": "no-phone"},
    ]
    assert any("1, 0, 0, 1" in each["text"] for each in answer["heard"])
    assert answer["callee_hears"][0] == "Fjordvik kommune."
    pages = [(each["channel"], each["name"]) for each in answer["pages"]]
    assert pages[0] == ("call", "Per")
    assert ("sms", "Per") in pages[:3]
    assert ("sms", "the caller") in pages
    assert {("call", "Kari"), ("sms", "Kari")} <= set(pages[1:])
    assert 1 < answer["first_ring_seconds"] <= 9
    assert answer["warnings"] == []
    assert [each.name for each in file.parent.iterdir()] == ["org.toml"]


def test_inside_desk_hours_the_desk_is_rung_first(file: Path) -> None:
    answer = played("2026-12-23T10:00")
    assert (answer["desk_open"], rung(answer)[0]) == (True, "None desk:00")
    assert rung(answer)[1:] == ["1 per:04", "2 kari:01", "2 kari:11"]
    file.write_text(ORGANISATION.replace('desk_number = "+4756000000"\n', ""), encoding="utf-8")
    without = played("2026-12-23T10:00")
    assert rung(without)[0] == "1 per:04"
    assert without["warnings"] == ["The desk is open and the hotline has no desk_number: the duty is rung."]


def test_a_hand_over_in_the_middle_of_the_call_reaches_the_new_person(file: Path) -> None:
    """Who comes on while a rung rings has a turn on that rung: `on-duty` means whoever is on at the moment."""
    file.write_text(ORGANISATION.replace('desk_number = "+4756000000"\n', ""), encoding="utf-8")
    assert rung(played("2026-12-28T07:59:30"))[:2] == ["1 per:04", "1 kari:01"]


def test_a_caller_on_a_satellite_telephone_is_served_and_sent_no_sms(file: Path) -> None:
    answer = played("2026-12-24T02:00", "--caller", "+881677700001")
    assert answer["rungs"]
    assert ("sms", "the caller") not in [(page["channel"], page["name"]) for page in answer["pages"]]


def test_in_a_gap_the_caller_is_taken_to_the_recorder_and_that_is_warned_of(file: Path) -> None:
    only_duty = ORGANISATION.replace(
        'ring = ["next-on-duty:drift", "person:ola", "person:siri"]', 'ring = ["person:siri"]'
    )
    file.write_text(only_duty, encoding="utf-8")
    answer = played("2027-02-01T02:00")
    assert (answer["people"], answer["rungs"], answer["empty_rungs"]) == ([], [], [1, 2])
    assert "Nobody of the duty is rung: the caller goes straight to the recorder." in answer["warnings"]
    assert ("sms", "Kari") in [(each["channel"], each["name"]) for each in answer["pages"]]
    assert any("1, 0, 0, 1" in each["text"] for each in answer["heard"])


def test_the_text_tells_the_call_in_the_order_of_time(file: Path) -> None:
    result = run("--at", "2026-10-25T02:30+01:00", "--hotline", "drift")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Sun 2026-10-25 02:30 (+0100), Vakttelefonen (drift), outside desk hours; ")
    assert lines[1] == "On duty on drift: nobody"
    clocks = [line[:8] for line in lines if line[2:3] == ":" and line[5:6] == ":"]
    told = clocks.index(next(each for each in clocks if each > "02:31"))
    assert clocks[:told] == sorted(clocks[:told])
    assert "Warning: Rung 1 rings nobody." in lines
    assert any(
        line.startswith("The first telephone rings ") and line.endswith("the answer.") for line in lines
    )


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--hotline", "natt"), '--hotline: there is no hotline "natt": use one of drift'),
        (("--at", "x"), '--at: "x" is no instant: '),
        (("--caller", "12"), "--caller: "),
    ],
)
def test_wrong_usage_is_told_with_the_option(file: Path, args: tuple[str, ...], told: str) -> None:
    assert file.exists()
    result = run(*args)
    assert result.exit_code == 2
    assert result.stderr.startswith(told)


def test_what_is_stored_is_rehearsed_as_it_was_then(small_shell: Shell) -> None:
    small_shell.import_organisation(ORGANISATION)
    answer = json.loads(small_shell.ok("rehearse", "--at", "2026-12-24T02:00", "--json"))
    assert rung(answer)[0] == "1 per:04"
    assert small_shell.acts() == ["organisation-imported"]
    assert "V-1001" not in small_shell.ok("cases", "list")
