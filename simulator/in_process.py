"""The REST side for an HTTP client of the same process, without a socket.

`session.mount("https://api.twilio.com", WsgiAdapter(simulator.app))` on the `requests` session of any
client brings its requests here; a connection that breaks off on request raises what `requests` raises.
"""

import sys
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from simulator.rest.errors import ConnectionCut
from simulator.transport import WsgiApp


class WsgiAdapter(BaseAdapter):
    """Answers `requests` from a WSGI application."""

    def __init__(self, app: WsgiApp) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Return the application's answer."""
        status = ""
        headers: list[tuple[str, str]] = []

        def start_response(line: str, given: list[tuple[str, str]], _exc_info: Any = None) -> None:
            nonlocal status, headers
            status, headers = line, given

        try:
            answer = self._app(_environ(request), start_response)
            body = b"".join(answer)
        except ConnectionCut as cut:
            if cut.kind == "lost":
                raise requests.ReadTimeout(str(cut), request=request) from cut
            raise requests.ConnectionError(str(cut), request=request) from cut
        response = requests.Response()
        response.status_code = int(status.partition(" ")[0])
        response.reason = status.partition(" ")[2]
        response.headers = CaseInsensitiveDict(headers)
        response.encoding = "utf-8"
        response.raw = BytesIO(body)
        response.url = request.url or ""
        response.request = request
        return response

    def close(self) -> None:
        """Do nothing: nothing is held open."""


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
