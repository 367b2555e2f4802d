"""`check` finds what would fail at 03:00, each thing on its own."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from dispatcher.spool import spool
from dispatcher.store.tables import effects
from tests.hotline.rig import HOTLINE
from tests.vakttelefon.checking import NOW, FakeTelephony, Installation, changed
from tests.vakttelefon.cli.shell import Shell, set_up
from tests.vakttelefon.cli.twilio import simulated_twilio
from vakttelefon.checks import Finding, Level
from vakttelefon.checks import duty as duty_checks


def test_an_installation_in_which_nothing_is_wrong_has_only_ok(prepared_anywhere: Installation) -> None:
    findings = prepared_anywhere.findings()
    assert [str(each) for each in findings if each.level is not Level.OK] == []
    assert [each.name for each in findings] == [
        "config", "permissions", "keys", "disk", "spool", "database", "worker", "effects", "tickets",
        "organisation", "public-url", "fallback", "twilio", "clock", "numbers", "roster", "phones",
        "coordinator", "rotation",
    ]  # fmt: skip


def test_a_line_reads_level_name_what_and_remedy() -> None:
    finding = Finding(Level.WARN, "clock", "is 90 s behind\nTwilio's", "set it")
    assert str(finding) == "warn  clock         is 90 s behind Twilio's: set it"


def test_an_unmigrated_or_unreachable_database_fails_and_hides_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    empty = changed(installation.shell.config, "database", url=f"sqlite:///{tmp_path / 'none.db'}")
    found = installation.trouble(empty)
    assert found.name == "database"
    assert found.what.endswith("run `vakttelefon init`")
    (tmp_path / "no.db").write_bytes(b"this is no database, however long one makes it" * 100)
    broken = changed(installation.shell.config, "database", url=f"sqlite:///{tmp_path / 'no.db'}")
    assert installation.trouble(broken).what == "cannot be used (DatabaseError)"
    down = changed(installation.shell.config, "database", url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert installation.trouble(down).what == "cannot be used (OperationalError)"


def test_a_worker_that_is_not_there_warns(prepared_anywhere: Installation) -> None:
    prepared_anywhere.now = NOW + timedelta(seconds=30)
    found = prepared_anywhere.trouble()
    assert (found.level, found.name) == (Level.WARN, "worker")


def test_what_was_given_up_or_is_late_warns(prepared_anywhere: Installation) -> None:
    def effect(key: str, state: str, at: datetime) -> dict[str, Any]:
        finished = at if state == "failed" else None
        return {
            "kind": "sms", "key": key, "data": {}, "state": state, "due_at": at, "created_at": at, "tries": 1,
            "maybe_done": False, "finished_at": finished,
        }  # fmt: skip

    with prepared_anywhere.shell.database() as database, database.write() as connection:
        rows = [
            effect("a", "failed", NOW - timedelta(hours=1)),
            effect("b", "failed", NOW - timedelta(hours=25)),
            effect("c", "pending", NOW - timedelta(minutes=2)),
            effect("d", "pending", NOW + timedelta(minutes=2)),
        ]
        connection.execute(insert(effects), rows)
    assert [each.what for each in prepared_anywhere.troubles()] == [
        "given up in the last day: 1 sms",
        "1 should have gone out more than a minute ago",
    ]


def test_a_spool_that_is_not_empty_warns(installation: Installation) -> None:
    folder = installation.shell.config.server.spool
    spool(folder, "call", {"CallSid": "CA1"}, at=NOW)
    assert installation.trouble().what == "1 request waits for the database"
    next(folder.glob("*.json")).rename(folder / "1.unreadable")
    assert "could not be read" in installation.trouble().what


def test_keys_that_are_missing_or_damaged_fail(installation: Installation) -> None:
    config = installation.shell.config
    config.recording.key_file.write_text("short", encoding="ascii")
    config.web.secret_file.unlink()
    found = installation.troubles()
    assert [(each.level, each.name) for each in found] == [(Level.FAIL, "keys")] * 2
    config.web.secret_file.write_text("x", encoding="ascii")
    config.web.secret_file.chmod(0o600)
    assert "too short" in installation.troubles()[1].what


def test_secrets_that_others_may_read_warn(installation: Installation) -> None:
    config = installation.shell.config
    for path in (config.recording.key_file, installation.shell.config_file):
        path.chmod(0o644)
    found = installation.troubles()
    assert [(each.level, each.name) for each in found] == [(Level.WARN, "permissions")] * 2
    assert found[0].remedy == f"chmod 600 {config.recording.key_file}"


def test_a_spool_that_others_may_look_into_warns(installation: Installation) -> None:
    folder = installation.shell.config.server.spool
    (folder / "20261129T030000000000-000000-aaaaaaaa.unreadable").write_text("what somebody said")
    (folder / "20261129T030000000000-000000-aaaaaaaa.unreadable").chmod(0o640)
    folder.chmod(0o755)
    told = [each.remedy for each in installation.troubles() if each.name == "permissions"]
    assert [remedy.split(str(folder))[0] for remedy in told] == ["chmod 600 ", "chmod 700 "]


def test_a_spool_that_is_no_folder_fails(installation: Installation) -> None:
    folder = installation.shell.config.server.spool
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("x")
    (found,) = [each for each in installation.troubles() if each.name == "disk"]
    assert (found.level, found.what) == (
        Level.FAIL,
        f"{folder}, where the spool should be, is no folder",
    )


def test_a_last_organisation_that_cannot_be_read_warns(installation: Installation) -> None:
    (installation.shell.config.server.spool / "organisation.last").write_text("{}")
    (installation.shell.config.server.spool / "organisation.last").chmod(0o600)
    (found,) = installation.troubles()
    assert (found.level, found.name) == (Level.WARN, "spool")
    assert "organisation.last cannot be read" in found.what


def test_a_disk_that_fills_up_is_found(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Usage:
        free: int

    monkeypatch.setattr("vakttelefon.checks.machine.shutil.disk_usage", lambda _path: Usage(1_500_000_000))
    found = installation.troubles()[0]
    assert (found.level, found.what) == (Level.WARN, "only 1.5 GB are free for the recordings")
    monkeypatch.setattr("vakttelefon.checks.machine.shutil.disk_usage", lambda _path: Usage(90_000_000))
    assert {each.level for each in installation.troubles()} == {Level.FAIL}


def test_nothing_imported_and_no_hotline_fail(sqlite_url: str, tmp_path: Path) -> None:
    bare = Installation(set_up(tmp_path / "vakt", sqlite_url), FakeTelephony())
    told = [each.what for each in bare.troubles() if each.name == "organisation"]
    assert told == ["none is imported"]
    bare.shell.import_organisation('timezone = "Europe/Oslo"\n')
    told = [each.what for each in bare.troubles() if each.name == "organisation"]
    assert told == ["it has no hotline"]


def test_a_check_that_fails_itself_is_a_finding_and_hides_no_other(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(duty_checks, "judge_roster", broken)
    found = installation.trouble()
    assert (found.level, found.name, found.what) == (
        Level.FAIL,
        "roster",
        "could not be checked (RuntimeError)",
    )


def test_the_command_asks_a_real_server_and_exits_1_on_a_fail(installation: Installation) -> None:
    shell = installation.shell
    with simulated_twilio() as (_, url):
        shell.configure(api=url, public_url="http://localhost:1")
        result = shell.run("check")
        assert result.exit_code == 1
        lines = result.stdout.splitlines()
        assert "ok    twilio        the credentials work, and the account is active" in lines
        assert "ok    clock         agrees with Twilio's" in lines
        assert any(
            line.startswith(f"fail  numbers       {HOTLINE} (drift) leads elsewhere") for line in lines
        )
        shell.ok("provision")
        # loopback and the simulator: what is left are warnings, and the roster of some day
        told = json.loads(shell.run("check", "--json").stdout)
        assert {each["name"] for each in told["findings"] if each["level"] == "fail"} <= {"roster"}
        assert told["ok"] is not any(each["level"] == "fail" for each in told["findings"])
        shell.configure(api=url, token="wrong", public_url="http://localhost:1")
        assert "fail  twilio " in shell.run("check").stdout
    # and now nobody answers there
    result = shell.run("check")
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_an_invalid_configuration_is_told_as_findings(small_folder: Shell) -> None:
    result = small_folder.run("check", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert [each["name"] for each in told["findings"]] == ["config", "config"]


@pytest.fixture
def small_folder(tmp_path: Path) -> Shell:
    """A folder with a configuration that has two mistakes."""
    shell = Shell(tmp_path, "")
    shell.write("config.toml", "[server]\nport = 0\nthreads = 0\n")
    return shell
