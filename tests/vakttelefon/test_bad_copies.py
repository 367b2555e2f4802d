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
