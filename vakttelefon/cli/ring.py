"""`vakttelefon ring`: a test call, so that somebody knows that the duty's telephone rings."""

import uuid
from dataclasses import dataclass
from time import monotonic, sleep

import click
from sqlalchemy import func, select, update

from dispatcher.decision import NewEffect
from dispatcher.outbox.queue import EffectState, add_effects
from dispatcher.quality.readiness import WORKER_SILENCE
from dispatcher.services import Services
from dispatcher.store.tables import effects, workers
from roster.organisation import Organisation
from roster.phones import PhoneError, is_forbidden, parse_phone
from vakttelefon.cli.errors import WRONG_USAGE, CommandError
from vakttelefon.cli.opening import opened_services, required_history
from vakttelefon.cli.settings import current_config

PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: EffectState
    error: str | None


@click.command(epilog="Example: vakttelefon ring kari")
@click.argument("person")
@click.option("--phone", metavar="NUMBER", help="One of the person's other phones. Default: the first.")
@click.option("--hotline", metavar="ID", help="The hotline that rings. Default: the first.")
def ring(person: str, phone: str | None, hotline: str | None) -> None:
    """Ring somebody's own telephone; a voice asks for a 1, and nothing else happens.

    The running worker places the call. What it could not place within ten seconds is withdrawn.
    """
    with opened_services(current_config()) as services:
        organisation = required_history(services.organisations).current
        to = _phone_of(organisation, person, phone)
        from_ = _hotline_number(organisation, hotline)
        _require_worker(services)
        key = f"test-call:{uuid.uuid4().hex}"
        effect = NewEffect("test-call", key, {"to": to, "from": from_, "person": person})
        with services.db.write() as connection:
            add_effects(connection, (effect,), case_id=None, now=services.clock.now())
        outcome = _await(services, key)
    if outcome.state is not EffectState.DONE:
        reason = outcome.error or "the worker did not get to it in time"
        raise CommandError(
            f"was not rung: {reason}", where=to, remedy="see `vakttelefon check`; nothing is left waiting"
        )
    click.echo(f"{to} is being rung from {from_}: answer, and press 1.")


def _phone_of(organisation: Organisation, person: str, wanted: str | None) -> str:
    known = organisation.person(person)
    if known is None:
        people = ", ".join(each.id for each in organisation.people) or "nobody"
        raise CommandError(
            "the organisation has no such person",
            where=person,
            remedy=f"use one of {people}",
            exit_code=WRONG_USAGE,
        )
    if not known.phones:
        raise CommandError("has no phone", where=person, remedy="add one to the organisation file")
    if wanted is None:
        number = known.phones[0]
    else:
        try:
            number = parse_phone(wanted)
        except PhoneError as error:
            raise CommandError(
                error.what, where="--phone", remedy=error.remedy, exit_code=WRONG_USAGE
            ) from None
        if number not in known.phones:
            raise CommandError(
                f"{number} is not a phone of {person}",
                where="--phone",
                remedy=f"use one of {', '.join(known.phones)}",
                exit_code=WRONG_USAGE,
            )
    if is_forbidden(number):
        raise CommandError(
            f"{number} is never dialled", where=person, remedy="give the person an ordinary number"
        )
    return str(number)


def _hotline_number(organisation: Organisation, wanted: str | None) -> str:
    hotlines = organisation.hotlines
    known = ", ".join(each.id for each in hotlines)
    if not hotlines:
        raise CommandError("the organisation has no hotline to ring from", remedy="add one to its file")
    if wanted is None:
        return str(hotlines[0].number)
    chosen = organisation.hotline(wanted)
    if chosen is None:
        raise CommandError(
            f"there is no hotline {wanted}",
            where="--hotline",
            remedy=f"use one of {known}",
            exit_code=WRONG_USAGE,
        )
    return str(chosen.number)


def _require_worker(services: Services) -> None:
    with services.db.read() as connection:
        seen_at = connection.execute(select(func.max(workers.c.seen_at))).scalar_one()
    if seen_at is None or services.clock.now() - seen_at > WORKER_SILENCE:
        raise CommandError(
            "no worker runs that could place the call",
            where="vakttelefon",
            remedy="start `vakttelefon serve`, which also says what the call says",
        )


def _await(services: Services, key: str) -> _Outcome:
    """Wait until the call is placed or given up; what is still waiting then is withdrawn."""
    give_up_at = monotonic() + PATIENCE_SECONDS
    while monotonic() < give_up_at:
        outcome = _outcome(services, key)
        if outcome.state not in {EffectState.PENDING, EffectState.CLAIMED}:
            return outcome
        sleep(POLL_SECONDS)
    with services.db.write() as connection:
        # a test call an hour from now would only frighten somebody
        connection.execute(
            update(effects)
            .where(effects.c.key == key, effects.c.state == EffectState.PENDING)
            .values(state=EffectState.DROPPED, finished_at=services.clock.now())
        )
    return _outcome(services, key)


def _outcome(services: Services, key: str) -> _Outcome:
    with services.db.read() as connection:
        row = connection.execute(select(effects.c.state, effects.c.error).where(effects.c.key == key)).one()
    return _Outcome(EffectState(row.state), row.error)
