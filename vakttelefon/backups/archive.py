"""The file that a backup is: a compressed tar of named members, with a manifest last.

Members: `database/TABLE.jsonl`, `recordings/FILE`, `spool/FILE`, `keys/recording.key`, `keys/web.key`, and
`manifest.json`. No other name is read, so none can lead out of the folder it is unpacked into.
"""

import gzip
import hashlib
import io
import json
import math
import re
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from dispatcher.files import MOST_KEY_BYTES
from dispatcher.recordings.vault import MOST_BYTES

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LARGEST_ID: Final = 2**31 - 1
MOST_MANIFEST_BYTES: Final = 200_000_000

_MEMBER: Final = re.compile(
    r"database/[a-z_]{1,63}\.jsonl"
    r"|recordings/[A-Za-z0-9]{2,64}\.audio"
    r"|spool/[0-9A-Za-z-]{1,100}\.(json|unreadable)"
    r"|keys/(recording|web)\.key"
)
# A recording as the vault takes it, sealed; an event of the spool; a key. Rows may be as many as there are.
_MOST_BYTES: Final = {"recordings": MOST_BYTES * 11 // 10, "spool": 16_000_000, "keys": MOST_KEY_BYTES}
_CHUNK_BYTES: Final = 1_048_576
_DAMAGED: Final = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError)


class BackupError(Exception):
    """A copy cannot be made or used. Caught by the commands, which print it.

    The message says what is wrong and, after a colon, what to do.
    """


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy says of itself. `rows`: per table; `next_ids`: the number that the next row would get.

    `members` holds the SHA-256 (hex) of every other member.
    """

    format: int
    program: str
    revision: str
    created_at: str
    rows: Mapping[str, int]
    next_ids: Mapping[str, int]
    members: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as plain JSON values."""
        return {
            "format": self.format,
            "program": self.program,
            "revision": self.revision,
            "created_at": self.created_at,
            "rows": dict(self.rows),
            "next_ids": dict(self.next_ids),
            "members": dict(self.members),
        }


@dataclass(slots=True)
class ArchiveWriter:
    """Writes members one after the other, remembering their hashes, and the manifest at the end."""

    tar: tarfile.TarFile
    members: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, source: BinaryIO, size: int) -> None:
        """Add a member of so many bytes; raises OSError, also when the source is shorter."""
        hashed = _Hashing(source)
        self.tar.addfile(_header(name, size), hashed)
        self.members[name] = hashed.hexdigest()

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small member."""
        self.add(name, io.BytesIO(content), len(content))

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest, which says that the copy is whole."""
        content = json.dumps(manifest.as_json(), ensure_ascii=False, indent=1).encode()
        self.tar.addfile(_header(MANIFEST, len(content)), io.BytesIO(content))


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        block = self._source.read(size)
        self._digest.update(block)
        return block

    def hexdigest(self) -> str:
        """Return the hash of what was read."""
        return self._digest.hexdigest()


def is_member(name: str) -> bool:
    """Return whether a copy may hold a member of this name; any other would make it unreadable."""
    return _MEMBER.fullmatch(name) is not None


def _most_bytes(name: str) -> float:
    """Return how large a member may be: nothing of ours is larger, and what is would fill the disk first."""
    return _MOST_BYTES.get(name.partition("/")[0], math.inf)


def unpack(file: Path, folder: Path) -> Manifest:
    """Unpack a copy into a folder of its own, prove that it is whole, and return its manifest.

    Raises:
        BackupError: it is no copy, is damaged or truncated, or was made by a newer program.
        OSError: it cannot be read, or the disk does not take it.
    """
    found: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with gzip.open(file) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            for member in tar:
                if manifest is not None or not member.isreg() or member.name in found:
                    raise _not_ours(file)
                source = tar.extractfile(member)
                if source is None:
                    raise _not_ours(file)
                if member.name == MANIFEST:
                    manifest = _manifest(file, source.read(MOST_MANIFEST_BYTES))
                elif is_member(member.name) and member.size <= _most_bytes(member.name):
                    found[member.name] = _unpack_member(source, folder / member.name)
                else:
                    raise _not_ours(file)
            # to the end, where the compression has its own sum
            while stream.read(_CHUNK_BYTES):
                pass
    except (*_DAMAGED, ValueError, OverflowError):  # tarfile takes some headers for numbers unseen
        message = f"{file} is damaged, cut off, or no copy of this program's: use another copy"
        raise BackupError(message) from None
    if manifest is None:
        message = f"{file} is cut off, or no copy of this program's: use another copy"
        raise BackupError(message)
    if dict(manifest.members) != found:
        message = f"{file} does not hold what it says it does: use another copy"
        raise BackupError(message)
    return manifest


def _unpack_member(source: Any, target: Path) -> str:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        target.chmod(0o600)
        while block := source.read(_CHUNK_BYTES):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _manifest(file: Path, content: bytes) -> Manifest:
    try:
        plain = json.loads(content)
        manifest = Manifest(
            format=int(plain["format"]),
            program=str(plain["program"]),
            revision=str(plain["revision"]),
            created_at=str(plain["created_at"]),
            rows={str(name): int(count) for name, count in plain["rows"].items()},
            next_ids={str(name): _next_id(number) for name, number in plain["next_ids"].items()},
            members={str(name): str(digest) for name, digest in plain["members"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _not_ours(file) from None
    if manifest.format > FORMAT:
        message = f"{file} was made by a newer version of the program: upgrade this one first"
        raise BackupError(message)
    return manifest


def _next_id(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= LARGEST_ID:
        message = f"{number!r} numbers no row"
        raise ValueError(message)
    return number


def _not_ours(file: Path) -> BackupError:
    return BackupError(f"{file} is no copy made by `vakttelefon backup`: name one that is")


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size
    header.mode = 0o600
    return header
