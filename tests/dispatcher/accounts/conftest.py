"""Cheap password hashes: what is tested is who is let in, not how long guessing takes."""

import pytest
from argon2 import PasswordHasher

from dispatcher.accounts import passwords, users

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_hasher" in request.fixturenames:
        return
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    monkeypatch.setattr(users, "NOBODYS_HASH", CHEAP.hash("nobody knows"))


@pytest.fixture
def real_hasher() -> PasswordHasher:
    return passwords._HASHER
