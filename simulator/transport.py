"""How webhooks travel: over HTTP, or straight into a WSGI application of the same process."""

import http.client
import ssl
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to the application; the URL has neither fragment nor user."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    total_seconds: float = 15.0


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The application's answer; header names in lower case, each Set-Cookie kept apart."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()


class TransportError(Exception):
    """No answer was had. Raised by transports; the webhook client decides on retry and fallback.

    `retry_name` is the word of the retry policy; `code` is Twilio's; `waited_seconds` is virtual time that
    has to pass for it (none if it has passed already).
    """

    retry_name = "ct"
    code = 11200

    def __init__(self, message: str, *, waited_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.waited_seconds = waited_seconds


class ConnectFailed(TransportError):  # noqa: N818 - named by what happened
    """The application could not be reached."""

    code = 11205


class ReadTimedOut(TransportError):  # noqa: N818 - named by what happened
    """The application did not answer in time; it may have acted all the same."""

    retry_name = "rt"
    code = 11203


class ProtocolViolated(TransportError):  # noqa: N818 - named by what happened
    """What came back was no HTTP; Twilio does not retry on a partial answer."""

    retry_name = "none"
    code = 11206


class Transport(Protocol):
    """Carries a request to the application."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer, or raise TransportError."""
        ...


class HttpTransport:
    """Real HTTP. The path goes out exactly as it is written in the URL."""

    def __init__(self, *, verify_tls: bool = True) -> None:
        self._tls = ssl.create_default_context()
        if not verify_tls:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer, or raise TransportError."""
        parts = urlsplit(request.url)
        deadline = time.monotonic() + request.total_seconds
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(
                parts.netloc, timeout=request.connect_seconds, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=request.connect_seconds)
        try:
            try:
                connection.connect()
            except (OSError, http.client.InvalidURL) as error:
                raise ConnectFailed(f"no connection: {error}") from error
            try:
                return self._exchange(connection, request, deadline)
            except TimeoutError as error:
                raise ReadTimedOut("no answer in time") from error
            except (http.client.HTTPException, OSError) as error:
                raise ProtocolViolated(f"the answer broke off: {error!r}") from error
        finally:
            connection.close()

    def _exchange(
        self, connection: http.client.HTTPConnection, request: HttpRequest, deadline: float
    ) -> HttpResponse:
        def limit() -> None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if connection.sock is not None:
                connection.sock.settimeout(min(left, request.read_seconds))

        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        limit()
        connection.request(request.method, target, body=request.body or None, headers=dict(request.headers))
        response = connection.getresponse()
        chunks: list[bytes] = []
        size = 0
        while chunk := response.read1(65_536):
            limit()
            chunks.append(chunk)
            size += len(chunk)
            if size > MOST_BYTES:
                raise ProtocolViolated("the answer is larger than 2 MB")
        headers = {name.lower(): value for name, value in response.getheaders()}
        cookies = tuple(v for n, v in response.getheaders() if n.lower() == "set-cookie")
        return HttpResponse(response.status, headers, b"".join(chunks), cookies)


@dataclass(slots=True)
class WsgiTransport:
    """Calls a WSGI application in the same process; other addresses go `elsewhere`, if anywhere.

    `failures` keeps what the application raised; Twilio sees such a request answered with 500.
    """

    app: WsgiApp
    base_url: str
    elsewhere: Transport | None = None
    failures: list[BaseException] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer, or raise TransportError."""
        base, parts = urlsplit(self.base_url), urlsplit(request.url)
        if (parts.scheme, parts.netloc.lower()) != (base.scheme, base.netloc.lower()):
            if self.elsewhere is None:
                raise ConnectFailed(f"{parts.netloc} is not {base.netloc}, and nothing else is reachable")
            return self.elsewhere.send(request)
        status = ""
        raw_headers: list[tuple[str, str]] = []

        def start_response(line: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            nonlocal status, raw_headers
            status, raw_headers = line, headers

        try:
            answer = self.app(self._environ(request), start_response)
            try:
                body = b"".join(answer)
            finally:
                close = getattr(answer, "close", None)
                if close is not None:
                    close()
        except Exception as error:  # noqa: BLE001 - a server would answer 500, whatever it was
            self.failures.append(error)
            return HttpResponse(500, {"content-type": "text/plain"}, b"Internal Server Error")
        return HttpResponse(
            int(status.split(" ", 1)[0]),
            {name.lower(): value for name, value in raw_headers},
            body,
            tuple(value for name, value in raw_headers if name.lower() == "set-cookie"),
        )

    def _environ(self, request: HttpRequest) -> dict[str, Any]:
        parts = urlsplit(request.url)
        path = parts.path or "/"
        target = path + (f"?{parts.query}" if parts.query else "")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": parts.query,
            "RAW_URI": target,
            "REQUEST_URI": target,
            "SERVER_NAME": parts.hostname or "localhost",
            "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": parts.scheme,
            "wsgi.input": BytesIO(request.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in {"Host": parts.netloc, **request.headers}.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ
