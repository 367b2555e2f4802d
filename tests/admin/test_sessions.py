"""The cookie of a session: what it is worth, and until when."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin import create_admin
from dispatcher.accounts.sessions import SessionRules
from dispatcher.accounts.users import User, create_user
from dispatcher.services import Services
from tests.admin.visiting import SECRET, get, post, token_on
from tests.webhooks.installation import NIGHT, StillClock

PASSWORD = "ein lang nok setning"


@pytest.fixture
def app(services: Services, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The pages, with sessions of three hours that end when idle for twenty minutes; hashing is left out."""
    with services.db.write() as connection:
        user = create_user(connection, "siri", PASSWORD, "technician", NIGHT)

    def whose(*given: object) -> User | None:
        return user if given[2] == PASSWORD else None

    monkeypatch.setattr("admin.signin.authenticate", whose)
    app = Flask("admin")
    rules = SessionRules(lifetime=timedelta(hours=3), idle=timedelta(minutes=20))
    app.register_blueprint(create_admin(services, secret=SECRET, session_rules=rules))
    return app


@pytest.fixture
def siri(app: Flask) -> FlaskClient:
    """A browser in which Siri has signed in by the form."""
    client = app.test_client()
    token = token_on(get(client, "/admin/login")[1])
    assert post(client, "/admin/login", token, name="siri", password=PASSWORD)[0] == 303
    return client


def copy_of(client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookie."""
    cookie = client.get_cookie("vakttelefon", path="/admin")
    assert cookie is not None
    other = client.application.test_client()
    other.set_cookie("vakttelefon", cookie.value, path="/admin")
    return other


def test_a_copied_cookie_leads_to_the_log_in_after_signing_out(siri: FlaskClient) -> None:
    page = get(siri, "/admin/")[1]
    stolen = copy_of(siri)
    assert get(stolen, "/admin/cases")[0] == 200
    assert post(siri, "/admin/logout", token_on(page))[0] == 303
    response = stolen.get("/admin/cases", base_url="https://localhost")
    assert (response.status_code, response.headers["Location"]) == (303, "/admin/login?next=/admin/cases")
    assert get(stolen, "/admin/")[0] == 303


def test_a_session_that_is_used_ends_after_its_hours(siri: FlaskClient, clock: StillClock) -> None:
    for _ in range(11):
        clock.instant += timedelta(minutes=16)
        assert get(siri, "/admin/cases")[0] == 200
    clock.instant += timedelta(minutes=4)
    assert get(siri, "/admin/cases")[0] == 303


def test_a_session_in_which_nothing_is_opened_ends_before(siri: FlaskClient, clock: StillClock) -> None:
    clock.instant += timedelta(minutes=20)
    assert get(siri, "/admin/")[0] == 303


def test_pages_do_not_set_the_cookie_again(siri: FlaskClient) -> None:
    get(siri, "/admin/")  # gets the token of its forms
    for path in ("/admin/", "/admin/cases", "/admin/nothing", "/admin/login"):
        assert "Set-Cookie" not in siri.get(path, base_url="https://localhost").headers


def test_the_browser_forgets_the_cookie_when_the_session_ends(app: Flask, siri: FlaskClient) -> None:
    """Even where something in it changes, as when another language is chosen."""
    response = siri.get("/admin/?lang=nb", base_url="https://localhost")
    expires = response.headers["Set-Cookie"].split("Expires=")[1].split(";")[0]
    left = parsedate_to_datetime(expires) - datetime.now(UTC)
    assert timedelta(hours=2, minutes=50) < left <= timedelta(hours=3)


def test_signing_in_gives_another_session_than_whatever_was_planted(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction(base_url="https://localhost/admin/") as session:
        session["key"] = "planted"
    token = token_on(get(client, "/admin/login")[1])
    assert post(client, "/admin/login", token, name="siri", password=PASSWORD)[0] == 303
    with client.session_transaction(base_url="https://localhost/admin/") as session:
        assert session["key"] != "planted"
    assert get(client, "/admin/")[0] == 200
