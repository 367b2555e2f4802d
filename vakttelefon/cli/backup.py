"""`vakttelefon backup` and `vakttelefon restore`."""

from collections.abc import Mapping
from pathlib import Path

import click

from vakttelefon.backups import BackupError, make_backup, restore, unpacked
from vakttelefon.backups.restoring import present_rows, running_worker
from vakttelefon.cli.asking import confirm
from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.opening import opened_database, present_instant, shell_user
from vakttelefon.cli.settings import current_config


@click.command(epilog="Example: vakttelefon backup /srv/backup/vakttelefon-2026-11-25.tar.gz")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--with-keys",
    is_flag=True,
    help="The keys of recordings and sessions too: whoever has the file hears all.",
)
def backup(file: Path, *, with_keys: bool) -> None:
    """Write one consistent copy of database, recordings and spool, while the service runs.

    The copy restores into SQLite or PostgreSQL, whichever it was made from. It holds telephone numbers and
    what people said, and is readable by its owner alone.
    """
    config = current_config()
    with opened_database(config) as database:
        try:
            copied = make_backup(config, database, file, now=present_instant(), with_keys=with_keys)
        except BackupError as error:
            raise CommandError(str(error)) from None
    click.echo(
        f"Wrote {file}: cases {copied.cases}, recordings {copied.recordings}, spooled {copied.spooled}."
    )
    if not with_keys:
        click.echo(f"Without the keys: keep a copy of {config.recording.key_file} in another place.")


@click.command("restore", epilog="Example: vakttelefon restore /srv/backup/vakttelefon-2026-11-25.tar.gz")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask before what is there is replaced.")
def restore_file(file: Path, *, yes: bool) -> None:
    """Put a copy back in place of what is there: all of it or nothing.

    Stop the service first. The database must be at this program's version: `vakttelefon init` makes one.
    """
    config = current_config()
    with file.open("rb"):
        pass  # a wrong name is told before anything else is looked at
    with opened_database(config) as database:
        if running_worker(database, now=present_instant()):
            raise CommandError(
                "a worker runs, or was killed a moment ago",
                where="vakttelefon",
                remedy="stop the service, wait 15 s, and restore again",
            )
        try:
            with unpacked(config, file) as copy:
                manifest = copy.manifest
                held = _told(manifest.rows)
                click.echo(f"{file}, made {manifest.created_at} by version {manifest.program}: {held}.")
                present = present_rows(database)
                if any(present.values()):
                    click.echo(f"It replaces what the database holds now: {_told(present)}.")
                    confirm("Replace it?", yes=yes)
                remarks = restore(config, database, copy, now=present_instant(), actor=shell_user())
        except BackupError as error:
            raise CommandError(str(error)) from None
    click.echo("Restored. Now `vakttelefon check`, then start the service.")
    for remark in remarks:
        click.echo(f"Note: {remark}.", err=True)


def _told(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {rows.get(name, 0)}" for name in ("cases", "recordings", "users"))
