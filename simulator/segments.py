"""How many SMS segments a text takes (GSM 03.38: 160/153 characters; UCS-2: 70/67)."""

from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
_SMART = str.maketrans(
    {
        "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"',
        "…": "...", "\u00a0": " ", "\t": " ",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segments:
    """The encoding of a text and the number of messages it is carried in."""

    encoding: str
    count: int


def smart_encoded(text: str) -> str:
    """Replace typographic signs that would turn the whole message into UCS-2 (SmartEncoded=true)."""
    return text.translate(_SMART)


def count_segments(text: str) -> Segments:
    """Count the segments of a text; an empty one takes one."""
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        return Segments("GSM-7", _pack([2 if sign in _EXTENDED else 1 for sign in text], 160, 153))
    units = [len(sign.encode("utf-16-be")) // 2 for sign in text]
    return Segments("UCS-2", _pack(units, 70, 67))


def _pack(units: list[int], single: int, part: int) -> int:
    if sum(units) <= single:
        return 1
    count, used = 1, 0
    for unit in units:
        # a character of two units is never split over two segments
        if used + unit > part:
            count, used = count + 1, 0
        used += unit
    return count
