"""The faults that a REST request may meet on its way, as WSGI middleware."""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from simulator.exchange import Exchange
from simulator.faults import RestFault, RestFaultKind
from simulator.rest.errors import ConnectionCut
from simulator.rest.line import Line, socket_of
from simulator.transport import WsgiApp

StartResponse = Callable[..., Any]


class Gate:
    """Lets requests through, or lets them meet the fault that has been ordered for them."""

    def __init__(self, app: WsgiApp, exchange: Exchange) -> None:
        self._app = app
        self._exchange = exchange

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or raise ConnectionCut."""
        with self._exchange.engine.lock:
            fault = self._exchange.faults.take(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
        if fault is None:
            return self._app(environ, start_response)
        match fault.kind:
            case RestFaultKind.ANSWER:
                return _refuse(fault, start_response)
            case RestFaultKind.LOST_REQUEST | RestFaultKind.REFUSED:
                raise _cut(environ, "refused" if fault.kind is RestFaultKind.REFUSED else "lost")
            case RestFaultKind.LOST_ANSWER:
                self._act(environ)
                raise _cut(environ, "lost")
            case RestFaultKind.SLOW:
                answer = self._app(environ, start_response)
                time.sleep(fault.seconds)
                return answer
            case RestFaultKind.SILENT:
                Line(environ, self._exchange).wait(fault.seconds)
                raise _cut(environ, "lost")
            case RestFaultKind.DRIPS:
                return Line(environ, self._exchange).drip(self._app, start_response, fault.seconds)
            case RestFaultKind.DRIPS_HEADERS:
                line = Line(environ, self._exchange)
                left = line.drip_headers(self._app, start_response, fault.seconds)
                if left is None:
                    raise _cut(environ, "lost")
                return left
            case RestFaultKind.THIN_LINE:
                return Line(environ, self._exchange).thin(self._app, start_response, fault.bytes_a_second)

    def _act(self, environ: dict[str, Any]) -> None:
        """Do what was asked and throw the answer away."""
        answer = self._app(environ, lambda *_: None)
        for _ in answer:
            pass
        close = getattr(answer, "close", None)
        if close is not None:
            close()


def _refuse(fault: RestFault, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps(
        {
            "code": fault.code,
            "message": fault.message,
            "more_info": f"https://www.twilio.com/docs/errors/{fault.code}",
            "status": fault.status,
        }
    ).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{fault.status} {fault.message}", headers)
    return [body]


def _cut(environ: dict[str, Any], kind: str) -> ConnectionCut:
    connection = socket_of(environ)
    if connection is not None:
        # the client may have gone before
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    return ConnectionCut(kind)
