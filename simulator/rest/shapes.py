"""The JSON of the resources.

Source: Twilio's OpenAPI description of 2010-04-01.
"""

from datetime import datetime
from typing import Any

from simulator.calls import API_VERSION
from simulator.exchange import Exchange
from simulator.leg import Leg
from simulator.records import Media, Message, Number, Recording
from simulator.rooms import Conference, Participant
from simulator.webhook import rfc2822

Json = dict[str, Any]


def path_of(exchange: Exchange, rest: str) -> str:
    """Return the path of a resource of the account."""
    return f"/{API_VERSION}/Accounts/{exchange.account_sid}{rest}"


def date_of(when: datetime | None) -> str | None:
    """Return an instant as the REST side writes it."""
    return None if when is None else rfc2822(when)


def call_json(exchange: Exchange, leg: Leg) -> Json:
    """Return a call."""
    base = path_of(exchange, f"/Calls/{leg.sid}")
    duration = leg.duration_seconds
    return {
        "sid": leg.sid,
        "date_created": date_of(leg.created_at),
        "date_updated": date_of(leg.updated_at),
        "parent_call_sid": leg.parent.sid if leg.parent else None,
        "account_sid": exchange.account_sid,
        "to": leg.to,
        "to_formatted": leg.to,
        "from": leg.from_,
        "from_formatted": leg.from_,
        "phone_number_sid": leg.number_sid,
        "status": leg.status,
        "start_time": date_of(leg.started_at),
        "end_time": date_of(leg.ended_at),
        "duration": None if duration is None else str(duration),
        "price": None,
        "price_unit": "USD",
        "direction": leg.direction,
        "answered_by": leg.answered_by,
        "api_version": API_VERSION,
        "forwarded_from": leg.forwarded_from,
        "group_sid": None,
        "caller_name": leg.caller_name,
        "queue_time": str(leg.queue_ms),
        "trunk_sid": "",
        "uri": f"{base}.json",
        "subresource_uris": {"recordings": f"{base}/Recordings.json", "events": f"{base}/Events.json"},
    }


def message_json(exchange: Exchange, message: Message) -> Json:
    """Return a message."""
    base = path_of(exchange, f"/Messages/{message.sid}")
    return {
        "sid": message.sid,
        "account_sid": exchange.account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": date_of(message.created_at),
        "date_updated": date_of(message.updated_at),
        "date_sent": date_of(message.sent_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.error_message,
        "from": message.from_,
        "messaging_service_sid": None,
        "num_media": str(len(message.media)),
        "num_segments": str(message.segments),
        "price": None,
        "price_unit": "USD",
        "status": message.status,
        "to": message.to,
        "uri": f"{base}.json",
        "subresource_uris": {"media": f"{base}/Media.json"},
    }


def media_json(exchange: Exchange, message: Message, media: Media) -> Json:
    """Return a picture of a message."""
    return {
        "sid": media.sid,
        "account_sid": exchange.account_sid,
        "parent_sid": message.sid,
        "content_type": media.content_type,
        "date_created": date_of(media.created_at),
        "date_updated": date_of(media.created_at),
        "uri": path_of(exchange, f"/Messages/{message.sid}/Media/{media.sid}.json"),
    }


def recording_json(exchange: Exchange, recording: Recording) -> Json:
    """Return a recording."""
    base = path_of(exchange, f"/Recordings/{recording.sid}")
    is_ended = recording.status in {"processing", "completed", "absent", "stopped"}
    return {
        "sid": recording.sid,
        "account_sid": exchange.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": recording.conference_sid,
        "channels": recording.channels,
        "date_created": date_of(recording.started_at),
        "date_updated": date_of(recording.updated_at or recording.started_at),
        "start_time": date_of(recording.started_at),
        "duration": str(recording.duration_seconds) if is_ended else "-1",
        "price": None,
        "price_unit": "USD",
        "source": recording.source,
        "status": "deleted" if recording.is_deleted else recording.status,
        "track": recording.track,
        "error_code": None,
        "encryption_details": None,
        "media_url": f"https://api.twilio.com{base}",
        "uri": f"{base}.json",
        "subresource_uris": {},
    }


def number_json(exchange: Exchange, number: Number) -> Json:
    """Return a number of the account."""
    return {
        "sid": number.sid,
        "account_sid": exchange.account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "date_created": date_of(number.created_at),
        "date_updated": date_of(number.updated_at or number.created_at),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": number.friendly_name,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number.number,
        "sms_application_sid": number.sms_application_sid,
        "sms_fallback_method": number.sms_fallback_method,
        "sms_fallback_url": number.sms_fallback_url,
        "sms_method": number.sms_method,
        "sms_url": number.sms_url,
        "status": "in-use",
        "status_callback": number.status_callback,
        "status_callback_method": number.status_callback_method,
        "trunk_sid": number.trunk_sid or None,
        "type": "local",
        "uri": path_of(exchange, f"/IncomingPhoneNumbers/{number.sid}.json"),
        "voice_application_sid": number.voice_application_sid,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": number.voice_fallback_method,
        "voice_fallback_url": number.voice_fallback_url,
        "voice_method": number.voice_method,
        "voice_receive_mode": "voice",
        "voice_url": number.voice_url,
    }


def conference_json(exchange: Exchange, conference: Conference) -> Json:
    """Return a conference."""
    base = path_of(exchange, f"/Conferences/{conference.sid}")
    return {
        "sid": conference.sid,
        "account_sid": exchange.account_sid,
        "api_version": API_VERSION,
        "call_sid_ending_conference": conference.ended_by,
        "date_created": date_of(conference.created_at),
        "date_updated": date_of(conference.updated_at or conference.created_at),
        "friendly_name": conference.name,
        "reason_conference_ended": conference.reason_ended,
        "region": "us1",
        "status": conference.status,
        "uri": f"{base}.json",
        "subresource_uris": {
            "participants": f"{base}/Participants.json",
            "recordings": f"{base}/Recordings.json",
        },
    }


def participant_json(exchange: Exchange, conference_sid: str, participant: Participant) -> Json:
    """Return a participant of a conference."""
    return {
        "account_sid": exchange.account_sid,
        "call_sid": participant.leg.sid,
        "call_sid_to_coach": None,
        "coaching": False,
        "conference_sid": conference_sid,
        "date_created": date_of(participant.joined_at),
        "date_updated": date_of(participant.joined_at),
        "end_conference_on_exit": participant.ends,
        "hold": participant.is_on_hold,
        "label": participant.label or None,
        "muted": participant.is_muted,
        "queue_time": str(participant.leg.queue_ms),
        "start_conference_on_enter": participant.starts,
        "status": "connected",
        "uri": path_of(exchange, f"/Conferences/{conference_sid}/Participants/{participant.leg.sid}.json"),
    }
