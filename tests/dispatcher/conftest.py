"""An open database of each kind."""

from collections.abc import Iterator

import pytest

from dispatcher.store.engine import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open a fresh, migrated database; the test runs once on each kind."""
    opened = Database(database_url)
    yield opened
    opened.close()
