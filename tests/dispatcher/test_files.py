"""The small files that settings name are read at once and in little memory, whatever stands there."""

import os
from pathlib import Path

import pytest

from dispatcher.files import read_small_file


def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"x" * 40)
    assert read_small_file(file, most=40) == b"x" * 40
    with pytest.raises(OSError, match="more than 39 bytes"):
        read_small_file(file, most=39)


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    """A pipe with no writer, a device without an end, a folder, a link to itself, nothing."""
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path in (pipe, Path("/dev/zero"), Path("/dev/full"), tmp_path, loop, tmp_path / "none"):
        with pytest.raises(OSError, match="Errno") as told:
            read_small_file(path, most=100)
        assert told.value.strerror
        assert told.value.filename == str(path) or told.value.filename == path
