"""The effect `alarm-mail`: the same alarm by e-mail, for when the telephone company is what fails."""

from dispatcher.mail import send_mail
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect
from dispatcher.people import coordinators, language_of
from dispatcher.services import Services
from dispatcher.texts.catalogue import text


def mail_alarm(services: Services, effect: Effect) -> Done | Dropped:
    """Mail every coordinator that has an address, where mail is configured."""
    organisation = services.organisations.current()
    if services.mail is None or organisation is None:
        return Dropped("mail is not configured")
    for party in coordinators(organisation):
        person = organisation.person(party)
        if person is None or not person.email:
            continue
        language = language_of(organisation, party)
        words = text(effect.data["template"], language, **effect.data["values"])
        send_mail(
            services.mail,
            to=person.email,
            subject=words,
            body=words,
            message_id=f"{effect.key}.{party}",
        )
    return Done()
