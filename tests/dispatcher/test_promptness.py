"""Waiting only so long: results and failures come through, what comes too late is given back."""

import threading

import pytest

from dispatcher.promptness import TooLateError, within

PATIENCE = 10.0


def test_what_is_in_time_is_returned_or_raised() -> None:
    assert within(PATIENCE, lambda: 17) == 17
    with pytest.raises(ZeroDivisionError):
        within(PATIENCE, lambda: 1 // 0)


def test_what_is_too_late_is_handed_to_whoever_tidies_up() -> None:
    ends, tidied = threading.Event(), threading.Event()

    def late() -> str:
        ends.wait(PATIENCE)
        return "late"

    with pytest.raises(TooLateError):
        within(0.01, late, discard=lambda made: tidied.set() if made == "late" else None)
    ends.set()
    assert tidied.wait(PATIENCE)
