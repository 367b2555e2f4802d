"""Who did what, append-only: rows are added here and never changed."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, insert

from dispatcher.store.tables import audit

_SECRETS: Final = frozenset(
    {"password", "password_hash", "token", "token_sha256", "secret", "auth_token", "key"}
)


class AuditAction(StrEnum):
    """What can be done that is worth remembering; stored by value, so values never change."""

    USER_CREATED = "user-created"
    USER_REVIVED = "user-revived"
    USER_DISABLED = "user-disabled"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of an act
    TOKEN_CREATED = "token-created"  # noqa: S105 - the name of an act
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - the name of an act
    CALENDAR_CREATED = "calendar-created"
    CALENDAR_REVOKED = "calendar-revoked"
    SIGNED_IN = "signed-in"
    ORGANISATION_IMPORTED = "organisation-imported"
    NUMBERS_PROVISIONED = "numbers-provisioned"
    RECORDING_PLAYED = "recording-played"
    DATA_RESTORED = "data-restored"


def record(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: AuditAction,
    subject: str,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Add a row: who (`actor`) did what to whom or what (`subject`), in the caller's transaction.

    `data` holds JSON values and never a secret; a key that names one raises ValueError.
    """
    details = dict(data or {})
    if named := _SECRETS & details.keys():
        message = f"a secret is never written to the audit log: {', '.join(sorted(named))}"
        raise ValueError(message)
    connection.execute(
        insert(audit).values(at=at, actor=actor, action=action.value, subject=subject, data=details)
    )
