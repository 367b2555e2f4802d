"""The worker: performs due effects and decides due deadlines, at once after a commit of its own process.

Any number of workers may share a database: effects are claimed before they begin, deadlines are taken in the
transaction that acts on them, and a claim of a worker that died is taken over.
"""

import os
import socket
import threading
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count

import structlog
from sqlalchemy import Connection, delete, select, update

from dispatcher.cases.ledger import lock_case
from dispatcher.decision import NewDeadline
from dispatcher.effects import DEADLINES, HANDLERS, longest_waits
from dispatcher.outbox.claims import claim_effects, put_back, release_claims, renew_claims
from dispatcher.outbox.clock_steps import APART, follow_step_back, newest_instant, step_back
from dispatcher.outbox.crew import Crew
from dispatcher.outbox.lanes import Lane
from dispatcher.outbox.performing import Handler, perform
from dispatcher.outbox.queue import Effect, add_deadlines, due_deadline, next_due_at, take_deadline
from dispatcher.retention import arm_retention
from dispatcher.services import Services
from dispatcher.spool_replay import SpoolReplay
from dispatcher.store.away import is_away
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import workers

log = structlog.get_logger()

# An effect is begun within a second of being due, also when the commit was another process's.
POLL_SECONDS = 0.4
HEARTBEAT = timedelta(seconds=5)
FORGET_AFTER = timedelta(minutes=10)
# How long a deadline that crashed waits.
HOLD_OFF = timedelta(minutes=1)
# Deadlines are decided a few at a time, so that many of them do not hold up the effects of the first.
DEADLINES_AT_ONCE = 10
# How long the last word to the database may take when the worker ends.
LAST_WORD_SECONDS = 2.5
# How many effects of each lane one `tick` does.
TICK_EFFECTS = 32


def worker_id() -> str:
    """Return a name that tells machine and process, so that a restarted worker knows its dead ones."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


class Worker:
    """One worker of this process. `run` blocks; `tick` does what is due now, for tests and simulations."""

    def __init__(self, services: Services, *, handlers: Mapping[str, Handler] = HANDLERS) -> None:
        self._services = services
        self._handlers = handlers
        self._id = worker_id()
        self._spool = SpoolReplay(services)
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._turns = count()
        self._crew = Crew(self._perform, on_free=self._awake.set)
        self._seen_at: datetime | None = None
        # what the clock showed when it was last looked at
        self._clock_at: datetime | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether `stop` was called; a `run` that returns without it has failed."""
        return self._stopping.is_set()

    def wake(self) -> None:
        """Look at once; safe from any thread."""
        self._awake.set()

    def stop(self) -> None:
        """Finish what is in hand and return from `run`; safe from any thread and from signal handlers."""
        self._stopping.set()
        self._awake.set()

    def run(self) -> None:
        """Work until stopped, and return within seconds then. A failing database is waited for."""
        self._services.db.after_commit(self.wake)
        began = False
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                if not began:
                    self.begin()
                    began = True
                self._turn()
            except Exception as error:
                # The worker outlives a database that is away, which the database's fuse tells of.
                if not is_away(error):
                    log.exception("worker-waits", error=type(error).__name__)
                self._stopping.wait(1.0)
            self._awake.wait(POLL_SECONDS)
        self._leave(self._crew.end())

    def _leave(self, unfinished: list[Effect]) -> None:
        """Put back what could not be finished, and take this worker off the list, if the database answers."""

        def last_word() -> None:
            try:
                with self._services.db.write() as connection:
                    for effect in unfinished:
                        put_back(connection, effect, maybe_done=True)
                    connection.execute(delete(workers).where(workers.c.id == self._id))
            except Exception as error:  # noqa: BLE001 (stopping anyway; claims run out, the row is forgotten)
                log.warning("worker-left-unseen", error=type(error).__name__)

        speaker = threading.Thread(target=last_word, name="last-word", daemon=True)
        speaker.start()
        speaker.join(LAST_WORD_SECONDS)

    def begin(self) -> None:
        """Announce this worker, and put back what dead workers of this machine had in hand."""
        now = self._services.clock.now()
        with self._services.db.write() as connection:
            dead = self._dead_workers(connection)
            release_claims(connection, workers=dead)
            connection.execute(delete(workers).where(workers.c.id.in_(dead)))
            insert_once(connection, workers, {"id": self._id, "started_at": now, "seen_at": now})
            before = newest_instant(connection)
            self._follow(connection, step_back(seen_at=before, now=now, smallest=APART), now)
            arm_retention(connection, now=now)
        self._seen_at = now

    def _dead_workers(self, connection: Connection) -> list[str]:
        host = socket.gethostname()
        names = connection.execute(select(workers.c.id)).scalars().all()
        return [name for name in names if name.startswith(f"{host}:") and not _lives(int(name.split(":")[1]))]

    def _beat(self) -> None:
        now = self._services.clock.now()
        if self._seen_at is not None and abs(now - self._seen_at) < HEARTBEAT:
            return
        in_hand = self._crew.in_hand()
        with self._services.db.write() as connection:
            if not connection.execute(
                update(workers).where(workers.c.id == self._id).values(seen_at=now)
            ).rowcount:
                insert_once(connection, workers, {"id": self._id, "started_at": now, "seen_at": now})
            connection.execute(delete(workers).where(workers.c.seen_at < now - FORGET_AFTER))
            if in_hand:
                renew_claims(connection, worker=self._id, in_hand=in_hand, now=now)
        self._seen_at = now

    def _follow_clock(self) -> None:
        """See whether the clock has been set back since the last look, and have what waits come earlier."""
        now = self._services.clock.now()
        by = step_back(seen_at=self._clock_at, now=now)
        if by:
            with self._services.db.write() as connection:
                self._follow(connection, by, now)
        self._clock_at = now

    def _follow(self, connection: Connection, by: timedelta, now: datetime) -> None:
        if by:
            log.warning("clock-set-back", seconds=round(by.total_seconds()))
            longest = longest_waits(self._services.settings)
            follow_step_back(connection, by=by, now=now, longest=longest)

    def _turn(self) -> None:
        self._follow_clock()
        self._beat()
        self._ingest()
        if self.decide_deadlines(most=DEADLINES_AT_ONCE):
            self._awake.set()
        while not self._stopping.is_set():
            claimed = claim_effects(
                self._services.db,
                worker=self._id,
                now=self._services.clock.now(),
                free=self._crew.free(),
                in_hand=self._crew.in_hand(),
                turn=next(self._turns),
            )
            if not claimed:
                return
            for effect in claimed:
                self._crew.take(effect)

    def _ingest(self) -> None:
        try:
            self._spool.take_in()
        except Exception as error:
            # What cannot be taken in stays in the spool, and holds up nothing else.
            if not is_away(error):
                log.exception("spool-waits", error=type(error).__name__)

    def _perform(self, effect: Effect) -> None:
        if self._stopping.is_set():
            with self._services.db.write() as connection:
                put_back(connection, effect)
            return
        perform(self._services, self._handlers, effect, pause=self._pause)

    def _pause(self, seconds: float) -> bool:
        return not self._stopping.wait(seconds)

    def decide_deadlines(self, *, most: int | None = None) -> bool:
        """Decide due deadlines, each in a transaction of its own; return whether there was any.

        All of them, in the order in which they came; or `most` of them, from both ends by turns: where
        thousands have come at once, those of a new case need not wait for them, nor they for ever.
        """
        found = False
        for number in count():
            if self._stopping.is_set() or number == most:
                break
            now = self._services.clock.now()
            newest = most is not None and number % 2 == 1
            with self._services.db.read() as connection:
                deadline = due_deadline(connection, now=now, newest=newest)
            if deadline is None:
                break
            found = True
            try:
                with self._services.db.write() as connection:
                    lock_case(connection, deadline.data["case"])
                    if take_deadline(connection, deadline, now=now):
                        DEADLINES[deadline.kind](self._services, connection, deadline)
            except Exception as error:
                # A fault of ours: this deadline must not hold up the others, nor be lost.
                log.exception("deadline-crashed", kind=deadline.kind, error=type(error).__name__)
                with self._services.db.write() as connection:
                    again = NewDeadline(deadline.kind, deadline.key, deadline.data, HOLD_OFF)
                    add_deadlines(connection, (again,), now=now)
        return found

    def tick(self) -> bool:
        """Do everything that is due now in this thread; return whether there was anything."""
        self._follow_clock()
        self._ingest()
        found = self.decide_deadlines()
        claimed = claim_effects(
            self._services.db,
            worker=self._id,
            now=self._services.clock.now(),
            free=dict.fromkeys(Lane, TICK_EFFECTS),
        )
        for effect in claimed:
            perform(self._services, self._handlers, effect)
        return found or bool(claimed)

    def next_due_at(self) -> datetime | None:
        """Return when the next effect or deadline is due."""
        with self._services.db.read() as connection:
            return next_due_at(connection)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
