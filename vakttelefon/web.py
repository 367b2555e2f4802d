"""The web server: waitress reads and writes in one loop, gunicorn keeps its process alive.

A request is read whole, and an answer is sent, by a loop that waits for nobody; a thread is taken only
between the two. So clients that send half a request, a byte a second, or never read, hold a connection and
nothing else, and not for long.
"""

import errno
import os
import resource
import socket
import threading
import time
from typing import Any, Final

import structlog
from gunicorn.workers.base import Worker as GunicornWorker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask

from vakttelefon.lanes import Lanes

log = structlog.get_logger()

# Head and body of a request have to be there this long after its first byte.
REQUEST_SECONDS: Final = 5
# A client that takes nothing of its answer for this long is gone.
UNREAD_SECONDS: Final = 30
# Longer than proxies keep a connection (Caddy: two minutes), lest one is closed under a request of theirs.
IDLE_SECONDS: Final = 150
# With more, those that have waited longest are closed, never those with a request in hand.
MOST_CONNECTIONS: Final = 1000
_CLOSED_AT_ONCE: Final = 50
_ACCEPTED_AT_ONCE: Final = 64
# Files that may be open beside the connections: database, logs, recordings.
_OTHER_FILES: Final = 256

MOST_HEAD_BYTES: Final = 32 * 1024
MOST_BODY_BYTES: Final = 1_000_000
# Of an answer that is made piece by piece, so much waits for the client before its thread does.
MOST_UNSENT_BYTES: Final = 2 * 1024 * 1024
# Larger bodies go to a temporary file while they are read; answers never do, since recordings are among them.
_BODY_BYTES_IN_MEMORY: Final = 64 * 1024
_ANSWER_BYTES_IN_MEMORY: Final = 64 * 1024 * 1024

# At the end, requests in hand get this long, and the process with its effects in hand so long in all; then
# gunicorn's master kills it. Where there is no master any more it ends itself, a moment earlier.
ANSWER_SECONDS: Final = 6
GRACE_SECONDS: Final = 9
_LAST_RESORT_SECONDS: Final = 8.5
# Twilio waits for fifteen seconds. When a webhook has waited longer than this for a thread, all of them hang.
HOPELESS_SECONDS: Final = 30
_TURN_SECONDS: Final = 0.5


class Task(WSGITask):  # type: ignore[misc]  # waitress is not annotated
    """A request in a thread's hand, whose answer keeps the names of headers as the application wrote them.

    Waitress makes `Etag` of `ETag`; letters mean nothing there, but not every client knows.
    """

    def build_response_header(self) -> bytes:
        """Return status line and headers."""
        written = {
            "-".join(part.capitalize() for part in name.split("-")).encode("latin-1"): name.encode("latin-1")
            for name, _value in self.response_headers
        }
        head: bytes = super().build_response_header()
        parts = (line.partition(b": ") for line in head.split(b"\r\n"))
        return b"\r\n".join(written.get(name, name) + colon + value for name, colon, value in parts)


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress is not annotated
    """A connection, which knows since when it waits for what."""

    task_class = Task

    def __init__(self, *arguments: Any, **named: Any) -> None:
        # when the request that is being read began; a fresh connection owes us one
        self.reading_since: float | None = time.monotonic()
        self.moved_at = time.monotonic()
        self.ready_at = 0.0
        super().__init__(*arguments, **named)

    def received(self, data: bytes) -> bool:
        """Take in what the client has sent."""
        self.moved_at = time.monotonic()
        if self.reading_since is None:
            self.reading_since = self.moved_at
        taken: bool = super().received(data)
        if self.request is None:
            self.reading_since = None
        return taken

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002 - waitress's own way
        """Send what the client takes without waiting."""
        sent: int = super().send(data, do_close)
        if sent:
            self.moved_at = time.monotonic()
        return sent

    @property
    def is_in_hand(self) -> bool:
        """Whether a request is being answered, or its answer is not sent yet."""
        return bool(self.requests or self.total_outbufs_len)

    def is_late(self, now: float) -> bool:
        """Whether the client has had its time: to send a request, to read its answer, or to ask again."""
        if self.total_outbufs_len:
            return now - self.moved_at > UNREAD_SECONDS
        if self.requests:
            return False
        if self.reading_since is not None:
            return now - self.reading_since > REQUEST_SECONDS
        return now - self.moved_at > IDLE_SECONDS


class Server(TcpWSGIServer):  # type: ignore[misc]  # waitress is not annotated
    """Waitress on a socket that listens already, with our lanes, limits and a clock that is never set."""

    channel_class = Channel

    def __init__(self, application: Any, listener: socket.socket, *, call_threads: int) -> None:
        self.lanes = Lanes(call_threads)
        self.most_connections = connections_with(_allowed_files())
        self._look_at = 0.0
        super().__init__(
            application,
            map={},
            _sock=listener,
            dispatcher=self.lanes,
            adj=Adjustments(
                sockets=[listener],
                backlog=2048,
                ident="vakttelefon",
                # who the client is, ProxyFix reads from what the proxy says
                clear_untrusted_proxy_headers=False,
                max_request_header_size=MOST_HEAD_BYTES,
                # waitress refuses a body of exactly its limit, too
                max_request_body_size=MOST_BODY_BYTES + 1,
                inbuf_overflow=_BODY_BYTES_IN_MEMORY,
                outbuf_overflow=_ANSWER_BYTES_IN_MEMORY,
                outbuf_high_watermark=MOST_UNSENT_BYTES,
                log_socket_errors=False,
            ),
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            bind_socket=False,
        )

    def turn(self, seconds: float) -> None:
        """Read and write whatever can be, waiting at most so long for it; then close who has had its time."""
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + 1
            for channel in list(self.active_channels.values()):
                if channel.is_late(now):
                    channel.handle_close()

    def readable(self) -> bool:
        """Whether new connections are wanted; there is always room, since others are closed for it."""
        return bool(self.accepting)

    def handle_accept(self) -> None:
        """Accept what stands in the queue."""
        for _ in range(_ACCEPTED_AT_ONCE):
            if len(self.active_channels) >= self.most_connections:
                self._make_room()
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                return

    def _make_room(self) -> None:
        """Close those that have waited longest; first who has sent no whole request yet."""
        waiting = [channel for channel in self.active_channels.values() if not channel.requests]
        waiting.sort(key=lambda channel: (channel.reading_since is None, channel.moved_at))
        for channel in waiting[:_CLOSED_AT_ONCE]:
            channel.handle_close()

    def finish(self, until: float) -> None:
        """Accept nobody more, and answer what is in hand, until then at the latest."""
        self.accepting = False
        self.del_channel()
        self.socket.close()
        while time.monotonic() < until and any(
            channel.is_in_hand for channel in self.active_channels.values()
        ):
            self.turn(0.05)


class WebWorker(GunicornWorker):  # type: ignore[misc]  # gunicorn is not annotated
    """Gunicorn's worker process: the loop of the server, which is also what its heartbeat tells of.

    The application (see `vakttelefon.serving`) is told by `end_soon` when the process is about to end.
    """

    def run(self) -> None:
        """Serve until gunicorn's master says so, or is no more."""
        server = self._open()
        while self.alive and os.getppid() == self.ppid:
            if server.lanes.calls_wait_seconds() < HOPELESS_SECONDS:
                self.notify()
            server.turn(_TURN_SECONDS)
        self._end_in_any_case()
        self.app.end_soon()
        server.finish(time.monotonic() + ANSWER_SECONDS)

    def _open(self) -> Server:
        return Server(self.wsgi, self.sockets[0].sock, call_threads=self.cfg.threads)

    def _end_in_any_case(self) -> None:
        """See that the process ends: where the master is gone, nobody else would."""
        last_resort = threading.Timer(_LAST_RESORT_SECONDS, os._exit, (errno.ETIME,))
        last_resort.daemon = True
        last_resort.start()


def connections_with(files: int) -> int:
    """Return how many connections a process may hold that may open so many files: half of few."""
    return min(MOST_CONNECTIONS, max(files - _OTHER_FILES, files // 2))


def _allowed_files() -> int:
    """Let this process open as many files as it may, up to what it needs, and return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft
