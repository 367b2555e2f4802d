"""Values of a webhook's form, read forgivingly: Twilio may leave out or add what it likes."""

import re
from collections.abc import Mapping
from typing import Final

from werkzeug.routing import IntegerConverter

from roster.foreign import storable

_LARGEST_ROW: Final = 2**31 - 1
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)


def whole_number(value: str | None) -> int:
    """Return a count, 0 where it is missing or no number."""
    return optional_number(value) or 0


def optional_number(value: str | None) -> int | None:
    """Return a count, or None where it is missing or no number."""
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else None


def optional_flag(value: str | None) -> bool | None:
    """Return `true` or `false` as a truth value, or None where it was not said."""
    return {"true": True, "false": False}.get((value or "").lower())


def words(form: Mapping[str, str], name: str, default: str = "") -> str:
    """Return a text as it was sent, but for characters that no database or document takes."""
    return storable(form.get(name, default))


def identifier(form: Mapping[str, str], name: str) -> str:
    """Return an identifier of Twilio's for use in an address, `-` where it is missing or is none."""
    value = form.get(name, "")
    return value if _IDENTIFIER.fullmatch(value) else "-"


class RowConverter(IntegerConverter):
    """The number of a row in an address; one that no database can count to is 0, which no row has."""

    def to_python(self, value: str) -> int:
        """Return the number."""
        number: int = super().to_python(value[: len(str(_LARGEST_ROW)) + 1])
        return number if number <= _LARGEST_ROW else 0
