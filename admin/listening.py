"""The address of a recording: a piece of bounded size where the browser asks for a range, else a stream."""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import IfRange, Range
from werkzeug.wrappers import Response as Answer

from admin.rendering import render_refusal
from admin.visitor import present_visitor
from dispatcher.recordings.listening import Audio, find_audio, listen
from dispatcher.recordings.vault import VaultError
from dispatcher.services import Services

_log = logging.getLogger(__name__)

# Of what a range asks for, at most so much is given at once: half a minute of a conversation. The browser
# asks on when it needs more, and until then holds nothing here. RFC 9110 (15.3.7) lets a server send a part.
MOST_BYTES_AT_ONCE: Final = 1024 * 1024
_MOST_LISTENERS: Final = 1000


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of an answer, from `start` to before `stop`; `is_part` where it answers a range."""

    start: int
    stop: int
    is_part: bool


def piece_of(asked: Range | None, condition: IfRange, *, size: int, version: str) -> Piece | None:
    """Return what to send of `size` bytes, or None where the range lies outside (416).

    A range in another unit, several ranges, and one whose condition names another version are not heeded, as
    RFC 9110 (14.2, 13.1.5) allows: the whole is sent.
    """
    whole = Piece(0, size, is_part=False)
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return whole
    if condition.date is not None or (condition.etag is not None and condition.etag != version):
        return whole
    found = asked.range_for_length(size)
    if found is None:
        return None
    start, stop = found
    return Piece(start, min(stop, start + MOST_BYTES_AT_ONCE), is_part=True)


class Listeners:
    """Who is listening to what, so that one listening that a browser asks for in pieces is noted once."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def are_new(self, who: str, sid: str, piece: Piece) -> bool:
        """Whether this is a listening of its own: from the beginning, or of what they had not begun."""
        return piece.start == 0 or (who, sid) not in self._known

    def note(self, who: str, sid: str) -> None:
        """Keep in mind who listens to what; the oldest are forgotten, and noted anew."""
        self._known[who, sid] = None
        self._known.move_to_end((who, sid))
        if len(self._known) > _MOST_LISTENERS:
            self._known.popitem(last=False)


def add_routes(blueprint: Blueprint, services: Services) -> None:
    """Add the address of a recording."""
    listeners = Listeners()

    @blueprint.get("/recordings/<sid>")
    def recording(sid: str) -> Answer:
        try:
            audio = find_audio(services, sid)
            if audio is None:
                abort(404)
            piece = piece_of(request.range, request.if_range, size=audio.bytes, version=audio.version)
            if piece is None:
                refusal = render_refusal(416)
                refusal.headers["Content-Range"] = f"bytes */{audio.bytes}"
                return refusal
            body: Iterator[bytes] = iter(())
            if request.method != "HEAD":
                who = present_visitor().actor
                anew = listeners.are_new(who, sid, piece)
                chunks = listen(services, audio, start=piece.start, by=who, anew=anew)
                listeners.note(who, sid)
                body = _limited(chunks, piece.stop - piece.start)
        except VaultError as error:
            _log.error("recording %s cannot be opened: %s", sid, error)
            return render_refusal(500)
        return _answer(audio, piece, body)


def _answer(audio: Audio, piece: Piece, body: Iterator[bytes]) -> Answer:
    response = Response(body, status=206 if piece.is_part else 200, content_type="audio/wav")
    response.set_etag(audio.version)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Length"] = str(piece.stop - piece.start)
    response.headers["Content-Disposition"] = "inline"
    if piece.is_part:
        response.headers["Content-Range"] = f"bytes {piece.start}-{piece.stop - 1}/{audio.bytes}"
    return response


def _limited(chunks: Iterator[bytes], left: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return
