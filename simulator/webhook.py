"""The webhook client: signs, retries, follows redirects, keeps cookies.

Sources: https://www.twilio.com/docs/usage/security and .../webhooks/webhooks-connection-overrides
"""

import base64
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import unquote, urlencode, urljoin, urlsplit, urlunsplit

from simulator.engine import Perform, Script, Sleep
from simulator.exchange import Exchange
from simulator.journal import EntryKind
from simulator.overrides import Overrides, split_overrides
from simulator.signature import sign, signed_form_of
from simulator.transport import (
    ConnectFailed,
    HttpRequest,
    HttpResponse,
    ReadTimedOut,
    TransportError,
)

MOST_REDIRECTS = 10
INVALID_URL, REDIRECTED_TOO_OFTEN, HTTP_ERROR, TOTAL_TIMEOUT = 11100, 11215, 11200, 11203
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a webhook: a response and the URL it came from, or an error code and its text."""

    response: HttpResponse | None
    url: str
    code: int = 0
    message: str = ""

    @property
    def is_good(self) -> bool:
        """Whether there is a 2xx response."""
        return self.response is not None and 200 <= self.response.status < 300


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request to the application. `url` may carry a fragment with connection overrides."""

    url: str
    method: str
    params: tuple[tuple[str, str], ...]
    sid: str
    keeps_port: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(
    exchange: Exchange, webhook: Webhook, *, cookies: MutableMapping[str, str] | None = None, copies: int = 1
) -> Script[list[Answer]]:
    """Send a webhook and return the answer of each copy (copies are alike to the byte).

    Nothing is raised: an answer that is not good carries the code to log.
    """
    url, overrides = split_overrides(webhook.url)
    for code, message in overrides.problems:
        exchange.log(code, message, sid=webhook.sid, url=webhook.url, is_warning=True)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return [Answer(None, webhook.url, INVALID_URL, f"no valid URL: {webhook.url!r}")] * copies
    if exchange.switches.webhook_seconds > 0:
        yield Sleep(exchange.switches.webhook_seconds)
    jar: MutableMapping[str, str] = cookies if cookies is not None else {}
    token = exchange.tokens.make("")
    answers: list[Answer] = []
    for _ in range(copies):
        answer = yield from _attempts(exchange, webhook, url=url, overrides=overrides, jar=jar, token=token)
        answers.append(answer)
    return answers


def _attempts(
    exchange: Exchange,
    webhook: Webhook,
    *,
    url: str,
    overrides: Overrides,
    jar: MutableMapping[str, str],
    token: str,
) -> Script[Answer]:
    started_at = exchange.now()
    for attempt in range(overrides.retries + 1):
        attempt_token = token
        if attempt and not exchange.switches.constant_idempotency_token:
            attempt_token = exchange.tokens.make("")
        used = (exchange.now() - started_at).total_seconds()
        left = overrides.total_ms / 1000 - used
        if left <= 0:
            return Answer(None, url, TOTAL_TIMEOUT, f"no answer within {overrides.total_ms} ms in all")
        try:
            answer = yield from _with_redirects(
                exchange,
                webhook,
                url=url,
                overrides=overrides,
                jar=jar,
                token=attempt_token,
                total_seconds=left,
            )
        except TransportError as error:
            if error.waited_seconds:
                yield Sleep(min(error.waited_seconds, left))
            answer = Answer(None, url, error.code, str(error))
            outcome = error.retry_name
        else:
            outcome = _outcome(answer)
        if not outcome:
            return answer
        if attempt < overrides.retries and overrides.retries_on(outcome):
            continue
        break
    return answer


def _outcome(answer: Answer) -> str:
    if answer.response is None:
        return "redirect"
    if answer.response.status >= 500:
        return "5xx"
    if answer.response.status >= 400:
        return "4xx"
    return "" if answer.is_good else "3xx"


def _with_redirects(
    exchange: Exchange,
    webhook: Webhook,
    *,
    url: str,
    overrides: Overrides,
    jar: MutableMapping[str, str],
    token: str,
    total_seconds: float,
) -> Script[Answer]:
    method, params = webhook.method, webhook.params
    for _ in range(MOST_REDIRECTS + 1):
        request = _request(
            exchange,
            webhook,
            method=method,
            url=url,
            params=params,
            jar=jar,
            token=token,
            overrides=overrides,
            total_seconds=total_seconds,
        )
        response: HttpResponse = yield Perform(lambda request=request: _send(exchange, request))  # type: ignore[misc]
        _keep_cookies(jar, response)
        kind = EntryKind.WEBHOOK
        exchange.journal.add(
            kind,
            "twilio",
            f"{method} {urlsplit(url).path} -> {response.status}",
            call_sid=webhook.sid,
            details=dict(webhook.params),
        )
        if response.status in _REDIRECTS and response.headers.get("location"):
            # the body is not sent again: digits gathered are lost
            url, method, params = urljoin(url, response.headers["location"]), "GET", ()
            continue
        if 200 <= response.status < 300:
            return Answer(response, url)
        return Answer(response, url, HTTP_ERROR, f"HTTP {response.status} from {urlsplit(url).path}")
    return Answer(None, url, REDIRECTED_TOO_OFTEN, f"more than {MOST_REDIRECTS} redirects")


def _send(exchange: Exchange, request: HttpRequest) -> HttpResponse:
    faults = exchange.faults
    with exchange.engine.lock:
        is_out = faults.webhook_outages > 0
        faults.webhook_outages -= is_out
        is_late = not is_out and faults.webhook_timeouts > 0
        faults.webhook_timeouts -= is_late
    if is_out:
        raise ConnectFailed("no connection (on request)", waited_seconds=request.connect_seconds)
    if is_late:
        raise ReadTimedOut("no answer in time (on request)", waited_seconds=request.read_seconds)
    return exchange.transport.send(request)


def _request(
    exchange: Exchange,
    webhook: Webhook,
    *,
    method: str,
    url: str,
    params: tuple[tuple[str, str], ...],
    jar: Mapping[str, str],
    token: str,
    overrides: Overrides,
    total_seconds: float,
) -> HttpRequest:
    parts = urlsplit(url)
    body = b""
    headers = {
        "Accept": "*/*",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": token,
        "X-Home-Region": "us1",
        **webhook.headers,
    }
    if method == "GET":
        query = "&".join(part for part in (parts.query, urlencode(params)) if part)
        parts = parts._replace(query=query)
        signed: tuple[tuple[str, str], ...] = ()
    else:
        body = urlencode(params).encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        signed = params
    user, at, host = parts.netloc.rpartition("@")
    if at:
        credentials = base64.b64encode(unquote(user).encode()).decode()
        headers["Authorization"] = f"Basic {credentials}"
    target = urlunsplit((parts.scheme, host, parts.path or "/", parts.query, ""))
    if jar:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
    headers["X-Twilio-Signature"] = sign(
        signed_form_of(target, keeps_port=webhook.keeps_port), signed, token=exchange.auth_token
    )
    return HttpRequest(
        method,
        target,
        headers,
        body,
        connect_seconds=overrides.connect_ms / 1000,
        read_seconds=overrides.read_ms / 1000,
        total_seconds=total_seconds,
    )


def _keep_cookies(jar: MutableMapping[str, str], response: HttpResponse) -> None:
    for line in response.cookies:
        try:
            morsels = SimpleCookie(line)
        except CookieError:
            continue
        for name, morsel in morsels.items():
            jar[name] = morsel.value


def rfc2822(when: datetime) -> str:
    """Return an instant as Twilio writes it, e.g. `Tue, 03 Nov 2026 20:40:00 +0000`."""
    return when.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
