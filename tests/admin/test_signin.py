"""Guessing passwords: how often it can be tried, and whom it locks out."""

import threading
from collections import Counter

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dispatcher.accounts.passwords import TooManyHashesError
from dispatcher.accounts.users import User, create_user
from dispatcher.services import Services
from tests.admin.visiting import get, token_on, words
from tests.webhooks.installation import NIGHT

PASSWORD = "ein lang nok setning"
WRONG = "feil"


class Doorkeeper:
    """Stands in for the check of a password, which takes long, and notes each that was checked."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.tried: list[str] = []
        self.together = threading.Barrier(25)

    def __call__(self, _db: object, name: str, password: str, _now: object) -> User | None:
        self.tried.append(name)
        return self.user if (name, password) == (self.user.name, PASSWORD) else None


@pytest.fixture
def door(services: Services, monkeypatch: pytest.MonkeyPatch) -> Doorkeeper:
    with services.db.write() as connection:
        door = Doorkeeper(create_user(connection, "ola", PASSWORD, "coordinator", NIGHT))
    monkeypatch.setattr("admin.signin.authenticate", door)
    return door


class Guesser:
    """Somebody who sends the form from wherever they like."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = token_on(get(self.client, "/admin/login")[1])

    def tries(self, address: str, name: str = "ola", password: str = WRONG) -> int:
        data = {"csrf_token": self.token, "name": name, "password": password}
        return self.client.post(
            "/admin/login",
            data=data,
            base_url="https://localhost",
            environ_base={"REMOTE_ADDR": address},
        ).status_code


def test_of_many_guesses_at_once_ten_are_tried(app: Flask, door: Doorkeeper) -> None:
    guessers = [Guesser(app) for _ in range(25)]
    statuses: list[int] = []

    def guess(guesser: Guesser) -> None:
        door.together.wait(5)
        statuses.append(guesser.tries("192.0.2.9"))

    threads = [threading.Thread(target=guess, args=(guesser,)) for guesser in guessers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(statuses) == {422: 10, 429: 15}
    assert len(door.tried) == 10


def test_addresses_of_one_network_are_one_guesser(app: Flask, door: Doorkeeper) -> None:
    guesser = Guesser(app)
    statuses = [guesser.tries(f"2001:db8:40:1:{number:x}::5") for number in range(14)]
    assert statuses == [422] * 10 + [429] * 4
    assert guesser.tries("2001:db8:40:2::5") == 422


def test_guessing_elsewhere_locks_nobody_out(app: Flask, door: Doorkeeper) -> None:
    guesser, owner = Guesser(app), Guesser(app)
    for number in range(30):
        for _ in range(11):
            guesser.tries(f"198.51.100.{number}")
    assert owner.tries("203.0.113.4", password=PASSWORD) == 303


def test_one_address_cannot_go_through_many_names(app: Flask, door: Doorkeeper) -> None:
    guesser = Guesser(app)
    statuses = [guesser.tries("192.0.2.50", name=f"namn{number}") for number in range(64)]
    assert statuses == [422] * 60 + [429] * 4


def test_the_right_password_makes_up_for_the_wrong_ones_before_it(app: Flask, door: Doorkeeper) -> None:
    for _ in range(3):
        owner = Guesser(app)
        assert [owner.tries("192.0.2.77") for _ in range(9)] == [422] * 9
        assert owner.tries("192.0.2.77", password=PASSWORD) == 303


def test_when_no_turn_comes_for_hashing_the_page_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_given: object) -> None:
        raise TooManyHashesError

    monkeypatch.setattr("admin.signin.authenticate", busy)
    client = app.test_client()
    token = token_on(get(client, "/admin/login")[1])
    response = client.post(
        "/admin/login",
        data={"csrf_token": token, "name": "ola", "password": "feil"},
        base_url="https://localhost",
    )
    assert response.status_code == 503
    assert "Mange loggar inn samstundes." in words(response.text)
    assert 'value="ola"' in response.text
