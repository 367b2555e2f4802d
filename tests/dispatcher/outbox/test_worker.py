"""The worker with threads: no lane holds up another, nothing is done twice, and it ends when it is told to."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from dispatcher.decision import NewDeadline, NewEffect
from dispatcher.outbox import performing
from dispatcher.outbox.claims import LEASE, claim_effects
from dispatcher.outbox.lanes import LANES, Lane
from dispatcher.outbox.performing import Done, Dropped, Handler, perform
from dispatcher.outbox.queue import Effect, add_deadlines, add_effects
from dispatcher.services import Services
from dispatcher.store.tables import deadlines, effects, workers
from dispatcher.telephony.port import DeliveryError
from dispatcher.time_limits import at_most
from dispatcher.worker import Worker
from tests.dispatcher.dripping import dripping
from tests.hotline.rig import Rig

# Nothing in these tests takes long; this ends one that would wait for ever.
PATIENCE = 30


@pytest.fixture
def rig(database_url: str, tmp_path: Path) -> Iterator[Rig]:
    made = Rig(database_url, tmp_path)
    yield made
    made.close()


def queue(rig: Rig, *keys: str, kind: str = "sms", purpose: str = "caller") -> None:
    with rig.db.write() as connection:
        new = [NewEffect(kind, key, {"purpose": purpose}) for key in keys]
        add_effects(connection, new, case_id=None, now=rig.clock.now())


def states(rig: Rig) -> Counter[str]:
    with rig.db.read() as connection:
        return Counter(connection.execute(select(effects.c.state)).scalars())


@contextmanager
def at_work(worker: Worker) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    yield thread
    worker.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


class Hands:
    """Handlers that note what they begin, and wait at a gate for what is to be slow."""

    def __init__(self, *slow: str) -> None:
        self.slow = slow
        self.gate = threading.Event()
        self.begun: list[str] = []
        self.changed = threading.Condition()

    def act(self, _services: Services, effect: Effect) -> Done | Dropped:
        with self.changed:
            self.begun.append(effect.key)
            self.changed.notify_all()
        if effect.key.startswith(self.slow):
            self.gate.wait(PATIENCE)
        return Done()

    def wait_until(self, holds: Callable[[], bool]) -> bool:
        with self.changed:
            return self.changed.wait_for(holds, PATIENCE)

    @property
    def handlers(self) -> dict[str, Handler]:
        return dict.fromkeys(("sms", "ticket", "recording-fetch", "alarm-mail"), Handler(self.act))


def test_a_page_and_a_reply_begin_while_every_other_lane_is_full(rig: Rig) -> None:
    hands = Hands("slow")
    queue(rig, *(f"slow:receipt:{n}" for n in range(60)))
    queue(rig, *(f"slow:ticket:{n}" for n in range(60)), kind="ticket")
    queue(rig, *(f"slow:mail:{n}" for n in range(60)), kind="alarm-mail")
    queue(rig, *(f"slow:audio:{n}" for n in range(20)), kind="recording-fetch")
    full = sum(LANES[lane].threads for lane in (Lane.CALLERS, Lane.TICKETS, Lane.MAIL, Lane.RECORDINGS))
    with at_work(Worker(rig.services, handlers=hands.handlers)):
        assert hands.wait_until(lambda: len(hands.begun) == full)
        queue(rig, "page", purpose="page")
        queue(rig, "reply", purpose="reply")
        assert hands.wait_until(lambda: {"page", "reply"} <= set(hands.begun))
        assert len(hands.begun) == full + 2
        hands.gate.set()
        assert hands.wait_until(lambda: len(hands.begun) == 202)


def test_pages_that_hang_again_and_again_hold_up_no_new_page(rig: Rig) -> None:
    hands = Hands("slow")
    queue(rig, *(f"slow:{n}" for n in range(50)), purpose="page")
    with rig.db.write() as connection:
        connection.execute(effects.update().values(lane=Lane.AGAIN))
    with at_work(Worker(rig.services, handlers=hands.handlers)):
        assert hands.wait_until(lambda: len(hands.begun) == LANES[Lane.AGAIN].threads)
        queue(rig, "page", purpose="page")
        assert hands.wait_until(lambda: "page" in hands.begun)
        hands.gate.set()


def test_what_outlives_its_lease_is_not_begun_again(rig: Rig) -> None:
    """A long recording: the same worker goes on with it, and another one finds the lease renewed."""
    hands = Hands("slow")
    queue(rig, "slow:audio", kind="recording-fetch")
    with at_work(Worker(rig.services, handlers=hands.handlers)) as thread:
        assert hands.wait_until(lambda: hands.begun == ["slow:audio"])
        for number in range(5):
            rig.clock.advance(seconds=2 * LEASE.total_seconds())
            queue(rig, f"other:{number}")
            assert hands.wait_until(lambda: f"other:{number}" in hands.begun)  # noqa: B023
        queue(rig, "last")
        assert hands.wait_until(lambda: "last" in hands.begun)
        assert claim_effects(rig.db, worker="another", now=rig.clock.now(), free={Lane.RECORDINGS: 1}) == []
        assert thread.is_alive()
        hands.gate.set()
    assert hands.begun.count("slow:audio") == 1
    assert states(rig) == {"done": 7}


def test_a_crash_in_one_effect_leaves_the_others_and_the_worker_alone(rig: Rig) -> None:
    hands = Hands()

    def crash(services: Services, effect: Effect) -> Done:
        hands.act(services, effect)
        raise ZeroDivisionError

    queue(rig, "crashes", kind="ticket")
    with at_work(Worker(rig.services, handlers={**hands.handlers, "ticket": Handler(crash)})):
        queue(rig, "page", purpose="page")
        assert hands.wait_until(lambda: {"page", "crashes"} == set(hands.begun))
    with rig.db.read() as connection:
        crashed = connection.execute(select(effects).where(effects.c.key == "crashes")).one()
    assert (crashed.state, crashed.tries, crashed.error) == (
        "pending",
        1,
        "ZeroDivisionError in this program",
    )
    assert crashed.due_at > rig.clock.now()


def test_a_deadline_that_crashes_waits_a_minute_and_holds_up_no_other(rig: Rig) -> None:
    rig.begin("CA" + "1" * 32)
    rig.hang_up("CA" + "1" * 32)
    with rig.db.write() as connection:
        broken = NewDeadline("page", "page:broken", {"case": 1, "broken": True}, -timedelta(minutes=1))
        add_deadlines(connection, (broken,), now=rig.clock.now())
        connection.execute(
            deadlines.update().where(deadlines.c.key == broken.key).values(kind="of another version")
        )
    rig.work()
    assert rig.telephony.placed
    with rig.db.read() as connection:
        again_at = connection.execute(
            select(deadlines.c.due_at).where(deadlines.c.key == broken.key)
        ).scalar_one()
    assert again_at == rig.clock.now() + timedelta(minutes=1)


def test_of_many_deadlines_the_newest_is_decided_among_the_first(rig: Rig) -> None:
    """A new case's first page does not wait for a thousand others that came due in an outage."""
    now = rig.clock.now()
    with rig.db.write() as connection:
        old = [NewDeadline("page", f"page:{n}", {"case": n}, timedelta(seconds=-n)) for n in range(1, 300)]
        add_deadlines(connection, [*old, NewDeadline("page", "page:new", {"case": 0})], now=now)
    rig.worker.decide_deadlines(most=4)
    with rig.db.read() as connection:
        left = set(connection.execute(select(deadlines.c.key)).scalars())
    assert {f"page:{n}" for n in range(1, 300)} - left == {"page:299", "page:298", "page:1"}
    assert "page:new" not in left


def claimed(rig: Rig) -> Effect:
    [effect] = claim_effects(rig.db, worker="one", now=rig.clock.now(), free={Lane.CALLERS: 1})
    return effect


def test_an_act_is_recorded_when_the_database_is_back_and_not_repeated(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands()
    queue(rig, "once")
    effect = claimed(rig)
    away = iter([True, True, False])
    write = rig.db.write

    @contextmanager
    def sometimes() -> Iterator[Connection]:
        if next(away, False):
            raise OperationalError("INSERT", {}, Exception("the database is away"))
        with write() as connection:
            yield connection

    monkeypatch.setattr(rig.db, "write", sometimes)
    waited: list[float] = []

    def pause(seconds: float) -> bool:
        waited.append(seconds)
        return True

    perform(rig.services, hands.handlers, effect, pause=pause)
    assert hands.begun == ["once"]
    assert waited == list(performing.RECORD_PAUSES[:2])
    assert states(rig) == {"done": 1}


def test_a_worker_that_stops_waits_for_no_database(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands()
    queue(rig, "once")
    effect = claimed(rig)

    def away() -> AbstractContextManager[Connection]:
        raise OperationalError("INSERT", {}, Exception("the database is away"))

    monkeypatch.setattr(rig.db, "write", away)
    with pytest.raises(OperationalError):
        perform(rig.services, hands.handlers, effect, pause=lambda _seconds: False)


def test_recording_twice_after_a_lost_answer_to_the_commit_repeats_nothing(rig: Rig) -> None:
    recorded: list[int] = []
    handler = Handler(lambda _services, _effect: Done(record=lambda _connection: recorded.append(1)))
    queue(rig, "once")
    effect = claimed(rig)
    for _ in range(2):
        perform(rig.services, {"sms": handler}, effect)
    assert recorded == [1]


def test_what_waits_outside_is_put_back_when_the_worker_stops(rig: Rig) -> None:
    """A fetch is put back to be done again; what may have happened is marked so that it is looked for."""
    begun = threading.Barrier(3)

    def hang(_services: Services, effect: Effect) -> Done:
        with at_most(600) as limit, dripping(b"") as server:
            line = limit.connect("127.0.0.1", server.port, answer_seconds=None)
            begun.wait(PATIENCE)
            line.recv(1)
            line.close()
            told = limit.error("Twilio", ambiguous=effect.kind == "sms")
        raise told or DeliveryError("not cut")

    queue(rig, "a", kind="recording-fetch")
    queue(rig, "b", purpose="page")
    with at_work(Worker(rig.services, handlers=dict.fromkeys(("sms", "recording-fetch"), Handler(hang)))):
        begun.wait(PATIENCE)
    with rig.db.read() as connection:
        rows: list[Any] = list(connection.execute(select(effects).order_by(effects.c.key)))
        assert connection.execute(select(workers)).all() == []
    assert [(row.state, row.tries, row.maybe_done) for row in rows] == [
        ("pending", 0, False),
        ("pending", 0, True),
    ]
    assert all(row.due_at <= rig.clock.now() for row in rows)


def test_what_cannot_even_be_cut_is_put_back_as_possibly_done(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that hangs in the system, at a name server for instance, is left behind."""
    monkeypatch.setattr("dispatcher.outbox.crew.FINISH_SECONDS", 0.1)
    monkeypatch.setattr("dispatcher.outbox.crew.CUT_SECONDS", 0.1)
    hands = Hands("slow")
    queue(rig, "slow:page", purpose="page")
    with at_work(Worker(rig.services, handlers=hands.handlers)):
        assert hands.wait_until(lambda: bool(hands.begun))
    with rig.db.read() as connection:
        left = connection.execute(select(effects)).one()
    hands.gate.set()
    for thread in threading.enumerate():
        if thread.name.startswith("pages-"):
            thread.join(PATIENCE)
    assert (left.state, left.maybe_done, left.claimed_by) == ("pending", True, None)
