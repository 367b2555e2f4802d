"""Answers that take long on the way: dripping, on a thin line, or not begun at all.

Over a socket the time is wall time. In one process, with a virtual clock that stands, the clock moves as
the answer is read, so that whoever measures by it sees the time pass.
"""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from simulator.exchange import Exchange
from simulator.rest.errors import ConnectionCut
from simulator.transport import WsgiApp

READ_SECONDS = "simulator.read_seconds"
"""The key under which a client of the same process says how long it waits for the next byte."""
# how often a thin line brings something
BEATS_A_SECOND = 10

StartResponse = Callable[..., Any]


def socket_of(environ: dict[str, Any]) -> socket.socket | None:
    """Return the socket of a request, as far as its server gives it out."""
    for name in ("werkzeug.socket", "gunicorn.socket"):
        if isinstance(connection := environ.get(name), socket.socket):
            return connection
    return None


class Line:
    """The line that the answer to one request travels on."""

    def __init__(self, environ: dict[str, Any], exchange: Exchange) -> None:
        self._environ = environ
        self._clock = exchange.engine.clock
        self._socket = socket_of(environ)

    def wait(self, seconds: float) -> None:
        """Let time pass in which nothing arrives; a client of the same process may tire of it.

        Raises:
            ConnectionCut: it has waited as long as it would.
        """
        if self._socket is not None or self._clock.is_running:
            time.sleep(seconds)
            return
        patience: float | None = self._environ.get(READ_SECONDS)
        waits = seconds if patience is None else min(seconds, patience)
        self._clock.move_to(self._clock.now() + timedelta(seconds=waits))
        if waits < seconds:
            raise ConnectionCut("lost")

    def drip(self, app: WsgiApp, start_response: StartResponse, seconds: float) -> Iterable[bytes]:
        """Answer at once, and let the body follow byte by byte."""
        body = _all_of(app(self._environ, start_response))
        return self._dripping(body, seconds)

    def _dripping(self, body: bytes, seconds: float) -> Iterator[bytes]:
        yield b""  # the headers go out now
        for place in range(len(body)):
            self.wait(seconds / len(body))
            yield body[place : place + 1]

    def drip_headers(
        self, app: WsgiApp, start_response: StartResponse, seconds: float
    ) -> Iterable[bytes] | None:
        """Let the answer follow byte by byte from its first line on; None when all of it has been sent."""
        begun: list[tuple[str, list[tuple[str, str]]]] = []
        body = _all_of(app(self._environ, lambda status, headers, *_: begun.append((status, headers))))
        status, headers = begun[0]
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "Connection: close"]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        answer = head + body
        for place in range(len(answer)):
            self.wait(seconds / len(answer))
            if self._socket is not None:
                self._socket.sendall(answer[place : place + 1])
        if self._socket is not None:
            return None
        start_response(status, headers)
        return [body]

    def thin(self, app: WsgiApp, start_response: StartResponse, bytes_a_second: float) -> Iterable[bytes]:
        """Answer at once, and let the body follow at so many bytes a second."""
        return self._thinly(app(self._environ, start_response), bytes_a_second)

    def _thinly(self, answer: Iterable[bytes], bytes_a_second: float) -> Iterator[bytes]:
        size = max(1, int(bytes_a_second / BEATS_A_SECOND))
        try:
            yield b""  # the headers go out now
            for chunk in answer:
                for start in range(0, len(chunk), size):
                    piece = chunk[start : start + size]
                    self.wait(len(piece) / bytes_a_second)
                    yield piece
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()


def _all_of(answer: Iterable[bytes]) -> bytes:
    try:
        return b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
