"""Private files are whole or not there, and readable by their owner alone."""

import errno
import stat
from pathlib import Path

import pytest

from vakttelefon import files
from vakttelefon.files import make_private_folder, sqlite_file, write_private_file, writing_private_file


def test_a_file_is_written_with_mode_0600_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_private_file(path, b"one")
    write_private_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_must_not_be_replaced_is_not(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_private_file(path, b"other", replace=False)
    assert path.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "copy"
    path.write_bytes(b"before")

    def fail_halfway() -> None:
        with writing_private_file(path) as target:
            target.write(b"half")
            raise OSError(errno.ENOSPC, "the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        fail_halfway()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_refuses_to_be_synced_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.EINVAL, "not for folders")

    monkeypatch.setattr(files.os, "fsync", refuse)  # type: ignore[attr-defined]  # the module's own name
    files.make_names_durable(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_for_its_owner_alone_once(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "spool"
    assert make_private_folder(folder)
    assert not make_private_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/vakt.db", Path("/srv/vakt.db")),
        ("sqlite:///vakt.db", Path("vakt.db")),
        ("sqlite://", None),
        ("postgresql+psycopg://db.example.no/vakt", None),
    ],
)
def test_only_sqlite_has_a_file(url: str, path: Path | None) -> None:
    assert sqlite_file(url) == path


def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "none" / "copy.tar.gz"
    with pytest.raises(FileNotFoundError) as caught:
        write_private_file(path, b"x")
    assert (caught.value.filename, caught.value.strerror) == (str(path), f"there is no folder {path.parent}")
