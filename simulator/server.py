"""The simulator over HTTP: its REST side on a loopback port, and both it and the wall stand-alone."""

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from flask import Flask, redirect, url_for
from werkzeug import Response
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from simulator.calls import API_VERSION
from simulator.facade import Simulator
from simulator.transport import WsgiApp
from simulator.wall import create_blueprint

_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class _QuietHandler(WSGIRequestHandler):
    """Writes no line for each request: the journal does that."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


class LoopbackServer:
    """A WSGI application on a port of this machine, for a client that wants a real socket.

    `port` 0 takes a free one. A fault that cuts the connection really cuts it here.
    """

    def __init__(self, app: WsgiApp, *, port: int = 0) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="simulator-http",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def standalone_app(simulator: Simulator, *, timezone: str = "Europe/Oslo") -> WsgiApp:
    """Return one application with the REST side where Twilio has it, and the wall at `/phones`."""
    pages = Flask("simulator.pages", static_folder=None)
    pages.register_blueprint(create_blueprint(simulator, timezone=timezone), url_prefix="/phones")

    @pages.get("/")
    def start() -> Response:
        return redirect(url_for("phones.page"))

    @pages.after_request
    def protect(answer: Any) -> Any:
        answer.headers.update(_SECURITY_HEADERS)
        return answer

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        is_rest = environ.get("PATH_INFO", "").startswith(f"/{API_VERSION}/")
        chosen: WsgiApp = simulator.app if is_rest else pages
        return chosen(environ, start_response)

    return serve
