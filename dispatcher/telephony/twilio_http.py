"""How requests travel to Twilio: one host, one pool, and every failure told as a DeliveryError.

twilio-python builds its addresses from its own host table and the environment (TWILIO_REGION, TWILIO_EDGE);
here the path and query are kept and scheme and host are always those of `[twilio] api_base_url`.
Its own HTTP client is not used, because it logs numbers at INFO and has no time-out of its own accord.
"""

import base64
import json
import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import requests
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import HTTPError, NewConnectionError

from dispatcher.telephony.limited_connections import LimitedAdapter
from dispatcher.telephony.port import DeliveryError
from dispatcher.telephony.twilio_errors import judge
from dispatcher.time_limits import Limit, at_most

POOL_CONNECTIONS = 64
MOST_ANSWER_BYTES = 16_000_000
MOST_REDIRECTS = 5
CHUNK_BYTES = 64 * 1024
# A file goes on for as long as each minute brings this much (an hour of talk at 8 kbit/s), but not for ever.
LEAST_BYTES = 30_000
LEAST_BYTES_SECONDS = 60.0
MOST_FILE_SECONDS = 6 * 3600.0

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class RefusedError(DeliveryError):
    """Twilio (or something before it) answered with an HTTP error. Caught by the adapter, else the outbox."""

    def __init__(
        self, message: str, *, status: int, permanent: bool, ambiguous: bool, code: int | None
    ) -> None:
        super().__init__(message, permanent=permanent, ambiguous=ambiguous, code=code)
        self.status = status


class TwilioHttp(HttpClient):
    """Sends the SDK's requests and streams media; safe to use from several threads.

    Only good answers with JSON reach the SDK; all else is raised as DeliveryError, worded without the
    address, since it may hold numbers.
    """

    def __init__(
        self,
        base_url: str,
        credentials: tuple[str, str],
        *,
        timeout_seconds: float,
        session: requests.Session | None,
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False, timeout=timeout_seconds)
        self._missing = not all(credentials)
        self._authorization = "Basic " + base64.b64encode(":".join(credentials).encode()).decode("ascii")
        self._base = urlsplit(base_url)
        self._seconds = timeout_seconds
        self._session = session or _pooled_session(self._base)

    def request(  # noqa: PLR0917 - the SDK's signature
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,  # noqa: ARG002 - the SDK's signature; the same credentials as ours
        timeout: float | None = None,  # noqa: ARG002 - the SDK's signature; ours is never longer
        allow_redirects: bool = False,  # noqa: ARG002, FBT001, FBT002 - the SDK's signature; the API never redirects
    ) -> Response:
        """Send one API request and return its answer, which is JSON (or empty, after DELETE).

        Connecting, sending and the whole answer take at most `timeout_seconds` together, drip as it may.
        Raises DeliveryError; ambiguous where the request had been sent and may have been acted on.
        """
        self._require_credentials()
        changes = method.upper() != "GET"
        with at_most(self._seconds) as limit:
            try:
                with self._session.request(
                    method.upper(),
                    self.rebased(uri),
                    params=params,  # type: ignore[arg-type]  # the SDK has made texts of them
                    data=data,
                    headers=headers,
                    auth=self._with_credentials,
                    timeout=self._seconds,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = _read(response, limit)
            except (requests.RequestException, HTTPError, OSError) as error:
                raise _not_answered(error, limit, changes=changes) from None
        text = body.decode("utf-8", errors="replace")
        status = response.status_code
        if status >= 300:
            raise _refused(status, text, changes=changes)
        if not (status == HTTPStatus.NO_CONTENT and not text) and _json_object(text) is None:
            message = f"the answer was not Twilio's (HTTP {status} without JSON): is a proxy in the way?"
            raise DeliveryError(message, ambiguous=changes)
        return Response(status, text, response.headers)

    @contextmanager
    def stream(self, path: str) -> Iterator[Iterator[bytes]]:
        """Open a file under our own base address and yield its chunks.

        It goes on for as long as it makes progress (`LEAST_BYTES` a minute), `MOST_FILE_SECONDS` in all.

        Redirects: within the base with credentials; elsewhere https only, and without (Twilio may keep
        media in a storage of its own). A 404 is passing: the file may not be finished.
        """
        self._require_credentials()
        with at_most(self._seconds) as limit:
            try:
                response = self._open(path)
            except (requests.RequestException, HTTPError, OSError) as error:
                raise _not_answered(error, limit, changes=False) from None
            with response:
                status = response.status_code
                if status == HTTPStatus.NOT_FOUND:
                    message = "Twilio does not have the file (yet)"
                    raise RefusedError(message, status=status, permanent=False, ambiguous=False, code=20404)
                if status != HTTPStatus.OK:
                    raise _refused(status, _beginning_of(response), changes=False)
                yield _chunks(response, limit)

    def rebased(self, uri: str) -> str:
        """Return the address with scheme and host of the base, whatever the SDK thought."""
        parts = urlsplit(uri)
        return urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))

    def _require_credentials(self) -> None:
        if self._missing:
            message = "no Twilio credentials: set account_sid and auth_token in [twilio]"
            raise DeliveryError(message)

    def _with_credentials(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._authorization
        return request

    def _open(self, path: str) -> requests.Response:
        url = self.rebased(path)
        for _ in range(MOST_REDIRECTS + 1):
            ours = _origin(urlsplit(url)) == _origin(self._base)
            response = self._session.get(
                url,
                auth=self._with_credentials if ours else _without_credentials,
                timeout=self._seconds,
                allow_redirects=False,
                stream=True,
                # audio does not compress, and lengths can then be compared
                headers={"Accept-Encoding": "identity"},
            )
            if not response.is_redirect:
                return response
            response.close()
            url = urljoin(url, response.headers["location"])
            target = urlsplit(url)
            if target.scheme != "https" and _origin(target) != _origin(self._base):
                message = "Twilio redirected a file to an address that is not https"
                raise DeliveryError(message)
        message = f"Twilio redirected a file more than {MOST_REDIRECTS} times"
        raise DeliveryError(message)


def _pooled_session(base: SplitResult) -> requests.Session:
    session = requests.Session()
    adapter = LimitedAdapter(pool_connections=4, pool_maxsize=POOL_CONNECTIONS, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # a proxy of the environment is honoured on the way out, but has no business on loopback
    session.trust_env = base.hostname not in _LOOPBACK
    return session


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or {"https": 443, "http": 80}.get(url.scheme)


def _without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send none, and keep requests from looking for some in a .netrc file."""
    return request


def _read(response: requests.Response, limit: Limit) -> bytes:
    """Read an answer's body whole; one that never ends is given up."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        body += chunk
        if len(body) > MOST_ANSWER_BYTES:
            raise requests.exceptions.ReadTimeout
    if limit.is_over:
        # a body without a length seems whole where it was cut
        raise requests.exceptions.ReadTimeout
    return bytes(body)


def _beginning_of(response: requests.Response) -> str:
    try:
        return next(response.iter_content(CHUNK_BYTES), b"").decode("utf-8", errors="replace")
    except (requests.RequestException, HTTPError, OSError):
        return ""


def _chunks(response: requests.Response, limit: Limit) -> Iterator[bytes]:
    ends_at = monotonic() + MOST_FILE_SECONDS
    limit.allow(LEAST_BYTES_SECONDS)
    fresh = 0
    try:
        # as it comes: waiting for a whole chunk would hide that there is progress
        for chunk in response.iter_content(LEAST_BYTES):
            fresh += len(chunk)
            if fresh >= LEAST_BYTES:
                fresh = 0
                limit.allow(min(LEAST_BYTES_SECONDS, ends_at - monotonic()))
            yield chunk
    except (requests.RequestException, HTTPError, OSError):
        raise _broken_off(limit) from None
    if limit.is_over:
        raise _broken_off(limit)


def _broken_off(limit: Limit) -> DeliveryError:
    told = limit.error("Twilio", ambiguous=False)
    return told or DeliveryError("the connection broke in the middle of a file")


def _json_object(text: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refused(status: int, text: str, *, changes: bool) -> RefusedError:
    document = _json_object(text)
    if document is None or status < 400:
        # Not Twilio's own words: a proxy, a captive portal, a redirect to a login page. Those go away.
        message = f"the answer was not Twilio's (HTTP {status} without JSON): is a proxy in the way?"
        ambiguous = changes and (status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT)
        return RefusedError(message, status=status, permanent=False, ambiguous=ambiguous, code=None)
    raw = document.get("code")
    code = raw if isinstance(raw, int) and not isinstance(raw, bool) else None
    verdict = judge(status, code)
    told = f"HTTP {status}" if code is None else f"HTTP {status}, code {code}"
    return RefusedError(
        f"{verdict.meaning} ({told})",
        status=status,
        permanent=verdict.permanent,
        # a server that stumbled may have acted first; looking is cheap, a page sent twice is not
        ambiguous=changes and status >= 500,
        code=code,
    )


def _not_answered(error: Exception, limit: Limit, *, changes: bool) -> DeliveryError:
    """Tell a failure without an answer; ambiguous unless the request certainly never left."""
    never_sent = _never_sent(error)
    told = limit.error("Twilio", ambiguous=changes and not never_sent)
    if told is not None:
        return told
    if never_sent:
        return DeliveryError(f"Twilio cannot be reached ({type(error).__name__})")
    if isinstance(error, requests.Timeout):
        return DeliveryError("Twilio did not answer in time", ambiguous=changes)
    return DeliveryError(f"the connection to Twilio broke ({type(error).__name__})", ambiguous=changes)


_BEFORE_SENDING = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
    NewConnectionError,  # refused, no route, name not resolved
    ssl.SSLCertVerificationError,
)


def _never_sent(error: BaseException) -> bool:
    """Look for the reason in what requests and urllib3 have wrapped around it."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        present = waiting.pop()
        if not isinstance(present, BaseException) or id(present) in seen:
            continue
        seen.add(id(present))
        if isinstance(present, _BEFORE_SENDING):
            return True
        waiting += [*present.args, getattr(present, "reason", None), present.__cause__]
    return False
