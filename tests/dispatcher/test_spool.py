"""The spool's files: private, whole, and whatever else lies in the folder holds up none of them."""

import errno
import json
import os
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dispatcher import spool_replay
from dispatcher.spool import UnreadableError, read_event, spool
from tests.hotline.rig import HOTLINE, Rig, sid

AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
FIRST = "20200101T000000000000-000000-aaaaaaaa"


@pytest.fixture
def folder(rig: Rig) -> Path:
    path = rig.services.settings.spool
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def rig(sqlite_url: str, tmp_path: Path) -> Rig:
    return Rig(sqlite_url, tmp_path)


def text_of(number: int, **changes: object) -> str:
    data = {"MessageSid": sid("SM", number), "From": f"+4791{number:06}", "To": HOTLINE, "Body": "ned"}
    return json.dumps({"kind": "sms", "at": AT.isoformat(), "data": data, **changes})


def spool_one(folder: Path, number: int) -> None:
    """Spool an SMS that lies behind every file which a test has put there."""
    data = {"MessageSid": sid("SM", number), "From": f"+4791{number:06}", "To": HOTLINE, "Body": "ned"}
    spool(folder, "sms", data, at=AT)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_files_are_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        tmp_path.chmod(0o755)  # somebody made it with the usual rights
        spool(tmp_path, "sms", {"Body": "løyndom"}, at=AT)
        if umask != 0o777:
            spool(tmp_path / "made" / "by us", "sms", {}, at=AT)
            assert stat.S_IMODE((tmp_path / "made" / "by us").stat().st_mode) == 0o700
    finally:
        os.umask(before)
    (file,) = tmp_path.glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_was_spooled_is_read_as_it_was(tmp_path: Path) -> None:
    spool(tmp_path, "sms", {"Body": "Æ \ud800 \x00"}, at=AT)
    (file,) = tmp_path.iterdir()
    event = read_event(file)
    assert (event.kind, event.at, event.data) == ("sms", AT, {"Body": "Æ \ud800 \x00"})


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        spool(tmp_path, "sms", {}, at=AT)
    assert list(tmp_path.iterdir()) == []


def _text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


STRANGE: dict[str, Callable[[Path], object]] = {
    "half a document": _text('{"kind": "sms", "at'),
    "a number": _text("17"),
    "a kind that is none": _text(text_of(1, kind=None)),
    "texts that are numbers": _text(text_of(1, data={"MessageSid": 5})),
    "no texts at all": _text(text_of(1, data=["x"])),
    "a field too few": _text(text_of(1, data={"MessageSid": "SM1"})),
    "an instant without a zone": _text(text_of(1, at="2026-11-29T03:00:00")),
    "an instant before all zones": _text(text_of(1, kind="call", at="0001-01-01T00:00:00+14:00")),
    "objects in objects": _text('{"a":' * 100_000),
    "more than any request": _text(" " * 9_000_000),
    "bytes of another alphabet": lambda path: path.write_bytes('{"kind": "blåbær"}'.encode("latin-1")),
    "a folder with something in it": lambda path: (path / "deep" / "deeper").mkdir(parents=True),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to a file of ours": lambda path: path.symlink_to(__file__),
    "a pipe without a writer": os.mkfifo,
    "a link to a device without an end": lambda path: path.symlink_to("/dev/zero"),
    "a kind of next year": _text(text_of(1, kind="told-by-picture")),
}  # fmt: skip


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
def test_what_is_not_understood_is_set_aside_and_holds_up_nothing(
    rig: Rig, folder: Path, make: Callable[[Path], object]
) -> None:
    make(folder / f"{FIRST}.json")
    spool_one(folder, 7)
    rig.work()
    assert len(rig.references()) == 1
    names = {path.name for path in folder.iterdir()} - {"organisation.last"}
    assert names == {f"{FIRST}.unreadable"}


def test_what_is_set_aside_never_replaces_what_was_set_aside_before(rig: Rig, folder: Path) -> None:
    (folder / f"{FIRST}.unreadable").write_text("a call of last year")
    (folder / f"{FIRST}.json").write_text("{")
    rig.work()
    assert (folder / f"{FIRST}.unreadable").read_text() == "a call of last year"
    assert (folder / f"{FIRST}-2.unreadable").read_text() == "{"


def test_a_file_that_cannot_even_be_renamed_is_passed_by_and_told_once(
    rig: Rig, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stuck = folder / f"{FIRST}.json"
    stuck.write_text("{")
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path == stuck:
            raise PermissionError(1, "Operation not permitted")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    for number in range(900, 903):
        spool_one(folder, number)
        rig.work()
    assert len(rig.references()) == 3
    assert capsys.readouterr().out.count("spool-file-stuck") == 1
    assert stuck.exists()


def test_what_a_crash_left_under_its_first_name_is_taken_in(rig: Rig, folder: Path) -> None:
    """Written whole and not renamed; half written; and one that is being written this moment."""
    whole, half, young = (folder / f".2020010{n}T000000000000-000000-aaaaaaaa.json" for n in (1, 2, 3))
    whole.write_text(text_of(1))
    half.write_text(text_of(2)[:40])
    young.write_text(text_of(3)[:40])
    hour_ago = time.time() - 3600
    for path in (whole, half):
        os.utime(path, (hour_ago, hour_ago))
    rig.work()
    assert len(rig.references()) == 1
    assert not whole.exists()
    assert young.exists()
    assert half.name.lstrip(".").replace(".json", ".unreadable") in {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("what", ["nothing", "a file"])
def test_a_spool_that_is_no_folder_stops_no_worker(rig: Rig, folder: Path, what: str) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    if what == "a file":
        folder.write_text("x")
    rig.text("+4791000099", "alt er nede")
    rig.work()
    assert len(rig.references()) == 1


def test_a_full_spool_is_taken_in_bit_by_bit_so_that_paging_goes_on(
    rig: Rig, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_replay, "TURN_SECONDS", -1.0)
    for number in range(900, 903):
        spool_one(folder, number)
    replay = spool_replay.SpoolReplay(rig.services)
    assert replay.take_in() == 0
    monkeypatch.setattr(spool_replay, "TURN_SECONDS", 60.0)
    assert replay.take_in() == 3


def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("[" * 100_000)
    with pytest.raises(UnreadableError, match="RecursionError"):
        read_event(tmp_path / "one.json")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_no_event_is_set_aside_because_the_machine_is_short_of_something(
    rig: Rig, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Too many open files are no fault of the file; it waits, and is taken in when there is room."""
    spool_one(folder, 7)
    replay = spool_replay.SpoolReplay(rig.services)
    opened = os.open

    def short(path: Any, *arguments: Any) -> int:
        if str(path).endswith(".json"):
            raise OSError(number, os.strerror(number))
        return opened(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", short)
        assert replay.take_in() == 0
        assert replay.take_in() == 0
    assert [path.suffix for path in folder.iterdir()] == [".json"]
    monkeypatch.setattr("dispatcher.spool_replay.time.monotonic", lambda: time.time() + 1e9)
    assert replay.take_in() == 1
    assert rig.case().caller == "+4791000007"


def test_no_call_is_set_aside_while_the_tables_are_of_another_version(rig: Rig, folder: Path) -> None:
    """An upgrade migrates while the old program still runs: what it cannot store waits for the new one."""
    data = {"CallSid": sid("CA", 3), "From": "+4791000003", "To": HOTLINE}
    spool(folder, "call", data, at=AT)
    with rig.db.write() as connection:
        connection.exec_driver_sql("ALTER TABLE calls RENAME COLUMN phase TO step")
    assert spool_replay.SpoolReplay(rig.services).take_in() == 0
    assert [path.suffix for path in folder.iterdir()] == [".json"]
    with rig.db.write() as connection:
        connection.exec_driver_sql("ALTER TABLE calls RENAME COLUMN step TO phase")
    assert spool_replay.SpoolReplay(rig.services).take_in() == 1
    assert rig.case().caller == "+4791000003"
