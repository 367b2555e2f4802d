"""The sealed form of a recording: a short head, then segments that only the right key, name and order open.

AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): each file has a key of its
own, derived from the installation's by HKDF with a random salt, and each segment's nonce is its number and
whether it is the last. So segments cannot be exchanged, dropped, or taken from another file, no nonce is ever
used twice, and a recording of hours needs no more memory than one segment.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
SEGMENT_BYTES: Final = 64 * 1024
_MAGIC: Final = b"vakt-audio-1\n"
_SALT_BYTES: Final = 32
_TAG_BYTES: Final = 16
_HEAD_BYTES: Final = len(_MAGIC) + _SALT_BYTES
_SEALED_SEGMENT_BYTES: Final = SEGMENT_BYTES + _TAG_BYTES


class UnsealableError(Exception):
    """The content is not what was sealed with this key under this name. Caught by the vault."""


def sealed(chunks: Iterator[bytes], *, key: bytes, name: bytes) -> Iterator[bytes]:
    """Yield the sealed form of what the chunks hold together; `name` is bound to it (associated data)."""
    salt = os.urandom(_SALT_BYTES)
    cipher = _cipher(key, salt)
    yield _MAGIC + salt
    number = 0
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        # one segment is always kept back, since the last one is marked as such
        while len(waiting) > SEGMENT_BYTES:
            yield cipher.encrypt(_nonce(number, last=False), bytes(waiting[:SEGMENT_BYTES]), name)
            del waiting[:SEGMENT_BYTES]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(waiting), name)


def audio_bytes(sealed_bytes: int) -> int:
    """Return how many bytes are sealed in a file of a size; 0 for one that is too short to hold any."""
    segments = max(0, sealed_bytes - _HEAD_BYTES)
    return max(0, segments - _TAG_BYTES * -(-segments // _SEALED_SEGMENT_BYTES))


def unsealed(source: BinaryIO, *, key: bytes, name: bytes, start: int = 0) -> Iterator[bytes]:
    """Yield what was sealed, segment by segment, each one proven genuine; raises UnsealableError.

    `start` is the first byte that is wanted; only the segments from there on are read.
    """
    if source.read(len(_MAGIC)) != _MAGIC:
        message = "it is no sealed recording"
        raise UnsealableError(message)
    salt = source.read(_SALT_BYTES)
    cipher = _cipher(key, salt)
    number, skipped = divmod(start, SEGMENT_BYTES)
    source.seek(_HEAD_BYTES + number * _SEALED_SEGMENT_BYTES)
    present = source.read(_SEALED_SEGMENT_BYTES)
    while True:
        following = source.read(_SEALED_SEGMENT_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), present, name)[skipped:]
        except (InvalidTag, ValueError):
            message = "it was sealed with another key or has been altered"
            raise UnsealableError(message) from None
        if not following:
            return
        present = following
        number += 1
        skipped = 0


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=b"vakttelefon recording").derive(key)
    return AESGCM(derived)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
