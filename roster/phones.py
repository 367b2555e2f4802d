"""Telephone numbers: the one place that says what is a number, and which numbers are never dialled."""

import re
from functools import lru_cache
from typing import Final, NewType

import phonenumbers
from phonenumbers import PhoneNumberType

PhoneNumber = NewType("PhoneNumber", str)
"""A telephone number in E.164 (`+4790000001`), parsed once at the edge and trusted inside."""

DEFAULT_REGION: Final = "NO"

# Also signs that cannot be seen, which come along when a number is copied from a contact.
_SEPARATORS: Final = re.compile(
    r"[\s().\-/\u00ad\u061c\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\ufeff]+"
)
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_NATIONAL: Final = re.compile(r"[0-9]{3,14}", re.ASCII)
_INTERNATIONAL: Final = re.compile(r"\+[1-9][0-9]{0,17}", re.ASCII)

# Numbers that go to an emergency centre, or to a public helpline that must not be rung by a machine.
# What phonenumbers knows per country is asked as well; this list holds where no country is known.
_EMERGENCY: Final = frozenset(
    {"000", "08", "110", "111", "112", "113", "116000", "116006", "116111", "116117", "116123", "119"}
    | {"1412", "911", "999"}
)

_COSTLY_TYPES: Final = frozenset(
    {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN}
)
# Numbers that follow their owner or only bleep: what ringing them costs is for their owner to say.
_NO_TELEPHONE_TYPES: Final = frozenset(
    {PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.PAGER, PhoneNumberType.VOICEMAIL}
)
# Codes of no country (ITU-T E.164 list of assigned codes), where a minute costs what the operator likes, and
# two national ranges that are the classics of fraud by calling back; +800, free of charge, is none of them.
# By prefix, since numbers come up there faster than any list of valid ones.
_COSTLY_PREFIXES: Final = (
    "+808",  # shared cost
    "+870",  # Inmarsat
    "+878",  # personal numbers
    "+881",  # satellites: Iridium, Globalstar
    "+882", "+883",  # international networks, Thuraya among them
    "+888",  # disaster relief, withdrawn
    "+979",  # premium rate
    "+4470",  # United Kingdom, personal numbers
    "+1900",  # North America, premium rate
)  # fmt: skip

# What Twilio sends as From when the caller's number is withheld: words spelt on a keypad.
_WITHHELD: Final = frozenset({"266696687", "7378742833", "86282452253", "8656696", "2562533"})


class PhoneError(ValueError):
    """A text is no number that may be used; the caller of `parse_phone` shows `what` and `remedy`."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


def parse_phone(text: str, *, region: str = DEFAULT_REGION) -> PhoneNumber:
    """Return the E.164 number that a person wrote, or say what is wrong with it.

    Spaces and the usual separators, a leading 00, and a bare national number of `region` are accepted.

    Raises:
        PhoneError: the text is no valid number, or it is one that this software never dials
            (`is_forbidden`).
    """
    compact = _SEPARATORS.sub("", text)
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    if not (_INTERNATIONAL.fullmatch(compact) or _NATIONAL.fullmatch(compact)):
        raise PhoneError(
            f"{_quoted(text)} is not a telephone number",
            "write it in international form, for instance +4790000001",
        )
    if _is_emergency(compact, region):
        raise PhoneError(
            f"{_quoted(text)} is an emergency number, which is never dialled",
            "give the ordinary number of whoever is to be rung",
        )
    if _is_norwegian_short(compact, region):
        raise PhoneError(
            f"{_quoted(text)} is a special-rate or short number, which is never dialled",
            "give the ordinary eight-digit number behind it, with +47 before it",
        )
    if compact.startswith(_COSTLY_PREFIXES):
        raise PhoneError(
            f"{_quoted(text)} is in a satellite or other costly range, which is never dialled",
            "give an ordinary mobile or fixed number",
        )
    parsed = _parsed(compact, region)
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        raise PhoneError(
            f"{_quoted(text)} is not a valid telephone number",
            "check the digits, and write it in international form, for instance +4790000001",
        )
    if phonenumbers.number_type(parsed) in _NO_TELEPHONE_TYPES:
        raise PhoneError(
            f"{_quoted(text)} is a personal number, pager or voicemail, which is never dialled",
            "give the ordinary number of the telephone itself",
        )
    if phonenumbers.number_type(parsed) in _COSTLY_TYPES:
        raise PhoneError(
            f"{_quoted(text)} is a premium-rate or shared-cost number, which is never dialled",
            "give an ordinary telephone number",
        )
    return PhoneNumber(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def parse_caller(raw: str) -> PhoneNumber | None:
    """Return the caller's number from what stood in Twilio's `From`, or None when there is none to use.

    None means withheld (words, and the words spelt on a keypad), SIP and client addresses,
    alphanumeric senders, and anything else that is no possible E.164 number. A possible but unusual
    number is kept: the caller is served either way, and the number may be right.
    """
    text = raw.strip()
    if not _E164.fullmatch(text):
        return None
    digits = text[1:]
    if digits in _WITHHELD or (digits.startswith("1") and digits[1:] in _WITHHELD):
        return None
    parsed = _parsed(text, DEFAULT_REGION)
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return None
    return PhoneNumber(text)


@lru_cache(maxsize=4096)
def may_be_texted(number: PhoneNumber) -> bool:
    """Say whether an SMS to the number can arrive: it is a mobile, or its country does not tell.

    Numbers that are never dialled are never texted either.
    """
    parsed = _parsed(number, DEFAULT_REGION)
    return (
        parsed is not None
        and phonenumbers.number_type(parsed) in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
        and not is_forbidden(number)
    )


@lru_cache(maxsize=4096)
def region_of(number: PhoneNumber) -> str | None:
    """Return the two-letter country of a number, or None where the number belongs to none."""
    parsed = _parsed(number, DEFAULT_REGION)
    region = None if parsed is None else phonenumbers.region_code_for_number(parsed)
    return region if region is not None and len(region) == len("NO") and region.isalpha() else None


@lru_cache(maxsize=4096)
def calling_code(number: PhoneNumber) -> str:
    """Return the international prefix of a number (`+47`); of what is no number its first two signs."""
    parsed = _parsed(number, DEFAULT_REGION)
    return number[:2] if parsed is None else f"+{parsed.country_code}"


@lru_cache(maxsize=4096)
def is_forbidden(number: PhoneNumber) -> bool:
    """Say whether the number is one that is never dialled and never texted.

    Emergency, premium-rate, shared-cost, company (five-digit) and personal numbers, pagers, satellites and
    other costly ranges (`_COSTLY_PREFIXES`). Dear countries are none of them: people live there.
    """
    if _is_emergency(number, DEFAULT_REGION) or _is_norwegian_short(number, DEFAULT_REGION):
        return True
    if number.startswith(_COSTLY_PREFIXES):
        return True
    parsed = _parsed(number, DEFAULT_REGION)
    return parsed is not None and phonenumbers.number_type(parsed) in _COSTLY_TYPES | _NO_TELEPHONE_TYPES


def _parsed(compact: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException:
        return None


def _is_emergency(compact: str, region: str) -> bool:
    """Look for an emergency number with no country code, with a plus only, and behind a country code."""
    digits = compact.lstrip("+")
    if digits in _EMERGENCY or phonenumbers.is_emergency_number(digits, region):
        return True
    if not compact.startswith("+"):
        return False
    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length] or "0"))
        if regions is None:
            continue
        rest = digits[length:]
        return rest in _EMERGENCY or any(
            phonenumbers.is_emergency_number(rest, country) for country in regions if country.isalpha()
        )
    return False


def _is_norwegian_short(compact: str, region: str) -> bool:
    """Recognise Norway's special numbers that a library takes for merely invalid or for ordinary ones.

    Five-digit company numbers (0xxxx), directory enquiries (18xx) and the 82x and 829 series
    (Norwegian numbering plan, Nkom).
    """
    if compact.startswith("+47"):
        national = compact[3:]
    elif region == "NO" and not compact.startswith("+"):
        national = compact
    else:
        return False
    return bool(re.fullmatch(r"0[0-9]{4}|18[0-9]{2}|82[0-9]{1,6}", national, re.ASCII))


def _quoted(text: str) -> str:
    shown = "".join(character if character.isprintable() else "\ufffd" for character in text[:40])
    return f'"{shown}…"' if len(text) > len(shown) else f'"{shown}"'
