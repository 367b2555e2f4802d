"""The effect `alarm-mail`: the same alarm by e-mail, for when the telephone company is what fails."""

import structlog
from sqlalchemy import Connection

from dispatcher.decision import NewEffect
from dispatcher.mail import send_mail
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect, add_effects
from dispatcher.people import coordinators, language_of
from dispatcher.services import Services
from dispatcher.telephony.port import DeliveryError
from dispatcher.texts.catalogue import text

log = structlog.get_logger()


def mail_alarm(services: Services, effect: Effect) -> Done | Dropped:
    """Mail one coordinator, where mail is configured and the coordinator has an address.

    A mail that the server may have taken is not sent again: other ways tell the same.
    """
    organisation = services.organisations.current()
    if services.mail is None or organisation is None:
        return Dropped("mail is not configured")
    if "person" not in effect.data:
        # queued by an earlier version, for all at once
        return Done(record=lambda connection: _part(services, connection, effect))
    party = effect.data["person"]
    person = organisation.person(party) if party in coordinators(organisation) else None
    if person is None or not person.email:
        return Dropped("no longer a coordinator with an address")
    language = language_of(organisation, person.id)
    words = text(effect.data["template"], language, **effect.data["values"])
    try:
        send_mail(services.mail, to=person.email, subject=words, body=words, message_id=effect.key)
    except DeliveryError as error:
        if not error.ambiguous:
            raise
        log.warning("mail-in-doubt", effect=effect.id, error=str(error))
    return Done()


def _part(services: Services, connection: Connection, effect: Effect) -> None:
    organisation = services.organisations.current(connection)
    if organisation is not None:
        parted = tuple(
            NewEffect("alarm-mail", f"{effect.key}:{party}", {**effect.data, "person": party})
            for party in coordinators(organisation)
        )
        add_effects(connection, parted, case_id=effect.case_id, now=services.clock.now())
