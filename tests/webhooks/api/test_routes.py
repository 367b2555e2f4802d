"""The routes of `/api/v1`, asked as a program would."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatcher.accounts.tokens import Scope, create_token
from dispatcher.services import Services
from dispatcher.store.engine import Database
from tests.webhooks.installation import NIGHT, add_case, add_story, app_of, with_absence
from tests.webhooks.openapi import breaches, response_schema
from webhooks.api import create_api


def client_of(services: Services) -> FlaskClient:
    return app_of(create_api(services)).test_client()


def token_of(services: Services) -> str:
    with services.db.write() as connection:
        return create_token(connection, "monitor", Scope.READ, NIGHT)


class Asking:
    """A client with a token that checks every answer against the description the API gives of itself."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.client = client_of(services)
        self.headers = {"Authorization": f"Bearer {token_of(services)}"}
        self.description = self.client.get("/api/v1/openapi.json").get_json()

    def get(self, path: str, template: str | None = None, **query: Any) -> tuple[int, Any]:
        response = self.client.get(path, query_string=query, headers=self.headers)
        assert response.content_type == "application/json"
        body = response.get_json()
        schema = response_schema(self.description, template or path, response.status_code)
        assert breaches(self.description, schema, body) == []
        return response.status_code, body


@pytest.fixture
def asking(services: Services) -> Asking:
    return Asking(services)


@pytest.mark.parametrize(("scope", "told"), [(Scope.READ, False), (Scope.WRITE, True)])
def test_only_a_program_that_may_write_is_told_why_somebody_is_absent(
    services: Services, scope: Scope, *, told: bool
) -> None:
    with_absence(services, "ola", "sjukmeld")
    with services.db.write() as connection:
        token = create_token(connection, "another", scope, NIGHT)
    answer = client_of(services).get("/api/v1/on-duty", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert "Ola" in answer.text
    assert ("sjukmeld" in answer.text) is told


def test_on_duty_says_who_until_when_who_is_next_and_why(asking: Asking) -> None:
    status, body = asking.get("/api/v1/on-duty", schedule="drift", at="2026-11-14T03:40")
    assert status == 200
    because = body.pop("because")
    assert body == {
        "schedule": "drift",
        "at": "2026-11-14T03:40:00+01:00",
        "people": ["ola"],
        "until": "2026-11-16T08:00:00+01:00",
        "next": {"people": ["kari"], "from": "2026-11-16T08:00:00+01:00"},
    }
    assert because
    assert list(asking.get("/api/v1/on-duty")[1]) == ["schedule", "at", "people", "until", "next", "because"]


def test_on_duty_takes_now_and_the_only_schedule_where_nothing_is_given(asking: Asking) -> None:
    status, body = asking.get("/api/v1/on-duty", schedule="", at="")
    assert (status, body["schedule"], body["at"]) == (200, "drift", "2026-11-14T03:40:00+01:00")


def test_a_plus_that_the_address_turned_into_a_space_is_still_an_offset(asking: Asking) -> None:
    response = asking.client.get("/api/v1/on-duty?at=2026-11-14T03:40:00+01:00", headers=asking.headers)
    assert response.get_json()["at"] == "2026-11-14T03:40:00+01:00"


def test_before_the_roster_begins_nobody_is_on_and_until_is_null_only_where_nobody_comes(
    asking: Asking,
) -> None:
    body = asking.get("/api/v1/on-duty", at="2020-01-01")[1]
    assert body["people"] == []
    assert body["until"] == "2026-11-02T08:00:00+01:00"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"schedule": "nattvakt"}, "schedule"),
        ({"at": "i natt"}, "at"),
        ({"at": "2026-13-01"}, "at"),
        ({"at": "0001-01-01"}, "at: '0001-01-01' is too far off: use a year from 2 to 9998"),
        ({"at": "9999-12-31"}, "at: '9999-12-31' is too far off: use a year from 2 to 9998"),
        ({"shedule": "drift"}, "did you mean schedule"),
    ],
)
def test_a_bad_question_to_the_roster_is_refused_by_name(
    asking: Asking, query: dict[str, str], named: str
) -> None:
    status, body = asking.get("/api/v1/on-duty", **query)
    assert (status, body["error"]["code"]) == (422, "invalid")
    assert named in body["error"]["message"]


def test_without_an_organisation_the_roster_answers_that_it_is_not_ready(empty_services: Services) -> None:
    status, body = Asking(empty_services).get("/api/v1/on-duty")
    assert (status, body["error"]["code"]) == (503, "unavailable")
    assert "vakttelefon import" in body["error"]["message"]


def test_a_case_is_told_whole(asking: Asking) -> None:
    case_id = add_case(asking.services)
    add_story(asking.services, case_id)
    status, body = asking.get(f"/api/v1/cases/v{case_id}", "/api/v1/cases/{reference}")
    assert status == 200
    assert body["reference"] == f"V-{case_id}"
    assert body["calls"][0]["attempts"] == [
        {"person": "kari", "outcome": "accepted", "at": "2026-11-14T02:40:00+00:00"}
    ]
    assert body["timeline"][0]["kind"] == "call-received"


@pytest.mark.parametrize("name", ["V-9999", "nothing", "V-99999999999999999999", "%F0%9F%92%A5"])
def test_a_case_that_is_not_there_is_404(asking: Asking, name: str) -> None:
    status, body = asking.get(f"/api/v1/cases/{name}", "/api/v1/cases/{reference}")
    assert (status, body["error"]["code"]) == (404, "not-found")


def test_lists_are_newest_first_without_calls_and_timeline_and_follow_the_cursor(asking: Asking) -> None:
    ids = [add_case(asking.services, opened_at=NIGHT + timedelta(hours=number)) for number in range(5)]
    status, first = asking.get("/api/v1/cases", limit=3)
    rest = asking.get("/api/v1/cases", limit=3, cursor=first["next"])[1]
    assert status == 200
    assert [item["reference"] for item in first["cases"] + rest["cases"]] == [
        f"V-{id_}" for id_ in reversed(ids)
    ]
    assert rest["next"] is None
    assert not {"calls", "timeline"} & first["cases"][0].keys()


def test_filters_choose_by_state_urgency_and_since_in_the_organisations_wall_clock(asking: Asking) -> None:
    add_case(asking.services, opened_at=NIGHT - timedelta(seconds=1))
    urgent = add_case(asking.services, urgency="urgent")
    add_case(asking.services, state="closed", closed_at=NIGHT)
    since = asking.get("/api/v1/cases", since="2026-11-14T03:40:00")[1]["cases"]
    assert len(since) == 2
    chosen = asking.get("/api/v1/cases", state="open", urgency="urgent", since="2026-11-14")[1]["cases"]
    assert [item["reference"] for item in chosen] == [f"V-{urgent}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "done"),
        ("state", ""),
        ("urgency", ""),
        ("since", ""),
        ("limit", ""),
        ("since", "0001-01-01"),
        ("urgency", "Urgent"),
        ("since", "yesterday"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "-1"),
        ("limit", "ti"),
        ("limit", "1e2"),
        ("limit", "٣"),
        ("cursor", "abc"),
        ("cursor", "å"),
        ("sate", "open"),
        ("since", "2026-11-14T03:40:00+99:00"),
    ],
)
def test_a_bad_value_is_refused_and_named(asking: Asking, name: str, value: str) -> None:
    status, body = asking.get("/api/v1/cases", **{name: value})
    assert (status, body["error"]["code"]) == (422, "invalid")
    assert body["error"]["message"].startswith(name)


def test_a_parameter_given_twice_is_refused(asking: Asking) -> None:
    response = asking.client.get("/api/v1/cases?state=open&state=closed", headers=asking.headers)
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/nothing", 404),
        ("GET", "/api/v1/", 404),
        ("GET", "/api/v1", 404),
        ("GET", "/api/v1/cases/", 404),
        ("GET", "/api/v1/cases/V-1001/notes", 404),
        ("POST", "/api/v1/cases", 405),
        ("DELETE", "/api/v1/cases/V-1001", 405),
        ("PATCH", "/api/v1/on-duty", 405),
    ],
)
def test_unknown_addresses_and_wrong_methods_get_the_error_body(
    asking: Asking, method: str, path: str, status: int
) -> None:
    response = asking.client.open(path, method=method, headers=asking.headers)
    assert response.status_code == status
    assert response.get_json().keys() == {"error"}
    if status == 405:
        assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer å", "bearer\tx y"]
)
@pytest.mark.parametrize(
    "path", ["/api/v1/cases", "/api/v1/on-duty", "/api/v1/cases/V-1001", "/api/v1/nothing"]
)
def test_without_a_valid_token_nothing_is_answered(services: Services, path: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = client_of(services).get(path, headers=headers)
    assert response.status_code == 401
    assert response.get_json()["error"]["code"] == "unauthorized"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_refused_requests_are_braked_and_a_valid_token_from_the_same_address_is_not(asking: Asking) -> None:
    statuses = [asking.client.get("/api/v1/cases").status_code for _ in range(61)]
    assert statuses == [401] * 60 + [429]
    refused = asking.client.get("/api/v1/cases")
    assert refused.get_json()["error"]["code"] == "too-many-requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert asking.get("/api/v1/cases")[0] == 200
    elsewhere = asking.client.get("/api/v1/cases", environ_base={"REMOTE_ADDR": "127.0.0.2"})
    assert elsewhere.status_code == 401


def test_answers_to_valid_requests_never_count_against_the_brake(asking: Asking) -> None:
    assert {asking.get("/api/v1/cases", limit=0)[0] for _ in range(80)} == {422}
    assert asking.client.get("/api/v1/cases").status_code == 401


def test_a_fault_inside_is_told_without_html_or_traceback(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Database) -> None:
        message = "secret detail"
        raise RuntimeError(message)

    monkeypatch.setattr(Database, "read", broken)
    response = asking.client.get("/api/v1/cases", headers=asking.headers)
    assert response.status_code == 500
    assert response.get_json()["error"]["code"] == "internal"
    assert "secret" not in response.text


def test_the_description_names_every_route_and_no_other(asking: Asking) -> None:
    rules = asking.client.application.url_map.iter_rules()
    routes = {
        rule.rule.replace("<", "{").replace(">", "}") for rule in rules if rule.endpoint.startswith("api.")
    }
    catch_all = {"/api/v1/", "/api/v1/{path:rest}"}
    assert routes - catch_all == set(asking.description["paths"])


def test_the_description_is_whole(asking: Asking) -> None:
    document = asking.description
    assert document["openapi"].startswith("3.")
    for path, item in document["paths"].items():
        for name, operation in item.items():
            assert name == "get"
            assert operation["operationId"]
            for response in operation["responses"].values():
                assert response["description"]
            in_path = {item["name"] for item in operation["parameters"] if item["in"] == "path"}
            assert in_path == ({"reference"} if "{" in path else set())
    text = str(document)
    for reference in {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in document["components"]["schemas"]
