"""What an installation consists of before it can serve: configuration, keys, folders, database.

Every step makes what is missing and leaves alone what is there, so that all of them can be run again.
"""

import base64
import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlalchemy import func, inspect, select

from dispatcher.recordings.vault import make_key_file
from dispatcher.store.engine import Database
from dispatcher.store.migrate import newest_revision, present_revision, upgrade
from dispatcher.store.tables import recordings
from vakttelefon.config import Config
from vakttelefon.files import make_private_folder, sqlite_file, write_private_file

SESSION_KEY_BYTES = 48


@dataclass(frozen=True, slots=True)
class Made:
    """One part of the installation, and whether this run made it."""

    what: str
    made: bool

    def __str__(self) -> str:
        return f"{'made' if self.made else 'kept'}  {self.what}"


def example_config() -> str:
    """Return the commented configuration file that the package ships."""
    return (files("vakttelefon") / "examples" / "config.example.toml").read_text(encoding="utf-8")


def make_config(path: Path) -> Made:
    """Write the commented configuration, unless there is a file of that name; raises OSError."""
    if path.exists():
        return Made(f"{path}", False)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_private_file(path, example_config().encode(), replace=False)
    except FileExistsError:
        return Made(f"{path}", False)
    return Made(f"{path}", True)


def make_folders(config: Config) -> list[Made]:
    """Make the folders of recordings and spool with mode 0700; raises OSError."""
    folders = ((config.recording.directory, "recordings"), (config.server.spool, "spool"))
    return [Made(f"{path} ({what})", make_private_folder(path)) for path, what in folders]


def make_database(config: Config) -> Made:
    """Create the database or bring it to the present form; raises what the database raises."""
    url, newest = config.database.url, newest_revision()
    file = sqlite_file(url)
    if file is not None and not file.exists():
        make_private_folder(file.parent)
        # SQLite gives the files that it makes beside it the same rights
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    before = present_revision(url)
    where = "the database" if file is None else str(file)
    if before == newest:
        return Made(f"{where} (version {newest})", False)
    upgrade(url)
    return Made(
        f"{where}, {'created' if before is None else f'brought from version {before}'} ({newest})", True
    )


def make_recording_key(config: Config) -> Made:
    """Make the key of the recordings, unless it is there; raises VaultError."""
    path = config.recording.key_file
    return Made(f"{path} (key of the recordings)", make_key_file(path))


def make_session_key(config: Config) -> Made:
    """Make the key that signs sessions, unless it is there; raises OSError."""
    path = config.web.secret_file
    what = f"{path} (key of the sessions)"
    if path.exists():
        return Made(what, False)
    make_private_folder(path.parent)
    try:
        write_private_file(path, base64.b64encode(os.urandom(SESSION_KEY_BYTES)) + b"\n", replace=False)
    except FileExistsError:
        return Made(what, False)
    return Made(what, True)


def sealed_recordings(config: Config) -> int:
    """Return how many recordings the database knows that need the present key; 0 for an empty database."""
    if present_revision(config.database.url) is None:
        return 0
    database = Database(config.database.url)
    try:
        with database.read() as connection:
            if not inspect(connection).has_table(recordings.name):
                return 0
            stored = select(func.count()).select_from(recordings).where(recordings.c.state == "stored")
            return int(connection.execute(stored).scalar_one())
    finally:
        database.close()
