"""The REST side for an HTTP client of the same process, without a socket.

`session.mount("https://api.twilio.com", WsgiAdapter(simulator.app))` on the `requests` session of any
client brings its requests here; a connection that breaks off on request raises what `requests` raises.
"""

import itertools
import sys
from collections.abc import Iterator
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from simulator.rest.errors import ConnectionCut
from simulator.rest.line import READ_SECONDS
from simulator.transport import WsgiApp


class WsgiAdapter(BaseAdapter):
    """Answers `requests` from a WSGI application."""

    def __init__(self, app: WsgiApp) -> None:
        super().__init__()
        self._app = app

    def send(
        self, request: requests.PreparedRequest, *_args: Any, timeout: Any = None, **_kwargs: Any
    ) -> requests.Response:
        """Return the application's answer, whose body is made as it is read."""
        status = ""
        headers: list[tuple[str, str]] = []

        def start_response(line: str, given: list[tuple[str, str]], _exc_info: Any = None) -> None:
            nonlocal status, headers
            status, headers = line, given

        environ = {**_environ(request), READ_SECONDS: _read_seconds(timeout)}
        try:
            answer = iter(self._app(environ, start_response))
            first = next(answer, b"")
        except ConnectionCut as cut:
            if cut.kind == "lost":
                raise requests.ReadTimeout(str(cut), request=request) from cut
            raise requests.ConnectionError(str(cut), request=request) from cut
        response = requests.Response()
        response.status_code = int(status.partition(" ")[0])
        response.reason = status.partition(" ")[2]
        response.headers = CaseInsensitiveDict(headers)
        response.encoding = "utf-8"
        response.raw = BufferedReader(_Body(itertools.chain([first], answer)))
        response.url = request.url or ""
        response.request = request
        return response

    def close(self) -> None:
        """Do nothing: nothing is held open."""


class _Body(RawIOBase):
    """An answer's body as a stream; what breaks off in the middle raises what `requests` raises."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill in the next bytes; 0 at the end."""
        try:
            while not self._left:
                self._left = next(self._chunks)
        except StopIteration:
            return 0
        except ConnectionCut as cut:
            raise requests.ConnectionError(str(cut)) from cut
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def _read_seconds(timeout: Any) -> float | None:
    """Return how long a client waits for the next byte, by its `timeout`."""
    if isinstance(timeout, tuple):
        timeout = timeout[1]
    return None if timeout is None else float(timeout)


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url or "")
    body = request.body
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method or "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(data),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_HOST": parts.netloc,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ
