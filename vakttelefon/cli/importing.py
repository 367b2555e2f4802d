"""`vakttelefon import` and `vakttelefon export`: the organisation file into and out of the database."""

from pathlib import Path

import click

from dispatcher.audit import AuditAction, record
from dispatcher.organisations import Organisations, StaleVersionError, save_version
from roster.comparing import Difference, differences
from roster.history import History
from roster.organisation import Organisation
from roster.reading import read_organisation
from roster.toml_lines import LARGEST_FILE_BYTES
from roster.writing import write_organisation
from vakttelefon.cli.asking import confirm
from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.opening import opened_database, present_instant, required_history, shell_user
from vakttelefon.cli.settings import current_config
from vakttelefon.files import write_private_file

_MOST_LINES = 200


@click.command("import", epilog="Example: vakttelefon import organisation.toml")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask before the change is made.")
def import_file(file: Path, *, yes: bool) -> None:
    """Take an organisation file into the database: the difference is shown first, then all of it or nothing.

    Importing the same file again changes nothing.
    """
    organisation = _read(file)
    with opened_database(current_config()) as database:
        organisations = Organisations(database)
        history = _present(organisations)
        present = None if history is None else history.current
        found = differences(present, organisation)
        if present == organisation:
            click.echo("Nothing to change.")
            return
        _show(found)
        confirm("Make this change?", yes=yes)
        now = present_instant()
        # a clock that was set back must not make history go back with it
        since = now if history is None else max(now, history.versions[-1].since)
        try:
            with database.write() as connection:
                number = save_version(
                    connection, organisation, replaces=present, at=since, actor=shell_user()
                )
                record(
                    connection,
                    at=now,
                    actor=shell_user(),
                    action=AuditAction.ORGANISATION_IMPORTED,
                    subject=f"version {number}",
                    data={"file": file.name, "differences": len(found)},
                )
        except StaleVersionError as error:
            raise CommandError(
                str(error), where=str(file), remedy=f"run `vakttelefon import {file}` again"
            ) from None
    click.echo(f"Imported as version {number}: {_counted(organisation)}.")
    if present is None or _numbers(present) != _numbers(organisation):
        click.echo("The hotline numbers are new: `vakttelefon provision` points them here.")


@click.command(epilog="Example: vakttelefon export organisation.toml")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--yes", is_flag=True, help="Do not ask before a file is replaced.")
def export(file: Path | None, *, yes: bool) -> None:
    """Write the organisation in force as a file, on standard output where none is named.

    What it writes imports back to the same organisation.
    """
    with opened_database(current_config()) as database:
        text = write_organisation(required_history(Organisations(database)).current)
    if file is None:
        click.echo(text, nl=False)
        return
    if file.exists():
        confirm(f"{file} exists. Replace it?", yes=yes)
    write_private_file(file, text.encode())
    click.echo(f"Wrote {file}.", err=True)


def _read(file: Path) -> Organisation:
    # one byte more than is accepted, so that the reader sees that there is too much
    with file.open("rb") as source:
        return read_organisation(source.read(LARGEST_FILE_BYTES + 1), filename=str(file))


def _present(organisations: Organisations) -> History | None:
    try:
        return organisations.history()
    except ValueError as error:
        raise CommandError(str(error), where="database") from None


def _show(found: tuple[Difference, ...]) -> None:
    for line in found[:_MOST_LINES]:
        click.echo(str(line))
    if len(found) > _MOST_LINES:
        click.echo(f"… and {len(found) - _MOST_LINES} more differences")


def _counted(organisation: Organisation) -> str:
    counts = (
        (len(organisation.people), "person", "people"),
        (len(organisation.schedules), "schedule", "schedules"),
        (len(organisation.ladders), "ladder", "ladders"),
        (len(organisation.hotlines), "hotline", "hotlines"),
    )
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts)


def _numbers(organisation: Organisation) -> set[str]:
    return {str(hotline.number) for hotline in organisation.hotlines}
