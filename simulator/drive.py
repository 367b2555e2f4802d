"""Two ways to let virtual time pass: skipping from event to event, and live at wall speed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.engine import Engine

HORIZON = timedelta(hours=24)
MOST_STEPS = 1_000_000


class RunawayError(RuntimeError):
    """Raised to the caller of a drive when virtual time no longer moves: something loops."""


@dataclass(slots=True)
class Tenant:
    """An outside party with work of its own on the same clock.

    `next_due` tells when it next has something to do, or None. `run_due` does what is due
    and tells whether it did anything.
    """

    next_due: Callable[[], datetime | None]
    run_due: Callable[[], bool]
    idle_at: datetime | None = None

    def due_at(self, now: datetime) -> datetime | None:
        """Return when to run it; one that had nothing to do at this very instant is not asked again."""
        when = self.next_due()
        if when is None or (when <= now and self.idle_at == now):
            return None
        return max(when, now)


class Skipping:
    """Jumps to the next event, alternating the simulator's own and the tenants', on one thread.

    At one and the same instant the simulator's events come first, then the tenants in the order
    in which they were added.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tenants: list[Tenant] = []

    def add_tenant(self, *, next_due: Callable[[], datetime | None], run_due: Callable[[], bool]) -> None:
        """Let an outside party take its turns on the virtual clock."""
        self._tenants.append(Tenant(next_due, run_due))

    def advance(self, by: timedelta) -> None:
        """Let virtual time pass; the clock stands exactly `by` later afterwards."""
        until = self._engine.now() + by
        self._run(until, lambda: False)
        self._engine.clock.move_to(until)

    def run_until(self, predicate: Callable[[], bool], limit: timedelta = HORIZON) -> bool:
        """Run until the predicate holds, which it tells; at most `limit` of virtual time."""
        until = self._engine.now() + limit
        if self._run(until, predicate):
            return True
        self._engine.clock.move_to(until)
        return predicate()

    def run_until_idle(self, limit: timedelta = HORIZON) -> None:
        """Run until nobody has anything due within `limit` of now; the clock stands at the last event."""
        self._run(self._engine.now() + limit, lambda: False)

    def _run(self, until: datetime, predicate: Callable[[], bool]) -> bool:
        for _ in range(MOST_STEPS):
            if predicate():
                return True
            if not self._run_one(until):
                return False
        raise RunawayError(
            f"a million events without an end at {self._engine.now().isoformat()}: "
            "look for a document that requests itself (Record or Gather without action)"
        )

    def _run_one(self, until: datetime) -> bool:
        engine = self._engine
        now = engine.now()
        first = engine.next_due()
        chosen: Tenant | None = None
        if first is None or first > now:
            for tenant in self._tenants:
                when = tenant.due_at(now)
                if when is not None and (first is None or when < first):
                    first, chosen = when, tenant
        if first is None or first > until:
            return False
        if chosen is None:
            return engine.run_next()
        engine.clock.move_to(first)
        chosen.idle_at = None if chosen.run_due() else engine.now()
        return True


class Live:
    """Runs events on a thread of its own as wall time passes; webhooks are fetched on a pool."""

    def __init__(self, engine: Engine, *, webhook_threads: int = 16) -> None:
        self._engine = engine
        self._webhook_threads = webhook_threads
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    @property
    def is_running(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None

    def start(self, *, speed: float = 1.0) -> None:
        """Let the clock run from where it stands, and events with it."""
        if self._thread is not None:
            return
        self._is_stopping = False
        self._engine.pool = ThreadPoolExecutor(self._webhook_threads, thread_name_prefix="simulator-webhook")
        self._engine.clock.start_running(speed=speed)
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Freeze the clock and end the thread; webhooks under way are waited for."""
        if self._thread is None:
            return
        with self._engine.changed:
            self._is_stopping = True
            self._engine.changed.notify_all()
        self._thread.join()
        self._thread = None
        self._engine.clock.stop_running()
        if self._engine.pool is not None:
            self._engine.pool.shutdown(wait=True)
            self._engine.pool = None

    def _run(self) -> None:
        engine = self._engine
        while True:
            with engine.changed:
                if self._is_stopping:
                    return
                due = engine.next_due()
                now = engine.now()
                if due is None or due > now:
                    pause = None if due is None else (due - now).total_seconds() / engine.clock.speed
                    engine.changed.wait(pause)
                    continue
            engine.run_next()
