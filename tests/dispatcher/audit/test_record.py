"""The audit log: who did what."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from dispatcher.audit import AuditAction, record
from dispatcher.store.engine import Database
from dispatcher.store.tables import audit

NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)


def test_a_row_holds_who_did_what_to_whom_and_when(database: Database) -> None:
    with database.write() as connection:
        record(
            connection,
            at=NOW,
            actor="siri",
            action=AuditAction.ORGANISATION_IMPORTED,
            subject="7",
            data={"people": 3},
        )
    with database.read() as connection:
        row = connection.execute(select(audit)).one()
    assert (row.at, row.actor, row.action, row.subject, row.data) == (
        NOW,
        "siri",
        "organisation-imported",
        "7",
        {"people": 3},
    )


def test_a_row_is_gone_with_the_change_that_failed(database: Database) -> None:
    def failing_change() -> None:
        with database.write() as connection:
            record(connection, at=NOW, actor="siri", action=AuditAction.SIGNED_IN, subject="siri")
            message = "the change failed"
            raise LookupError(message)

    with pytest.raises(LookupError):
        failing_change()
    with database.read() as connection:
        assert connection.execute(select(audit)).all() == []


def test_a_secret_is_refused(database: Database) -> None:
    for key in ("password", "password_hash", "token", "token_sha256", "secret", "auth_token", "key"):
        with pytest.raises(ValueError, match=key), database.write() as connection:
            record(
                connection,
                at=NOW,
                actor="siri",
                action=AuditAction.SIGNED_IN,
                subject="siri",
                data={key: "x"},
            )


def test_every_action_fits_its_column() -> None:
    assert all(len(action.value) <= 50 for action in AuditAction)
