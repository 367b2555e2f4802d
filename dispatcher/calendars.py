"""Addresses of calendars: secret, revocable, shown once and kept only as their SHA-256.

Whoever has an address can read the shifts of one person, or of one schedule, and nothing else. A plain hash
is enough: the secret is 256 random bits.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from dispatcher.audit import AuditAction, record
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import calendar_addresses as addresses

MOST_NAME_CHARACTERS: Final = 100
_RANDOM_BYTES: Final = 32


class CalendarError(Exception):
    """An address cannot be made or revoked. Caught by commands, which tell it as it is."""


class CalendarKind(StrEnum):
    """Whose calendar it is; stored by value."""

    PERSON = "person"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class CalendarAddress:
    """An address, without its secret."""

    id: int
    name: str
    kind: CalendarKind
    target: str
    created_at: datetime
    revoked_at: datetime | None


def create_address(
    connection: Connection, name: str, *, kind: CalendarKind, target: str, now: datetime, actor: str
) -> str:
    """Make an address and return its secret, for the only time; raises CalendarError."""
    known = _known_name(name)
    secret = secrets.token_urlsafe(_RANDOM_BYTES)
    values = {
        "name": known,
        "secret_sha256": _digest(secret),
        "kind": kind.value,
        "target": target,
        "created_at": now,
    }
    if not insert_once(connection, addresses, values):
        message = f"there is, or was, a calendar named {known}: choose another name"
        raise CalendarError(message)
    record(
        connection,
        at=now,
        actor=actor,
        action=AuditAction.CALENDAR_CREATED,
        subject=known,
        data={"kind": kind.value, "target": target},
    )
    return secret


def revoke_address(connection: Connection, name: str, *, now: datetime, actor: str) -> None:
    """Make an address worthless from now on; one that is so already is no error. Raises CalendarError."""
    known = _known_name(name)
    changed = connection.execute(
        update(addresses)
        .where(addresses.c.name == known, addresses.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if changed.rowcount == 1:
        record(connection, at=now, actor=actor, action=AuditAction.CALENDAR_REVOKED, subject=known)
        return
    if connection.execute(select(addresses.c.id).where(addresses.c.name == known)).first() is None:
        message = f"there is no calendar named {known}: see `vakttelefon roster calendars`"
        raise CalendarError(message)


def find_address(connection: Connection, secret: str) -> CalendarAddress | None:
    """Return the address with a secret, unless it is unknown or revoked; one indexed read."""
    row = connection.execute(
        select(addresses).where(addresses.c.secret_sha256 == _digest(secret))
    ).one_or_none()
    return None if row is None or row.revoked_at is not None else _address(row)


def list_addresses(connection: Connection) -> Sequence[CalendarAddress]:
    """Return every address, revoked ones too, by name."""
    return [_address(row) for row in connection.execute(select(addresses).order_by(addresses.c.name))]


def _address(row: Row[Any]) -> CalendarAddress:
    kind = CalendarKind(row.kind)
    return CalendarAddress(row.id, row.name, kind, row.target, row.created_at, row.revoked_at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", errors="surrogatepass")).hexdigest()


def _known_name(name: str) -> str:
    known = name.strip()
    if not known or len(known) > MOST_NAME_CHARACTERS or not known.isprintable():
        message = f"that is no name for a calendar: use one line of 1 to {MOST_NAME_CHARACTERS} characters"
        raise CalendarError(message)
    return known
