"""A discrete-event engine: timers on a virtual clock, and scripts that wait on it.

A *script* is a generator that yields commands: `Sleep`, `Wait` or `Perform`.
One script never runs inside another one's step: whatever wakes a script is itself an event,
so the order is that of (instant, order of scheduling) and a run can be repeated exactly.
"""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from simulator.clock import VirtualClock

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Stopped(Exception):  # noqa: N818 - it is a way to end, not an error
    """Thrown into a script to end it; a script may catch it to tidy up. The engine swallows it."""


class Latch:
    """Something that has happened or not; scripts wait for it with `Wait`."""

    __slots__ = ("_engine", "_waiting", "is_set", "value")

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._waiting: list[tuple[Process, int]] = []
        self.is_set = False
        self.value: Any = None

    def set(self, value: Any = None) -> None:
        """Say that it has happened, and wake whoever waits; a second time changes nothing."""
        if self.is_set:
            return
        self.is_set = True
        self.value = value
        waiting, self._waiting = self._waiting, []
        for process, turn in waiting:
            self._engine.resume_soon(process, turn, self)

    def clear(self) -> None:
        """Make it something that has not happened yet."""
        self.is_set = False
        self.value = None

    def add_waiting(self, process: "Process", turn: int) -> None:
        """Remember who is to be woken (used by the engine)."""
        self._waiting.append((process, turn))


@dataclass(frozen=True, slots=True)
class Sleep:
    """Command: go on after so many virtual seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Command: go on when one of the latches is set, which is the answer; after `seconds`, None is."""

    latches: tuple[Latch, ...]
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Perform:
    """Command: do something slow outside the engine's lock (a webhook); its result is the answer."""

    action: Callable[[], object]


Command = Sleep | Wait | Perform
Script = Generator[Command, Any, T]


class Process:
    """A running script."""

    __slots__ = ("_engine", "done", "name", "result", "script", "turn")

    def __init__(self, engine: "Engine", script: Script[Any], name: str) -> None:
        self._engine = engine
        self.script = script
        self.name = name
        self.turn = 0
        self.done = Latch(engine)
        self.result: Any = None

    def interrupt(self, reason: BaseException) -> None:
        """Throw `reason` into the script where it waits, as soon as the present step is over."""
        self._engine.soon(lambda: self._engine.step(self, throw=reason))


@dataclass(order=True, slots=True)
class Timer:
    """An action at an instant."""

    when: datetime
    order: int
    action: Callable[[], None] = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)


class Engine:
    """Runs timers and scripts in order of time.

    All state of a simulation is guarded by `lock`; whatever is performed outside it
    (webhooks) is handed over by `Perform`. Driven by `simulator.drive`.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self._timers: list[Timer] = []
        self._orders = itertools.count()
        self._to_perform: list[tuple[Process, int, Callable[[], object]]] = []
        self.pool: ThreadPoolExecutor | None = None
        self.failures: list[BaseException] = []

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return self.clock.now()

    def at(self, when: datetime, action: Callable[[], None]) -> Timer:
        """Do `action` at an instant (now, if that is past)."""
        with self.lock:
            timer = Timer(max(when, self.clock.now()), next(self._orders), action)
            heapq.heappush(self._timers, timer)
            self.changed.notify_all()
            return timer

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do `action` after so many virtual seconds."""
        return self.at(self.clock.now() + timedelta(seconds=seconds), action)

    def soon(self, action: Callable[[], None]) -> Timer:
        """Do `action` at the present instant, after what is already due."""
        return self.after(0, action)

    def latch(self) -> Latch:
        """Make a latch of this engine."""
        return Latch(self)

    def spawn(self, script: Script[Any], *, name: str) -> Process:
        """Start a script at the present instant; `name` is for error messages."""
        process = Process(self, script, name)
        self.soon(lambda: self.step(process))
        return process

    def resume_soon(self, process: Process, turn: int, value: Any) -> None:
        """Go on with a script that has waited since `turn`, unless it went on for another reason."""

        def resume() -> None:
            if process.turn == turn:
                self.step(process, send=value)

        self.soon(resume)

    def next_due(self) -> datetime | None:
        """Return the instant of the earliest timer, or None when there is none."""
        with self.lock:
            while self._timers and self._timers[0].is_cancelled:
                heapq.heappop(self._timers)
            return self._timers[0].when if self._timers else None

    def run_next(self) -> bool:
        """Run the earliest timer, moving a standing clock to it; False when there is none.

        With a running clock one that is not due yet waits.
        """
        with self.lock:
            due = self.next_due()
            if due is None or (self.clock.is_running and due > self.clock.now()):
                return False
            timer = heapq.heappop(self._timers)
            self.clock.move_to(timer.when)
            timer.action()
            to_perform, self._to_perform = self._to_perform, []
        for process, turn, action in to_perform:
            if self.pool is None:
                self._perform(process, turn, action)
            else:
                self.pool.submit(self._perform, process, turn, action)
        return True

    def _perform(self, process: Process, turn: int, action: Callable[[], object]) -> None:
        try:
            value = action()
        except Exception as error:  # noqa: BLE001 - it is thrown where the script waits for it
            reason = error

            def fail() -> None:
                if process.turn == turn:
                    self.step(process, throw=reason)

            self.soon(fail)
        else:
            self.resume_soon(process, turn, value)

    def step(self, process: Process, *, send: Any = None, throw: BaseException | None = None) -> None:
        """Run a script up to its next command (used by timers only)."""
        if process.done.is_set:
            return
        process.turn += 1
        turn = process.turn
        try:
            command = process.script.throw(throw) if throw is not None else process.script.send(send)
        except StopIteration as end:
            process.result = end.value
            process.done.set(end.value)
            return
        except Stopped:
            process.done.set()
            return
        except Exception as error:
            process.done.set()
            self.failures.append(error)
            if self.pool is None:
                raise
            logger.exception("simulator script %s failed", process.name)
            return
        self._obey(process, turn, command)

    def _obey(self, process: Process, turn: int, command: Command) -> None:
        match command:
            case Sleep(seconds):
                self.after(seconds, lambda: self._wake(process, turn, None))
            case Wait(latches, seconds):
                for latch in latches:
                    if latch.is_set:
                        self.resume_soon(process, turn, latch)
                        return
                for latch in latches:
                    latch.add_waiting(process, turn)
                if seconds is not None:
                    self.after(seconds, lambda: self._wake(process, turn, None))
            case Perform(action):
                self._to_perform.append((process, turn, action))

    def _wake(self, process: Process, turn: int, value: Any) -> None:
        if process.turn == turn:
            self.step(process, send=value)
