"""An installation that has been lived in, and copies of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert

from dispatcher.audit import AuditAction
from dispatcher.cases.ledger import open_case
from dispatcher.cases.model import Source
from dispatcher.recordings.vault import Vault, load_key
from dispatcher.spool import spool
from dispatcher.store.tables import cases, recordings, workers
from roster.organisation import Language
from tests.hotline.rig import CALLER, HOTLINE, Rig, sid
from tests.vakttelefon.cli.shell import Shell, set_up
from vakttelefon.backups.rows import kept_tables, next_ids

AUDIO = b"RIFF....WAVE" * 1000


def live(shell: Shell, tmp_path: Path) -> None:
    rig = Rig(shell.database_url, tmp_path)
    rig.begin(sid("CA", 1))
    rig.hang_up(sid("CA", 1))
    rig.work()
    rig.text(CALLER, "Nettet er nede")
    rig.begin(sid("CA", 2), from_="+4791000002")
    rig.close()
    vault = Vault(shell.config.recording.directory, load_key(shell.config.recording.key_file))
    stored = vault.store("RE1", iter([AUDIO]))
    now = datetime.now(UTC)
    with shell.database() as database, database.write() as connection:
        connection.execute(
            insert(recordings).values(
                sid="RE1", case_id=1001, call_sid=sid("CA", 1), kind="message", state="stored",
                file=stored.file, sha256=stored.sha256, created_at=now, stored_at=now,
            )
        )  # fmt: skip
        # somebody's case that was deleted when its time was up: its number never returns
        gone = open_case(
            connection, source=Source.CALL, hotline="drift", language=Language.NN, caller=None,
            municipality=None, ticket_system="builtin", now=now,
        )  # fmt: skip
        connection.execute(delete(cases).where(cases.c.id == gone.id))
        connection.execute(delete(workers))
    spool(shell.config.server.spool, "call", {"CallSid": sid("CA", 3), "From": CALLER, "To": HOTLINE}, at=now)
    shell.ok("user", "create", "kari", "--role", "technician", "--password-stdin", typed="eit langt passord")


def content(shell: Shell) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table that a copy holds, as a restored one has them."""
    found = {table.name: shell.rows(table) for table in kept_tables()}
    for effect in found["effects"]:
        if effect["state"] in {"pending", "claimed"}:
            effect.update(state="pending", maybe_done=True, claimed_by=None, claimed_until=None)
    found["audit"] = [row for row in found["audit"] if row["action"] != AuditAction.DATA_RESTORED]
    return found


def numbers(shell: Shell) -> Mapping[str, int]:
    with shell.database() as database, database.read() as connection:
        return {name: next_ids(connection)[name] for name in ("cases", "timeline", "tickets")}


def second(shell: Shell, folder: Path, url: str) -> Shell:
    """Return a new machine that has the first one's keys."""
    machine = set_up(folder, url)
    for name in ("recording.key", "web.key"):
        (machine.folder / "var" / name).write_bytes((shell.folder / "var" / name).read_bytes())
    return machine


def back_up(shell: Shell) -> Path:
    """Return a copy of what is there now."""
    file = copy_of(shell)
    file.unlink(missing_ok=True)
    shell.ok("backup", str(file))
    return file


def copy_of(shell: Shell) -> Path:
    return shell.folder / "copy.tar.gz"
