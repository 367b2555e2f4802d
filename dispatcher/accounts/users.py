"""Users of the pages: created, given passwords, disabled, and let in."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from dispatcher.accounts.errors import AccountError
from dispatcher.accounts.passwords import NOBODYS_HASH, hash_password, password_matches, renewed_hash
from dispatcher.audit import AuditAction, record
from dispatcher.store.engine import Database
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import users

COMMAND_LINE: Final = "command-line"
MOST_NAME_CHARACTERS: Final = 100


class Role(StrEnum):
    """What a user is here for; stored by value."""

    TECHNICIAN = "technician"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class User:
    """A user; a session is valid while `session_epoch` is the one it began with and the user is enabled.

    `person` is the id of the person of the organisation that the user is, or None.
    """

    id: int
    name: str
    person: str | None
    role: Role
    session_epoch: int
    created_at: datetime
    is_disabled: bool


def create_user(
    connection: Connection,
    name: str,
    password: str,
    role: str,
    now: datetime,
    *,
    person: str | None = None,
    actor: str = COMMAND_LINE,
) -> User:
    """Create a user, or revive a disabled one of that name with this password, role and person.

    Names are compared without regard to case: telephones like to begin with a capital. Raises AccountError
    for a name that is taken or unusable, an unknown role, or a password that is too short.
    """
    known = _known_name(name)
    chosen = _role(role)
    values = {"password_hash": hash_password(password), "role": chosen.value, "person": person}
    fresh = insert_once(connection, users, {"name": known, "created_at": now, "session_epoch": 0, **values})
    action = AuditAction.USER_CREATED
    if not fresh:
        revived = connection.execute(
            update(users)
            .where(users.c.name == known, users.c.disabled_at.is_not(None))
            .values(disabled_at=None, session_epoch=users.c.session_epoch + 1, **values)
        )
        if revived.rowcount == 0:
            message = (
                f"there is already a user {known}: choose another name, "
                f"or change the password with `vakttelefon user passwd {known}`"
            )
            raise AccountError(message)
        action = AuditAction.USER_REVIVED
    record(
        connection,
        at=now,
        actor=actor,
        action=action,
        subject=known,
        data={"role": chosen.value, "person": person},
    )
    return _user(connection.execute(select(users).where(users.c.name == known)).one())


def set_password(
    connection: Connection, name: str, password: str, now: datetime, *, actor: str = COMMAND_LINE
) -> None:
    """Change a user's password and end all of the user's sessions; raises AccountError."""
    known = _known_name(name)
    changed = connection.execute(
        update(users)
        .where(users.c.name == known, users.c.disabled_at.is_(None))
        .values(password_hash=hash_password(password), session_epoch=users.c.session_epoch + 1)
    )
    if changed.rowcount == 0:
        raise _no_such(connection, known)
    record(connection, at=now, actor=actor, action=AuditAction.PASSWORD_CHANGED, subject=known)


def disable_user(connection: Connection, name: str, now: datetime, *, actor: str = COMMAND_LINE) -> None:
    """Shut a user out and end all of the user's sessions; one that is disabled already is no error."""
    known = _known_name(name)
    changed = connection.execute(
        update(users)
        .where(users.c.name == known, users.c.disabled_at.is_(None))
        .values(disabled_at=now, session_epoch=users.c.session_epoch + 1)
    )
    if changed.rowcount == 1:
        record(connection, at=now, actor=actor, action=AuditAction.USER_DISABLED, subject=known)
        return
    if find_user(connection, known) is None:
        raise _no_such(connection, known)


def authenticate(db: Database, name: str, password: str, now: datetime) -> User | None:
    """Return the enabled user whose password this is, else None; the work is the same either way.

    A hash of older parameters is renewed on the way, unless the password has been changed meanwhile.
    """
    try:
        known = _known_name(name)
    except AccountError:
        known = ""
    with db.read() as connection:
        row = connection.execute(select(users).where(users.c.name == known)).one_or_none()
    stored_hash = NOBODYS_HASH if row is None else row.password_hash
    matches = password_matches(stored_hash, password)
    if row is None or not matches or row.disabled_at is not None:
        return None
    renewed = renewed_hash(stored_hash, password)
    with db.write() as connection:
        if renewed is not None:
            connection.execute(
                update(users)
                .where(users.c.id == row.id, users.c.password_hash == stored_hash)
                .values(password_hash=renewed)
            )
        record(connection, at=now, actor=known, action=AuditAction.SIGNED_IN, subject=known)
    return _user(row)


def get_user(connection: Connection, user_id: int) -> User | None:
    """Return the user of a session, disabled or not; None where there is none."""
    row = connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
    return None if row is None else _user(row)


def find_user(connection: Connection, name: str) -> User | None:
    """Return the user of a name, disabled or not; None where there is none."""
    row = connection.execute(select(users).where(users.c.name == _known_name(name))).one_or_none()
    return None if row is None else _user(row)


def list_users(connection: Connection) -> Sequence[User]:
    """Return every user, by name."""
    return [_user(row) for row in connection.execute(select(users).order_by(users.c.name))]


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        name=row.name,
        person=row.person,
        role=Role(row.role),
        session_epoch=row.session_epoch,
        created_at=row.created_at,
        is_disabled=row.disabled_at is not None,
    )


def _known_name(name: str) -> str:
    known = unicodedata.normalize("NFKC", name).strip().lower()
    if not known or len(known) > MOST_NAME_CHARACTERS or not known.isprintable():
        message = f"that is no name for a user: use one line of 1 to {MOST_NAME_CHARACTERS} characters"
        raise AccountError(message)
    return known


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        message = f"there is no role {role}: use one of {', '.join(Role)}"
        raise AccountError(message) from None


def _no_such(connection: Connection, known: str) -> AccountError:
    if find_user(connection, known) is not None:
        return AccountError(
            f"the user {known} is disabled: `vakttelefon user create {known}` lets the user in again"
        )
    return AccountError(f"there is no user {known}: make one with `vakttelefon user create {known}`")
