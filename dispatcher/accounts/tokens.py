"""API tokens: shown once, kept only as their SHA-256.

A plain hash is enough here: a token is 256 random bits, which nobody guesses, unlike a password.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from dispatcher.accounts.errors import AccountError
from dispatcher.accounts.users import COMMAND_LINE
from dispatcher.audit import AuditAction, record
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import api_tokens

PREFIX: Final = "vt_"
MOST_NAME_CHARACTERS: Final = 100
_RANDOM_BYTES: Final = 32


class Scope(StrEnum):
    """What a token may do; stored by value."""

    READ = "read"
    WRITE = "write"

    def covers(self, needed: "Scope") -> bool:
        """Whether a token of this scope may do what needs another; `write` includes `read`."""
        return self in {needed, Scope.WRITE}


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret."""

    id: int
    name: str
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None


def create_token(
    connection: Connection, name: str, scope: str, now: datetime, *, actor: str = COMMAND_LINE
) -> str:
    """Create a token and return it, for the only time; raises AccountError."""
    known = _known_name(name)
    chosen = _scope(scope)
    token = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    values = {"name": known, "token_sha256": _digest(token), "scope": chosen.value, "created_at": now}
    if not insert_once(connection, api_tokens, values):
        message = f"there is, or was, a token named {known}: choose another name"
        raise AccountError(message)
    record(
        connection,
        at=now,
        actor=actor,
        action=AuditAction.TOKEN_CREATED,
        subject=known,
        data={"scope": chosen.value},
    )
    return token


def revoke_token(connection: Connection, name: str, now: datetime, *, actor: str = COMMAND_LINE) -> None:
    """Make a token worthless from now on; one that is so already is no error. Raises AccountError."""
    known = _known_name(name)
    changed = connection.execute(
        update(api_tokens)
        .where(api_tokens.c.name == known, api_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if changed.rowcount == 1:
        record(connection, at=now, actor=actor, action=AuditAction.TOKEN_REVOKED, subject=known)
        return
    if connection.execute(select(api_tokens.c.id).where(api_tokens.c.name == known)).first() is None:
        message = f"there is no token named {known}: `vakttelefon token create` makes one"
        raise AccountError(message)


def find_token(connection: Connection, presented: str) -> Token | None:
    """Return the token that a program presents, unless it is unknown or revoked; one indexed read."""
    if not presented.startswith(PREFIX):
        return None
    row = connection.execute(
        select(api_tokens).where(api_tokens.c.token_sha256 == _digest(presented))
    ).one_or_none()
    # a scope that only a newer program knows opens nothing here
    if row is None or row.revoked_at is not None or row.scope not in set(Scope):
        return None
    return _token(row)


def list_tokens(connection: Connection) -> Sequence[Token]:
    """Return every token of a scope known here, revoked ones too, by name."""
    rows = connection.execute(select(api_tokens).order_by(api_tokens.c.name))
    return [_token(row) for row in rows if row.scope in set(Scope)]


def _token(row: Row[Any]) -> Token:
    return Token(row.id, row.name, Scope(row.scope), row.created_at, row.revoked_at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", errors="surrogatepass")).hexdigest()


def _known_name(name: str) -> str:
    known = name.strip()
    if not known or len(known) > MOST_NAME_CHARACTERS or not known.isprintable():
        message = f"that is no name for a token: use one line of 1 to {MOST_NAME_CHARACTERS} characters"
        raise AccountError(message)
    return known


def _scope(scope: str) -> Scope:
    try:
        return Scope(scope)
    except ValueError:
        message = f"there is no scope {scope}: use one of {', '.join(Scope)}"
        raise AccountError(message) from None
