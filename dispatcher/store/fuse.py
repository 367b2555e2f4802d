"""The fuse: after the first failure of a database nobody else waits for it, until it is there again."""

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from dispatcher.store.away import DatabaseAwayError, reason_of

log = structlog.get_logger()

# Between two looks at a database that is away.
PAUSE_SECONDS: Final = 1.0
# One that comes and goes is told of again after this long.
TOLD_AGAIN_SECONDS: Final = 60.0


class Fuse:
    """Refuses transactions while the database is away; a thread of its own looks when it is back.

    `probe` does what a writing transaction would need and raises where it cannot.
    """

    def __init__(self, probe: Callable[[], None], *, pause: float = PAUSE_SECONDS) -> None:
        self._probe = probe
        self._pause = pause
        self._lock = threading.Lock()
        self._since: float | None = None
        self._closed = threading.Event()
        self._told_at = -TOLD_AGAIN_SECONDS
        self._mended_at = -pause
        self._when_back: list[Callable[[], None]] = []

    def when_back(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time the database has come back."""
        self._when_back.append(listener)

    def require(self) -> None:
        """Let a transaction begin.

        Raises:
            DatabaseAwayError: it would only wait.
        """
        if self._since is not None:
            message = "the database is away, and not waited for"
            raise DatabaseAwayError(message)

    def blow(self, error: BaseException) -> None:
        """Refuse everything from now on, until a look finds the database there."""
        with self._lock:
            if self._since is not None or self._closed.is_set():
                return
            self._since = time.monotonic()
        threading.Thread(target=self._look_until_back, args=(error,), name="database", daemon=True).start()

    def close(self) -> None:
        """Look no longer: the process ends."""
        self._closed.set()

    def _look_until_back(self, error: BaseException) -> None:
        told = self._tell(error)
        if time.monotonic() - self._mended_at < self._pause:
            self._closed.wait(self._pause)  # the looks succeed, and what follows them does not
        while not self._closed.is_set():
            try:
                self._probe()
            except Exception as still:  # noqa: BLE001 (whatever it is, the database is not there)
                told = told or self._tell(still)
                self._closed.wait(self._pause)
            else:
                self._mend(told=told)
                return

    def _tell(self, error: BaseException) -> bool:
        """Say that the database is away, unless that was said a moment ago; return whether it was said."""
        now = time.monotonic()
        if now - self._told_at < TOLD_AGAIN_SECONDS:
            return False
        self._told_at = now
        log.error("database-away", reason=reason_of(error))
        return True

    def _mend(self, *, told: bool) -> None:
        with self._lock:
            self._mended_at = time.monotonic()
            away = self._mended_at - (self._since or 0.0)
            self._since = None
        if told:
            log.warning("database-back", seconds=round(away, 1))
        for listener in self._when_back:
            try:
                listener()
            except Exception as error:  # noqa: BLE001 (it is called again the next time)
                log.warning("database-left-again", reason=reason_of(error))
