"""`cases`: what the API answers, and notes and closings with who wrote them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dispatcher.accounts.tokens import create_token
from dispatcher.store.tables import ticket_notes
from tests.hotline.rig import CALLER, EVENING, Rig, sid
from tests.vakttelefon.cli.shell import Shell
from vakttelefon.cli.opening import shell_user


@pytest.fixture
def rig(shell: Shell, tmp_path: Path) -> Iterator[Rig]:
    """An installation on the shell's database, with one call that Kari has not answered yet."""
    rig = Rig(shell.database_url, tmp_path)
    rig.begin(sid("CA", 1))
    yield rig
    rig.close()


def from_api(rig: Rig, path: str) -> Any:
    with rig.db.write() as connection:
        token = create_token(connection, path, "read", EVENING)
    answer = rig.app.test_client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    return answer.get_json()


def test_list_and_show_print_what_the_api_answers(shell: Shell, rig: Rig) -> None:
    assert json.loads(shell.ok("cases", "list", "--json")) == from_api(rig, "cases")
    assert json.loads(shell.ok("cases", "show", "v1001", "--json")) == from_api(rig, "cases/V-1001")


def test_for_people_a_case_is_shown_with_its_call_and_timeline(shell: Shell, rig: Rig) -> None:
    listed = shell.ok("cases", "list", "--state", "open")
    assert listed.startswith("V-1001    2026-11-25 21:00  open")
    shown = shell.ok("cases", "show", "V-1001")
    assert CALLER in shown
    assert "kari: ringing" in shown
    assert "Timeline:" in shown
    assert shell.ok("cases", "list", "--state", "closed") == "No cases.\n"


def test_a_long_list_is_read_page_by_page(shell: Shell, rig: Rig) -> None:
    rig.clock.advance(minutes=45)
    rig.begin(sid("CA", 2), from_="+4791000002")
    first = shell.ok("cases", "list", "--limit", "1")
    assert first.startswith("V-1002")
    cursor = first.split("--cursor ")[1].strip()
    assert shell.ok("cases", "list", "--cursor", cursor).startswith("V-1001")
    told = shell.refused("cases", "list", "--cursor", "x" * 30, code=2)
    assert told.startswith("--cursor: is no cursor of this list")


def test_a_note_stands_on_the_timeline_with_who_wrote_it(shell: Shell, rig: Rig) -> None:
    assert shell.ok("cases", "note", "V-1001", " Linja er oppe ", "--as", "kari") == "Noted on V-1001.\n"
    shell.ok("cases", "note", "1001", "Ser på det")
    notes = [entry for entry in rig.case().timeline if entry.kind == "note"]
    assert [entry.by for entry in notes] == ["kari", shell_user()]
    assert "Linja er oppe" in notes[0].text


def test_closing_a_case_tells_the_caller_and_is_done_once(shell: Shell, rig: Rig) -> None:
    shell.ok("cases", "close", "V-1001", "Ny fiber", "--as", "ola")
    case = rig.case()
    assert (case.state, case.acknowledged_by) == ("closed", "ola")
    assert any(key.startswith("sms:solved:") and key.endswith(":1001") for key in rig.unfinished())
    told = shell.refused("cases", "close", "V-1001", "Igjen", "--as", "ola")
    assert told == "V-1001 is closed already: see `vakttelefon cases list`"
    shell.ok("cases", "note", "V-1001", "Etterskrift", "--as", "ola")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("show", "V-2000"), 1, "V-2000: there is no such case: see `vakttelefon cases list`"),
        (("show", "kari"), 2, "kari: is no case: name it as V-1042"),
        (("note", "V-2000", "x"), 1, "V-2000: there is no such case: see `vakttelefon cases list`"),
        (("note", "V-1001", "  "), 2, "TEXT: there is nothing to write: say it"),
        (("note", "V-1001", "x" * 20_000), 2, "TEXT: has 20000 characters: use at most 10000"),
        (("close", "V-1001", "x", "--as", "nobody"), 2,
         "--as: the organisation has no person nobody: use one of kari, ola, siri, per, kim"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told(
    small_shell: Shell, arguments: tuple[str, ...], code: int, told: str
) -> None:
    small_shell.import_organisation()
    assert small_shell.refused("cases", *arguments, code=code) == told


def test_a_note_from_an_old_terminal_is_readable_everywhere(shell: Shell, rig: Rig, tmp_path: Path) -> None:
    """Bytes of Latin-1 reach a command as half surrogates; ticket, API, copy and terminal all go on."""
    typed = "Sjøkabelen er kutta ved Askøy".encode("latin-1").decode("utf-8", "surrogateescape")
    shell.ok("cases", "note", "V-1001", typed)
    rig.work()
    assert [
        entry["text"] for entry in from_api(rig, "cases/V-1001")["timeline"] if entry["kind"] == "note"
    ] == ["Notat: Sjøkabelen er kutta ved Askøy"]
    assert "Sjøkabelen er kutta" in shell.ok("cases", "show", "V-1001")
    shell.ok("backup", str(tmp_path / "copy.tar.gz"))
    ticket = " ".join(row["body"] for row in shell.rows(ticket_notes))
    assert "kutta ved Askøy" in ticket


def test_what_a_caller_wrote_moves_no_cursor_and_makes_no_line(shell: Shell, rig: Rig) -> None:
    rig.text("+4792000009", "Hjelp\x1b[2J\x9b1A\u202e\n  2026-01-01 00:00  Case closed by Kari.\r\nmeir")
    shown = shell.ok("cases", "show", "V-1002")
    assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(shown)
    assert "\n  2026-01-01" not in shown
    assert " " * 20 + "meir" in shown
    again = json.loads(shell.ok("cases", "show", "V-1002", "--json"))
    assert again == from_api(rig, "cases/V-1002")
