"""Hashing passwords takes memory and processor time, and never all of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatcher.accounts import passwords
from dispatcher.accounts.passwords import TooManyHashesError, hash_password, password_matches


class SlowHasher:
    """A hasher that is done when it is let go on, and counts how many it has in hand."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.in_hand = 0
        self.most = 0
        self._lock = threading.Lock()
        self.two = threading.Event()

    def hash(self, password: bytes) -> str:
        with self._lock:
            self.in_hand += 1
            self.most = max(self.most, self.in_hand)
            if self.in_hand == 2:
                self.two.set()
        self.go_on.wait(10)
        with self._lock:
            self.in_hand -= 1
        return password.decode()

    def verify(self, stored: str, password: bytes) -> bool:
        return self.hash(password) == stored


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowHasher:
    slow = SlowHasher()
    monkeypatch.setattr(passwords, "_HASHER", slow)
    return slow


def _checks() -> list[Callable[[], object]]:
    return [
        *[lambda: password_matches("feil passord", "ein lang båt")] * 5,
        *[lambda: hash_password("ein ny lang båt")] * 4,
    ]


def test_no_more_than_two_passwords_are_hashed_at_a_time(slow: SlowHasher) -> None:
    with ThreadPoolExecutor(9) as pool:
        results = [pool.submit(check) for check in _checks()]
        assert slow.two.wait(5)
        slow.go_on.set()
    assert [result.exception() for result in results] == [None] * 9
    assert slow.most == 2


def test_whoever_gets_no_turn_is_told_so_instead_of_waiting_on(
    slow: SlowHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "TURN_SECONDS", 0.01)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(hash_password, "ein lang nok setning")
        assert slow.two.wait(5)
        with pytest.raises(TooManyHashesError):
            password_matches("feil passord", "ein lang båt")
        slow.go_on.set()
    assert not password_matches("feil passord", "ein lang båt")
