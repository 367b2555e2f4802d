"""Sessions of the pages: begun by signing in, over after their hours, after idle time, or by signing out.

The cookie holds a random key; what it stands for is a row here, so that a copy of the cookie is worth nothing
once the session is over. Only the key's SHA-256 is stored: 256 random bits are guessed by nobody.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from dispatcher.accounts.users import User, get_user
from dispatcher.store.engine import Database
from dispatcher.store.tables import sessions

_log = logging.getLogger(__name__)

# That somebody is there is written down once in this time, not with every page.
SEEN_AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lasts whatever is done in it, and how long one in which nothing is done."""

    lifetime: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(minutes=120)

    def is_over(self, *, began_at: datetime, seen_at: datetime, now: datetime) -> bool:
        """Whether a session has had its time."""
        return now - began_at >= self.lifetime or now - seen_at >= self.idle


def begin_session(db: Database, user: User, *, rules: SessionRules, now: datetime) -> str:
    """Begin a session and return its key; those that are over are deleted on the way."""
    key = secrets.token_urlsafe(32)
    row = {
        "key_sha256": _digest(key),
        "user_id": user.id,
        "user_epoch": user.session_epoch,
        "began_at": now,
        "seen_at": now,
    }
    with db.write() as connection:
        over = or_(sessions.c.began_at <= now - rules.lifetime, sessions.c.seen_at <= now - rules.idle)
        connection.execute(delete(sessions).where(over))
        connection.execute(insert(sessions).values(row))
    return key


def end_session(db: Database, key: str) -> None:
    """End a session for good; one that is over already is no error."""
    with db.write() as connection:
        connection.execute(delete(sessions).where(sessions.c.key_sha256 == _digest(key)))


def user_of_session(db: Database, key: str, *, rules: SessionRules, now: datetime) -> User | None:
    """Return whose session it is, and note that somebody is there; None when there is none, or it is over.

    It is over too when the user was disabled or has got another password since it began.
    """
    with db.read() as connection:
        found = connection.execute(
            select(sessions).where(sessions.c.key_sha256 == _digest(key))
        ).one_or_none()
        user = None if found is None else _user(connection, found, rules=rules, now=now)
    if found is not None and user is not None and now - found.seen_at >= SEEN_AGAIN:
        _note_seen(db, found.key_sha256, now)
    return user


def _user(connection: Connection, found: Row[Any], *, rules: SessionRules, now: datetime) -> User | None:
    if rules.is_over(began_at=found.began_at, seen_at=found.seen_at, now=now):
        return None
    user = get_user(connection, found.user_id)
    return None if user is None or user.is_disabled or user.session_epoch != found.user_epoch else user


def _note_seen(db: Database, key_sha256: str, now: datetime) -> None:
    try:
        with db.write() as connection:
            connection.execute(
                update(sessions).where(sessions.c.key_sha256 == key_sha256).values(seen_at=now)
            )
    except SQLAlchemyError as error:
        # whoever reads may go on reading while nothing can be written
        _log.warning("a session could not be noted as in use: %s", type(error).__name__)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", errors="surrogatepass")).hexdigest()
