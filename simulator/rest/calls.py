"""Calls: placed, listed, redirected, ended.

Source: https://www.twilio.com/docs/voice/api/call-resource , with its magic numbers and error codes.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.calls import progress_from
from simulator.exchange import Exchange, matches_prefix
from simulator.leg import Leg, Order
from simulator.numbers import is_address, is_e164
from simulator.outbound import CallOrder, finish_call, place_call, redirect_call
from simulator.recordings import callback_from
from simulator.rest.errors import RestError, not_found
from simulator.rest.paging import date_filter, page_of
from simulator.rest.shapes import call_json

MOST_INLINE = 4000
_MAGIC_TO = {
    "+15005550001": (21217, "is not a valid phone number"),
    "+15005550002": (21214, "cannot be reached"),
    "+15005550003": (21215, "is in a country that may not be called"),
    "+15005550004": (21216, "is blocked"),
}
_MAGIC_FROM_GOOD = "+15005550006"
_MAGIC_FROM_BAD = "+15005550001"


def call_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes; `current` gives the exchange of the request."""
    routes = Blueprint("calls", __name__)

    def find(sid: str) -> Leg:
        leg = current().calls.get(sid)
        if leg is None:
            raise not_found(request.path)
        return leg

    @routes.post("/Calls.json")
    def create() -> ResponseReturnValue:
        exchange = current()
        leg = place_call(exchange, read_order(exchange))
        return jsonify(call_json(exchange, leg)), 201

    @routes.get("/Calls.json")
    def list_calls() -> ResponseReturnValue:
        exchange = current()
        args = request.args
        wanted = {name: args.get(name, "") for name in ("To", "From", "Status", "ParentCallSid")}

        has_started, has_ended = date_filter("StartTime"), date_filter("EndTime")

        def matches(leg: Leg) -> bool:
            parent = leg.parent.sid if leg.parent else ""
            has = {"To": leg.to, "From": leg.from_, "Status": leg.status, "ParentCallSid": parent}
            if any(value and value != has[name] for name, value in wanted.items()):
                return False
            started_at = leg.started_at
            if started_at is None and exchange.switches.queued_match_time_filters:
                started_at = leg.created_at
            return has_started(started_at) and has_ended(leg.ended_at)

        found = [leg for leg in reversed(exchange.calls.values()) if matches(leg)]
        return jsonify(page_of("calls", found, lambda leg: call_json(exchange, leg)))

    @routes.get("/Calls/<sid>.json")
    def fetch(sid: str) -> ResponseReturnValue:
        exchange = current()
        return jsonify(call_json(exchange, find(sid)))

    @routes.post("/Calls/<sid>.json")
    def update(sid: str) -> ResponseReturnValue:
        exchange = current()
        leg, form = find(sid), request.form
        status = form.get("Status", "")
        if status not in {"", "canceled", "completed"}:
            raise RestError(400, 21218, f"Status {status!r} is neither canceled nor completed")
        if leg.is_over:
            raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if status:
            # `canceled` ends what rings and leaves alone what was answered
            if status == "completed" or not leg.is_answered:
                finish_call(exchange, leg, status=status)
        elif form.get("Url") or form.get("Twiml"):
            if not leg.is_answered:
                raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
            redirect_call(exchange, leg, read_next())
        return jsonify(call_json(exchange, leg))

    @routes.delete("/Calls/<sid>.json")
    def delete(sid: str) -> ResponseReturnValue:
        exchange = current()
        leg = find(sid)
        if not leg.is_over:
            raise RestError(409, 20409, "The call has not ended: it cannot be deleted")
        del exchange.calls[sid]
        return "", 204

    return routes


def read_order(exchange: Exchange, *, then: Order | None = None) -> CallOrder:
    """Read and check a call to be placed; `then` is what it does once answered, else the request says.

    Raises:
        RestError: with Twilio's code.
    """
    form = request.form
    to, from_ = form.get("To", "").strip(), form.get("From", "").strip()
    _check_to(exchange, to)
    _check_from(exchange, from_)
    callback = _url("StatusCallback")
    return CallOrder(
        to,
        from_,
        then or read_next(),
        fallback_url=_url("FallbackUrl"),
        fallback_method=form.get("FallbackMethod", "POST").upper(),
        progress=progress_from(
            callback, form.get("StatusCallbackMethod", "POST"), " ".join(form.getlist("StatusCallbackEvent"))
        ),
        timeout_seconds=_seconds("Timeout", 60, most=600),
        time_limit_seconds=_seconds("TimeLimit", 14_400, most=86_400),
        records=form.get("Record", "").lower() == "true",
        recording_channels=2 if form.get("RecordingChannels") == "dual" else 1,
        recording_callback=callback_from(
            _url("RecordingStatusCallback"),
            form.get("RecordingStatusCallbackMethod", "POST"),
            " ".join(form.getlist("RecordingStatusCallbackEvent")),
        ),
        detection=form.get("MachineDetection", ""),
        detection_url=_url("AsyncAmdStatusCallback"),
        detects_later=form.get("AsyncAmd", "").lower() == "true",
    )


def _check_to(exchange: Exchange, to: str) -> None:
    if not to:
        raise RestError(400, 21201, "No 'To' number is specified")
    if to in _MAGIC_TO:
        code, reason = _MAGIC_TO[to]
        raise RestError(400, code, f"The number {to} {reason}")
    if not is_address(to):
        raise RestError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if is_e164(to):
        unsupported = exchange.switches.unsupported_prefixes
        if unsupported and to.startswith(unsupported):
            raise RestError(400, 21214, f"The 'To' number {to} cannot be reached")
        if not matches_prefix(to, exchange.switches.call_countries):
            raise RestError(400, 21215, f"Account not authorized to call {to}: check its geo permissions")


def _check_from(exchange: Exchange, from_: str) -> None:
    if not from_:
        raise RestError(400, 21213, "No 'From' number is specified")
    if from_ == _MAGIC_FROM_BAD or not is_address(from_):
        raise RestError(400, 21212, f"The 'From' number {from_} is not a valid phone number.")
    is_ours = exchange.owns(from_) or from_ in exchange.verified or from_ == _MAGIC_FROM_GOOD
    if is_e164(from_) and not is_ours:
        message = f"The source phone number provided, {from_}, is not yet verified for your account."
        raise RestError(400, 21210, message)


def read_next() -> Order:
    """Read where a call is to go on: an address, or a document given inline.

    Raises:
        RestError: with Twilio's code.
    """
    form = request.form
    url, inline = form.get("Url", "").strip(), form.get("Twiml")
    method = "GET" if form.get("Method", "POST").upper() == "GET" else "POST"
    if url:
        # with both, the URL wins (32019)
        fallback = _url("FallbackUrl")
        return Order(
            _valid(url, "Url"),
            method,
            fallback_url=fallback or None,
            fallback_method=form.get("FallbackMethod", "POST").upper(),
        )
    if inline is None:
        raise RestError(400, 21205, "Url parameter is required")
    if len(inline) > MOST_INLINE:
        raise RestError(400, 32018, f"Twiml has more than {MOST_INLINE} signs")
    return Order(inline=inline)


def _url(name: str) -> str:
    url = request.form.get(name, "").strip()
    return _valid(url, name) if url else ""


def _valid(url: str, name: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RestError(400, 21205, f"{name} is not a valid URL: {url}")
    return url


def _seconds(name: str, default: int, *, most: int) -> int:
    text = request.form.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise RestError(400, 20001, f"{name} is no number from 1 to {most}: {text}")
    return int(text)
