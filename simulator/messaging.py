"""SMS both ways, and MMS to the account: queued, sent, delivered or not; opt-out; replies by TwiML.

Sources: https://www.twilio.com/docs/messaging/guides/webhook-request, .../track-outbound-message-status,
and the support pages on opt-out keywords.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from simulator.callbacks import send_callback
from simulator.engine import Script, Sleep
from simulator.exchange import Exchange
from simulator.faults import CallbackKind
from simulator.journal import EntryKind
from simulator.numbers import is_e164
from simulator.personas import TextReply
from simulator.phones import Attachment, Phone, Text
from simulator.records import Media, Message
from simulator.replies import answer_with_document
from simulator.segments import count_segments

API_VERSION = "2010-04-01"
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
_CANNED = {
    "stop": "You have successfully been unsubscribed. You will not receive any more messages from this "
    "number. Reply START to resubscribe.",
    "start": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "help": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
_FAILURES = {
    "undelivered": ("undelivered", 30003, "Unreachable destination handset"),
    "unknown": ("undelivered", 30008, "Unknown error"),
    "landline": ("undelivered", 30006, "Landline or unreachable carrier"),
}
QUEUE_OVERFLOW = 30001
# two phones that answer each other must not do so in one and the same instant
QUICKEST_REPLY_SECONDS = 0.1
MOST_MEDIA, MOST_MEDIA_BYTES = 10, 5_000_000

_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)

Params = tuple[tuple[str, str], ...]


def queue_message(
    exchange: Exchange,
    *,
    to: str,
    from_: str,
    body: str,
    direction: str = "outbound-api",
    status_callback: str = "",
    validity_seconds: int = 36_000,
) -> Message:
    """Take an outbound SMS, already checked, and send it in its turn."""
    now = exchange.now()
    message = Message(
        exchange.sids.make("SM"),
        from_,
        to,
        body,
        direction,
        "queued",
        now,
        count_segments(body).count,
        status_callback=status_callback,
        updated_at=now,
        valid_until=now + timedelta(seconds=validity_seconds),
    )
    exchange.messages[message.sid] = message
    slot = max(now, exchange.next_message_slot.get(from_, now))
    gap = message.segments / exchange.switches.messages_per_second
    exchange.next_message_slot[from_] = slot + timedelta(seconds=gap)
    wait = (slot - now).total_seconds()
    exchange.engine.spawn(_send(exchange, message, wait), name=f"message {message.sid}")
    return message


def _send(exchange: Exchange, message: Message, wait_seconds: float) -> Script[None]:
    yield Sleep(wait_seconds + 0.2)
    if message.status != "queued":
        return
    if message.valid_until is not None and exchange.now() > message.valid_until:
        _set_status(exchange, message, "failed", error=(QUEUE_OVERFLOW, "Queue overflow"))
        return
    message.sent_at = exchange.now()
    _set_status(exchange, message, "sent")
    own = exchange.numbers.get(message.to)
    if own is not None:
        yield Sleep(exchange.switches.sms_transit_seconds)
        _set_status(exchange, message, "delivered")
        receive_text(exchange, from_=message.from_, to=message.to, body=message.body)
        return
    phone = exchange.phone(message.to)
    verdict = phone.persona.sms
    yield Sleep(exchange.switches.sms_transit_seconds)
    if verdict in _FAILURES:
        status, code, text = _FAILURES[verdict]
        _set_status(exchange, message, status, error=(code, text))
        return
    _arrive(exchange, phone, message.from_, message.body, sid=message.sid)
    if verdict != "sent-only":
        _set_status(exchange, message, "delivered")


def _arrive(
    exchange: Exchange, phone: Phone, from_: str, body: str, media: tuple[Media, ...] = (), *, sid: str = ""
) -> None:
    """Bring an SMS to a phone, which may answer by itself."""
    phone.texts.append(Text(exchange.now(), from_, body, media=media))
    words = _words(body, media)
    exchange.journal.add(
        EntryKind.RECEIVES,
        phone.number,
        f"SMS from {from_}: {words}",
        call_sid=sid,
        details={"other": from_, "words": words},
    )
    if not is_e164(from_):
        # nobody can answer a sender that is a name
        return
    if phone.auto_reply is not None:
        _schedule_reply(exchange, phone, from_, phone.auto_reply)
    for reply in phone.persona.replies:
        if reply.when.lower() in body.lower():
            _schedule_reply(exchange, phone, from_, reply)
            return


def _words(body: str, media: tuple[Media, ...]) -> str:
    """Return what a message says, its pictures by their kind."""
    return " ".join([*([body] if body else []), *(f"[{one.content_type}]" for one in media)])


def _schedule_reply(exchange: Exchange, phone: Phone, to: str, reply: TextReply) -> None:
    count = phone.replies_given.get(reply, 0)
    if reply.times is not None and count >= reply.times:
        return
    phone.replies_given[reply] = count + 1

    def send() -> None:
        receive_text(exchange, from_=phone.number, to=to, body=reply.body)

    exchange.engine.after(max(reply.after_seconds, QUICKEST_REPLY_SECONDS), send)


def _set_status(
    exchange: Exchange, message: Message, status: str, *, error: tuple[int, str] | None = None
) -> None:
    message.status = status
    message.updated_at = exchange.now()
    if error is not None:
        message.error_code, message.error_message = error
    if status in {"delivered", "undelivered", "failed"}:
        exchange.journal.add(
            EntryKind.UNDELIVERED if error else EntryKind.REST,
            message.to if error else "twilio",
            f"SMS to {exchange.journal.name_of(message.to)} {status}" + (f" ({error[0]})" if error else ""),
            call_sid=message.sid,
            details={"other": message.from_, "status": status},
        )
    params = [
        ("AccountSid", exchange.account_sid),
        ("ApiVersion", API_VERSION),
        ("From", message.from_),
        ("MessageSid", message.sid),
        ("MessageStatus", status),
        ("SmsSid", message.sid),
        ("SmsStatus", status),
        ("To", message.to),
    ]
    if error is not None:
        params.append(("ErrorCode", str(error[0])))
    if status in {"delivered", "undelivered"} and exchange.switches.sends_raw_dlr_date:
        params.append(("RawDlrDoneDate", exchange.now().strftime("%y%m%d%H%M")))
    send_callback(
        exchange,
        CallbackKind.MESSAGE,
        url=message.status_callback,
        method="POST",
        params=tuple(params),
        sid=message.sid,
    )


def text_from_phone(
    exchange: Exchange, from_: str, to: str, body: str, attached: Sequence[Attachment] = ()
) -> Message | None:
    """Send an SMS from a phone; one to a number that is none of the account's goes to that phone.

    Raises:
        ValueError: when more is attached than an MMS holds, or something without a content type.
    """
    if len(attached) > MOST_MEDIA or sum(len(data) for _, data in attached) > MOST_MEDIA_BYTES:
        raise ValueError(f"an MMS holds at most {MOST_MEDIA} pictures and {MOST_MEDIA_BYTES} bytes")
    for content_type, _ in attached:
        if not _CONTENT_TYPE.fullmatch(content_type):
            raise ValueError(f"{content_type!r} is not a content type: write one like image/jpeg")
    media = tuple(Media(exchange.sids.make("ME"), kind, data, exchange.now()) for kind, data in attached)
    return receive_text(exchange, from_=exchange.phone(from_).number, to=to, body=body, media=media)


def receive_text(
    exchange: Exchange, *, from_: str, to: str, body: str, media: tuple[Media, ...] = ()
) -> Message | None:
    """Bring an SMS to a number: the account's own (a webhook follows), or another phone."""
    sender = exchange.phone(from_)
    if not exchange.owns(from_):
        sender.texts.append(Text(exchange.now(), to, body, is_own=True, media=media))
        words = _words(body, media)
        exchange.journal.add(
            EntryKind.TEXTS,
            from_,
            f"SMS to {exchange.journal.name_of(to)}: {words}",
            details={"other": to, "words": words},
        )
    number = exchange.numbers.get(to)
    if number is None:
        _arrive(exchange, exchange.phone(to), from_, body, media)
        return None
    message = Message(
        exchange.sids.make("MM" if media else "SM"),
        from_,
        to,
        body[:1600],
        "inbound",
        "received",
        exchange.now(),
        max(1, count_segments(body).count),
        sent_at=exchange.now(),
        updated_at=exchange.now(),
        media=media,
    )
    exchange.messages[message.sid] = message
    if exchange.switches.default_opt_out:
        _handle_opt_out(exchange, message)
    if number.sms_url and not number.sms_application_sid:
        exchange.engine.spawn(
            answer_with_document(exchange, message, number, send=queue_message), name=f"inbound {message.sid}"
        )
    return message


def _handle_opt_out(exchange: Exchange, message: Message) -> None:
    """Keep the opt-out ledger; only a body of one single word counts."""
    word = message.body.strip().upper()
    pair = (message.to, message.from_)
    kind = ""
    if word in STOP_WORDS:
        kind = "stop"
    elif word in START_WORDS and pair in exchange.opted_out:
        exchange.opted_out.discard(pair)
        kind = "start"
    elif word in HELP_WORDS:
        kind = "help"
    if kind:
        queue_message(
            exchange, to=message.from_, from_=message.to, body=_CANNED[kind], direction="outbound-reply"
        )
    if kind == "stop":
        exchange.opted_out.add(pair)
