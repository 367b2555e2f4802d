"""A copy restores to the same, into either database, and a bad copy changes nothing."""

import gzip
import hashlib
import io
import json
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, update

from dispatcher.audit import AuditAction
from dispatcher.cases.ledger import add_entries, open_case
from dispatcher.cases.model import Source
from dispatcher.decision import Entry
from dispatcher.recordings.vault import Vault, load_key
from dispatcher.spool import spool
from dispatcher.store.tables import audit, cases, effects, recordings, timeline, users, workers
from roster.organisation import Language
from tests.hotline.rig import CALLER, HOTLINE, Rig, sid
from tests.vakttelefon.cli.shell import Shell, set_up, somebody_types
from vakttelefon.backups import making
from vakttelefon.backups.rows import dump_rows, kept_tables, next_ids
from vakttelefon.cli import asking

AUDIO = b"RIFF....WAVE" * 1000


@pytest.fixture
def other_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give a database of the other kind than `database_url`."""
    other = "postgres_url" if database_url.startswith("sqlite") else "sqlite_url"
    url: str = request.getfixturevalue(other)
    return url


@pytest.fixture
def lived_in(database_url: str, tmp_path: Path) -> Shell:
    """An installation with cases, pages in hand, a recording and a spooled call."""
    shell = set_up(tmp_path / "first", database_url)
    live(shell, tmp_path)
    return shell


@pytest.fixture(scope="module")
def once_lived_in(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make such a folder on SQLite once, with a copy of it beside; tests get it afresh."""
    folder = tmp_path_factory.mktemp("lived") / "first"
    folder.mkdir()
    shutil.copyfile(migrated_sqlite, folder / "vakt.db")
    shell = set_up(folder, f"sqlite:///{folder / 'vakt.db'}")
    live(shell, folder.parent)
    back_up(shell)
    return folder


@pytest.fixture
def small(once_lived_in: Path, tmp_path: Path) -> Shell:
    """The same on SQLite alone, with a copy made before."""
    folder = tmp_path / "first"
    shutil.copytree(once_lived_in, folder)
    shell = Shell(folder, f"sqlite:///{folder / 'vakt.db'}")
    shell.configure()
    return shell


def live(shell: Shell, tmp_path: Path) -> None:
    rig = Rig(shell.database_url, tmp_path)
    rig.begin(sid("CA", 1))
    rig.hang_up(sid("CA", 1))
    rig.work()
    rig.text(CALLER, "Nettet er nede")
    rig.begin(sid("CA", 2), from_="+4791000002")
    rig.close()
    vault = Vault(shell.config.recording.directory, load_key(shell.config.recording.key_file))
    stored = vault.store("RE1", iter([AUDIO]))
    now = datetime.now(UTC)
    with shell.database() as database, database.write() as connection:
        connection.execute(
            insert(recordings).values(
                sid="RE1", case_id=1001, call_sid=sid("CA", 1), kind="message", state="stored",
                file=stored.file, sha256=stored.sha256, created_at=now, stored_at=now,
            )
        )  # fmt: skip
        # somebody's case that was deleted when its time was up: its number never returns
        gone = open_case(
            connection, source=Source.CALL, hotline="drift", language=Language.NN, caller=None,
            municipality=None, ticket_system="builtin", now=now,
        )  # fmt: skip
        connection.execute(delete(cases).where(cases.c.id == gone.id))
        connection.execute(delete(workers))
    spool(shell.config.server.spool, "call", {"CallSid": sid("CA", 3), "From": CALLER, "To": HOTLINE}, at=now)
    shell.ok("user", "create", "kari", "--role", "technician", "--password-stdin", typed="eit langt passord")


def content(shell: Shell) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table that a copy holds, as a restored one has them."""
    found = {table.name: shell.rows(table) for table in kept_tables()}
    for effect in found["effects"]:
        if effect["state"] in {"pending", "claimed"}:
            effect.update(state="pending", maybe_done=True, claimed_by=None, claimed_until=None)
    found["audit"] = [row for row in found["audit"] if row["action"] != AuditAction.DATA_RESTORED]
    return found


def numbers(shell: Shell) -> Mapping[str, int]:
    with shell.database() as database, database.read() as connection:
        return {name: next_ids(connection)[name] for name in ("cases", "timeline", "tickets")}


def second(shell: Shell, folder: Path, url: str) -> Shell:
    """Return a new machine that has the first one's keys."""
    machine = set_up(folder, url)
    for name in ("recording.key", "web.key"):
        (machine.folder / "var" / name).write_bytes((shell.folder / "var" / name).read_bytes())
    return machine


def back_up(shell: Shell) -> Path:
    """Return a copy of what is there now."""
    file = copy_of(shell)
    file.unlink(missing_ok=True)
    shell.ok("backup", str(file))
    return file


def copy_of(shell: Shell) -> Path:
    return shell.folder / "copy.tar.gz"


def test_a_copy_restores_into_the_other_database_and_back(
    lived_in: Shell, other_url: str, tmp_path: Path
) -> None:
    before, counting = content(lived_in), numbers(lived_in)
    assert counting["cases"] == 1004
    other = second(lived_in, tmp_path / "second", other_url)
    other.ok("restore", str(back_up(lived_in)))
    assert content(other) == before
    assert numbers(other) == counting
    listened = Vault(other.config.recording.directory, load_key(other.config.recording.key_file))
    assert listened.read("RE1.audio", "RE1") == AUDIO
    assert [path.name for path in other.config.server.spool.iterdir()] == [
        path.name for path in lived_in.config.server.spool.iterdir()
    ]
    lived_in.ok("restore", str(back_up(other)))
    assert content(lived_in) == before
    assert numbers(lived_in) == counting


def test_references_go_on_counting_after_a_restore(lived_in: Shell, other_url: str, tmp_path: Path) -> None:
    other = second(lived_in, tmp_path / "second", other_url)
    other.ok("restore", str(back_up(lived_in)))
    highest = max(row["id"] for row in other.rows(timeline))
    rig = Rig(other_url, tmp_path)
    rig.begin(sid("CA", 4), from_="+4791000004")
    rig.close()
    fresh = [row["id"] for row in other.rows(timeline) if row["case_id"] == 1004]
    assert fresh
    assert min(fresh) > highest


def test_what_is_written_while_the_copy_is_made_is_all_in_it_or_not_at_all(
    lived_in: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = datetime.now(UTC)

    def disturbed(connection: Connection, table: Table) -> Iterator[bytes]:
        if table.name == "timeline":
            with lived_in.database() as database, database.write() as writing:
                fresh = open_case(
                    writing, source=Source.SMS, hotline="drift", language="nn", caller=None,
                    municipality=None, ticket_system="builtin", now=now,
                )  # fmt: skip
                add_entries(writing, fresh.id, (Entry("note", None, {"text": "x"}),), now=now)
        return dump_rows(connection, table)

    before = content(lived_in)
    with monkeypatch.context() as patch:
        patch.setattr(making, "dump_rows", disturbed)
        file = back_up(lived_in)
    assert len(lived_in.rows(cases)) == len(before["cases"]) + 1
    lived_in.ok("restore", str(file))
    assert content(lived_in) == before


def test_a_text_with_a_zero_character_restores_into_postgresql_too(
    small: Shell, postgres_url: str, tmp_path: Path
) -> None:
    with small.database() as database, database.write() as connection:
        connection.execute(update(users).values(person="ka\0ri"))
    other = second(small, tmp_path / "second", postgres_url)
    other.ok("restore", str(back_up(small)))
    assert other.rows(users)[0]["person"] == "ka\ufffdri"


def test_strangers_in_the_folders_are_left_out(small: Shell) -> None:
    (small.config.recording.directory / "a b.audio").write_bytes(b"x")
    (small.config.server.spool / "1 2.json").write_bytes(b"{}")
    small.ok("restore", str(back_up(small)))


def test_an_empty_installation_counts_from_1001_after_a_restore(
    database_url: str, other_url: str, tmp_path: Path
) -> None:
    first = set_up(tmp_path / "first", database_url)
    other = second(first, tmp_path / "second", other_url)
    other.ok("restore", str(back_up(first)))
    assert numbers(other)["cases"] == 1001


def test_what_waited_is_looked_for_before_it_is_sent_again(small: Shell) -> None:
    with small.database() as database, database.write() as connection:
        connection.execute(
            update(effects)
            .where(effects.c.state == "pending")
            .values(state="claimed", claimed_by="w", claimed_until=datetime.now(UTC))
        )
    assert any(row["state"] == "claimed" for row in small.rows(effects))
    small.ok("restore", str(back_up(small)))
    waiting = [row for row in small.rows(effects) if row["state"] == "pending"]
    assert waiting
    assert all(row["maybe_done"] and row["claimed_by"] is None for row in waiting)


def test_a_copy_is_private_and_never_replaces_a_file(small: Shell) -> None:
    file = copy_of(small)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_bytes()
    told = small.refused("backup", str(file))
    assert told == f"{file} is there already: name a new file, or move that one away"
    assert file.read_bytes() == written
    assert [path.name for path in small.folder.iterdir() if path.name.endswith(".part")] == []
    assert "No such file" in small.refused("backup", str(small.folder / "nowhere" / "copy.tar.gz"))


def test_a_copy_has_keys_only_where_that_is_said(small: Shell) -> None:
    with tarfile.open(copy_of(small)) as tar:
        assert not any(name.startswith("keys/") for name in tar.getnames())
    file = small.folder / "with.tar.gz"
    small.ok("backup", str(file), "--with-keys")
    key_file = small.config.recording.key_file
    key = key_file.read_bytes()
    key_file.write_bytes(b"another\n")
    (small.folder / "var" / "web.key").unlink()
    told = small.run("restore", str(file))
    assert told.exit_code == 0
    assert key_file.read_bytes() == key
    assert key_file.with_name("recording.key.before-restore").read_bytes() == b"another\n"
    assert "recording.key was another key, and is kept as recording.key.before-restore" in told.stderr
    assert (small.folder / "var" / "web.key").stat().st_mode & 0o077 == 0


def test_a_key_that_does_not_open_the_recordings_is_told(small: Shell, tmp_path: Path) -> None:
    file = copy_of(small)
    # a new machine whose init has made a key of its own
    other = set_up(tmp_path / "second", f"sqlite:///{tmp_path / 'second.db'}")
    other.ok("init")
    told = other.run("restore", str(file))
    assert told.exit_code == 0
    assert "the recordings cannot be heard with the key that is here" in told.stderr


def test_what_is_not_in_the_copy_is_gone_and_files_left_over_are_named(small: Shell) -> None:
    file = copy_of(small)
    directory = small.config.recording.directory
    (directory / "RE2.audio").write_bytes(b"x")
    small.ok("user", "create", "ola", "--role", "technician", "--password-stdin", typed="eit langt passord")
    (directory / "RE1.audio").unlink()
    told = small.run("restore", str(file))
    assert told.exit_code == 0
    assert [row["name"] for row in small.rows(users)] == ["kari"]
    assert (directory / "RE1.audio").is_file()
    assert "1 files in" in told.stderr
    assert [path.name for path in directory.iterdir() if path.name.startswith(".")] == []
    assert small.rows(audit)[-1]["action"] == AuditAction.DATA_RESTORED


def test_at_a_terminal_it_asks_before_replacing_and_not_on_an_empty_one(
    small: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = copy_of(small)
    before = content(small)
    somebody_types(monkeypatch, asking)
    assert "nothing was changed" in small.refused("restore", str(file), typed="n\n")
    assert content(small) == before
    small.ok("restore", str(file), typed="y\n")
    small.ok("restore", str(file), "--yes")
    other = set_up(tmp_path / "second", f"sqlite:///{tmp_path / 'second.db'}")
    with monkeypatch.context() as patch:
        patch.setenv("VAKTTELEFON_ADMIN_USER", "")
        other.ok("init", typed="\n")
    other.ok("restore", str(file), typed="")


def test_nothing_is_restored_beneath_a_running_worker(small: Shell) -> None:
    file = copy_of(small)
    now = datetime.now(UTC)
    with small.database() as database, database.write() as connection:
        connection.execute(insert(workers).values(id="w:1:x", started_at=now, seen_at=now))
    told = small.refused("restore", str(file))
    assert told == (
        "vakttelefon: a worker runs, or was killed a moment ago: stop the service, wait 15 s, and restore again"
    )
    with small.database() as database, database.write() as connection:
        connection.execute(update(workers).values(seen_at=now - timedelta(minutes=1)))
    small.ok("restore", str(file))


def test_restore_wants_a_migrated_database(small: Shell, tmp_path: Path) -> None:
    bare = Shell(tmp_path / "bare", f"sqlite:///{tmp_path / 'bare.db'}")
    bare.folder.mkdir()
    bare.configure()
    assert bare.refused("restore", str(copy_of(small))).endswith("run `vakttelefon init`")


Members = list[tuple[tarfile.TarInfo, bytes]]


def read_members(file: Path) -> Members:
    with tarfile.open(file) as tar:
        return [(member, (tar.extractfile(member) or io.BytesIO()).read()) for member in tar]


def write_members(file: Path, members: Members) -> None:
    with tarfile.open(file, "w:gz") as tar:
        for header, body in members:
            header.size = len(body)
            tar.addfile(header, io.BytesIO(body))


def header(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    made.linkname = link
    return made


def with_manifest(members: Members, change: Callable[[dict[str, Any]], None]) -> Members:
    last, body = members[-1]
    manifest = json.loads(body)
    change(manifest)
    return [*members[:-1], (last, json.dumps(manifest).encode())]


def altered(members: Members) -> Members:
    return [
        (head, body.replace(b"kari", b"karl") if "users" in head.name else body) for head, body in members
    ]


BAD_COPIES: dict[str, Callable[[Members], Members]] = {
    "a path that leads out": lambda it: [(header("../evil"), b"x"), *it],
    "a path from the root": lambda it: [(header("/etc/evil"), b"x"), *it],
    "a path within that leads out": lambda it: [(header("spool/../../evil.json"), b"x"), *it],
    "a link": lambda it: [(header("recordings/RE9.audio", tarfile.SYMTYPE, "/etc/passwd"), b""), *it],
    "a folder": lambda it: [(header("spool", tarfile.DIRTYPE), b""), *it],
    "an unknown member": lambda it: [(header("recordings/RE9.sh"), b"x"), *it],
    "a member that is not in the manifest": lambda it: [(header("recordings/RE9.audio"), b"x"), *it],
    "a member twice": lambda it: [it[0], *it],
    "a member after the manifest": lambda it: [*it, (header("recordings/RE9.audio"), b"x")],
    "no manifest": lambda it: it[:-1],
    "altered rows": altered,
    "a missing table": lambda it: it[1:],
    "a manifest that is no JSON": lambda it: [*it[:-1], (it[-1][0], b"{")],
    "a manifest of another shape": lambda it: [*it[:-1], (it[-1][0], b"[]")],
    "a newer format": lambda it: with_manifest(it, lambda manifest: manifest.update(format=99)),
    "another revision": lambda it: with_manifest(it, lambda manifest: manifest.update(revision="9999")),
    "fewer rows than it says": lambda it: with_manifest(
        it, lambda manifest: manifest["rows"].update(users=7)
    ),
}


@pytest.mark.parametrize("name", BAD_COPIES)
def test_a_copy_that_is_not_what_it_should_be_changes_nothing(small: Shell, name: str) -> None:
    file = copy_of(small)
    bad = small.folder / "bad.tar.gz"
    write_members(bad, BAD_COPIES[name](read_members(file)))
    before, files = content(small), sorted(small.folder.rglob("*"))
    told = small.refused("restore", str(bad))
    assert len(told.splitlines()) == 1
    assert ": " in told
    assert content(small) == before
    assert sorted(small.folder.rglob("*")) == files
    assert not (small.folder.parent / "evil").exists()


def test_rows_that_do_not_fit_change_nothing(small: Shell) -> None:
    """The hashes are right, so only the database can refuse."""
    file = copy_of(small)
    members = read_members(file)
    orphan = b'{"id":9,"case_id":4711,"at":"2026-11-25T20:00:00+00:00","kind":"note","by":null,"data":{}}\n'
    for replacement in (orphan, b"{}\n", b"[1]\n", b"no json\n"):
        changed = [(head, replacement if "timeline" in head.name else body) for head, body in members]

        def fit(manifest: dict[str, Any], body: bytes = replacement) -> None:
            manifest["members"]["database/timeline.jsonl"] = hashlib.sha256(body).hexdigest()
            manifest["rows"]["timeline"] = 1

        bad = small.folder / "bad.tar.gz"
        write_members(bad, with_manifest(changed, fit))
        before = content(small)
        assert "the copy's rows cannot be read" in small.refused("restore", str(bad))
        assert content(small) == before


@pytest.mark.parametrize("kept", [0, 1, 10, 500, 0.3, 0.6, 0.9, 0.99, 0.999])
def test_a_copy_that_is_cut_off_is_refused(small: Shell, kept: float) -> None:
    whole = copy_of(small).read_bytes()
    cut = small.folder / "cut.tar.gz"
    cut.write_bytes(whole[: int(kept if kept >= 1 else kept * len(whole))])
    told = small.refused("restore", str(cut))
    assert told.startswith(f"{cut} is ")
    assert told.endswith(("use another copy", "name one that is"))


@pytest.mark.parametrize("body", [b"", b"text", gzip.compress(b"no tar"), b"PK\x03\x04" * 100])
def test_a_file_that_is_no_copy_is_refused(small: Shell, body: bytes) -> None:
    file = small.folder / "other.tar.gz"
    file.write_bytes(body)
    assert str(file) in small.refused("restore", str(file))
    assert "No such file" in small.refused("restore", str(small.folder / "nowhere.tar.gz"))
