"""The life of a call leg: made, rung, answered, ended; and what is told of it on the way."""

import json
from urllib.parse import quote

from simulator.callbacks import send_callback
from simulator.exchange import Exchange, matches_prefix
from simulator.faults import CallbackKind
from simulator.handset import Actions, Handset, Sound
from simulator.journal import EntryKind
from simulator.leg import Leg, LegEnded, Progress
from simulator.numbers import country_of, is_address, is_e164
from simulator.phones import Phone
from simulator.webhook import rfc2822

API_VERSION = "2010-04-01"
PROGRESS_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})

Params = tuple[tuple[str, str], ...]


def standard_params(exchange: Exchange, leg: Leg, *, is_post: bool = True) -> Params:
    """Return the parameters that every request about a call carries."""
    params = [
        ("AccountSid", exchange.account_sid),
        ("ApiVersion", API_VERSION),
        ("CallSid", leg.sid),
        ("CallStatus", leg.status),
        ("Called", leg.to),
        ("Caller", leg.from_),
        ("Direction", leg.direction),
        ("From", leg.from_),
        ("To", leg.to),
    ]
    if leg.parent is not None:
        params.append(("ParentCallSid", leg.parent.sid))
    if leg.forwarded_from is not None:
        params.append(("ForwardedFrom", leg.forwarded_from))
    if leg.caller_name is not None:
        params.append(("CallerName", leg.caller_name))
    if leg.answered_by is not None:
        params.append(("AnsweredBy", leg.answered_by))
    if leg.call_token is not None and is_post:
        params.append(("CallToken", leg.call_token))
    if exchange.switches.geo_fields != "absent":
        for role, number in (("From", leg.from_), ("To", leg.to), ("Caller", leg.from_), ("Called", leg.to)):
            country = country_of(number) if exchange.switches.geo_fields == "country" else ""
            params += [
                (f"{role}City", ""),
                (f"{role}State", ""),
                (f"{role}Zip", ""),
                (f"{role}Country", country),
            ]
    return tuple(params)


def call_token(exchange: Exchange, sid: str) -> str:
    """Make an opaque call token, URL-encoded JSON as Twilio's is."""
    return quote(json.dumps({"parentCallInfoToken": exchange.sids.make(""), "identityHeaderTokens": [sid]}))


def new_leg(
    exchange: Exchange, *, from_: str, to: str, direction: str, phone: Phone, parent: Leg | None = None
) -> Leg:
    """Make a leg between Twilio and a phone, not yet started."""
    is_caller = direction == "inbound"
    leg = Leg(
        exchange.engine,
        exchange.sids.make("CA"),
        from_,
        to,
        direction,
        created_at=exchange.now(),
        parent=parent,
    )
    number = exchange.numbers.get(to if is_caller else from_)
    leg.number_sid = number.sid if number else ""
    leg.updated_at = leg.created_at
    leg.handset = Handset(
        leg,
        phone,
        is_caller=is_caller,
        journal=exchange.journal,
        actions=Actions(hang_up=lambda ended, by: hang_up(exchange, ended, by=by)),
    )
    exchange.calls[leg.sid] = leg
    return leg


def join_phone(leg: Leg) -> None:
    """Put the leg on its phone."""
    phone = leg.handset.phone
    phone.handsets.append(leg.handset)
    phone.last_handset = leg.handset


def leave_phone(leg: Leg) -> None:
    """Take the leg off its phone, if it is there."""
    if leg.handset in leg.handset.phone.handsets:
        leg.handset.phone.handsets.remove(leg.handset)


def set_status(exchange: Exchange, leg: Leg, status: str, *, event: str, extra: Params = ()) -> None:
    """Move a leg to a status and tell whoever asked to be told."""
    leg.status = status
    leg.updated_at = exchange.now()
    progress = leg.progress
    if progress is None:
        return
    number, leg.sequence = leg.sequence, leg.sequence + 1
    if event not in progress.events:
        return
    params = (
        *standard_params(exchange, leg),
        ("Timestamp", rfc2822(exchange.now())),
        ("CallbackSource", "call-progress-events"),
        ("SequenceNumber", str(number)),
        *extra,
    )
    send_callback(
        exchange, CallbackKind.CALL, url=progress.url, method=progress.method, params=params, sid=leg.sid
    )


def mark_answered(exchange: Exchange, leg: Leg) -> None:
    """Take note that a leg is answered; a second time changes nothing."""
    if leg.is_answered or leg.is_over:
        return
    leg.answered_at = exchange.now()
    leg.picked_up.set()
    if leg.started_at is None:
        leg.started_at = leg.answered_at
    set_status(exchange, leg, "in-progress", event="answered")
    leg.handset.hears(Sound.ANSWERED)
    leg.engine.after(leg.time_limit_seconds, lambda: end_leg(exchange, leg, "completed", by="the time limit"))


def end_leg(exchange: Exchange, leg: Leg, status: str, *, by: str, sip_code: int | None = None) -> None:
    """End a leg with a final status; one that has ended already is left alone."""
    if leg.is_over:
        return
    if leg.picked_up.is_set and not leg.is_answered:
        mark_answered(exchange, leg)
    if leg.is_answered and status != "completed":
        status = "completed"
    was_queued = leg.status == "queued"
    leg.ended_at = exchange.now()
    extra: list[tuple[str, str]] = []
    if status == "completed":
        seconds = leg.duration_seconds or 0
        extra = [("CallDuration", str(seconds)), ("Duration", str(-(-seconds // 60)))]
    elif leg.direction != "inbound":
        extra = [("CallDuration", "0")]
    if sip_code is not None:
        extra.append(("SipResponseCode", str(sip_code)))
    if leg.call_recording_sid is not None:
        extra += recording_params(exchange, leg.call_recording_sid)
    if was_queued:
        # a call canceled while still queued tells nobody
        leg.status, leg.updated_at = status, exchange.now()
    else:
        set_status(exchange, leg, status, event="completed", extra=tuple(extra))
    exchange.journal.add(
        EntryKind.ENDED,
        leg.handset.phone.number,
        f"call over: {status}",
        call_sid=leg.sid,
        details={"status": status},
    )
    leave_phone(leg)
    leg.handset.hears(Sound.ENDED, text=status)
    leg.ended.set(by)
    if leg.runner is not None:
        leg.runner.interrupt(LegEnded(by))
    number = exchange.numbers.get(leg.to)
    if leg.direction == "inbound" and number is not None:
        params = (
            *standard_params(exchange, leg),
            *extra,
            ("Timestamp", rfc2822(exchange.now())),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", "0"),
        )
        send_callback(
            exchange,
            CallbackKind.NUMBER,
            url=number.status_callback,
            method=number.status_callback_method,
            params=params,
            sid=leg.sid,
        )


def recording_params(exchange: Exchange, recording_sid: str) -> list[tuple[str, str]]:
    """Return the parameters that tell of a recording."""
    recording = exchange.recordings[recording_sid]
    return [
        ("RecordingUrl", recording_url(exchange, recording_sid)),
        ("RecordingSid", recording_sid),
        ("RecordingDuration", str(max(recording.duration_seconds, 0))),
    ]


def recording_url(exchange: Exchange, recording_sid: str) -> str:
    """Return a recording's address as Twilio gives it out (on api.twilio.com, without extension)."""
    return f"https://api.twilio.com/{API_VERSION}/Accounts/{exchange.account_sid}/Recordings/{recording_sid}"


def hang_up(exchange: Exchange, leg: Leg, *, by: str) -> None:
    """End a leg from its phone."""
    if leg.is_answered or leg.picked_up.is_set:
        end_leg(exchange, leg, "completed", by=by)
    elif leg.direction == "inbound":
        end_leg(exchange, leg, exchange.switches.abandoned_inbound_status, by=by)
    else:
        end_leg(exchange, leg, "busy", by=by, sip_code=486)


def refusal_of(exchange: Exchange, to: str) -> str:
    """Return why a number cannot be dialled, or an empty text."""
    if not is_address(to):
        return "is not a number"
    if is_e164(to):
        if exchange.switches.unsupported_prefixes and to.startswith(exchange.switches.unsupported_prefixes):
            return "is not supported"
        if not matches_prefix(to, exchange.switches.call_countries):
            return "is in a country that may not be called"
    return ""


def progress_from(url: str, method: str, events: str) -> Progress | None:
    """Return where progress is told; without a URL nowhere, without events of the end only."""
    if not url:
        return None
    chosen = frozenset(events.replace(",", " ").split()) & PROGRESS_EVENTS
    return Progress(url, method or "POST", chosen or frozenset({"completed"}))
