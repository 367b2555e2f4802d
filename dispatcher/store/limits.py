"""How long a process waits for its database, and how many connections it may hold."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest waits, in seconds.

    `whole`: a transaction with everything it waits for, to the end of its commit. `lock`: what others have
    locked, and the turn among this process's own writers. `connections` are pooled; no more are opened.
    `has_fuse`: after the first failure nobody else waits, until the database is back.
    """

    whole: float = math.inf
    lock: float = 8
    connect: float = 10
    connections: int = 48
    has_fuse: bool = False

    @property
    def are_strict(self) -> bool:
        """Whether a transaction has an end whatever happens."""
        return math.isfinite(self.whole)


# A person at a shell waits; a long export has no end of its own.
COMMANDS = Limits()


def web_limits(threads: int) -> Limits:
    """Return the limits of requests: with the way back, every webhook is answered within five seconds."""
    # one connection for each thread, and some for what goes on beside them
    return Limits(whole=3.5, lock=2.5, connect=2, connections=threads + 4, has_fuse=True)


# Nobody holds a telephone at the other end of a worker's transaction.
WORKER = Limits(whole=15, lock=5, connect=5, connections=16, has_fuse=True)


class Allowance(threading.local):
    """What is left to the transaction of this thread."""

    ends_at: float = math.inf

    @property
    def left(self) -> float:
        """Return the seconds left, at least a moment: zero would mean no limit to a database."""
        return max(self.ends_at - time.monotonic(), 0.01)

    @contextmanager
    def of(self, seconds: float) -> Iterator[None]:
        """Allow this long from now; a transaction within another one gets no more than the outer has left."""
        before = self.ends_at
        self.ends_at = min(before, time.monotonic() + seconds)
        try:
            yield
        finally:
            self.ends_at = before
