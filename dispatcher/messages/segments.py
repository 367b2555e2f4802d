"""How many segments an SMS takes, and how to keep it short.

GSM-7 (3GPP TS 23.038, the default alphabet and its extension table): 160 characters in one segment, 153
in each of several, where an extension character counts as two and is never split. With one character
outside the alphabet the whole message becomes UCS-2: 70 UTF-16 units in one segment, 67 in each of several.
"""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

MOST_SEGMENTS: Final = 2
"""Replies are at most two segments (contract section 4)."""

CUT: Final = "..."
"""What stands where a text was cut: three full stops, since the one-character ellipsis is not GSM-7."""

_MOST_CHARACTERS: Final = 2 * 153
"""No message of two segments has more characters than this."""

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = frozenset("^{}\\[~]|€\f")

_LIKENESS: Final = str.maketrans(
    {
        **dict.fromkeys("«»“”„‟″", '"'),
        **dict.fromkeys("‘’‚‛‹›′`´", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007", " "),
        **dict.fromkeys("\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\v\x85\u2028\u2029", "\n"),
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff", ""),
        **dict.fromkeys("•·", "-"),
        "…": "...",
        "→": "->",
        "←": "<-",
        "×": "x",
        "½": "1/2",
        "¼": "1/4",
        "¾": "3/4",
    }
)
_JOINERS: Final = str.maketrans("", "", "\u200c\u200d\ufe0e\ufe0f")


def is_gsm7(text: str) -> bool:
    """Tell whether a text can be sent in the GSM-7 alphabet, its extension table included."""
    return all(sign in _BASIC or sign in _EXTENSION for sign in text)


def segments(text: str) -> int:
    """Return how many SMS segments a text takes; none for an empty one."""
    if is_gsm7(text):
        return _filled((2 if sign in _EXTENSION else 1 for sign in text), alone=160, joined=153)
    return _filled((2 if ord(sign) > 0xFFFF else 1 for sign in text), alone=70, joined=67)


def plain(text: str) -> str:
    """Return a text with its typographic signs as their GSM-7 likenesses: a `«` would make it all UCS-2.

    Quotation marks, dashes, dots, spaces and a few signs are replaced; invisible ones are left out.
    Letters are left as they are (æ, ø and å are GSM-7, č and š are not), but loose accents are joined.
    """
    likened = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).translate(_LIKENESS))
    unjoined = likened.translate(_JOINERS)
    # Joiners hold emoji together; in a text that has none they are only in the way.
    return unjoined if is_gsm7(unjoined) else likened


def fit_two_segments(text: str) -> str:
    """Return a text made plain and, where it is longer than two segments, cut at its end with `...`."""
    whole = plain(text)
    if segments(whole) <= MOST_SEGMENTS:
        return whole
    return shortened(whole, fits=lambda kept: segments(kept) <= MOST_SEGMENTS)


def shortened(text: str, *, fits: Callable[[str], bool]) -> str:
    """Return the longest beginning of a text, with `...` after it, that `fits` accepts.

    The longer the text, the less may `fits` accept; `...` alone is returned where nothing more fits.
    A letter is never parted from its accents, nor an emoji in two.
    """
    shortest, longest = 0, min(len(text), _MOST_CHARACTERS)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if fits(_cut_at(text, middle)):
            shortest = middle
        else:
            longest = middle - 1
    return _cut_at(text, shortest)


def _cut_at(text: str, length: int) -> str:
    while 0 < length < len(text) and (_hangs_on(text[length]) or text[length - 1] == "\u200d"):
        length -= 1
    return text[:length].rstrip() + CUT


def _hangs_on(sign: str) -> bool:
    return (
        unicodedata.category(sign) in {"Mn", "Me"} or sign == "\u200d" or "\U0001f3fb" <= sign <= "\U0001f3ff"
    )


def _filled(sizes: Iterable[int], *, alone: int, joined: int) -> int:
    total, count, room = 0, 0, 0
    for size in sizes:
        total += size
        if size > room:  # a sign that does not fit is never split over two segments
            count += 1
            room = joined
        room -= size
    return count if total > alone else min(total, 1)
