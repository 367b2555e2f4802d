"""Checks of this machine: files and their rights, keys, room on the disks, the spool."""

import os
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from dispatcher.files import read_small_file
from dispatcher.organisations import kept_organisation
from dispatcher.recordings.vault import VaultError, load_key
from vakttelefon.checks.findings import Finding, fail, ok, warn
from vakttelefon.checks.site import Site
from vakttelefon.config import MAX_FILE_BYTES
from vakttelefon.files import sqlite_file
from vakttelefon.wiring import LAST_GOOD, read_web_secret

LEAST_FREE_BYTES = 200_000_000
COMFORTABLE_FREE_BYTES = 2_000_000_000
LEAST_SECRET_BYTES = 16
_OTHERS = 0o077


def check_permissions(site: Site) -> Iterator[Finding]:
    """Find files with secrets, and folders of what people said, that others on this machine may read."""
    files = (*_secret_files(site), *_spooled_files(site.config.server.spool))
    open_files = [path for path in files if path.is_file() and path.stat().st_mode & _OTHERS]
    for path in open_files:
        yield warn("permissions", f"{path} can be read by others on this machine", f"chmod 600 {path}")
    folders = (site.config.server.spool, site.config.recording.directory)
    open_folders = [path for path in folders if path.is_dir() and path.stat().st_mode & _OTHERS]
    for path in open_folders:
        what = f"the folder {path} can be entered by others on this machine"
        yield warn("permissions", what, f"chmod 700 {path}")
    if not open_files and not open_folders:
        yield ok("permissions", "files with secrets are readable by their owner alone")


def check_keys(site: Site) -> Iterator[Finding]:
    """Find missing or damaged keys of recordings and sessions."""
    broken = False
    try:
        load_key(site.config.recording.key_file)
    except VaultError as error:
        broken = True
        yield fail("keys", str(error), "")
    path = site.config.web.secret_file
    try:
        length = len(read_web_secret(site.config).strip())
    except OSError as error:
        broken = True
        reason = error.strerror or type(error).__name__
        yield fail(
            "keys", f"the key of the sessions {path} cannot be read: {reason}", "run `vakttelefon init`"
        )
    else:
        if length < LEAST_SECRET_BYTES:
            broken = True
            yield fail(
                "keys",
                f"the key of the sessions {path} is too short to be one",
                "delete it and run `vakttelefon init`",
            )
    if not broken:
        yield ok("keys", "the keys of recordings and sessions are there")


def check_disk(site: Site) -> Iterator[Finding]:
    """Find folders that cannot be written to, and disks that are filling up."""
    folders = {"recordings": site.config.recording.directory, "spool": site.config.server.spool}
    database = sqlite_file(site.config.database.url)
    if database is not None:
        folders["database"] = database.parent
    least: int | None = None
    troubled = False
    for what, folder in folders.items():
        present = _existing(folder)
        if not present.is_dir():
            troubled = True
            yield fail("disk", f"{present}, where the {what} should be, is no folder", "move it away")
            continue
        if not os.access(present, os.W_OK | os.X_OK):
            troubled = True
            yield fail(
                "disk", f"the folder of the {what}, {present}, cannot be written to", "correct its owner"
            )
            continue
        free = shutil.disk_usage(present).free
        least = free if least is None else min(least, free)
        if free < COMFORTABLE_FREE_BYTES:
            troubled = True
            level = fail if free < LEAST_FREE_BYTES else warn
            yield level("disk", f"only {_megabytes(free)} are free for the {what}", "make room on that disk")
    if not troubled and least is not None:
        yield ok("disk", f"at least {_megabytes(least)} free for recordings, spool and database")


def check_spool(site: Site) -> Iterator[Finding]:
    """Find what came in while the database was down and is not taken in yet."""
    folder = site.config.server.spool
    waiting = len(list(folder.glob("[0-9]*.json"))) if folder.is_dir() else 0
    unreadable = len(list(folder.glob("*.unreadable"))) if folder.is_dir() else 0
    if waiting:
        yield warn(
            "spool",
            f"{waiting} {'request waits' if waiting == 1 else 'requests wait'} for the database",
            "start `vakttelefon serve` or `vakttelefon worker`, which takes them in",
        )
    if unreadable:
        yield warn(
            "spool",
            f"{unreadable} {'file' if unreadable == 1 else 'files'} in {folder} could not be read",
            "look whether a call is in them, then move them away",
        )
    last = folder / LAST_GOOD
    damaged = last.exists() and kept_organisation(last) is None
    if damaged:
        yield warn(
            "spool",
            f"{last} cannot be read: with the database away nobody would know whom to ring",
            "delete it; the next start with the database there writes it anew",
        )
    if not waiting and not unreadable and not damaged:
        yield ok("spool", "empty")


def _spooled_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.is_symlink()) if folder.is_dir() else []


def _secret_files(site: Site) -> Iterator[Path]:
    config = site.config
    yield config.recording.key_file
    yield config.web.secret_file
    if config.path is None:
        return
    values = tomllib.loads(read_small_file(config.path, most=MAX_FILE_BYTES).decode("utf-8-sig"))
    folder = config.path.absolute().parent
    twilio, mail, database = (_table(values, name) for name in ("twilio", "mail", "database"))
    if twilio.get("auth_token") or mail.get("password") or _has_password(database.get("url")):
        yield config.path
    for table, key in ((twilio, "auth_token_file"), (mail, "password_file"), (database, "url_file")):
        named = table.get(key)
        if isinstance(named, str):
            yield folder / named


def _table(values: dict[str, object], name: str) -> dict[str, object]:
    table = values.get(name)
    return table if isinstance(table, dict) else {}


def _has_password(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        return bool(make_url(url).password)
    except ArgumentError:
        return False


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    present = folder.absolute()
    while not present.exists() and present != present.parent:
        present = present.parent
    return present


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000_000:.1f} GB" if count >= 1_000_000_000 else f"{count // 1_000_000} MB"
