"""Who gets in, and how every answer is kept safe."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, update
from werkzeug.routing import Rule

from admin.permissions import GRANTED, ROUTES, Permission, may
from dispatcher.accounts.users import Role, create_user, disable_user, get_user, set_password
from dispatcher.services import Services
from dispatcher.store.away import DatabaseAwayError
from dispatcher.store.tables import users
from tests.admin.visiting import add_user, get, heading, pages_of, post, sign_in_as, token_on, words
from tests.webhooks.installation import NIGHT, add_case, add_story
from webhooks.api import create_api

PASSWORD = "ein lang nok setning"


def rules_of(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("admin.")]


def address(rule: Rule, reference: str) -> str:
    path = rule.rule.replace("<reference>", reference).replace("<sid>", "RE1")
    return path.replace("<path:filename>", "admin.css").replace("<path:rest>", "nothing")


def test_every_route_declares_its_permission_and_no_other_is_declared(app: Flask) -> None:
    assert {rule.endpoint.removeprefix("admin.") for rule in rules_of(app)} == set(ROUTES)


def test_an_outsider_sees_nothing_but_the_way_in(app: Flask, services: Services) -> None:
    case_id = add_case(services)
    add_story(services, case_id)
    client = app.test_client()
    for rule in rules_of(app):
        if ROUTES[rule.endpoint.removeprefix("admin.")] is Permission.PUBLIC:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            response = client.open(
                address(rule, f"V-{case_id}"), method=method, base_url="https://localhost", buffered=True
            )
            assert response.status_code == 303, rule
            assert response.headers["Location"].startswith("/admin/login"), rule
            assert "V-" not in response.text.replace("%2FV-", "").replace("/V-", "")


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_it_was_granted_and_gets_403_for_the_rest(
    signed_in: Callable[[Role], FlaskClient], app: Flask, services: Services, role: Role
) -> None:
    case_id = add_case(services)
    client = signed_in(role)
    for rule in rules_of(app):
        name = rule.endpoint.removeprefix("admin.")
        if name == "logout" or rule.rule == "/admin/login":
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            response = client.open(
                address(rule, f"V-{case_id}"), method=method, base_url="https://localhost", buffered=True
            )
            allowed = may(role, ROUTES[name])
            # 404: no such recording or page; 422: a form without its token
            assert (response.status_code in {200, 404, 422}) if allowed else (response.status_code == 403), (
                rule
            )


def test_a_reviewer_is_granted_nothing_here() -> None:
    assert GRANTED[Role.REVIEWER] == frozenset()
    assert set(GRANTED) == set(Role)


def test_signing_in_leads_to_the_page_that_was_asked_for(app: Flask, services: Services) -> None:
    with services.db.write() as connection:
        create_user(connection, "kari", PASSWORD, "technician", NIGHT)
    add_case(services)
    client = app.test_client()
    asked = client.get("/admin/cases", base_url="https://localhost")
    assert asked.headers["Location"] == "/admin/login?next=/admin/cases"
    page = get(client, asked.headers["Location"])[1]
    status, leads_to, _ = post(
        client, "/admin/login", token_on(page), name="Kari", password=PASSWORD, next="/admin/cases"
    )
    assert (status, leads_to) == (303, "/admin/cases")
    assert get(client, "/admin/cases")[0] == 200
    assert get(client, "/admin/login")[0] == 303


def test_signing_in_never_leads_to_another_site(
    app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = add_user(services, "kari", Role.TECHNICIAN)
    with services.db.read() as connection:
        user = get_user(connection, user_id)
    monkeypatch.setattr("admin.signin.authenticate", lambda *_: user)
    for elsewhere in (
        "https://evil.example/",
        "//evil.example/admin/",
        "/admin/\\evil",
        "/phones",
        "javascript:alert(1)",
        "/admin/\n",
    ):
        client = app.test_client()
        token = token_on(get(client, "/admin/login")[1])
        status, leads_to, _ = post(
            client, "/admin/login", token, name="kari", password=PASSWORD, next=elsewhere
        )
        assert (status, leads_to) == (303, "/admin/")


def test_a_wrong_password_is_told_without_telling_which_part_was_wrong(
    app: Flask, services: Services
) -> None:
    with services.db.write() as connection:
        create_user(connection, "kari", PASSWORD, "technician", NIGHT)
    client = app.test_client()
    token = token_on(get(client, "/admin/login")[1])
    wrong_password = post(client, "/admin/login", token, name="kari", password="feil")
    wrong_name = post(client, "/admin/login", token, name="nokon", password="feil")
    assert wrong_password[0] == wrong_name[0] == 422
    assert words(wrong_password[2]) == words(wrong_name[2])
    assert "høyrer ikkje saman" in words(wrong_name[2])
    assert 'value="feil"' not in wrong_password[2]


def test_empty_fields_and_a_missing_token_are_422_with_an_error_summary(app: Flask) -> None:
    client = app.test_client()
    token = token_on(get(client, "/admin/login")[1])
    status, _, page = post(client, "/admin/login", token, name="", password="")
    assert status == 422
    assert 'href="#name"' in page
    assert 'href="#password"' in page
    assert 'aria-invalid="true"' in page
    assert "<title>Feil: Logg inn" in page
    status, _, page = post(client, "/admin/login", None, name="kari", password=PASSWORD)
    assert status == 422
    assert "Send det ein gong til" in page


def test_the_eleventh_wrong_password_in_a_row_has_to_wait_and_others_need_not(app: Flask) -> None:
    client = app.test_client()
    token = token_on(get(client, "/admin/login")[1])
    # a missing password counts all the same, and needs no hashing
    statuses = [post(client, "/admin/login", token, name="kari", password="")[0] for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert post(client, "/admin/login", token, name="ola", password="")[0] == 422


def test_signing_out_is_a_form_and_ends_the_session(technician: FlaskClient) -> None:
    page = get(technician, "/admin/")[1]
    assert get(technician, "/admin/logout")[0] == 404
    assert post(technician, "/admin/logout", None)[0] == 422
    assert get(technician, "/admin/")[0] == 200
    status, leads_to, _ = post(technician, "/admin/logout", token_on(page))
    assert (status, leads_to) == (303, "/admin/login")
    assert "Du er logga ut." in get(technician, "/admin/login")[1]
    assert get(technician, "/admin/")[0] == 303


def test_a_new_password_or_being_disabled_ends_every_session_at_once(app: Flask, services: Services) -> None:
    clients = {}
    for name in ("kari", "ola"):
        clients[name] = app.test_client()
        sign_in_as(clients[name], add_user(services, name, Role.TECHNICIAN))
        assert get(clients[name], "/admin/")[0] == 200
    with services.db.write() as connection:
        set_password(connection, "kari", PASSWORD, NIGHT)
        disable_user(connection, "ola", NIGHT)
    assert [get(clients[name], "/admin/")[0] for name in clients] == [303, 303]
    with services.db.write() as connection:
        connection.execute(update(users).where(users.c.name == "ola").values(session_epoch=0))
    sign_in_as(clients["ola"], 2)
    assert get(clients["ola"], "/admin/")[0] == 303


def test_a_session_of_somebody_who_is_gone_or_made_up_is_no_session(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction(base_url="https://localhost/admin/") as session:
        session["key"] = "made up"
    assert get(client, "/admin/")[0] == 303
    client.set_cookie("vakttelefon", "forged", path="/admin", domain="localhost")
    assert get(client, "/admin/")[0] == 303


def test_the_session_cookie_is_for_these_pages_over_https_and_for_no_script(app: Flask) -> None:
    response = app.test_client().get("/admin/login", base_url="https://localhost")
    cookie = response.headers["Set-Cookie"]
    for property_ in ("Secure", "HttpOnly", "Path=/admin", "SameSite=Lax"):
        assert property_ in cookie
    assert app.permanent_session_lifetime == timedelta(hours=12)


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/cases", "/admin/nothing", "/admin/login", "/admin/static/admin.css"]
)
def test_every_answer_forbids_framing_sniffing_foreign_content_and_inline_scripts(
    technician: FlaskClient, path: str
) -> None:
    response = technician.get(path, base_url="https://localhost", buffered=True)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    kept = "static" in path
    assert (response.headers["Cache-Control"] == "no-store") is not kept


def test_a_fault_inside_is_a_page_without_details(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: object, _connection: object = None) -> None:
        message = "secret detail"
        raise RuntimeError(message)

    app = pages_of(services)
    monkeypatch.setattr(type(services.organisations), "current", broken)
    status, page = get(app.test_client(), "/admin/")
    assert status == 500
    assert heading(page) == "Noko gjekk gale hos oss"
    assert "secret" not in page


def test_two_applications_with_one_secret_share_their_sessions(services: Services) -> None:
    first, second = pages_of(services).test_client(), pages_of(services).test_client()
    sign_in_as(first, add_user(services, "kari", Role.COORDINATOR))
    cookie = first.get_cookie("vakttelefon", path="/admin")
    assert cookie is not None
    second.set_cookie("vakttelefon", cookie.value, path="/admin")
    assert get(second, "/admin/")[0] == 200


def test_wrong_passwords_and_wrong_tokens_are_counted_apart(services: Services) -> None:
    app = pages_of(services)
    app.register_blueprint(create_api(services))
    client = app.test_client()
    refused = [client.get("/api/v1/cases").status_code for _ in range(62)]
    assert refused[-1] == 429
    token = token_on(get(client, "/admin/login")[1])
    tried = [post(client, "/admin/login", token, name="kari", password="")[0] for _ in range(11)]
    assert tried == [422] * 10 + [429]
    assert get(client, "/admin/login")[0] == 200


def test_while_the_database_is_away_the_pages_say_so_and_that_the_hotline_goes_on(
    technician: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses() -> AbstractContextManager[Connection]:
        message = "away"
        raise DatabaseAwayError(message)

    monkeypatch.setattr(services.db, "read", refuses)
    status, page = get(technician, "/admin/")
    assert (status, heading(page)) == (503, "Databasen svarar ikkje")
    assert "den som ringjer, blir sett over til vakta" in words(page)
