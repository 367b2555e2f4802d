"""Messages: sent, listed, redacted, deleted.

Source: https://www.twilio.com/docs/messaging/api/message-resource , with its magic numbers.
"""

from collections.abc import Callable

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.exchange import Exchange, matches_prefix
from simulator.messaging import queue_message
from simulator.numbers import is_alphanumeric_sender, is_e164, is_landline
from simulator.records import Message
from simulator.rest.errors import RestError, not_found
from simulator.rest.paging import date_filter, page_of
from simulator.rest.shapes import message_json
from simulator.segments import smart_encoded

MOST_SIGNS = 1600
LONGEST_VALIDITY = 36_000
_MAGIC_FROM = {
    "+15005550001": (21212, "is not a valid phone number"),
    "+15005550007": (21606, "cannot send SMS"),
    "+15005550008": (21611, "has its queue full"),
}
_MAGIC_FROM_GOOD = "+15005550006"
_MAGIC_TO = {
    "+15005550001": (21211, "is not a valid phone number"),
    "+15005550002": (21612, "cannot be reached"),
    "+15005550003": (21408, "is in a country that may not be texted"),
    "+15005550004": (21610, "has opted out"),
    "+15005550009": (21614, "is not a mobile number"),
}
_FINAL = frozenset({"sent", "delivered", "undelivered", "failed", "canceled", "received"})


def message_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes; `current` gives the exchange of the request."""
    routes = Blueprint("messages", __name__)

    def find(sid: str) -> Message:
        exchange = current()
        message = exchange.messages.get(sid)
        if message is None or message.is_deleted:
            raise not_found(request.path)
        return message

    @routes.post("/Messages.json")
    def create() -> ResponseReturnValue:
        exchange = current()
        form = request.form
        to, from_ = form.get("To", "").strip(), form.get("From", "").strip()
        body = form.get("Body", "")
        if form.get("SmartEncoded", "").lower() == "true":
            body = smart_encoded(body)
        _check(exchange, to, from_, body)
        message = queue_message(
            exchange,
            to=to,
            from_=from_,
            body=body,
            status_callback=form.get("StatusCallback", "").strip(),
            validity_seconds=_validity(),
        )
        return jsonify(message_json(exchange, message)), 201

    @routes.get("/Messages.json")
    def list_messages() -> ResponseReturnValue:
        exchange = current()
        to, from_ = request.args.get("To", ""), request.args.get("From", "")

        was_sent = date_filter("DateSent")

        def matches(message: Message) -> bool:
            if message.is_deleted or to not in {"", message.to} or from_ not in {"", message.from_}:
                return False
            sent_at = message.sent_at
            if sent_at is None and exchange.switches.queued_match_time_filters:
                sent_at = message.created_at
            return was_sent(sent_at)

        found = [message for message in reversed(exchange.messages.values()) if matches(message)]
        return jsonify(page_of("messages", found, lambda message: message_json(exchange, message)))

    @routes.get("/Messages/<sid>.json")
    def fetch(sid: str) -> ResponseReturnValue:
        exchange = current()
        return jsonify(message_json(exchange, find(sid)))

    @routes.post("/Messages/<sid>.json")
    def update(sid: str) -> ResponseReturnValue:
        exchange = current()
        message = find(sid)
        if request.form.get("Status") == "canceled":
            if message.status not in {"queued", "accepted", "scheduled"}:
                raise RestError(400, 30409, "The message has been sent already: it cannot be canceled")
            message.status = "canceled"
        elif request.form.get("Body") == "":
            if message.status not in _FINAL:
                raise RestError(400, 20009, "The message is still under way: it cannot be redacted yet")
            message.body = ""
        else:
            raise RestError(400, 20001, "Body may only be emptied, Status only be canceled")
        message.updated_at = exchange.now()
        return jsonify(message_json(exchange, message))

    @routes.delete("/Messages/<sid>.json")
    def delete(sid: str) -> ResponseReturnValue:
        current()
        message = find(sid)
        if message.status not in _FINAL:
            raise RestError(409, 20009, "The message is still under way: it cannot be deleted yet")
        message.is_deleted = True
        return "", 204

    return routes


def _check(exchange: Exchange, to: str, from_: str, body: str) -> None:
    if not to:
        raise RestError(400, 21604, "A 'To' phone number is required.")
    if not from_:
        if request.form.get("MessagingServiceSid"):
            raise RestError(400, 21703, "The Messaging Service has no sender here: give From")
        raise RestError(400, 21603, "A 'From' phone number is required.")
    if to in _MAGIC_TO:
        code, reason = _MAGIC_TO[to]
        raise RestError(400, code, f"The 'To' number {to} {reason}")
    if not is_e164(to):
        raise RestError(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if to == from_:
        raise RestError(400, 21266, "'To' and 'From' number cannot be the same")
    _check_sender(exchange, from_)
    if not body:
        raise RestError(400, 21602, "Message body is required.")
    if len(body) > MOST_SIGNS:
        raise RestError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    if not matches_prefix(to, exchange.switches.sms_countries):
        raise RestError(400, 21408, f"Permission to send an SMS has not been enabled for {to}")
    if (is_landline(to) and not exchange.owns(to)) or exchange.phone(to).persona.sms == "landline":
        raise RestError(400, 21614, f"'To' number {to} is not a valid mobile number")
    if (from_, to) in exchange.opted_out:
        raise RestError(400, 21610, "Attempt to send to unsubscribed recipient")


def _check_sender(exchange: Exchange, from_: str) -> None:
    if from_ in _MAGIC_FROM:
        code, reason = _MAGIC_FROM[from_]
        raise RestError(400, code, f"The 'From' number {from_} {reason}")
    if is_e164(from_):
        if not exchange.owns(from_) and from_ != _MAGIC_FROM_GOOD:
            message = f"The 'From' phone number {from_} is not a message-capable number of the account"
            raise RestError(400, 21606, message)
    elif not is_alphanumeric_sender(from_):
        raise RestError(400, 21212, f"The 'From' number {from_} is not a valid phone number")


def _validity() -> int:
    text = request.form.get("ValidityPeriod", "").strip()
    if not text:
        return LONGEST_VALIDITY
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_VALIDITY:
        raise RestError(400, 20001, f"ValidityPeriod is no number from 1 to {LONGEST_VALIDITY}: {text}")
    return int(text)
