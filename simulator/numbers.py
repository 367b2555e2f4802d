"""Telephone numbers as the exchange sees them."""

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}\Z")
_NORWEGIAN_LANDLINE = re.compile(r"\+47[235678][0-9]{7}\Z")

ANONYMOUS = "+266696687"
RESTRICTED = "+7378742833"
UNAVAILABLE = "+86282452253"
UNKNOWN = "+8656696"
BLOCKED = "+2562533"
WITHHELD = (ANONYMOUS, RESTRICTED, UNAVAILABLE, UNKNOWN, BLOCKED)
"""What is sent in place of a withheld number: words spelt on a keypad (seen in several code bases)."""

_COUNTRIES = {"+47": "NO", "+46": "SE", "+45": "DK", "+358": "FI", "+44": "GB", "+49": "DE", "+1": "US"}


def is_e164(text: str) -> bool:
    """Tell whether a text is a number in E.164 form, with the plus sign."""
    return _E164.match(text) is not None


def is_alphanumeric_sender(text: str) -> bool:
    """Tell whether a text may stand as an alphanumeric SMS sender (at most 11 signs, one letter)."""
    return _ALPHANUMERIC.match(text) is not None


def is_landline(text: str) -> bool:
    """Tell whether a number is a Norwegian landline (SMS to it is refused with 21614)."""
    return _NORWEGIAN_LANDLINE.match(text) is not None


def country_of(number: str) -> str:
    """Return the ISO country code of a number, or an empty text when unknown."""
    for prefix, country in _COUNTRIES.items():
        if number.startswith(prefix):
            return country
    return ""


def is_address(text: str) -> bool:
    """Tell whether a text is something that can be called: E.164, `sip:` or `client:`."""
    return is_e164(text) or text.startswith(("sip:", "client:"))
