"""Conferences and their participants over REST.

Sources: https://www.twilio.com/docs/voice/api/conference-resource, .../conference-participant-resource
"""

from collections.abc import Callable
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.engine import Script
from simulator.exchange import Exchange
from simulator.flow.conference import announce
from simulator.flow.session import Session
from simulator.flow.verbs import CALL
from simulator.leg import Order
from simulator.outbound import place_call
from simulator.rest.calls import read_order
from simulator.rest.errors import RestError, not_found
from simulator.rest.paging import date_filter, page_of
from simulator.rest.shapes import Json, conference_json, participant_json
from simulator.rooms import Conference, Participant, connect, end_conference, find_conference, tell

_FLAGS = {"Muted": "is_muted", "Hold": "is_on_hold", "EndConferenceOnExit": "ends"}
_JOINING = (
    ("Muted", "muted"),
    ("Beep", "beep"),
    ("StartConferenceOnEnter", "startConferenceOnEnter"),
    ("EndConferenceOnExit", "endConferenceOnExit"),
    ("WaitUrl", "waitUrl"),
    ("WaitMethod", "waitMethod"),
    ("MaxParticipants", "maxParticipants"),
    ("ConferenceRecord", "record"),
    ("Label", "participantLabel"),
    ("ConferenceStatusCallback", "statusCallback"),
    ("ConferenceStatusCallbackMethod", "statusCallbackMethod"),
    ("ConferenceStatusCallbackEvent", "statusCallbackEvent"),
    ("ConferenceRecordingStatusCallback", "recordingStatusCallback"),
    ("ConferenceRecordingStatusCallbackMethod", "recordingStatusCallbackMethod"),
    ("ConferenceRecordingStatusCallbackEvent", "recordingStatusCallbackEvent"),
)


def conference_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes; `current` gives the exchange of the request."""
    routes = Blueprint("conferences", __name__)

    @routes.get("/Conferences.json")
    def list_conferences() -> ResponseReturnValue:
        exchange = current()
        name, status = request.args.get("FriendlyName", ""), request.args.get("Status", "")
        was_made = date_filter("DateCreated")
        found = [
            one
            for one in reversed(exchange.conferences.values())
            if name in {"", one.name} and status in {"", one.status} and was_made(one.created_at)
        ]
        return jsonify(page_of("conferences", found, lambda one: conference_json(exchange, one)))

    @routes.get("/Conferences/<sid>.json")
    def fetch(sid: str) -> ResponseReturnValue:
        return jsonify(conference_json(current(), _find(current(), sid)))

    @routes.post("/Conferences/<sid>.json")
    def update(sid: str) -> ResponseReturnValue:
        exchange, conference = current(), _find(current(), sid)
        if request.form.get("Status") == "completed":
            end_conference(exchange, conference, "conference-ended-via-api")
        if url := request.form.get("AnnounceUrl", ""):
            for participant in conference.participants.values():
                _announce(exchange, conference, participant, url)
        return jsonify(conference_json(exchange, conference))

    @routes.get("/Conferences/<sid>/Participants.json")
    def list_participants(sid: str) -> ResponseReturnValue:
        exchange, conference = current(), _find(current(), sid)
        return jsonify(
            page_of("participants", list(conference.participants.values()), _shape(exchange, conference))
        )

    @routes.post("/Conferences/<sid>/Participants.json")
    def add(sid: str) -> ResponseReturnValue:
        exchange = current()
        known = exchange.conferences.get(sid) or find_conference(exchange, sid)
        name = known.name if known else sid
        leg = place_call(exchange, read_order(exchange, then=Order(inline=_joining_document(name))))
        participant = Participant(
            leg, exchange.now(), leg.engine.latch(), label=request.form.get("Label", "")
        )
        shape = participant_json(exchange, known.sid if known else "", participant)
        return jsonify({**shape, "status": "queued"}), 201

    @routes.get("/Conferences/<sid>/Participants/<call>.json")
    def fetch_participant(sid: str, call: str) -> ResponseReturnValue:
        exchange, conference = current(), _find(current(), sid)
        return jsonify(_shape(exchange, conference)(_participant(conference, call)))

    @routes.post("/Conferences/<sid>/Participants/<call>.json")
    def change(sid: str, call: str) -> ResponseReturnValue:
        exchange, conference = current(), _find(current(), sid)
        participant = _participant(conference, call)
        for field, attribute in _FLAGS.items():
            if field in request.form:
                setattr(participant, attribute, request.form[field].lower() == "true")
        participant.leg.is_muted = participant.is_muted
        _tell_change(exchange, conference, participant)
        connect(conference)
        if url := request.form.get("AnnounceUrl", ""):
            _announce(exchange, conference, participant, url)
        return jsonify(_shape(exchange, conference)(participant))

    @routes.delete("/Conferences/<sid>/Participants/<call>.json")
    def kick(sid: str, call: str) -> ResponseReturnValue:
        participant = _participant(_find(current(), sid), call)
        participant.out.set("participant_updated_via_api")
        return "", 204

    return routes


def _find(exchange: Exchange, sid: str) -> Conference:
    found = exchange.conferences.get(sid) or find_conference(exchange, sid)
    if found is None:
        raise not_found(request.path)
    return found


def _participant(conference: Conference, call: str) -> Participant:
    for participant in conference.participants.values():
        if call in {participant.leg.sid, participant.label}:
            return participant
    raise not_found(request.path)


def _shape(exchange: Exchange, conference: Conference) -> Callable[[Participant], Json]:
    return lambda participant: participant_json(exchange, conference.sid, participant)


def _tell_change(exchange: Exchange, conference: Conference, participant: Participant) -> None:
    form = request.form
    if "Muted" in form:
        name = "participant-mute" if participant.is_muted else "participant-unmute"
        tell(exchange, conference, "mute", name, participant=participant)
    if "Hold" in form:
        name = "participant-hold" if participant.is_on_hold else "participant-unhold"
        tell(exchange, conference, "hold", name, participant=participant)
    if "EndConferenceOnExit" in form:
        tell(exchange, conference, "modify", "participant-modify", participant=participant)


def _announce(exchange: Exchange, conference: Conference, participant: Participant, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RestError(400, 21205, f"AnnounceUrl is not a valid URL: {url}")
    method = "GET" if request.form.get("AnnounceMethod", "POST").upper() == "GET" else "POST"
    session = Session(exchange, participant.leg, CALL)

    def play() -> Script[None]:
        yield from announce(session, Order(url, method), is_wanted=lambda: not participant.out.is_set)
        tell(exchange, conference, "announcement", "announcement-end", participant=participant)

    exchange.engine.spawn(play(), name=f"announcement {participant.leg.sid}")


def _joining_document(name: str) -> str:
    """Return the document that lets a called participant join."""
    attributes = "".join(
        f" {attribute}={quoteattr(' '.join(request.form.getlist(field)))}"
        for field, attribute in _JOINING
        if request.form.get(field)
    )
    return f"<Response><Dial><Conference{attributes}>{escape(name)}</Conference></Dial></Response>"
