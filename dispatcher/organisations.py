"""The organisation in the store: one immutable document per version, the newest in force.

Every change of the roster is a new version, so what was in force at any past instant stays answerable
(contract section 3, History), and an edit made on a stale page is caught by its version number.
"""

import os
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection, func, insert, select

from dispatcher.files import read_small_file
from dispatcher.store.engine import Database
from dispatcher.store.tables import organisation_versions as versions
from roster.documents import from_json, to_json
from roster.history import History, Version
from roster.organisation import Organisation

log = structlog.get_logger()

_MOST_BYTES = 100_000_000


class StaleVersionError(Exception):
    """Somebody else changed the organisation meanwhile. Caught by commands and pages, which ask anew."""


# Asked at the start of every transaction that decides something, so made once.
_NEWEST = select(func.max(versions.c.number))


class Organisations:
    """Reads the stored versions and keeps them parsed; one small query tells whether they are fresh."""

    def __init__(self, db: Database, *, keep: Path | None = None) -> None:
        """`keep`: the file in which the newest version is kept for when the database cannot be asked."""
        self._db = db
        self._keep = keep
        self._lock = threading.Lock()
        self._number = 0
        self._history: History | None = None
        self._kept: Organisation | None = None
        self._told_unreadable = False

    def history(self, connection: Connection | None = None) -> History | None:
        """Return all versions as one history, or None before the first import."""
        if connection is None:
            with self._db.read() as own:
                return self.history(own)
        newest = connection.execute(_NEWEST).scalar_one() or 0
        with self._lock:
            if newest != self._number:
                self._load(connection, newest)
            return self._history

    def _load(self, connection: Connection, newest: int) -> None:
        query = select(versions).order_by(versions.c.number)
        known: tuple[Version, ...] = ()
        if self._history is not None and self._number < newest:
            known = self._history.versions
            query = query.where(versions.c.number > self._number)
        fresh = tuple(
            Version(since=row.since, organisation=from_json(row.document), by=row.actor)
            for row in connection.execute(query)
        )
        self._history = History(versions=known + fresh) if known + fresh else None
        self._number = newest
        self._keep_newest()

    def current(self, connection: Connection | None = None) -> Organisation | None:
        """Return the organisation in force now, or None before the first import."""
        history = self.history(connection)
        return None if history is None else history.current

    def last_known(self) -> Organisation | None:
        """Return what was last read, by this process or an earlier one, without touching the database."""
        if self._history is not None:
            return self._history.current
        if self._kept is None and self._keep is not None:
            self._kept = kept_organisation(self._keep)
            if self._kept is None and not self._told_unreadable and not _is_missing(self._keep):
                self._told_unreadable = True
                log.error("last-organisation-unreadable", file=str(self._keep))
        return self._kept

    def _keep_newest(self) -> None:
        """Write the newest version to its file, whole or not at all; a full disk must not stop a call."""
        if self._keep is None or self._history is None:
            return
        temporary = self._keep.with_name(f".{self._keep.name}.{os.getpid()}")
        try:
            self._keep.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                temporary.unlink()
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(to_json(self._history.current))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._keep)
        except OSError as error:
            log.warning("last-organisation-not-kept", error=type(error).__name__)


def _is_missing(path: Path) -> bool:
    """Whether there is nothing of that name; what may not be looked at may be there."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def kept_organisation(path: Path) -> Organisation | None:
    """Return the organisation in a file that `Organisations` keeps; None where there is none in it."""
    try:
        return from_json(read_small_file(path, most=_MOST_BYTES).decode())
    except Exception:  # noqa: BLE001 (whatever stands in that file, the call goes on)
        return None


def save_version(
    connection: Connection,
    organisation: Organisation,
    *,
    replaces: Organisation | None,
    at: datetime,
    actor: str,
) -> int:
    """Store a new version and return its number; StaleVersionError when `replaces` is not the newest."""
    newest = connection.execute(
        select(versions.c.number, versions.c.document, versions.c.since)
        .order_by(versions.c.number.desc())
        .limit(1)
    ).one_or_none()
    # Compared as values: a text that an older version of this software wrote lacks newer keys.
    if (None if newest is None else from_json(newest.document)) != replaces:
        message = "the organisation was changed by somebody else meanwhile: look at the difference again"
        raise StaleVersionError(message)
    number = 1 if newest is None else newest.number + 1
    # A clock that was set back must not put a version before the one it replaces.
    since = at if newest is None else max(at, newest.since)
    connection.execute(
        insert(versions).values(number=number, document=to_json(organisation), since=since, actor=actor)
    )
    return number
