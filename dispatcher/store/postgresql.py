"""Connections to PostgreSQL that wait no longer than they may, whatever becomes of server and network.

The server's own time-outs end what it notices itself. A server that is frozen, or behind a network that
swallows everything, notices nothing: then the guard cuts the line from our side, and the call that waits for
an answer fails at once.
"""

import math
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from dispatcher.promptness import TooLateError, within
from dispatcher.store.limits import Allowance, Limits

# The network must notice within this that the other side is gone, also while nothing is asked.
_NETWORK: Final = {
    "keepalives": "1",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
# A connection that lay idle for this long is asked whether it still stands.
_IDLE_SECONDS: Final = 5.0
_PING_SECONDS: Final = 1.0
# The guard looks this often, and its thread ends when there was nothing to guard for a while.
_PERIOD_SECONDS: Final = 0.2
_REST_AFTER: Final = 50
_LINE, _USED_AT = "line", "used_at"


class Guard:
    """Cuts the lines of connections whose time is up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[int, tuple[socket.socket, float]] = {}
        self._thread: threading.Thread | None = None

    def watch(self, line: socket.socket, *, until: float) -> None:
        """Cut `line` at `until` (by the monotonic clock), unless it is released before."""
        if not math.isfinite(until):
            self.release(line)
            return
        with self._lock:
            self._lines[id(line)] = (line, until)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="database-guard", daemon=True)
                self._thread.start()

    def release(self, line: socket.socket) -> None:
        """Watch it no longer."""
        with self._lock:
            self._lines.pop(id(line), None)

    def _run(self) -> None:
        rested = 0
        while True:
            time.sleep(_PERIOD_SECONDS)
            with self._lock:
                rested = 0 if self._lines else rested + 1
                if rested > _REST_AFTER:
                    self._thread = None
                    return
                self._cut(time.monotonic())

    def _cut(self, now: float) -> None:
        for key, (line, until) in tuple(self._lines.items()):
            if now >= until:
                del self._lines[key]
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)


def connect_arguments(limits: Limits) -> dict[str, str]:
    """Return what libpq is told, where the address itself does not say otherwise."""
    settings = {"lock_timeout": limits.lock}
    if limits.are_strict:
        settings |= {
            "statement_timeout": limits.whole,
            # what a frozen process of ours has locked is free again then
            "idle_in_transaction_session_timeout": 4 * limits.whole,
        }
    options = " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in settings.items())
    return {**_NETWORK, "connect_timeout": str(int(limits.connect)), "options": options}


def within_reach(seconds: float, connect: Callable[[], Any]) -> Any:
    """Return a connection, or fail after that long: looking up a name has no time limit of its own."""
    try:
        return within(seconds, connect, discard=lambda made: made.close())
    except TooLateError as error:
        message = f"no connection: {error}"
        raise psycopg.OperationalError(message) from None


def hold_to_limits(engine: Engine, limits: Limits, allowance: Allowance) -> None:
    """Make every connection of the engine keep to the limits and to what its transaction has left."""
    guard = Guard()
    defaults = connect_arguments(limits)

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Dialect, record: ConnectionPoolEntry, args: Any, named: dict[str, Any]) -> Any:
        told = defaults | named
        if "options" in named:
            told["options"] = f"{defaults['options']} {named['options']}"
        made = within_reach(min(limits.connect, allowance.left), lambda: dialect.connect(*args, **told))
        # Our own handle on the line: it stays valid, and this line's, whatever the driver closes.
        line = socket.socket(fileno=os.dup(made.fileno()))
        record.info[_LINE], record.info[_USED_AT] = line, time.monotonic()
        guard.watch(line, until=allowance.ends_at)
        return made

    @event.listens_for(engine, "checkout")
    def _begin(connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
        line: socket.socket = record.info[_LINE]
        now = time.monotonic()
        if now - record.info[_USED_AT] > _IDLE_SECONDS:
            guard.watch(line, until=min(allowance.ends_at, now + _PING_SECONDS))
            try:
                connection.execute("SELECT 1")
                connection.rollback()
            except psycopg.Error as error:
                raise InvalidatePoolError from error
        guard.watch(line, until=allowance.ends_at)

    @event.listens_for(engine, "checkin")
    def _end(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()
        line = record.info.get(_LINE)
        if line is not None:
            guard.release(line)

    @event.listens_for(engine, "close")
    def _close(_connection: Any, record: ConnectionPoolEntry) -> None:
        line = record.info.pop(_LINE, None)
        if line is not None:
            guard.release(line)
            line.close()
