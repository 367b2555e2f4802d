"""Reading the small files that settings name: keys, secrets, the configuration itself."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

MOST_KEY_BYTES: Final = 65_536
"""As long as a file with a key or a secret may be; they are a line or two."""


def read_small_file(path: Path, *, most: int) -> bytes:
    """Return the content of an ordinary file of at most `most` bytes; never waits.

    Raises:
        OSError: it is not there, may not be read, is a folder, pipe or device, or is larger than that.
        ValueError: the name itself cannot be one.
    """
    # a pipe that nobody writes to would otherwise be waited for while it is opened
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, "Is a pipe or device, and no file", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            content = stream.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"Holds more than {most} bytes", str(path))
    return content
