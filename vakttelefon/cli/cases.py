"""`vakttelefon cases`: casework from the shell. The JSON is the API's (contract section 2)."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from dispatcher.cases.commands import CaseCommandError, add_note, close_case
from dispatcher.cases.cursors import CursorError
from dispatcher.cases.model import CaseState, Urgency
from dispatcher.cases.queries import (
    DEFAULT_LIMIT,
    MOST_PER_PAGE,
    case_detail,
    list_cases,
    parse_reference,
)
from dispatcher.cases.views import CaseDetail, Page, as_json
from dispatcher.organisations import Organisations
from dispatcher.services import Services
from roster.organisation import Language, Organisation
from roster.wallclock import local
from vakttelefon.cli.errors import WRONG_USAGE, CommandError
from vakttelefon.cli.opening import opened_database, opened_services, shell_user
from vakttelefon.cli.settings import current_config

MOST_WORDS = 10_000


@click.group(epilog="Example: vakttelefon cases list --state open")
def cases() -> None:
    """List, show, note and close cases."""


@cases.command("list", epilog="Example: vakttelefon cases list --state open --json")
@click.option("--state", type=click.Choice([each.value for each in CaseState]), help="Only these.")
@click.option("--urgency", type=click.Choice([each.value for each in Urgency]), help="Only these.")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_PER_PAGE),
    default=DEFAULT_LIMIT,
    show_default=True,
    help="How many at once.",
)
@click.option("--cursor", metavar="NEXT", help="Go on after a page: its `next`.")
@click.option("--json", "as_text_json", is_flag=True, help="Print JSON, as the API does.")
def list_(
    state: str | None, urgency: str | None, limit: int, cursor: str | None, *, as_text_json: bool
) -> None:
    """List cases, newest first."""
    with opened_database(current_config()) as database:
        organisation = Organisations(database).current()
        try:
            with database.read() as connection:
                page = list_cases(
                    connection,
                    state=None if state is None else CaseState(state),
                    urgency=None if urgency is None else Urgency(urgency),
                    limit=limit,
                    cursor=cursor,
                )
        except CursorError as error:
            raise CommandError(str(error), where="--cursor", exit_code=WRONG_USAGE) from None
    if as_text_json:
        _print_json(page)
    else:
        _print_list(page, organisation)


@cases.command(epilog="Example: vakttelefon cases show V-1042")
@click.argument("reference", metavar="REF")
@click.option("--json", "as_text_json", is_flag=True, help="Print JSON, as the API does.")
def show(reference: str, *, as_text_json: bool) -> None:
    """Show a case with its calls, recordings and whole timeline."""
    _number(reference)
    with opened_database(current_config()) as database:
        organisation = Organisations(database).current()
        language = Language.NN if organisation is None else organisation.language
        with database.read() as connection:
            detail = case_detail(connection, reference, language.value)
    if detail is None:
        raise _unknown(reference)
    if as_text_json:
        _print_json(detail)
    else:
        _print_case(detail, organisation)


@cases.command(epilog='Example: vakttelefon cases note V-1042 "The line is back; watching it."')
@click.argument("reference", metavar="REF")
@click.argument("text")
@click.option("--as", "person", metavar="PERSON", help="Who says so. Default: the user of this shell.")
def note(reference: str, text: str, person: str | None) -> None:
    """Add an assessment or a measure to a case."""
    number, words = _number(reference), _words(text)
    with opened_services(current_config()) as services:
        by = _author(services, person)
        try:
            add_note(services, number, by=by, text=words)
        except CaseCommandError as error:
            raise _refused(services, reference, error) from None
    click.echo(f"Noted on V-{number}.")


@cases.command(epilog='Example: vakttelefon cases close V-1042 "New fibre patched in."')
@click.argument("reference", metavar="REF")
@click.argument("text")
@click.option("--as", "person", metavar="PERSON", help="Who says so. Default: the user of this shell.")
def close(reference: str, text: str, person: str | None) -> None:
    """Close a case with what solved it; a caller who can be texted is told."""
    number, words = _number(reference), _words(text)
    with opened_services(current_config()) as services:
        by = _author(services, person)
        try:
            close_case(services, number, by=by, text=words)
        except CaseCommandError as error:
            raise _refused(services, reference, error) from None
    click.echo(f"Closed V-{number}.")


def _number(reference: str) -> int:
    number = parse_reference(reference)
    if number is None:
        raise CommandError("is no case", where=reference, remedy="name it as V-1042", exit_code=WRONG_USAGE)
    return number


def _words(text: str) -> str:
    words = text.strip()
    if not words:
        raise CommandError("there is nothing to write", where="TEXT", remedy="say it", exit_code=WRONG_USAGE)
    if len(words) > MOST_WORDS:
        raise CommandError(
            f"has {len(words)} characters",
            where="TEXT",
            remedy=f"use at most {MOST_WORDS}",
            exit_code=WRONG_USAGE,
        )
    return words


def _author(services: Services, person: str | None) -> str:
    if person is None:
        return shell_user()
    organisation = services.organisations.current()
    if organisation is None or organisation.person(person) is None:
        known = "" if organisation is None else ", ".join(each.id for each in organisation.people)
        raise CommandError(
            f"the organisation has no person {person}",
            where="--as",
            remedy=f"use one of {known}" if known else "import an organisation first",
            exit_code=WRONG_USAGE,
        )
    return person


def _unknown(reference: str) -> CommandError:
    return CommandError("there is no such case", where=reference, remedy="see `vakttelefon cases list`")


def _refused(services: Services, reference: str, error: CaseCommandError) -> CommandError:
    """Tell a case that is not there as `show` does, and anything else in the words of the decision."""
    with services.db.read() as connection:
        if case_detail(connection, reference, Language.EN.value) is None:
            return _unknown(reference)
    return CommandError(str(error), remedy="see `vakttelefon cases list`")


def _print_json(value: Page | CaseDetail) -> None:
    click.echo(json.dumps(as_json(value), ensure_ascii=False, indent=2))


def _zone(organisation: Organisation | None) -> ZoneInfo:
    return ZoneInfo("UTC") if organisation is None else organisation.zone


def _moment(instant: datetime | None, zone: ZoneInfo) -> str:
    return "" if instant is None else f"{local(instant, zone):%Y-%m-%d %H:%M}"


def _print_list(page: Page, organisation: Organisation | None) -> None:
    if not page.cases:
        click.echo("No cases.")
        return
    zone = _zone(organisation)
    for case in page.cases:
        who = case.acknowledged_by or "-"
        line = (
            f"{case.reference:<8}",
            f"{_moment(case.opened_at, zone)}",
            f"{case.state.value:<12}",
            f"{case.urgency.value:<10}",
            f"{case.hotline or '-':<10}",
            f"{case.municipality or '-':<12}",
            who,
        )
        click.echo("  ".join(line))
    if page.next is not None:
        click.echo(f"There are more: --cursor {page.next}")


def _print_case(case: CaseDetail, organisation: Organisation | None) -> None:
    zone = _zone(organisation)
    taken = f" by {case.acknowledged_by}" if case.acknowledged_by else ""
    click.echo(f"{case.reference}  {case.state.value}{taken}, {case.urgency.value}")
    facts = (
        ("opened", f"{_moment(case.opened_at, zone)}, by {case.source.value}"),
        ("caller", case.caller or ""),
        ("municipality", case.municipality or ""),
        ("hotline", case.hotline or ""),
        ("taken", _moment(case.acknowledged_at, zone)),
        ("closed", _moment(case.closed_at, zone)),
        ("ticket", "not yet" if case.ticket.id is None else f"{case.ticket.system} {case.ticket.id}"),
    )
    for name, value in facts:
        if value:
            click.echo(f"  {name:<13} {value}")
    for call in case.calls:
        click.echo(f"  call          {call.sid} ({call.status})")
        for attempt in call.attempts:
            outcome = "ringing" if attempt.outcome is None else attempt.outcome.value
            click.echo(f"    {_moment(attempt.at, zone)}  {attempt.person}: {outcome}")
        for recording in call.recordings:
            state = "stored" if recording.stored else "not here"
            click.echo(f"    recording {recording.sid}, {recording.seconds or '?'} s, {state}")
    click.echo("Timeline:")
    for entry in case.timeline:
        # further lines stand beneath the first, so that none passes for an entry of its own
        told = entry.text.replace("\n", f"\n{' ' * 20}")
        click.echo(f"  {_moment(entry.at, zone)}  {told}")
