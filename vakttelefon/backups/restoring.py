"""Restoring a copy: proven first, then all of it or nothing."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.exc import DataError, IntegrityError

from dispatcher.audit import AuditAction, record
from dispatcher.recordings.vault import Vault, VaultError, load_key
from dispatcher.store.engine import Database
from dispatcher.store.migrate import newest_revision
from dispatcher.store.tables import organisation_versions, workers
from dispatcher.store.tables import recordings as recordings_table
from roster.documents import from_json
from vakttelefon.backups.archive import BackupError, Manifest, unpack
from vakttelefon.backups.rows import count_rows, kept_tables, load_rows, set_next_ids
from vakttelefon.config import Config
from vakttelefon.files import make_names_durable, make_private_folder, write_private_file

# What reading rows and organisations of another shape raises.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)
# A worker shows itself every five seconds.
_WORKER_SILENCE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A copy that has been proven whole, unpacked into a folder beside the recordings."""

    folder: Path
    manifest: Manifest

    def files(self, below: str) -> list[Path]:
        """Return the unpacked files of one kind: recordings, spool, keys."""
        folder = self.folder / below
        return sorted(folder.iterdir()) if folder.is_dir() else []


@contextmanager
def unpacked(config: Config, file: Path) -> Iterator[Unpacked]:
    """Unpack a copy for as long as it is needed, on the disk on which its recordings will lie.

    Raises:
        BackupError: it is no copy, is damaged, or belongs to another version of the program.
        OSError: it cannot be read, or the disk does not take it.
    """
    make_private_folder(config.recording.directory)
    for left_by_a_crash in config.recording.directory.glob(".restore-*"):
        shutil.rmtree(left_by_a_crash, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".restore-", dir=config.recording.directory))
    try:
        manifest = unpack(file, folder)
        if manifest.revision != newest_revision():
            message = (
                f"{file} was made by version {manifest.program} (database {manifest.revision}), and this"
                f" program needs {newest_revision()}: restore it with that version, then upgrade"
            )
            raise BackupError(message)
        expected = {f"database/{table.name}.jsonl" for table in kept_tables()}
        if {name for name in manifest.members if name.startswith("database/")} != expected:
            message = f"{file} lacks tables: use another copy"
            raise BackupError(message)
        yield Unpacked(folder, manifest)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def running_worker(database: Database, *, now: datetime) -> bool:
    """Return whether a worker was seen within the last seconds: nothing may be restored beneath it."""
    with database.read() as connection:
        seen_at = connection.execute(select(func.max(workers.c.seen_at))).scalar_one()
    return seen_at is not None and abs(now - seen_at) <= _WORKER_SILENCE


def present_rows(database: Database) -> Mapping[str, int]:
    """Return how many rows each table has that would be replaced."""
    with database.read() as connection:
        return count_rows(connection)


def restore(config: Config, database: Database, copy: Unpacked, *, now: datetime, actor: str) -> list[str]:
    """Replace all rows by those of the copy, put recordings and spool in place, and return remarks.

    Files come before the rows that speak of them are committed: where that fails they are files too many,
    which nothing refers to. What waits in the present spool stays and is taken in later.

    Raises:
        BackupError: the copy's rows do not fit; nothing is changed.
        OSError: the disk does not take the files.
    """
    try:
        with database.write() as connection:
            _replace_rows(connection, copy)
            record(
                connection,
                at=now,
                actor=actor,
                action=AuditAction.DATA_RESTORED,
                subject=copy.manifest.created_at,
                data={"rows": dict(copy.manifest.rows)},
            )
            _put_in_place(copy.files("recordings"), config.recording.directory)
            make_private_folder(config.server.spool)
            _put_in_place(copy.files("spool"), config.server.spool)
    except (*_UNREADABLE, IntegrityError, DataError) as error:
        message = f"the copy's rows cannot be read ({type(error).__name__}): use another copy"
        raise BackupError(message) from None
    return [*_restore_keys(config, copy), *_remarks(config, database)]


def _replace_rows(connection: Connection, copy: Unpacked) -> None:
    for table in reversed(kept_tables()):
        connection.execute(delete(table))
    for table in kept_tables():
        path = copy.folder / "database" / f"{table.name}.jsonl"
        with path.open("rb") as lines:
            count = load_rows(connection, table, lines)
        if count != copy.manifest.rows.get(table.name):
            message = f"{table.name} has {count} rows"
            raise ValueError(message)
    set_next_ids(connection, copy.manifest.next_ids)
    for document in connection.execute(select(organisation_versions.c.document)).scalars():
        from_json(document)


def _put_in_place(files: list[Path], folder: Path) -> None:
    for path in files:
        shutil.move(path, folder / path.name)
    if files:
        make_names_durable(folder)


def _restore_keys(config: Config, copy: Unpacked) -> list[str]:
    """Put the copy's keys where they belong; one that differs from the copy's is kept beside it."""
    remarks: list[str] = []
    places = {"recording.key": config.recording.key_file, "web.key": config.web.secret_file}
    for source in copy.files("keys"):
        target, content = places[source.name], source.read_bytes()
        if target.exists():
            if target.read_bytes() == content:
                continue
            aside = target.with_name(f"{target.name}.before-restore")
            target.replace(aside)
            remarks.append(f"{target} was another key, and is kept as {aside.name}")
        make_private_folder(target.parent)
        write_private_file(target, content)
        remarks.append(f"{target} was put back")
    return remarks


def _remarks(config: Config, database: Database) -> list[str]:
    """Say what the restored recordings lack: a file, or the key that opens them."""
    with database.read() as connection:
        stored = connection.execute(
            select(recordings_table.c.sid, recordings_table.c.file)
            .where(recordings_table.c.state == "stored", recordings_table.c.file.is_not(None))
            .order_by(recordings_table.c.stored_at.desc())
        ).all()
    folder = config.recording.directory
    remarks: list[str] = []
    absent = [row.file for row in stored if not (folder / row.file).is_file()]
    if absent:
        remarks.append(f"{len(absent)} recordings of the cases are not in {folder}, such as {absent[0]}")
    there = next((row for row in stored if (folder / row.file).is_file()), None)
    if there is not None:
        try:
            for _block in Vault(folder, load_key(config.recording.key_file)).chunks(there.file, there.sid):
                pass
        except VaultError as error:
            remarks.append(f"the recordings cannot be heard with the key that is here: {error}")
    known = {row.file for row in stored}
    orphans = [path.name for path in folder.glob("*.audio") if path.name not in known]
    if orphans:
        remarks.append(f"{len(orphans)} files in {folder} belong to no case now: delete them if need be")
    return remarks
