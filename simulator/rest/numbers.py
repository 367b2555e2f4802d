"""IncomingPhoneNumbers: where the webhooks of each number point.

Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.exchange import Exchange
from simulator.records import Number
from simulator.rest.errors import RestError, not_found
from simulator.rest.paging import page_of
from simulator.rest.shapes import number_json

_FIELDS = {
    "FriendlyName": "friendly_name",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "SmsApplicationSid": "sms_application_sid",
    "TrunkSid": "trunk_sid",
}


def number_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes; `current` gives the exchange of the request."""
    routes = Blueprint("numbers", __name__)

    def find(sid: str) -> Number:
        exchange = current()
        for number in exchange.numbers.values():
            if number.sid == sid:
                return number
        raise not_found(request.path)

    @routes.get("/IncomingPhoneNumbers.json")
    def list_numbers() -> ResponseReturnValue:
        exchange = current()
        wanted = request.args.get("PhoneNumber", "").replace("*", "")
        name = request.args.get("FriendlyName", "")
        found = [
            number
            for number in exchange.numbers.values()
            if wanted in number.number and name in {"", number.friendly_name}
        ]
        return jsonify(page_of("incoming_phone_numbers", found, lambda one: number_json(exchange, one)))

    @routes.get("/IncomingPhoneNumbers/<sid>.json")
    def fetch(sid: str) -> ResponseReturnValue:
        exchange = current()
        return jsonify(number_json(exchange, find(sid)))

    @routes.post("/IncomingPhoneNumbers/<sid>.json")
    def update(sid: str) -> ResponseReturnValue:
        exchange = current()
        number = find(sid)
        new = {attribute: getattr(number, attribute) for attribute in _FIELDS.values()}
        for field, attribute in _FIELDS.items():
            if field not in request.form:
                continue
            value = request.form[field].strip()
            if field.endswith(("Url", "Callback")) and value and not _is_url(value):
                raise RestError(400, 21402, f"{field} is not a valid URL: {value}")
            if field.endswith("Method"):
                value = value.upper()
                if value not in {"GET", "POST"}:
                    raise RestError(400, 21403, f"{field} is not a valid method: {value}")
            new[attribute] = value
        if new["voice_fallback_url"] and not new["voice_url"]:
            raise RestError(400, 21405, "Cannot set VoiceFallbackUrl without setting VoiceUrl")
        if new["sms_fallback_url"] and not new["sms_url"]:
            raise RestError(400, 21406, "Cannot set SmsFallbackUrl without setting SmsUrl")
        for attribute, value in new.items():
            setattr(number, attribute, value)
        number.updated_at = exchange.now()
        return jsonify(number_json(exchange, number))

    return routes


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
