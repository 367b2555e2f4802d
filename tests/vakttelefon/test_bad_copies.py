"""A copy that is not what it should be changes nothing, whatever is wrong with it."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.vakttelefon.cli.shell import Shell
from tests.vakttelefon.living import content, copy_of

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


def odd_header(name: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.pax_headers = {"GNU.sparse.map": "1,b", "uid": "x"}
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
    "a key far too long": lambda it: [(header("keys/web.key"), b"k" * 70_000), *it],
    "an event of the spool as large as a recording": lambda it: [
        (header("spool/20261125-1.json"), b"\0" * 16_000_001),
        *it,
    ],
    "numbers that no row can have": lambda it: with_manifest(
        it, lambda manifest: manifest["next_ids"].update(timeline=0)
    ),
    "numbers beyond every row": lambda it: with_manifest(
        it, lambda manifest: manifest["next_ids"].update(messages=2**40)
    ),
    "a header that is no number": lambda it: [(odd_header("spool/x.json"), b"x"), *it],
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


NOTE = {
    "id": 9, "case_id": 1001, "at": "2026-11-25T20:00:00+00:00", "kind": "note", "by": None, "data": {"text": "x"},
}  # fmt: skip
USER = {
    "id": 3, "name": "x", "person": None, "password_hash": "x", "role": "technician",
    "created_at": "2026-11-25T20:00:00+00:00", "disabled_at": None, "session_epoch": 0,
}  # fmt: skip
RECORDING = {
    "sid": "RE1", "case_id": 1001, "call_sid": "CA1", "kind": "message", "state": "stored", "seconds": 1,
    "file": "RE1.audio", "sha256": None, "created_at": "2026-11-25T20:00:00+00:00", "stored_at": None,
    "remote_deleted_at": None, "purged_at": None,
}  # fmt: skip
VERSION = {"number": 1, "document": "{}", "since": "2026-11-25T20:00:00+00:00", "actor": "x"}


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("timeline", NOTE | {"at": "2026-11-25T20:00:00"}),
        ("timeline", NOTE | {"at": "i går"}),
        ("timeline", NOTE | {"id": True}),
        ("timeline", NOTE | {"id": 2**80}),
        ("timeline", NOTE | {"kind": ["note"]}),
        ("timeline", NOTE | {"data": "text"}),
        ("timeline", NOTE | {"kind": None}),
        ("recordings", RECORDING | {"file": "../../etc/passwd"}),
        ("recordings", RECORDING | {"file": "RE1.audio/../RE2.audio"}),
        ("users", USER | {"role": "king"}),
        ("users", USER | {"session_epoch": 1.5}),
        ("organisation_versions", VERSION),
        ("organisation_versions", VERSION | {"document": "no json"}),
        ("organisation_versions", VERSION | {"document": "[1]"}),
        ("organisation_versions", VERSION | {"document": '{"timezone": 7}'}),
    ],
)
def test_a_value_that_no_copy_of_ours_can_hold_changes_nothing(
    small: Shell, table: str, row: dict[str, Any]
) -> None:
    """What the database would take and the program then could not read is refused before, not at 03:00."""
    body = json.dumps(row).encode() + b"\n"
    changed = [
        (head, body if head.name == f"database/{table}.jsonl" else kept)
        for head, kept in read_members(copy_of(small))
    ]

    def fit(manifest: dict[str, Any]) -> None:
        manifest["members"][f"database/{table}.jsonl"] = hashlib.sha256(body).hexdigest()
        manifest["rows"][table] = 1

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


@pytest.mark.parametrize(
    "body",
    [b"", b"text", gzip.compress(b"no tar", mtime=0), b"PK\x03\x04" * 100],
    ids=["nothing", "text", "compressed text", "another archive"],
)
def test_a_file_that_is_no_copy_is_refused(small: Shell, body: bytes) -> None:
    file = small.folder / "other.tar.gz"
    file.write_bytes(body)
    assert str(file) in small.refused("restore", str(file))
    assert "No such file" in small.refused("restore", str(small.folder / "nowhere.tar.gz"))
