"""Cursors: opaque places in a list of cases, newest first."""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = struct.Struct(">qq")
_CHECK_BYTES = 6


class CursorError(ValueError):
    """A cursor that this list never gave out. Caught by the API (422) and the command line (2)."""


@dataclass(frozen=True, slots=True)
class Place:
    """The case after which a page begins."""

    opened_at: datetime
    case_id: int


def _check(place: bytes) -> bytes:
    # Guards against cut, edited and guessed cursors, not against forgers: a place reveals nothing.
    return hashlib.blake2b(place, digest_size=_CHECK_BYTES, person=b"case-cursor").digest()


def write_cursor(place: Place) -> str:
    """Return the cursor of a place, safe in an address."""
    packed = _PLACE.pack((place.opened_at - _EPOCH) // timedelta(microseconds=1), place.case_id)
    return base64.urlsafe_b64encode(packed + _check(packed)).decode("ascii").rstrip("=")


def read_cursor(cursor: str) -> Place:
    """Return the place of a cursor.

    Raises:
        CursorError: the text is no cursor that `write_cursor` made.
    """
    try:
        data = base64.b64decode(
            cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True
        )
        packed, check = data[: _PLACE.size], data[_PLACE.size :]
        micros, case_id = _PLACE.unpack(packed)
        place = Place(opened_at=_EPOCH + timedelta(microseconds=micros), case_id=case_id)
    except (UnicodeEncodeError, binascii.Error, struct.error, OverflowError):
        place, check = None, b""
    if place is None or check != _check(packed) or write_cursor(place) != cursor:
        message = "is no cursor of this list: use the `next` of the page before, unchanged"
        raise CursorError(message)
    return place
