"""Recordings: metadata and deletion; started, paused and stopped over REST.

Source: https://www.twilio.com/docs/voice/api/recording
"""

from collections.abc import Callable

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.exchange import Exchange
from simulator.recordings import callback_from, record_until_over, start_recording, stop_recording
from simulator.rest.errors import RestError, not_found
from simulator.rest.media import find_recording
from simulator.rest.paging import date_filter, page_of
from simulator.rest.shapes import recording_json


def recording_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes; `current` gives the exchange of the request."""
    routes = Blueprint("recordings", __name__)

    @routes.get("/Recordings.json")
    def list_recordings() -> ResponseReturnValue:
        return _listed(current(), request.args.get("CallSid", ""))

    @routes.get("/Calls/<call_sid>/Recordings.json")
    def list_of_call(call_sid: str) -> ResponseReturnValue:
        exchange = current()
        if call_sid not in exchange.calls:
            raise not_found(request.path)
        return _listed(current(), call_sid)

    @routes.post("/Calls/<call_sid>/Recordings.json")
    def start(call_sid: str) -> ResponseReturnValue:
        exchange = current()
        leg = exchange.calls.get(call_sid)
        if leg is None:
            raise not_found(request.path)
        if leg.is_over or not leg.is_answered:
            raise RestError(400, 21220, "The call is not in progress: it cannot be recorded")
        form = request.form
        recording = start_recording(
            exchange,
            leg,
            source="StartCallRecordingAPI",
            channels=2 if form.get("RecordingChannels") == "dual" else 1,
            callback=callback_from(
                form.get("RecordingStatusCallback", ""),
                form.get("RecordingStatusCallbackMethod", "POST"),
                " ".join(form.getlist("RecordingStatusCallbackEvent")),
            ),
        )
        record_until_over(exchange, leg, recording)
        return jsonify(recording_json(exchange, recording)), 201

    @routes.post("/Calls/<call_sid>/Recordings/<sid>.json")
    def update(call_sid: str, sid: str) -> ResponseReturnValue:
        exchange = current()
        if sid == "Twilio.CURRENT":
            running = [
                one
                for one in exchange.recordings.values()
                if one.call_sid == call_sid and one.status in {"in-progress", "paused"}
            ]
            if not running:
                raise not_found(request.path)
            recording = running[-1]
        else:
            recording = find_recording(exchange, sid, call_sid=call_sid)
        status = request.form.get("Status", "")
        if recording.status not in {"in-progress", "paused"}:
            raise RestError(400, 21220, "The recording has ended already")
        match status:
            case "stopped":
                seconds = (exchange.now() - recording.started_at).total_seconds()
                stop_recording(exchange, recording, seconds=seconds)
            case "paused" | "in-progress":
                recording.status = status
            case _:
                raise RestError(400, 20001, f"Status {status!r} is not paused, in-progress or stopped")
        return jsonify(recording_json(exchange, recording))

    @routes.get("/Recordings/<sid>.json")
    def fetch(sid: str) -> ResponseReturnValue:
        exchange = current()
        return jsonify(recording_json(exchange, find_recording(exchange, sid)))

    @routes.get("/Calls/<call_sid>/Recordings/<sid>.json")
    def fetch_of_call(call_sid: str, sid: str) -> ResponseReturnValue:
        exchange = current()
        return jsonify(recording_json(exchange, find_recording(exchange, sid, call_sid=call_sid)))

    @routes.delete("/Recordings/<sid>.json")
    @routes.delete("/Recordings/<sid>")
    def delete(sid: str) -> ResponseReturnValue:
        exchange = current()
        recording = find_recording(exchange, sid)
        recording.is_deleted = True
        recording.updated_at = exchange.now()
        return "", 204

    return routes


def _listed(exchange: Exchange, call_sid: str) -> ResponseReturnValue:
    """Return the page of recordings that the request asks for, of one call if named."""
    wants_deleted = request.args.get("IncludeSoftDeleted", "").lower() == "true"
    was_made = date_filter("DateCreated")
    found = [
        recording
        for recording in reversed(exchange.recordings.values())
        if call_sid in {"", recording.call_sid}
        and (wants_deleted or not recording.is_deleted)
        and was_made(recording.started_at)
    ]
    return jsonify(page_of("recordings", found, lambda one: recording_json(exchange, one)))
