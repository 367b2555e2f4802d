"""Making a copy, while the service runs."""

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from dispatcher.store.engine import Database
from dispatcher.store.migrate import newest_revision
from vakttelefon.backups.archive import FORMAT, ArchiveWriter, BackupError, Manifest, is_member
from vakttelefon.backups.rows import count_rows, dump_rows, kept_tables, next_ids
from vakttelefon.config import Config
from vakttelefon.files import writing_private_file

# A table smaller than this is put together in memory, a larger one in a temporary file.
_IN_MEMORY_BYTES: Final = 16_000_000


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds."""

    cases: int
    recordings: int
    spooled: int
    with_keys: bool


def make_backup(
    config: Config, database: Database, file: Path, *, now: datetime, with_keys: bool = False
) -> Copied:
    """Write one consistent copy with mode 0600, or nothing.

    The spool is read first, then the database in one snapshot, then the recordings: a request that is taken
    in meanwhile is in both of the former, and taking it in again changes nothing; a recording that is stored
    meanwhile is one too many, which nothing refers to.

    Raises:
        BackupError: a file of that name is there already, or a key is missing.
        OSError: something cannot be read, or the disk does not take the copy.
    """
    if file.exists():
        message = f"{file} is there already: name a new file, or move that one away"
        raise BackupError(message)
    try:
        with (
            writing_private_file(file, replace=False) as target,
            tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as tar,
        ):
            return _write(ArchiveWriter(tar), config, database, now=now, with_keys=with_keys)
    except FileExistsError:
        message = f"{file} is there already: name a new file, or move that one away"
        raise BackupError(message) from None


def _write(
    archive: ArchiveWriter, config: Config, database: Database, *, now: datetime, with_keys: bool
) -> Copied:
    spooled = _add_files(archive, config.server.spool, "spool", ("[0-9]*.json", "[0-9]*.unreadable"))
    with _snapshot(database) as connection:
        for table in kept_tables():
            _add_rows(archive, connection, table.name)
        rows, numbers = count_rows(connection), next_ids(connection)
        recordings = _add_files(archive, config.recording.directory, "recordings", ("[A-Za-z0-9]*.audio",))
    if with_keys:
        for path, name in ((config.recording.key_file, "recording"), (config.web.secret_file, "web")):
            archive.add_bytes(f"keys/{name}.key", path.read_bytes())
    archive.finish(
        Manifest(
            format=FORMAT,
            program=version("vakttelefon"),
            revision=newest_revision(),
            created_at=now.isoformat(),
            rows=rows,
            next_ids=numbers,
            members=archive.members,
        )
    )
    return Copied(rows["cases"], recordings, spooled, with_keys)


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """Open a reading transaction that sees one instant throughout."""
    options = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(**options) as connection:
        yield connection


def _add_rows(archive: ArchiveWriter, connection: Connection, name: str) -> None:
    table = next(table for table in kept_tables() if table.name == name)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as rows:
        for line in dump_rows(connection, table):
            rows.write(line)
        size = rows.tell()
        rows.seek(0)
        archive.add(f"database/{name}.jsonl", rows, size)  # type: ignore[arg-type]  # a binary file in all but name


def _add_files(archive: ArchiveWriter, folder: Path, below: str, patterns: tuple[str, ...]) -> int:
    """Add the files of a folder, and return how many.

    Left out are strangers among them (folders, links and pipes that the spool has set aside, too), and one
    that vanishes meanwhile.
    """
    if not folder.is_dir():
        return 0
    count = 0
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        if not is_member(f"{below}/{path.name}") or path.is_symlink() or not path.is_file():
            continue
        try:
            source = path.open("rb")
        except FileNotFoundError:
            continue
        with source:
            archive.add(f"{below}/{path.name}", source, path.stat().st_size)
        count += 1
    return count
