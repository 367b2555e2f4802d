"""The audio of recordings: a 404 until it is ready, one channel or two.

Source: https://www.twilio.com/docs/voice/api/recording
"""

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from simulator.exchange import Exchange
from simulator.recordings import mp3, wav
from simulator.records import Recording
from simulator.rest.errors import RestError, not_found

_MEDIA = {"": "wav", "wav": "wav", "mp3": "mp3"}


def find_recording(exchange: Exchange, sid: str, *, call_sid: str | None = None) -> Recording:
    """Return a recording, of one call if named; a deleted one only when the request asks for such.

    Raises:
        RestError: 404.
    """
    recording = exchange.recordings.get(sid)
    if recording is None or (call_sid is not None and recording.call_sid != call_sid):
        raise not_found(request.path)
    if recording.is_deleted:
        wants_deleted = request.args.get("IncludeSoftDeleted", "").lower() == "true"
        if not (wants_deleted and exchange.switches.keeps_soft_deleted):
            raise not_found(request.path)
    return recording


def media_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes; `current` gives the exchange of the request."""
    routes = Blueprint("media", __name__)

    @routes.get("/Recordings/<name>")
    def media(name: str) -> ResponseReturnValue:
        exchange = current()
        sid, _, extension = name.partition(".")
        recording = find_recording(exchange, sid)
        kind = _MEDIA.get(extension)
        if kind is None or recording.is_deleted or recording.status != "completed":
            raise not_found(request.path)
        channels = request.args.get("RequestedChannels", str(recording.channels))
        has_dual = recording.channels == 2 and exchange.switches.has_dual_channel
        if channels == "2" and not has_dual and "RequestedChannels" in request.args:
            raise RestError(400, 20001, "This recording has no two channels: ask for one")
        count = 2 if channels == "2" and has_dual else 1
        seconds = min(recording.duration_seconds, exchange.switches.media_seconds_cap)
        audio: Iterator[bytes] = (
            mp3(seconds=seconds) if kind == "mp3" else wav(seconds=seconds, channels=count)
        )
        return Response(audio, mimetype="audio/mpeg" if kind == "mp3" else "audio/x-wav")

    return routes
