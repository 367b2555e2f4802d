"""The spool: what came in while the database could not take it, one file each.

`dispatcher.spool_replay` takes the files in as soon as it can. They hold numbers and texts: the folder is
made with mode 0700, the files with 0600, whatever the umask.
"""

import errno
import json
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from stat import S_ISREG

# The most that a request may bring, as JSON writes it.
MOST_BYTES = 8_000_000
SET_ASIDE = ".unreadable"
# What is wrong then is the machine, not the file.
_PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.EAGAIN})

_written = count()


class UnreadableError(ValueError):
    """A file of the spool is none of ours, or damaged. Caught by the replay, which sets it aside."""


@dataclass(frozen=True, slots=True)
class Event:
    """What was spooled: its kind, what it needs, and when it came."""

    kind: str
    data: Mapping[str, str]
    at: datetime


def spool(directory: Path, kind: str, data: Mapping[str, str], *, at: datetime) -> None:
    """Write an event durably; `kind` is one that the replay knows.

    Events of one process are taken in as they were written, also those of the same instant.

    Raises:
        OSError: the disk does not take it either.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{at:%Y%m%dT%H%M%S%f}-{next(_written):06}-{uuid.uuid4().hex[:8]}.json"
    temporary = directory / f".{name}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            json.dump({"kind": kind, "at": at.isoformat(), "data": dict(data)}, file)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(directory / name)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    folder = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_event(path: Path) -> Event:
    """Return the event in a file, which may be anything that somebody has put there.

    Raises:
        UnreadableError: it is no event.
        FileNotFoundError: somebody else has taken it in.
        OSError: it cannot be read at the moment, such as with too many files open.
    """
    try:
        text = _read_plain_file(path)
        found = json.loads(text)
        kind, data, at = found["kind"], found["data"], datetime.fromisoformat(found["at"])
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, OSError) and error.errno in _PASSING:
            raise
        raise UnreadableError(type(error).__name__) from None
    texts = isinstance(data, dict) and all(isinstance(value, str) for value in data.values())
    if not isinstance(kind, str) or not texts or at.tzinfo is None:
        message = "values of the wrong kind"
        raise UnreadableError(message)
    return Event(kind, data, at)


def _read_plain_file(path: Path) -> str:
    """Read a file that is one: no link, no pipe that waits for a writer, no device without an end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            message = "no file of ours"
            raise UnreadableError(message)
        return file.read(MOST_BYTES).decode("utf-8")
