"""The vault: recordings at rest, encrypted, and stored only once the copy has been read back.

The copy at Twilio is deleted on the strength of `Vault.store` having returned, so it returns only when the
bytes are on the disk, decrypt with the key, equal what came in, and stand under their final name.
"""

import base64
import binascii
import errno
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from dispatcher.files import MOST_KEY_BYTES, read_small_file
from dispatcher.recordings.sealing import KEY_BYTES, UnsealableError, audio_bytes, sealed, unsealed
from dispatcher.telephony.port import DeliveryError

MOST_BYTES: Final = 1_000_000_000  # four hours of two-channel WAV are 460 MB
_SUFFIX: Final = ".audio"
_UNFINISHED: Final = ".part"
_NAME = re.compile(r"[A-Za-z0-9]{2,64}")


class VaultError(DeliveryError):
    """A recording could not be stored, read or deleted; says what to do.

    A DeliveryError, always passing, so that the outbox tries a fetch again and keeps Twilio's copy meanwhile.
    """


@dataclass(frozen=True, slots=True)
class StoredAudio:
    """A recording in the vault: its file's name, and size and SHA-256 (hex) of the audio in it."""

    file: str
    bytes: int
    sha256: str


class Vault:
    """Keeps recordings in one folder (made with mode 0700), sealed with one 32-byte key.

    Several processes may share the folder. What a crash left unfinished is removed when a vault is opened.
    """

    def __init__(self, directory: Path, key: bytes | Path, *, most_bytes: int = MOST_BYTES) -> None:
        """`key`: the key, or its file, which may be missing for a while: what needs it fails meanwhile."""
        if isinstance(key, bytes) and len(key) != KEY_BYTES:
            message = (
                f"the recording key has {len(key)} bytes and needs {KEY_BYTES}: "
                "make one with `vakttelefon init`"
            )
            raise VaultError(message)
        self._directory = directory
        self._given_key = key
        self._most_bytes = most_bytes
        if directory.is_dir():
            self._remove_leftovers()

    @property
    def _key(self) -> bytes:
        if isinstance(self._given_key, Path):
            self._given_key = load_key(self._given_key)
        return self._given_key

    @property
    def trouble(self) -> str | None:
        """What is wrong with the key and how to mend it; None where it is there."""
        try:
            _ = self._key
        except VaultError as error:
            return str(error)
        return None

    def store(self, sid: str, chunks: Iterator[bytes]) -> StoredAudio:
        """Seal a recording, write it durably, verify it, and give it its name; replaces an earlier copy.

        Raises VaultError (disk full, no audio, too much of it) and whatever the chunks raise; then nothing is
        left behind.
        """
        name = _checked(sid)
        file = name + _SUFFIX
        key = self._key
        unfinished: Path | None = None
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished, target = self._new_unfinished(name)
            with target:
                tally = _Tally(self._most_bytes)
                for block in sealed(tally.counting(chunks), key=key, name=name.encode()):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
                if tally.bytes == 0:
                    message = "the recording is empty: nothing was stored"
                    raise VaultError(message)
                self._verify(unfinished, name, tally)
                unfinished.rename(self._directory / file)
                unfinished = None
            _make_names_durable(self._directory)
        except OSError as error:
            message = (
                f"the recording cannot be stored in {self._directory}: {error.strerror}: "
                "free space there, or correct its permissions"
            )
            raise VaultError(message) from error
        finally:
            if unfinished is not None:
                with suppress(OSError):
                    unfinished.unlink()
        return StoredAudio(file, tally.bytes, tally.sha256)

    def read(self, file: str, sid: str) -> bytes:
        """Return the audio of a stored recording; raises VaultError."""
        return b"".join(self.chunks(file, sid))

    def chunks(self, file: str, sid: str, *, start: int = 0) -> Iterator[bytes]:
        """Yield the audio of a stored recording from a byte on, in pieces, each one proven genuine.

        No more than two segments (128 KB) are ever in memory. Raises VaultError.
        """
        path, key = self._path(file), self._key
        try:
            with self._reading(path), path.open("rb") as source:
                yield from unsealed(source, key=key, name=_checked(sid).encode(), start=start)
        except UnsealableError as error:
            message = (
                f"the recording {file} cannot be opened: {error}: "
                "check [recording] key_file, or restore the file from a backup"
            )
            raise VaultError(message) from None

    def audio_bytes(self, file: str) -> int:
        """Return the size of the audio of a stored recording, without reading it; raises VaultError."""
        path = self._path(file)
        with self._reading(path):
            return audio_bytes(path.stat().st_size)

    @contextmanager
    def _reading(self, path: Path) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            message = f"the recording {path.name} is not in {self._directory}: restore it from a backup"
            raise VaultError(message) from None
        except OSError as error:
            message = f"the recording {path.name} cannot be read from {self._directory}: {error.strerror}"
            raise VaultError(message) from error

    def delete(self, file: str) -> None:
        """Delete a stored recording for good; one that is already gone is no error."""
        path = self._path(file)
        try:
            path.unlink()
        except FileNotFoundError:
            return
        except OSError as error:
            message = (
                f"the recording {file} cannot be deleted from {self._directory}: {error.strerror}: "
                "correct its permissions"
            )
            raise VaultError(message) from error
        _make_names_durable(self._directory)

    def _path(self, file: str) -> Path:
        if not file.endswith(_SUFFIX):
            message = "that is not the name of a stored recording"
            raise VaultError(message)
        return self._directory / (_checked(file.removesuffix(_SUFFIX)) + _SUFFIX)

    def _new_unfinished(self, name: str) -> tuple[Path, BinaryIO]:
        """Open a new file that is locked for as long as it is being written.

        The lock tells other processes that it is no leftover. One of them may look between our making and our
        locking it, and remove it: then it has no name any more, and we make another.
        """
        while True:
            path = self._directory / f".{name}.{secrets.token_hex(8)}{_UNFINISHED}"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            target = os.fdopen(descriptor, "wb")
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError:
                target.close()
                path.unlink(missing_ok=True)
                raise
            if os.fstat(descriptor).st_nlink > 0:
                return path, target
            target.close()

    def _verify(self, path: Path, name: str, tally: "_Tally") -> None:
        digest = hashlib.sha256()
        with path.open("rb") as source:
            # so that what is read comes from the disk, not from what the kernel remembers having written
            os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            try:
                for chunk in unsealed(source, key=self._key, name=name.encode()):
                    digest.update(chunk)
            except UnsealableError:
                digest = hashlib.sha256(b"unreadable")
        if digest.hexdigest() != tally.sha256:
            message = (
                f"the recording read back from {self._directory} is not what was written: check the disk"
            )
            raise VaultError(message)

    def _remove_leftovers(self) -> None:
        for path in self._directory.glob(f".*{_UNFINISHED}"):
            with suppress(OSError), path.open("rb") as leftover:
                fcntl.flock(leftover.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


class _Tally:
    """Size and hash of what passes by."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._digest = hashlib.sha256()
        self.bytes = 0

    def counting(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.bytes += len(chunk)
            if self.bytes > self._most_bytes:
                message = f"the recording is larger than {self._most_bytes} bytes: nothing was stored"
                raise VaultError(message)
            self._digest.update(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def make_key_file(path: Path) -> bool:
    """Make a new random key with mode 0600, unless the file is there; return whether it was made.

    The file appears with its whole content or not at all, and is never overwritten: recordings sealed with a
    lost key are lost. Raises VaultError.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_UNFINISHED}")
    try:
        if path.exists():
            return False
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as target:
                target.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
                target.flush()
                os.fsync(target.fileno())
            try:
                # unlike a rename, a link never replaces what is there
                path.hardlink_to(unfinished)
            except FileExistsError:
                return False
        finally:
            unfinished.unlink()
        _make_names_durable(path.parent)
    except OSError as error:
        message = f"the recording key {path} cannot be made: {error.strerror}: correct the folder's rights"
        raise VaultError(message) from error
    return True


def load_key(path: Path) -> bytes:
    """Return the key in a file made by `make_key_file`; raises VaultError saying what to do."""
    try:
        content = read_small_file(path, most=MOST_KEY_BYTES)
    except FileNotFoundError:
        message = f"there is no recording key {path}: run `vakttelefon init`, or restore it from a backup"
        raise VaultError(message) from None
    except OSError as error:
        message = f"the recording key {path} cannot be read: {error.strerror}: correct its permissions"
        raise VaultError(message) from error
    try:
        key = base64.b64decode(content.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        message = (
            f"the file {path} holds no recording key ({KEY_BYTES} bytes in base64): restore it from a backup"
        )
        raise VaultError(message)
    return key


def _checked(sid: str) -> str:
    """Refuse what is no identifier before it becomes part of a path."""
    if not _NAME.fullmatch(sid):
        message = "that is not the identifier of a recording"
        raise VaultError(message)
    return sid


def _make_names_durable(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # file systems that cannot, say so with this; there is no other way
            raise
    finally:
        os.close(descriptor)
