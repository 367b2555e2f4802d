"""How the people and suppliers of an organisation are named, spoken to and texted."""

import re
from collections.abc import Sequence
from typing import Final

from dispatcher.texts.catalogue import text
from roster.organisation import Hotline, Organisation
from roster.phones import PhoneError, PhoneNumber, may_be_texted, parse_caller, parse_phone, region_of

DESK = "desk"
_SIP_USER: Final = re.compile(r"sips?:([^@;]+)", re.IGNORECASE)


def name_of(organisation: Organisation | None, party: str | None, language: str) -> str:
    """Return what to call a person, a supplier or the desk in a sentence; an unknown id stands for itself."""
    if party is None:
        return ""
    if party == DESK:
        return text("party.desk", language)
    if organisation is not None:
        known = organisation.person(party) or organisation.supplier(party)
        if known is not None:
            return known.name
    return party


def language_of(organisation: Organisation, party: str) -> str:
    """Return the language a person is spoken to in; suppliers are spoken to in the organisation's."""
    person = organisation.person(party)
    return str(person.language if person is not None else organisation.language)


def ticket_system_of(organisation: Organisation, language: str) -> str:
    """Return what callers know the ticket system as."""
    return organisation.words.ticket_system or text("known.ticket-system", language)


def read_more_of(organisation: Organisation, language: str) -> str:
    """Return where callers read more, as they know it."""
    return organisation.words.read_more or text("known.read-more", language)


def phones_of(organisation: Organisation, party: str) -> tuple[PhoneNumber, ...]:
    """Return the phones of a person or supplier, in the order they are tried."""
    known = organisation.person(party) or organisation.supplier(party)
    return () if known is None else known.phones


def party_by_phone(organisation: Organisation, number: PhoneNumber) -> str | None:
    """Return the id of the person or supplier with a number."""
    person = organisation.person_by_phone(number)
    if person is not None:
        return person.id
    return next((item.id for item in organisation.suppliers if number in item.phones), None)


def number_of(organisation: Organisation, raw: str) -> PhoneNumber | None:
    """Return the number that a network gives; one that is not written as E.164 only where it is one of ours.

    What forwarded a call is often told as a national number, without its plus, or as a SIP address.
    """
    number = parse_caller(raw)
    if number is not None:
        return number
    sip = _SIP_USER.match(raw.strip())
    bare = sip.group(1) if sip else raw.strip()
    for written in (bare, f"+{bare}"):
        try:
            number = parse_phone(written)
        except PhoneError:
            continue
        if _is_ours(organisation, number):
            return number
    return None


def _is_ours(organisation: Organisation, number: PhoneNumber) -> bool:
    desks = {hotline.desk_number for hotline in organisation.hotlines}
    known = organisation.hotline_by_number(number) or party_by_phone(organisation, number)
    return known is not None or number in desks


def may_command(organisation: Organisation, party: str) -> bool:
    """Whether somebody's SMS are commands: people with the role technician or coordinator (contract 4)."""
    person = organisation.person(party)
    return person is not None and bool({"technician", "coordinator"} & {*person.roles})


def texting_phone(phones: Sequence[PhoneNumber]) -> PhoneNumber | None:
    """Return the first phone that can receive SMS."""
    return next((phone for phone in phones if may_be_texted(phone)), None)


def coordinators(organisation: Organisation) -> tuple[str, ...]:
    """Return the ids of everybody with the role coordinator."""
    return tuple(person.id for person in organisation.people if "coordinator" in person.roles)


def may_text_caller(caller: str | None, hotline: Hotline | None, *, wrote_first: bool) -> bool:
    """Whether a caller gets SMS: a mobile, and of the hotline's own country unless it wrote to us first.

    Texting foreign numbers that merely rang is how SMS fraud is fed, and a withheld one cannot be texted.
    """
    if caller is None or hotline is None or not may_be_texted(PhoneNumber(caller)):
        return False
    return wrote_first or region_of(PhoneNumber(caller)) == region_of(hotline.number)
