"""`vakttelefon provision`: pointing the hotline numbers at this installation."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import click

from dispatcher.audit import AuditAction, record
from dispatcher.organisations import Organisations
from dispatcher.store.engine import Database
from dispatcher.telephony.port import DeliveryError, Telephony
from roster.organisation import Organisation
from vakttelefon.cli.asking import confirm
from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.opening import opened_database, present_instant, required_history, shell_user
from vakttelefon.cli.settings import current_config
from vakttelefon.config import Config
from vakttelefon.config_rules import is_loopback
from vakttelefon.provisioning import Plan, Webhooks, configure, plan_numbers, wanted_webhooks


@click.command(epilog="Example: vakttelefon provision --dry-run")
@click.option("--dry-run", is_flag=True, help="Only print the difference.")
@click.option("--yes", is_flag=True, help="Do not ask before the change is made.")
def provision(*, dry_run: bool, yes: bool) -> None:
    """Set the webhook addresses of every hotline number at Twilio: voice, fallback, status, SMS.

    The difference is printed first. Running it again changes nothing.
    """
    from vakttelefon.wiring import telephony_of

    config = current_config()
    with opened_database(config) as database:
        organisation = required_history(Organisations(database)).current
        telephony = telephony_of(config)
        wanted = wanted_webhooks(config)
        plans = _plans(organisation, telephony, wanted)
        _show(plans)
        changing = [plan for plan in plans if plan.changes]
        if changing and not dry_run:
            _refuse_unreachable(config)
            confirm("Set these at Twilio?", yes=yes)
            _carry_out(database, telephony, changing, wanted)
    missing = [plan.hotline for plan in plans if plan.sid is None]
    if missing:
        named = ", ".join(f"{hotline.number} ({hotline.id})" for hotline in missing)
        raise CommandError(
            f"the account does not have {named}",
            where="twilio.account_sid",
            remedy="buy or move the number, or correct it in the organisation file",
        )


def _plans(organisation: Organisation, telephony: Telephony, wanted: Webhooks) -> tuple[Plan, ...]:
    if not organisation.hotlines:
        raise CommandError("the organisation has no hotline", remedy="add one to its file and import it")
    try:
        return plan_numbers(organisation, telephony.list_numbers(), wanted)
    except DeliveryError as error:
        raise CommandError(str(error), where="twilio") from None


def _show(plans: Sequence[Plan]) -> None:
    for plan in plans:
        name = f"{plan.hotline.number} ({plan.hotline.id})"
        if plan.sid is None:
            click.echo(f"! {name}: not a number of this account")
        elif not plan.changes:
            click.echo(f"  {name}: nothing to change")
        for change in plan.changes:
            click.echo(f"~ {name}: {change}")


def _refuse_unreachable(config: Config) -> None:
    """Keep a number from being pointed at nobody: Twilio cannot reach what only this machine can.

    The simulator can, for it is on this machine too.
    """
    ours = urlsplit(config.public_url).hostname or ""
    theirs = urlsplit(config.twilio.api_base_url).hostname or ""
    if is_loopback(ours) and not is_loopback(theirs):
        raise CommandError(
            f"Twilio cannot reach {config.public_url}",
            where="public_url",
            remedy="write the https address at which the outside world reaches this machine",
        )


def _carry_out(database: Database, telephony: Telephony, plans: Sequence[Plan], wanted: Webhooks) -> None:
    for plan in plans:
        name = str(plan.hotline.number)
        try:
            configure(telephony, plan, wanted)
        except DeliveryError as error:
            raise CommandError(str(error), where=name, remedy="run `vakttelefon provision` again") from None
        with database.write() as connection:
            record(
                connection,
                at=present_instant(),
                actor=shell_user(),
                action=AuditAction.NUMBERS_PROVISIONED,
                subject=plan.hotline.id,
                data={"fields": [change.field for change in plan.changes]},
            )
        click.echo(f"Set {name}.")
