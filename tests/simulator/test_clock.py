"""The virtual clock: stands still, jumps forward, or runs."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from simulator import VirtualClock

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


class Wall:
    """A monotonic wall clock moved by hand."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_it_stands_still_until_it_is_moved() -> None:
    clock = VirtualClock(START)
    assert clock.now() == clock.now() == START


def test_it_tells_utc_whatever_the_offset_of_its_start() -> None:
    clock = VirtualClock(START.astimezone(timezone(timedelta(hours=2))))
    assert clock.now().tzinfo is UTC
    assert clock.now() == START


def test_it_never_moves_backwards() -> None:
    clock = VirtualClock(START)
    clock.move_to(START - timedelta(hours=1))
    assert clock.now() == START


def test_it_runs_at_its_speed_from_where_it_stands_and_freezes_there() -> None:
    wall = Wall()
    clock = VirtualClock(START, monotonic=wall)
    clock.start_running(speed=10)
    wall.seconds += 3
    assert clock.now() == START + timedelta(seconds=30)
    clock.stop_running()
    wall.seconds += 3
    assert clock.now() == START + timedelta(seconds=30)


def test_it_can_be_moved_forward_while_it_runs() -> None:
    wall = Wall()
    clock = VirtualClock(START, monotonic=wall)
    clock.start_running()
    clock.move_to(START + timedelta(hours=1))
    wall.seconds += 2
    assert clock.now() == START + timedelta(hours=1, seconds=2)


def test_a_start_without_offset_is_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        VirtualClock(datetime(2026, 1, 1))


def test_a_speed_that_does_not_move_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        VirtualClock(START).start_running(speed=0)
