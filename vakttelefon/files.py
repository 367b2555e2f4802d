"""Files that hold secrets or what people said: readable by their owner alone, and whole or not there."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def writing_private_file(path: Path, *, replace: bool = True) -> Iterator[BinaryIO]:
    """Give a file to write with mode 0600, which gets its name once it is whole and on the disk.

    `replace`: whether a file of that name may be replaced.

    Raises:
        FileExistsError: the name is taken, and must not be replaced.
        OSError: the disk or the folder does not take it.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {path.parent}", str(path))
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        # told by the name that was asked for, not by that of the unfinished file
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(descriptor, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        if replace:
            unfinished.replace(path)
        else:
            # unlike a rename, a link never replaces what is there
            path.hardlink_to(unfinished)
        make_names_durable(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def write_private_file(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a whole file with mode 0600; raises what `writing_private_file` raises."""
    with writing_private_file(path, replace=replace) as target:
        target.write(content)


def make_private_folder(path: Path) -> bool:
    """Make a folder that only its owner may enter, with those above it; return whether it was made."""
    if path.is_dir():
        return False
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return True


def make_names_durable(folder: Path) -> None:
    """Bring the names in a folder onto the disk, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError:
        # some network file systems refuse this for folders; the content itself is on the disk already
        pass
    finally:
        os.close(descriptor)


def sqlite_file(database_url: str) -> Path | None:
    """Return the file of a SQLite database's address; None for a server's."""
    from sqlalchemy.engine import make_url

    parsed = make_url(database_url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)
