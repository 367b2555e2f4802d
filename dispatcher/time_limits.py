"""How long something outside may take in all, however slowly the other side answers.

The time-outs of sockets bound each wait for a byte, so an answer that drips a byte every second is waited
for without end. A `Limit` bounds the whole: when its time is over, or when the program is stopping, its
connection is shut down under the thread that waits for it, which sees the end of it and goes on at once.
"""

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Final

from dispatcher.telephony.port import DeliveryError, StoppedError

# Each address of a name gets this long to answer, so that one dead address leaves time for the next.
CONNECT_SECONDS: Final = 3.0
# How late an end may be noticed.
_LOOK_SECONDS: Final = 0.2


class Limit:
    """The end of something done outside, and the connections that are cut then. Made by `at_most`."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = monotonic() + seconds
        self.thread = threading.get_ident()
        self.is_over = False
        self.is_stopped = False
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []

    def watch(self, line: socket.socket) -> None:
        """Cut this connection at the end. A duplicate is kept, since TLS takes the first one over."""
        with self._lock:
            self._lines.append(socket.socket(fileno=os.dup(line.fileno())))
            if self.is_over:
                self._cut_lines()

    def connect(
        self,
        host: str,
        port: int,
        *,
        answer_seconds: float | None,
        options: Sequence[tuple[Any, ...]] = (),
        source: tuple[str, int] | None = None,
    ) -> socket.socket:
        """Connect to the first address that answers, within what is left.

        Each later wait for a byte is at most `answer_seconds`; None leaves that to the limit.

        Raises:
            OSError: the name is not known, nobody listens, or the time is over (TimeoutError).
        """
        failed: OSError = TimeoutError("the time was over before connecting")
        for family, kind, protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            left = min(CONNECT_SECONDS, self.ends_at - monotonic())
            if self.is_over or left <= 0:
                raise failed
            line = socket.socket(family, kind, protocol)
            try:
                for option in options:
                    line.setsockopt(*option)
                line.settimeout(left)
                if source is not None:
                    line.bind(source)
                line.connect(address)
            except OSError as error:
                line.close()
                failed = error
                continue
            line.settimeout(answer_seconds)
            self.watch(line)
            return line
        raise failed

    def allow(self, seconds: float) -> None:
        """Move the end to `seconds` from now: there is progress."""
        self.ends_at = monotonic() + seconds

    def end(self, *, stopped: bool) -> None:
        """Cut what is watched, now and from now on."""
        with self._lock:
            self.is_over = True
            self.is_stopped = self.is_stopped or stopped
            self._cut_lines()

    def release(self) -> None:
        """Let go of the connections, which may live on for the next request."""
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()

    def error(self, whom: str, *, ambiguous: bool) -> DeliveryError | None:
        """Return the failure to tell where the end has come, None where it has not."""
        if self.is_stopped:
            return StoppedError("this program is stopping", ambiguous=ambiguous)
        if self.is_over:
            return DeliveryError(f"{whom} did not answer in time", ambiguous=ambiguous)
        return None

    def _cut_lines(self) -> None:
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Watch:
    """The thread of this process that ends what takes too long; it runs while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits: set[Limit] = set()
        self._thread: threading.Thread | None = None

    def add(self, limit: Limit) -> None:
        with self._lock:
            self._limits.add(limit)
            # after a fork the thread is no longer there
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="time-limits", daemon=True)
                self._thread.start()

    def remove(self, limit: Limit) -> None:
        with self._lock:
            self._limits.discard(limit)

    def of_threads(self, threads: frozenset[int]) -> list[Limit]:
        with self._lock:
            return [limit for limit in self._limits if limit.thread in threads]

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            with self._lock:
                if not self._limits:
                    self._thread = None
                    return
                now = monotonic()
                over = [limit for limit in self._limits if limit.ends_at <= now and not limit.is_over]
            for limit in over:
                limit.end(stopped=False)
            pause.wait(_LOOK_SECONDS)


_watch = _Watch()
_present = threading.local()


@contextmanager
def at_most(seconds: float) -> Iterator[Limit]:
    """Bound what this thread does outside; adapters find the limit with `present_limit`."""
    before = present_limit()
    limit = Limit(seconds)
    _present.limit = limit
    _watch.add(limit)
    try:
        yield limit
    finally:
        _present.limit = before
        _watch.remove(limit)
        limit.release()


def present_limit() -> Limit | None:
    """Return the limit of what this thread is doing, if there is one."""
    limit: Limit | None = getattr(_present, "limit", None)
    return limit


def stop_waiting(threads: frozenset[int]) -> None:
    """Cut what threads (by their `ident`) are waiting for outside: this program is stopping."""
    for limit in _watch.of_threads(threads):
        limit.end(stopped=True)
