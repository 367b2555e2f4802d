"""The threads that perform effects: one for each effect in hand, a bounded number in each lane.

They are daemons: one that hangs where nothing reaches it (a name server, a disk) does not keep the process
from ending.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog

from dispatcher.outbox.lanes import LANES, Lane
from dispatcher.outbox.queue import Effect
from dispatcher.store.away import is_away
from dispatcher.time_limits import stop_waiting

log = structlog.get_logger()

# At the end what takes hours is cut at once; the rest gets a moment to finish, and one more when cut.
FINISH_SECONDS: Final = 3.5
CUT_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class _Hand:
    """An effect in hand, and the thread that is at it since `began` (monotonic)."""

    effect: Effect
    thread: threading.Thread
    began: float

    @property
    def is_stuck(self) -> bool:
        return monotonic() - self.began > LANES[self.effect.lane].stuck_after.total_seconds()


class Crew:
    """The effects that this process has in hand. Only the worker's own thread calls it."""

    def __init__(self, perform: Callable[[Effect], None], *, on_free: Callable[[], None]) -> None:
        self._perform = perform
        self._on_free = on_free
        self._lock = threading.Lock()
        self._hands: dict[int, _Hand] = {}

    def free(self) -> Mapping[Lane, int]:
        """Return how many more effects of each lane can be taken in hand."""
        busy = Counter(hand.effect.lane for hand in self._at_work())
        return {lane: rules.threads - busy[lane] for lane, rules in LANES.items()}

    def in_hand(self) -> Collection[int]:
        """Return the ids of the effects that threads are at work on."""
        return {hand.effect.id for hand in self._at_work()}

    def take(self, effect: Effect) -> None:
        """Have a thread perform an effect."""
        thread = threading.Thread(
            target=self._work, args=(effect,), name=f"{effect.lane}-{effect.id}", daemon=True
        )
        with self._lock:
            self._hands[effect.id] = _Hand(effect, thread, monotonic())
        thread.start()

    def end(self) -> list[Effect]:
        """Let what is in hand finish or be cut, and return what neither has done in the time there is."""
        self._cut(only_long=True)
        if not self._wait(FINISH_SECONDS):
            self._cut(only_long=False)
            self._wait(CUT_SECONDS)
        return [hand.effect for hand in self._at_work()]

    def _work(self, effect: Effect) -> None:
        try:
            self._perform(effect)
        except Exception as error:
            # The claim runs out and the effect is taken up again.
            if not is_away(error):
                log.exception("effect-left-in-hand", effect=effect.id, error=type(error).__name__)
        finally:
            with self._lock:
                hand = self._hands.get(effect.id)
                if hand is not None and hand.thread is threading.current_thread():
                    del self._hands[effect.id]
            self._on_free()

    def _at_work(self) -> list[_Hand]:
        """Return what is in hand, letting go of what hangs: its claim runs out, and it is taken up again."""
        with self._lock:
            stuck = [hand for hand in self._hands.values() if hand.is_stuck]
            for hand in stuck:
                del self._hands[hand.effect.id]
            hands = [hand for hand in self._hands.values() if hand.thread.is_alive() or not hand.thread.ident]
        for hand in stuck:
            log.error("effect-stuck", kind=hand.effect.kind, effect=hand.effect.id)
        return hands

    def _cut(self, *, only_long: bool) -> None:
        hands = [hand for hand in self._at_work() if LANES[hand.effect.lane].is_long or not only_long]
        stop_waiting(frozenset(hand.thread.ident for hand in hands if hand.thread.ident is not None))

    def _wait(self, seconds: float) -> bool:
        """Wait until nothing is in hand; False where the time was over first."""
        ends_at = monotonic() + seconds
        for hand in self._at_work():
            hand.thread.join(max(ends_at - monotonic(), 0))
        return not self._at_work()
