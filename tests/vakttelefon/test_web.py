"""The web server by itself: what it reads, what it closes, and that nobody can hold its threads."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from vakttelefon import web
from vakttelefon.web import Channel, Server, connections_with

FORM = b"POST /webhooks/twilio/sms HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
HALVES = {
    "nothing at all": b"",
    "a method": b"POS",
    "half a head": b"GET /calendar/x.ics HTTP/1.1\r\nHost: x\r\nAccep",
    "a head and no body": b"PUT /api/v1/cases HTTP/1.1\r\nContent-Length: 70\r\n\r\n",
    "a head and half a body": FORM + b"Body=",
    "a chunk that never ends": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nab",
    "a body that is asked for": b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
    "an answered request and half a second one": b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HT",
}


class Site:
    """A small application behind the server; every request to it is noted."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.arrived, self.hold = threading.Event(), threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        self.seen.append({**environ, "body": body})
        self.arrived.set()
        path = environ["PATH_INFO"]
        if path == "/admin/recordings/long":
            start_response("200 OK", [("Content-Length", str(400 * 65536))])
            return (b"x" * 65536 for _ in range(400))
        if path == "/webhooks/held":
            self.hold.wait(10)
        named = [("ETag", '"a: b"'), ("WWW-Authenticate", "Bearer")] if path == "/named" else []
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), *named])
        return [body]


class Running:
    """The server with its loop in a thread."""

    def __init__(self) -> None:
        self.site = Site()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=600)
        self.port: int = self.listener.getsockname()[1]
        self.server = Server(self.site, self.listener, call_threads=2)
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        self.sockets = ExitStack()

    def _serve(self) -> None:
        while not self.ending.is_set():
            self.server.turn(0.02)
        self.server.finish(time.monotonic() + 2)
        for channel in list(self.server.active_channels.values()):
            channel.handle_close()
        self.server.trigger.close()

    def end(self) -> None:
        self.site.hold.set()
        self.ending.set()
        self.thread.join()
        self.sockets.close()

    def connect(self, first: bytes = b"") -> socket.socket:
        client = self.sockets.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=5))
        client.sendall(first)
        return client

    def await_request(self) -> None:
        """Wait until the application has a request in hand."""
        assert self.site.arrived.wait(5)

    def ask(self, request: bytes) -> bytes:
        """Send bytes, and return everything that comes before the connection is closed."""
        client = self.connect(request)
        with suppress(OSError):
            client.shutdown(socket.SHUT_WR)
        return everything(client)

    def text(self) -> bytes:
        """Send one whole webhook, and return the answer."""
        client = self.connect(FORM + b"Body=done")
        return client.recv(4096)


def everything(client: socket.socket) -> bytes:
    """Return all bytes until the other end closes."""
    received: list[bytes] = []
    with suppress(ConnectionResetError):
        while more := client.recv(65536):
            received.append(more)
    return b"".join(received)


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.end()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every patience of the server is short."""
    for name in ("REQUEST_SECONDS", "UNREAD_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(web, name, 0.2)


@pytest.mark.parametrize("kind", HALVES)
def test_hundreds_of_half_requests_hold_up_no_webhook(running: Running, kind: str) -> None:
    for _ in range(300):
        running.connect(HALVES[kind])
    assert running.text().startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("kind", HALVES)
@pytest.mark.usefixtures("hasty")
def test_a_request_that_is_not_whole_in_time_is_closed(running: Running, kind: str) -> None:
    client = running.connect(HALVES[kind])
    assert b"HTTP/1.1 4" not in everything(client)
    assert not running.server.active_channels


@pytest.mark.usefixtures("hasty")
def test_a_client_that_drips_is_closed_though_it_never_rests(running: Running) -> None:
    client = running.connect(b"POST /webhooks/twilio/sms HTTP/1.1\r\nX: ")
    pause = threading.Event()

    def drip() -> None:
        for _ in range(400):
            client.sendall(b"a")
            pause.wait(0.02)

    with pytest.raises(OSError, match=r"reset|pipe"):
        drip()


@pytest.mark.usefixtures("hasty")
def test_a_connection_that_asks_nothing_more_is_closed(running: Running) -> None:
    client = running.connect(FORM + b"Body=done")
    assert everything(client).endswith(b"Body=done")


def test_when_connections_run_out_the_oldest_half_requests_make_room(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.server, "most_connections", 60)
    kept = running.connect(b"POST /webhooks/held HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
    running.await_request()
    first = running.connect(b"GET /")
    for _ in range(80):
        running.connect(b"GET /")
    assert running.text().startswith(b"HTTP/1.1 200 OK")
    assert everything(first) == b""
    running.site.hold.set()
    assert kept.recv(4096).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.usefixtures("hasty")
def test_who_does_not_read_a_long_answer_costs_little_and_is_closed(running: Running) -> None:
    client = running.connect(b"GET /admin/recordings/long HTTP/1.1\r\nHost: x\r\n\r\n")
    most = 0
    running.await_request()
    pause = threading.Event()
    while channels := list(running.server.active_channels.values()):
        most = max(most, *(channel.total_outbufs_len for channel in channels), 0)
        pause.wait(0.005)
    assert most <= web.MOST_UNSENT_BYTES + 2 * 65536
    assert len(everything(client)) < 400 * 65536


def test_a_long_answer_comes_whole_to_who_reads_it(running: Running) -> None:
    received = running.ask(b"GET /admin/recordings/long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.count(b"x" * 65536) == 400


def test_the_address_reaches_the_application_as_it_was_sent(running: Running) -> None:
    """Signatures are made over it: an escape, a doubled slash or an empty query must not change."""
    for address in (b"/webhooks/a%C3%A5%2Fb?x=%20&y=", b"//webhooks//b?", b"/c;d=1?e#f"):
        running.ask(b"POST " + address + b" HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        assert running.site.seen[-1]["REQUEST_URI"].encode("latin-1") == address


def test_headers_keep_the_names_that_the_application_gave_them(running: Running) -> None:
    answer = running.ask(b"GET /named HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert head[0] == b"HTTP/1.1 200 OK"
    assert {b'ETag: "a: b"', b"WWW-Authenticate: Bearer", b"Content-Length: 0"} <= set(head)


def test_what_a_proxy_says_of_the_client_reaches_the_application(running: Running) -> None:
    running.ask(
        b"GET /x HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 192.0.2.8\r\n"
        b"Connection: close\r\n\r\n"
    )
    assert running.site.seen[0]["HTTP_X_FORWARDED_FOR"] == "192.0.2.7, 192.0.2.8"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1000001\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nA b: c\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 8000 + b"\r\n", b"431"),
        (b"get / HTTP/1.1\r\n\r\n", b"400"),
        (bytes(range(128, 256)) + b"\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused_and_reaches_nobody(
    running: Running, request_: bytes, status: bytes
) -> None:
    assert running.ask(request_).split(b" ", 2)[1] == status
    assert running.site.seen == []


def test_a_body_of_a_million_bytes_arrives_whole(running: Running) -> None:
    body = os.urandom(web.MOST_BODY_BYTES)
    running.ask(b"POST /x HTTP/1.1\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n" + body)
    assert running.site.seen[0]["body"] == body


def test_at_the_end_the_request_in_hand_is_answered_and_half_ones_are_not_waited_for(
    running: Running,
) -> None:
    held = running.connect(b"POST /webhooks/held HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
    half = running.connect(b"POST /webhooks/twilio/sms HTTP/1.1\r\n")
    running.await_request()
    running.ending.set()
    running.site.hold.set()
    assert held.recv(4096).startswith(b"HTTP/1.1 200 OK")
    running.thread.join(timeout=5)
    assert not running.thread.is_alive()
    assert everything(half) == b""


def test_a_connection_is_late_only_by_what_it_waits_for() -> None:
    """Times are seconds of the machine's own count, which nobody sets back or forth."""
    channel = Channel.__new__(Channel)
    channel.requests, channel.total_outbufs_len = [], 0
    channel.reading_since, channel.moved_at = 100.0, 100.0
    assert not channel.is_late(100.0 + web.REQUEST_SECONDS)
    assert channel.is_late(100.1 + web.REQUEST_SECONDS)
    channel.reading_since = None
    assert not channel.is_late(100.0 + web.IDLE_SECONDS)
    assert channel.is_late(100.1 + web.IDLE_SECONDS)
    channel.requests = [object()]
    assert not channel.is_late(9_999.0)
    channel.total_outbufs_len = 1
    assert channel.is_late(100.1 + web.UNREAD_SECONDS)


@pytest.mark.parametrize(
    ("files", "connections"), [(64, 32), (256, 128), (300, 150), (1024, 768), (99_999, 1000)]
)
def test_where_few_files_may_be_open_there_is_room_for_callers_all_the_same(
    files: int, connections: int
) -> None:
    """A limit of 256 left room for no connection at all, so that each new one closed all others."""
    assert connections_with(files) == connections
