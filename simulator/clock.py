"""A clock that can be set, jumped forward, or left running from any instant."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Tells an instant that stands still until it is moved, or runs from there at wall speed.

    The application under test is meant to use the same object as its own clock.
    Instants are aware and in UTC.
    """

    def __init__(self, start: datetime, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        if start.tzinfo is None:
            raise ValueError(
                f"the clock was given {start.isoformat()} without an offset: add one, e.g. +00:00"
            )
        self._lock = threading.Lock()
        self._base = start.astimezone(UTC)
        self._monotonic = monotonic
        self._running_since: float | None = None
        self._speed = 1.0

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        if self._running_since is None:
            return self._base
        elapsed = self._monotonic() - self._running_since
        return self._base + timedelta(seconds=elapsed * self._speed)

    @property
    def is_running(self) -> bool:
        """Whether the clock runs by itself at the moment."""
        return self._running_since is not None

    @property
    def speed(self) -> float:
        """Virtual seconds for each wall second while running."""
        return self._speed

    def move_to(self, when: datetime) -> None:
        """Jump forward to an instant; one in the past leaves the clock where it is."""
        with self._lock:
            now = self._now()
            if when <= now:
                return
            self._base = when.astimezone(UTC)
            if self._running_since is not None:
                self._running_since = self._monotonic()

    def start_running(self, *, speed: float = 1.0) -> None:
        """Let the clock run from where it stands; `speed` is virtual seconds for each wall second."""
        if speed <= 0:
            raise ValueError(f"a clock cannot run at speed {speed}: give a number above 0")
        with self._lock:
            self._base = self._now()
            self._speed = speed
            self._running_since = self._monotonic()

    def stop_running(self) -> None:
        """Freeze the clock at the present instant."""
        with self._lock:
            self._base = self._now()
            self._running_since = None
