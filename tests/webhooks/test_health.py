"""What watchers ask: is it up, is it ready, and the figures."""

import logging
import threading
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, delete, insert, text

from dispatcher.organisations import Organisations
from dispatcher.recordings.vault import Vault
from dispatcher.services import Services
from dispatcher.store.away import DatabaseAwayError
from dispatcher.store.engine import Database
from dispatcher.store.tables import effects, organisation_versions, workers
from tests.webhooks.installation import NIGHT, StillClock, add_case, add_story, app_of
from webhooks import health
from webhooks.api import create_api
from webhooks.calendars import create_calendars
from webhooks.health import create_health
from webhooks.metrics import create_metrics


def missing(services: Services) -> tuple[int, list[str]]:
    response = app_of(create_health(services)).test_client().get("/readyz")
    body = response.get_json()
    assert all(item["remedy"] for item in body["missing"])
    return response.status_code, [item["what"] for item in body["missing"]]


def figures(services: Services) -> dict[str, float]:
    response = app_of(create_metrics(services)).test_client().get("/metrics")
    assert response.status_code == 200
    found = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            state = sample.labels.get("state")
            found[sample.name + (f":{state}" if state else "")] = sample.value
    return found


def test_the_process_is_up_whatever_else_is_missing(empty_services: Services) -> None:
    response = app_of(create_health(empty_services)).test_client().get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "up"})


def test_ready_with_database_worker_and_organisation(services: Services) -> None:
    assert missing(services) == (200, [])


def test_a_fresh_installation_names_everything_that_is_missing(empty_services: Services) -> None:
    assert missing(empty_services) == (503, ["worker", "organisation"])


def test_a_worker_counts_for_fifteen_seconds_after_it_was_seen(services: Services, clock: StillClock) -> None:
    clock.instant = NIGHT + timedelta(seconds=15)
    assert missing(services) == (200, [])
    clock.instant = NIGHT + timedelta(seconds=16)
    assert missing(services) == (503, ["worker"])


def test_an_organisation_is_missing_until_it_is_imported(services: Services) -> None:
    with services.db.write() as connection:
        connection.execute(delete(organisation_versions))
    assert missing(services) == (503, ["organisation"])


def test_a_database_of_another_version_is_not_ready(services: Services) -> None:
    with services.db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert missing(services) == (503, ["migrations"])


def test_a_database_that_does_not_answer_is_told_and_nothing_else_is_asked(
    services: Services, tmp_path: Path
) -> None:
    broken = Services(
        db=Database(f"sqlite:///{tmp_path}/no/such/folder.db"),
        clock=services.clock,
        settings=services.settings,
        telephony=services.telephony,
        tickets=services.tickets,
        vault=services.vault,
        organisations=services.organisations,
    )
    assert missing(broken) == (503, ["database"])
    logging.disable(logging.WARNING)
    try:
        assert figures(broken) == {"vakttelefon_build_info": 1, "vakttelefon_database_up": 0}
    finally:
        logging.disable(logging.NOTSET)


def test_the_figures_count_what_is_there_now(services: Services, clock: StillClock) -> None:
    add_story(services, add_case(services, urgency="urgent"))
    add_case(services, state="acknowledged")
    add_case(services, state="closed")
    with services.db.write() as connection:
        for number, (state, due) in enumerate(
            [("pending", -90), ("pending", 60), ("failed", -600), ("done", -700), ("claimed", -1)]
        ):
            connection.execute(
                insert(effects).values(
                    kind="sms",
                    key=f"k{number}",
                    data={},
                    state=state,
                    due_at=NIGHT + timedelta(seconds=due),
                    created_at=NIGHT,
                )
            )
        connection.execute(text("UPDATE recordings SET state = 'pending'"))
        connection.execute(text("UPDATE calls SET ended_at = NULL"))
    clock.instant = NIGHT + timedelta(seconds=4)
    found = {name: value for name, value in figures(services).items() if "_budget_" not in name}
    assert found == {
        "vakttelefon_build_info": 1,
        "vakttelefon_database_up": 1,
        "vakttelefon_cases:open": 1,
        "vakttelefon_cases:acknowledged": 1,
        "vakttelefon_cases_urgent": 1,
        "vakttelefon_effects:pending": 2,
        "vakttelefon_effects:claimed": 1,
        "vakttelefon_effects:failed": 1,
        "vakttelefon_effects_oldest_due_seconds": 94,
        "vakttelefon_calls_live": 1,
        "vakttelefon_workers": 1,
        "vakttelefon_worker_heartbeat_age_seconds": 4,
        "vakttelefon_recordings_pending": 1,
    }


def test_without_any_worker_there_is_no_heartbeat_to_tell_the_age_of(services: Services) -> None:
    with services.db.write() as connection:
        connection.execute(delete(workers))
    found = figures(services)
    assert found["vakttelefon_workers"] == 0
    assert "vakttelefon_worker_heartbeat_age_seconds" not in found


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_answers_to_watchers_are_never_kept_on_the_way(services: Services, path: str) -> None:
    client = app_of(create_health(services), create_metrics(services)).test_client()
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_figures_of_two_applications_in_one_process_do_not_mix(services: Services) -> None:
    add_case(services)
    assert figures(services) == figures(services)


def test_while_the_database_is_away_everybody_is_answered_in_words(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses() -> AbstractContextManager[Connection]:
        message = "away"
        raise DatabaseAwayError(message)

    monkeypatch.setattr(services.db, "read", refuses)
    monkeypatch.setattr(services.db, "write", refuses)
    blueprints = (create_health(services), create_api(services), create_calendars(services))
    client = app_of(*blueprints).test_client()
    api = client.get("/api/v1/cases", headers={"Authorization": f"Bearer {'x' * 40}"})
    assert (api.status_code, api.get_json()["error"]["code"]) == (503, "unavailable")
    assert api.headers["Retry-After"] == "60"
    assert client.get("/calendar/secret.ics").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert missing(services) == (503, ["database"])


def test_a_key_and_a_spool_that_are_missing_are_told_and_calls_are_answered_without(
    services: Services, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("x")
    lacking = replace(
        services,
        vault=Vault(tmp_path, tmp_path / "none.key"),
        settings=replace(services.settings, spool=tmp_path / "a file"),
    )
    assert missing(lacking) == (200, ["recording-key", "spool"])


def test_an_organisation_that_cannot_be_read_is_told_and_fails_nothing(services: Services) -> None:
    with services.db.write() as connection:
        connection.execute(text("UPDATE organisation_versions SET document = '{}'"))
    assert missing(replace(services, organisations=Organisations(services.db))) == (503, ["organisation"])


def test_a_store_that_hangs_is_told_in_time(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = threading.Event()
    monkeypatch.setattr(health, "READY_SECONDS", 0.05)
    monkeypatch.setattr(health, "missing_parts", lambda _services: ends.wait(30))
    assert missing(services) == (503, ["database"])
    ends.set()
