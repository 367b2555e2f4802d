"""A copy restores to the same, into either database, and a bad copy changes nothing."""

import os
import stat
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, insert, text, update

from dispatcher.audit import AuditAction
from dispatcher.cases.ledger import add_entries, open_case
from dispatcher.cases.model import Source
from dispatcher.decision import Entry
from dispatcher.recordings.vault import Vault, load_key
from dispatcher.store.tables import audit, cases, effects, timeline, users, workers
from tests.hotline.rig import Rig, sid
from tests.vakttelefon.cli.shell import Shell, set_up, somebody_types
from tests.vakttelefon.living import AUDIO, back_up, content, copy_of, live, numbers, second
from vakttelefon.backups import making
from vakttelefon.backups.rows import dump_rows
from vakttelefon.cli import asking


@pytest.fixture
def lived_in(database_url: str, tmp_path: Path) -> Shell:
    """An installation with cases, pages in hand, a recording and a spooled call."""
    shell = set_up(tmp_path / "first", database_url)
    live(shell, tmp_path)
    return shell


@pytest.fixture
def other_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give a database of the other kind than `database_url`."""
    other = "postgres_url" if database_url.startswith("sqlite") else "sqlite_url"
    url: str = request.getfixturevalue(other)
    return url


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
        connection.execute(text("UPDATE users SET person = 'ka' || char(0) || 'ri'"))
    other = second(small, tmp_path / "second", postgres_url)
    other.ok("restore", str(back_up(small)))
    assert other.rows(users)[0]["person"] == "kari"


def test_strangers_in_the_folders_are_left_out(small: Shell) -> None:
    (small.config.recording.directory / "a b.audio").write_bytes(b"x")
    (small.config.server.spool / "1 2.json").write_bytes(b"{}")
    small.ok("restore", str(back_up(small)))


def test_what_the_spool_set_aside_keeps_no_copy_from_being_made(small: Shell, tmp_path: Path) -> None:
    """A folder, a pipe that nobody writes to, a link to another's file: none of them is an event."""
    spool = small.config.server.spool
    (spool / "20200101-1.unreadable").mkdir()
    os.mkfifo(spool / "20200101-2.unreadable")
    os.mkfifo(spool / "20200101-3.json")
    (tmp_path / "secret").write_text("another's")
    (spool / "20200101-4.unreadable").symlink_to(tmp_path / "secret")
    (spool / "20200101-5.unreadable").symlink_to("nowhere")
    (spool / "20200101-6.unreadable").write_text("damaged")
    with tarfile.open(back_up(small)) as copy:
        names = [name for name in copy.getnames() if name.startswith("spool/20200101")]
    assert names == ["spool/20200101-6.unreadable"]


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
    assert "there is no folder" in small.refused("backup", str(small.folder / "nowhere" / "copy.tar.gz"))


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
    missing = small.folder / "nofile"
    assert small.refused("restore", str(missing)).startswith(f"{missing}: ")
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
