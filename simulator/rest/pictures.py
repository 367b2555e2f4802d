"""The pictures of messages: listed, fetched, deleted.

Source: https://www.twilio.com/docs/messaging/api/media-resource (which sends on to another address for the
picture itself; here it is served at once).
"""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.exchange import Exchange
from simulator.records import Media, Message
from simulator.rest.errors import not_found
from simulator.rest.paging import page_of
from simulator.rest.shapes import media_json


def picture_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes; `current` gives the exchange of the request."""
    routes = Blueprint("pictures", __name__)

    def find(sid: str) -> Message:
        message = current().messages.get(sid)
        if message is None or message.is_deleted:
            raise not_found(request.path)
        return message

    def find_media(message: Message, sid: str) -> Media:
        for media in message.media:
            if media.sid == sid:
                return media
        raise not_found(request.path)

    @routes.get("/Messages/<sid>/Media.json")
    def list_media(sid: str) -> ResponseReturnValue:
        message = find(sid)
        return jsonify(page_of("media_list", message.media, lambda one: media_json(current(), message, one)))

    @routes.get("/Messages/<sid>/Media/<media_sid>.json")
    def fetch(sid: str, media_sid: str) -> ResponseReturnValue:
        message = find(sid)
        return jsonify(media_json(current(), message, find_media(message, media_sid)))

    @routes.get("/Messages/<sid>/Media/<media_sid>")
    def picture(sid: str, media_sid: str) -> ResponseReturnValue:
        media = find_media(find(sid), media_sid)
        return Response(media.data, content_type=media.content_type)

    @routes.delete("/Messages/<sid>/Media/<media_sid>")
    @routes.delete("/Messages/<sid>/Media/<media_sid>.json")
    def delete(sid: str, media_sid: str) -> ResponseReturnValue:
        message = find(sid)
        gone = find_media(message, media_sid)
        message.media = tuple(media for media in message.media if media is not gone)
        return "", 204

    return routes
