"""The engine: order of events, scripts that wait, and the two drives."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import VirtualClock
from simulator.drive import RunawayError, Skipping
from simulator.engine import Engine, Perform, Script, Sleep, Stopped, Wait

START = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)


def make() -> tuple[Engine, Skipping]:
    engine = Engine(VirtualClock(START))
    return engine, Skipping(engine)


def seconds(engine: Engine) -> float:
    return (engine.now() - START).total_seconds()


@given(st.lists(st.integers(min_value=0, max_value=50), max_size=30))
def test_events_run_in_order_of_time_and_then_of_scheduling(delays: list[int]) -> None:
    engine, drive = make()
    ran: list[tuple[float, int]] = []
    for number, delay in enumerate(delays):
        engine.after(delay, lambda number=number: ran.append((seconds(engine), number)))  # type: ignore[misc]
    drive.run_until_idle()
    assert ran == sorted((float(delay), number) for number, delay in enumerate(delays))


def test_a_script_sleeps_in_virtual_time() -> None:
    engine, drive = make()
    seen: list[float] = []

    def script() -> Script[None]:
        for _ in range(3):
            yield Sleep(1000)
            seen.append(seconds(engine))

    engine.spawn(script(), name="sleeper")
    drive.run_until_idle()
    assert seen == [1000, 2000, 3000]


def test_wait_answers_with_the_latch_that_was_set_or_none_after_its_time() -> None:
    engine, drive = make()
    first, second = engine.latch(), engine.latch()
    answers: list[object] = []

    def script() -> Script[None]:
        answers.append((yield Wait((first, second), 10)) is second)
        second.clear()
        answers.append((yield Wait((first, second), 10)))
        answers.append(seconds(engine))

    engine.spawn(script(), name="waiter")
    engine.after(4, second.set)
    drive.run_until_idle()
    assert answers == [True, None, 14.0]


def test_waiting_for_what_has_happened_goes_on_at_once() -> None:
    engine, drive = make()
    latch = engine.latch()
    latch.set("early")
    latch.set("late")

    def script() -> Script[str]:
        found = yield Wait((latch,))
        return str(found.value)

    process = engine.spawn(script(), name="waiter")
    drive.run_until_idle()
    assert (process.result, seconds(engine)) == ("early", 0)


def test_an_interrupt_is_thrown_where_the_script_waits_and_the_old_wait_is_forgotten() -> None:
    engine, drive = make()
    seen: list[str] = []

    def script() -> Script[None]:
        try:
            yield Sleep(10)
        except KeyError:
            seen.append(f"interrupted at {seconds(engine)}")
        yield Sleep(100)
        seen.append(f"done at {seconds(engine)}")

    process = engine.spawn(script(), name="sleeper")
    engine.after(3, lambda: process.interrupt(KeyError()))
    drive.run_until_idle()
    assert seen == ["interrupted at 3.0", "done at 103.0"]


def test_a_stopped_script_ends_quietly_and_one_that_is_over_cannot_be_interrupted() -> None:
    engine, drive = make()

    def script() -> Script[None]:
        yield Sleep(10)

    process = engine.spawn(script(), name="sleeper")
    engine.after(1, lambda: process.interrupt(Stopped()))
    engine.after(2, lambda: process.interrupt(KeyError()))
    drive.run_until_idle()
    assert process.done.is_set
    assert engine.failures == []


def test_what_a_script_performs_runs_outside_the_lock_and_its_error_comes_back() -> None:
    engine, drive = make()
    seen: list[str] = []

    def act() -> str:
        # an RLock that is not held by this thread cannot be released by it
        with pytest.raises(RuntimeError):
            engine.lock.release()
        return "done"

    def fail() -> None:
        raise LookupError("no")

    def script() -> Script[None]:
        seen.append((yield Perform(act)))
        try:
            yield Perform(fail)
        except LookupError as error:
            seen.append(str(error))

    engine.spawn(script(), name="performer")
    drive.run_until_idle()
    assert seen == ["done", "no"]


def test_a_script_that_fails_fails_the_test_that_drives_it() -> None:
    engine, drive = make()

    def script() -> Script[None]:
        yield Sleep(1)
        raise ZeroDivisionError

    engine.spawn(script(), name="broken")
    with pytest.raises(ZeroDivisionError):
        drive.run_until_idle()


def test_advance_stops_exactly_where_it_should() -> None:
    engine, drive = make()
    ran: list[int] = []
    engine.after(10, lambda: ran.append(10))
    engine.after(11, lambda: ran.append(11))
    drive.advance(timedelta(seconds=10.5))
    assert (ran, seconds(engine)) == ([10], 10.5)


def test_run_until_tells_whether_it_came_to_pass() -> None:
    engine, drive = make()
    latch = engine.latch()
    engine.after(30, latch.set)
    assert not drive.run_until(lambda: latch.is_set, timedelta(seconds=20))
    assert seconds(engine) == 20
    assert drive.run_until(lambda: latch.is_set, timedelta(seconds=20))
    assert seconds(engine) == 30


def test_a_cancelled_timer_does_not_run() -> None:
    engine, drive = make()
    ran: list[int] = []
    timer = engine.after(1, lambda: ran.append(1))
    timer.is_cancelled = True
    drive.run_until_idle()
    assert ran == []


def test_tenants_take_turns_with_the_simulator_on_one_clock() -> None:
    engine, drive = make()
    ran: list[tuple[str, float]] = []
    due = [START + timedelta(seconds=second) for second in (5, 5, 20)]

    def run_due() -> bool:
        if not due or due[0] > engine.now():
            return False
        due.pop(0)
        ran.append(("tenant", seconds(engine)))
        return True

    drive.add_tenant(next_due=lambda: due[0] if due else None, run_due=run_due)
    for second in (5, 10):
        engine.after(second, lambda: ran.append(("event", seconds(engine))))
    drive.run_until_idle()
    assert ran == [("event", 5), ("tenant", 5), ("tenant", 5), ("event", 10), ("tenant", 20)]


def test_a_tenant_that_is_overdue_but_finds_nothing_to_do_is_asked_again_only_later() -> None:
    engine, drive = make()
    asked: list[float] = []

    def run_due() -> bool:
        asked.append(seconds(engine))
        return False

    drive.add_tenant(next_due=lambda: START, run_due=run_due)
    engine.after(7, lambda: None)
    drive.run_until_idle()
    assert asked == [0, 7]


def test_events_without_end_in_no_time_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.drive.MOST_STEPS", 1000)
    engine, drive = make()

    def again() -> None:
        engine.soon(again)

    engine.soon(again)
    with pytest.raises(RunawayError, match="requests itself"):
        drive.run_until_idle()
