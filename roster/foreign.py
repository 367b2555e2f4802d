"""Text that others wrote, made harmless once at each edge.

Four edges, four functions: what is kept (`storable`), what has to fit on one line (`one_line`: names, mail
subjects, calendars, speech), what a browser shows (`without_direction`) and what a terminal or a log is told
(`escaped`). Everything between the edges passes text on as it is.
"""

import re
from typing import Any, Final

REPLACEMENT: Final = "\ufffd"

# What XML 1.0 and PostgreSQL have no place for, and what terminals obey: all controls but tab and line feed,
# halves of surrogate pairs, and the two that are never characters.
_CONTROLS: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_NO_TEXT: Final = _CONTROLS + "\ud800-\udfff\ufffe\uffff"
# Signs that turn the direction of what follows them, and so show one thing for another.
_DIRECTION: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINE_SEPARATORS: Final = "\u2028\u2029"

_CONTROL: Final = re.compile(f"[{_CONTROLS}]")
_UNSTORABLE: Final = re.compile(f"[{_NO_TEXT}]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]+")
_TURNING: Final = re.compile(f"[{_DIRECTION}]")
_LINE_ENDS: Final = re.compile("\r\n?|[\x0b\x0c\x85]")
# A carriage return is let through where a line feed follows it: calendars have such lines.
_OBEYED: Final = re.compile(f"(?!\r\n)[{_NO_TEXT}{_DIRECTION}{_LINE_SEPARATORS}]")


def storable(text: str) -> str:
    """Return a text that every database, document and answer takes; most texts come back as they are.

    Bytes that were no UTF-8 (of an argument or a file: Python hands them on as half surrogates) are read as
    Latin-1, so that "På veg" from an old terminal stays readable. Line ends become line feeds; controls,
    which show nothing, are left out, and what is no character at all becomes U+FFFD.
    """
    if _UNSTORABLE.search(text) is None:
        return text
    text = _CONTROL.sub("", _LINE_ENDS.sub("\n", text))
    return _UNSTORABLE.sub(REPLACEMENT, _SURROGATE.sub(_paired, text))


def one_line(text: str) -> str:
    """Return a text for one line (a name, a subject, something spoken): no breaks, no change of direction."""
    if is_plain(text):
        return text
    text = storable(text)
    return " ".join(_TURNING.sub("", text.replace(REPLACEMENT, " ")).split())


def without_direction(text: str) -> str:
    """Return a text without the signs that show it in another order than it stands."""
    return _TURNING.sub("", text)


def escaped(text: str) -> str:
    r"""Return a text for a terminal or a log: what it would obey is written out, as `\u001b`.

    That is how JSON writes it too, so JSON stays the same JSON.
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def is_plain(text: str) -> bool:
    """Say whether a text is one line that no edge has to change."""
    return _OBEYED.search(text) is None and "\n" not in text and "\r" not in text


def storable_values(value: Any) -> Any:
    """Return a JSON value with every text in it storable, keys included."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable_values(name): storable_values(each) for name, each in value.items()}
        case list() | tuple():
            return [storable_values(each) for each in value]
        case _:
            return value


def _paired(found: re.Match[str]) -> str:
    """Join halves that belong together, read single bytes as Latin-1, and give up the rest."""
    joined = found[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return "".join(_of_byte(character) for character in joined)


def _of_byte(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return chr(code - 0xDC00)
    return REPLACEMENT if 0xD800 <= code <= 0xDFFF else character
