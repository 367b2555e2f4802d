"""Lanes: which threads answer which requests, so that no stranger and no page can take those of the calls."""

import json
import threading
import time
from typing import Any, Final

from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

# The webhooks have the threads of `server.threads`; beside them each kind has a few of its own.
PAGE_THREADS: Final = 4
SIGN_IN_THREADS: Final = 2
LISTENING_THREADS: Final = 4
WATCHING_THREADS: Final = 1
# Requests that may wait for a thread of their lane; one more is told to come again. Who signs in waits with
# all who guess, and rather some seconds than for luck.
MOST_WAITING: Final = 64
MOST_WAITING_TO_SIGN_IN: Final = 256
MOST_WAITING_TO_LISTEN: Final = 8

CALLS: Final = "calls"
SIGN_IN: Final = "sign-in"
LISTENING: Final = "listening"
WATCHING: Final = "watching"
PAGES: Final = "pages"
# What asks nobody and takes no time, so that it waits for nothing either.
QUICK: Final = "quick"


class BusyError(Error):  # type: ignore[misc]  # waitress is not annotated
    """What the server answers where a lane has no room, in words that every language of ours understands."""

    code = 503
    reason = "Service Unavailable"

    def __init__(self, path: str) -> None:
        super().__init__("Det er travelt her. Prøv igjen om litt. / It is busy here. Try again soon.")
        self._is_for_programs = path.startswith("/api/")

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:  # noqa: ARG002
        """Return status, headers and body, as waitress asks for them; to programs in the form of the API."""
        kind, body = "text/plain", f"{self.body}\n"
        if self._is_for_programs:
            kind, body = (
                "application/json",
                json.dumps({"error": {"code": "unavailable", "message": self.body}}),
            )
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Retry-After", "5")]
        return f"{self.code} {self.reason}", headers, body.encode()


def all_threads(call_threads: int) -> int:
    """Return how many threads answer requests, each of which may hold a connection of the database."""
    return call_threads + PAGE_THREADS + SIGN_IN_THREADS + LISTENING_THREADS + WATCHING_THREADS


def lane_of(method: str, path: str) -> str:
    """Return the name of the lane for a request; `path` is decoded and begins with a slash."""
    path = path.rstrip("/")
    if path.startswith("/webhooks/"):
        return CALLS
    if path == "/healthz":
        return QUICK
    if path in {"/readyz", "/metrics"}:
        return WATCHING
    if path == "/admin/login" and method == "POST":
        return SIGN_IN
    if path.startswith("/admin/recordings/"):
        return LISTENING
    return PAGES


class Lane(ThreadedTaskDispatcher):  # type: ignore[misc]
    """A few threads, and the requests that wait for one of them; `most_waiting` None: as many as come."""

    def __init__(self, threads: int, *, most_waiting: int | None = None) -> None:
        super().__init__()
        self._most_waiting = most_waiting
        self.set_thread_count(threads)

    @property
    def is_full(self) -> bool:
        """Whether one more request would wait too long."""
        return self._most_waiting is not None and len(self.queue) >= self._most_waiting

    def waiting_seconds(self, now: float) -> float:
        """Return how long the request that comes next has waited for a thread; 0 where none waits."""
        with self.lock:
            return now - self.queue[0].ready_at if self.queue else 0.0

    def start_new_thread(self, target: Any, thread_no: int) -> None:
        """Start one of the threads; none of them keeps the process from ending."""
        threading.Thread(target=target, args=(thread_no,), name=f"request-{thread_no}", daemon=True).start()


class Lanes:
    """Every lane of the process: it takes the place of waitress's one pool of threads."""

    def __init__(self, call_threads: int) -> None:
        self._lanes = {
            CALLS: Lane(call_threads),
            SIGN_IN: Lane(SIGN_IN_THREADS, most_waiting=MOST_WAITING_TO_SIGN_IN),
            LISTENING: Lane(LISTENING_THREADS, most_waiting=MOST_WAITING_TO_LISTEN),
            WATCHING: Lane(WATCHING_THREADS, most_waiting=MOST_WAITING),
            PAGES: Lane(PAGE_THREADS, most_waiting=MOST_WAITING),
            QUICK: Lane(1),
        }

    def add_task(self, channel: Any) -> None:
        """Put a connection, whose next request is read, where it waits for a thread."""
        channel.ready_at = time.monotonic()
        request = channel.requests[0]
        if request.error is None:
            lane = self._lanes[lane_of(request.command, "/" + request.path.lstrip("/"))]
            if not lane.is_full:
                lane.add_task(channel)
                return
            request.error = BusyError(request.path)
        self._lanes[QUICK].add_task(channel)

    def calls_wait_seconds(self) -> float:
        """Return how long the webhook that comes next has waited for a thread."""
        return self._lanes[CALLS].waiting_seconds(time.monotonic())
