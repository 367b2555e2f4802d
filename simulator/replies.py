"""The application's answer to an inbound SMS: fetched, checked, sent.

Source: https://www.twilio.com/docs/messaging/twiml
"""

from datetime import timedelta
from typing import Protocol
from urllib.parse import urljoin

from simulator.engine import Script
from simulator.exchange import Exchange
from simulator.records import Media, Message, Number
from simulator.twiml.document import SCHEMA_WARNING, DocumentError, Node, read_messaging
from simulator.webhook import Webhook, fetch

API_VERSION = "2010-04-01"
MOST_REPLIES = 10
MOST_REPLIES_TO_PAIR = 30
MOST_REDIRECTS = 10
TOO_MANY, TOO_MANY_TO_PAIR, EMPTY_BODY, BODY_TOO_LONG = 14109, 14107, 14103, 21617


class Send(Protocol):
    """Queues an outbound SMS."""

    def __call__(
        self,
        exchange: Exchange,
        *,
        to: str,
        from_: str,
        body: str,
        direction: str = ...,
        status_callback: str = ...,
    ) -> Message:
        """Queue it."""
        ...


def media_url(exchange: Exchange, message: Message, media: Media) -> str:
    """Return the address of a picture as Twilio gives it out (on api.twilio.com)."""
    account = f"https://api.twilio.com/{API_VERSION}/Accounts/{exchange.account_sid}"
    return f"{account}/Messages/{message.sid}/Media/{media.sid}"


def inbound_params(exchange: Exchange, message: Message) -> tuple[tuple[str, str], ...]:
    """Return the parameters of the webhook for an inbound SMS or MMS."""
    params = [
        ("AccountSid", exchange.account_sid),
        ("ApiVersion", API_VERSION),
        ("Body", message.body),
        ("From", message.from_),
        ("MessageSid", message.sid),
        ("NumMedia", str(len(message.media))),
        ("NumSegments", str(message.segments)),
        ("SmsMessageSid", message.sid),
        ("SmsSid", message.sid),
        ("SmsStatus", "received"),
        ("To", message.to),
    ]
    for place, media in enumerate(message.media):
        params += [
            (f"MediaUrl{place}", media_url(exchange, message, media)),
            (f"MediaContentType{place}", media.content_type),
        ]
    if exchange.switches.geo_fields != "absent":
        for role in ("From", "To"):
            params += [(f"{role}{part}", "") for part in ("City", "State", "Zip", "Country")]
    return tuple(params)


def answer_with_document(exchange: Exchange, message: Message, number: Number, *, send: Send) -> Script[None]:
    """Fetch the answer to an inbound SMS, from the fallback if need be, and send its messages."""
    params = inbound_params(exchange, message)
    try:
        yield from _follow(
            exchange, message, url=number.sms_url, method=number.sms_method, params=params, send=send
        )
    except DocumentError as error:
        exchange.log(error.code, str(error), sid=message.sid, url=number.sms_url)
        code = error.code
    else:
        return
    if not number.sms_fallback_url:
        return
    extra: tuple[tuple[str, str], ...] = ()
    if exchange.switches.sends_fallback_error:
        extra = (("ErrorCode", str(code)), ("ErrorUrl", number.sms_url))
    try:
        yield from _follow(
            exchange,
            message,
            url=number.sms_fallback_url,
            method=number.sms_fallback_method,
            params=(*params, *extra),
            send=send,
        )
    except DocumentError as error:
        exchange.log(error.code, str(error), sid=message.sid, url=number.sms_fallback_url)


def _follow(
    exchange: Exchange,
    message: Message,
    *,
    url: str,
    method: str,
    params: tuple[tuple[str, str], ...],
    send: Send,
) -> Script[None]:
    sent = 0
    for _ in range(MOST_REDIRECTS):
        doubled = exchange.faults.doubled_webhooks
        webhook = Webhook(url, method, params, message.sid, keeps_port=True)
        answers = yield from fetch(exchange, webhook, copies=1 if doubled == "no" else 2)
        answer = answers[-1] if doubled == "use-second" else answers[0]
        if answer.response is None or not answer.is_good:
            raise DocumentError(answer.code, answer.message)
        if not answer.response.body.strip():
            return
        document = read_messaging(answer.response.body, answer.response.headers.get("content-type"))
        for warning in document.warnings:
            exchange.log(SCHEMA_WARNING, warning, sid=message.sid, url=answer.url, is_warning=True)
        next_url = ""
        for node in document.verbs:
            if node.name == "Redirect":
                next_url = urljoin(answer.url, node.text)
                break
            sent += 1
            if sent > MOST_REPLIES:
                exchange.log(TOO_MANY, f"more than {MOST_REPLIES} replies to one SMS", sid=message.sid)
                return
            _reply(exchange, message, node, base=answer.url, send=send)
        if not next_url:
            return
        url = next_url
    exchange.log(11215, f"more than {MOST_REDIRECTS} redirections", sid=message.sid, url=url)


def _reply(exchange: Exchange, message: Message, node: Node, *, base: str, send: Send) -> None:
    body = node.text
    if not body:
        exchange.log(EMPTY_BODY, f"line {node.line}: a reply has no text", sid=message.sid)
        return
    if len(body) > 1600:
        exchange.log(BODY_TOO_LONG, f"line {node.line}: a reply has {len(body)} signs", sid=message.sid)
        return
    to, from_ = node.get("to") or message.from_, node.get("from") or message.to
    if (from_, to) in exchange.opted_out:
        exchange.log(21610, "the recipient has opted out", sid=message.sid)
        return
    recent = exchange.reply_times.setdefault((from_, to), [])
    now = exchange.now()
    if recent and now - recent[-1] > timedelta(seconds=30):
        recent.clear()
    if len(recent) >= MOST_REPLIES_TO_PAIR:
        exchange.log(TOO_MANY_TO_PAIR, "too many replies to one number in a row: a loop?", sid=message.sid)
        return
    recent.append(now)
    callback = node.get("statusCallback") or node.get("action")
    send(
        exchange,
        to=to,
        from_=from_,
        body=body,
        direction="outbound-reply",
        status_callback=urljoin(base, callback) if callback else "",
    )
