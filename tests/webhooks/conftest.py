"""Fixtures: an installation to ask over HTTP, with and without an organisation."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from dispatcher.organisations import Organisations, save_version
from dispatcher.recordings.vault import Vault
from dispatcher.services import Services
from dispatcher.settings import Settings
from dispatcher.store.engine import Database
from dispatcher.store.tables import workers
from tests.webhooks.installation import NIGHT, StillClock, small_organisation


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def empty_services(sqlite_url: str, tmp_path: Path, clock: StillClock) -> Iterator[Services]:
    """An installation that is migrated and nothing more. Telephony and tickets are never asked here."""
    db = Database(sqlite_url)
    nobody: Any = None
    yield Services(
        db=db,
        clock=clock,
        settings=Settings(public_url="https://vakt.example.no", spool=tmp_path),
        telephony=nobody,
        tickets=nobody,
        vault=Vault(tmp_path, bytes(32)),
        organisations=Organisations(db),
    )
    db.close()


@pytest.fixture
def services(empty_services: Services) -> Services:
    """An installation with an organisation and a worker that was seen this instant."""
    with empty_services.db.write() as connection:
        save_version(connection, small_organisation(), replaces=None, at=NIGHT, actor="test")
        connection.execute(insert(workers).values(id="w1", started_at=NIGHT, seen_at=NIGHT))
    return empty_services
