"""The grammar of the technicians' SMS: one for all languages, and for whatever noise a telephone adds.

Contract section 4. A command is a keyword, perhaps a case, perhaps a text. Nothing here knows which cases
exist or who writes: a bare number is handed on as a candidate, with the text both with and without it.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dispatcher.commands.denial import is_denied


class Keyword(StrEnum):
    """What a technician can ask for, by its name in the contract's table."""

    ACK = "ack"
    URGENT = "urgent"
    ROUTINE = "routine"
    NOTE = "note"
    DONE = "done"
    PASS = "pass"  # noqa: S105 (a keyword, no password)
    CALL = "call"
    ASSIST = "assist"
    LIST = "list"
    WHO = "who"
    TAKE = "take"
    SWAP = "swap"
    OK = "ok"
    NO = "no"
    NOTICE = "notice"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """A message that begins with a keyword.

    `reference` is the number of a case written with its V (V-1042), and `explicit` tells that there is one.
    `candidate` is a bare number directly after the keyword: a case only if that case exists, and then the
    text is `text_after_candidate`; else it belongs to the text, which is `text`. Without a candidate both
    are the same. A text that holds no letter and no digit is empty. `denied`: the words that follow take the
    keyword back, so nothing is to be done.
    """

    keyword: Keyword
    reference: int | None
    explicit: bool
    candidate: int | None
    text: str
    text_after_candidate: str
    denied: bool = False

    @property
    def names_no_case(self) -> bool:
        """Whether the text begins like the number of a case, but of none: a slip that must close nothing."""
        return _LIKE_A_CASE.match(self.text) is not None


@dataclass(frozen=True, slots=True)
class Reserved:
    """A word that the carrier keeps for itself, alone in the message; `word` is in capitals.

    `opts_out` tells that the sender gets no more SMS from the number until START.
    """

    word: str
    opts_out: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """Any other message. `text` is what was written, without signatures and quoted originals."""

    text: str


WORDS: Final = MappingProxyType(
    {
        Keyword.ACK: ("ACK", "KVITTER", "TAR", "TEK"),
        Keyword.URGENT: ("URGENT", "HAST"),
        Keyword.ROUTINE: ("ROUTINE", "RUTINE"),
        Keyword.NOTE: ("NOTE", "NOTAT"),
        Keyword.DONE: ("DONE", "FERDIG", "LØYST", "LØST", "LOYST", "LOST"),
        Keyword.PASS: ("PASS", "VIDARE", "VIDERE"),
        Keyword.CALL: ("CALL", "RING"),
        Keyword.ASSIST: ("ASSIST", "TILKALL"),
        Keyword.LIST: ("LIST", "LISTE"),
        Keyword.WHO: ("WHO", "KVEN", "HVEM"),
        Keyword.TAKE: ("TAKE", "OVERTA"),
        Keyword.SWAP: ("SWAP", "BYT", "BYTT"),
        Keyword.OK: ("OK", "KLAR"),
        Keyword.NO: ("NO", "NEI"),
        Keyword.NOTICE: ("NOTICE", "VARSEL"),
        Keyword.HELP: ("?", "HJELP"),
    }
)
"""How each command is written, in every language (contract section 4). Case does not matter."""

OPT_OUT_WORDS: Final = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "STOPP"}
)
"""Words by which the carrier stops all SMS to the sender; it does not know STOPP, but people write it."""

RESERVED_WORDS: Final = OPT_OUT_WORDS | {"START", "YES", "UNSTOP", "HELP", "INFO"}
"""Words that the carrier answers by itself and that are therefore never commands (contract section 4)."""

_KEYWORDS: Final = {word.casefold(): keyword for keyword, words in WORDS.items() for word in words}
_RESERVED: Final = {word.casefold(): word for word in RESERVED_WORDS}
_DENIABLE: Final = frozenset({Keyword.ACK, Keyword.PASS, Keyword.TAKE, Keyword.DONE})
"""What is taken back by a "not" behind it; what follows the others is text and denies nothing."""
_ENGLISH_TOO: Final = "lost"
"""LØST without its ø is an English word ("lost the connection"), and DONE closes a case: see `_is_meant`."""

# A slash or a bar laid over an o, and the Swedish and German ö, stand for ø; a dot over an i is Turkish.
_AS_O_SLASH: Final = re.compile("(?:o[\u0335\u0337\u0338]|ö)")
_LETTERS: Final = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
_HYPHENS: Final = r"\-\u2010\u2011\u2012\u2013\u2014\u2212"
_GLUED_CASE: Final = re.compile(rf"[{_HYPHENS}]?(?:(?i:v)[{_HYPHENS}]?)?[0-9]{{4,9}}(?!\w)")
_GLUED_NUMBER: Final = re.compile(r"[0-9]{1,9}(?!\w)")
_COMPOUND: Final = re.compile(rf"\w|[{_HYPHENS}'’@/\\&+=^~]\w")

_SEPARATORS: Final = rf"[\s.,:;!?*\"'«»“”„‘’()\[\]<>|~_=/{_HYPHENS}]*"
_EXPLICIT: Final = re.compile(
    rf"{_SEPARATORS}#?(?i:v)"
    rf"(?:\s?[{_HYPHENS}]\s?(?P<hyphened>[0-9]{{1,9}})|[\s.:#]{{0,2}}(?P<joined>[0-9]{{4,9}}))(?!\w)"
)
_CANDIDATE: Final = re.compile(rf"{_SEPARATORS}#?(?P<number>[0-9]{{1,9}})(?!\w|[.,:/{_HYPHENS}][0-9])")
# 9999, #9999, V-10O1, v9999x, 10o1: four digits (a letter O or l for one of them), or a V with a hyphen and a
# digit close behind it.
_LIKE_A_CASE: Final = re.compile(
    rf"#?(?i:v\s?)?[0-9][0-9OoIl]{{3,}}|#?(?i:v)\s?[{_HYPHENS}]\s?\w{{0,6}}[0-9]"
)
# What parts a text from its keyword; a minus, a decimal point and an opening bracket belong to the text.
_LEADING: Final = re.compile(rf"(?:[\s:;!?»”’)\]]|[.,{_HYPHENS}](?![0-9])|[\"'*_]+(?=[\s.,:;!?]|$))+")

# Joiners hold emoji together, and are noise anywhere else.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
    "|(?<![0-9#*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200d\ufe0e\ufe0f]"
)
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_LINE_ENDS: Final = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_KEYCAP: Final = re.compile("[0-9#*]\ufe0f?\u20e3")
_REPLY_PREFIX: Final = re.compile(r"(?i:re|sv|svar|vs|fw|fwd)\s{0,3}(?:\[\d{1,3}\])?:")
_QUOTE_PAIRS: Final = {
    '"': '"',
    "'": "'",
    "«": "»",
    "“": "”",
    "„": "“",
    "‘": "’",
    "»": "«",
    "”": "”",
    "’": "’",
}

_LONGEST_HEADING: Final = 200
_ATTRIBUTION: Final = re.compile(  # "Den 5. nov. 2026 kl. 21:40 skreiv Kari:", never without a date
    r"(?i:den|on|(?:man|mån|tir|tys|ons|tor|fre|lør|lau|søn)\w*\.?)\s(?=.*[0-9]).*\b(?i:skreiv|skrev|wrote)\b.*:"
)
_ORIGINAL: Final = re.compile(
    r"[-_ ]{2,}\s*(?i:original message|original melding|opprinnelig melding|opphavleg melding|"
    r"opprinneleg melding|videresendt melding|vidaresend melding|forwarded message)\b.*"
)
_HEADER_FROM: Final = re.compile(r"\*?(?i:from|fra|frå)\*?:.*")
_HEADER_SENT: Final = re.compile(r"\*?(?i:sent|sendt|date|dato|to|til)\*?:.*")
_SIGNATURE: Final = re.compile(
    r"--|(?i:(?:sent from|sendt fr[aå]) (?:my|min|mi|mitt|iphone|ipad|outlook|samsung|mobil|android)\b.*)"
    r"|(?i:(?:get|hent|få|skaff deg|last ned) outlook for\b.*)"
)


def parse(body: str) -> Command | Reserved | Unknown:
    """Return what an SMS asks for, whatever the language of its keyword and the noise around it.

    Never raises. Before the keyword all noise is ignored: punctuation, white space, quotation marks, emoji,
    invisible characters, `Re:`. After the text it is a quoted original, a signature and white space; the
    text itself keeps its punctuation, since a note is documentation.
    """
    written = _without_quotes(_visible(body))
    start = _start(written)
    content = written[start:].strip()
    if not content:
        return Command(Keyword.HELP, None, False, None, "", "") if "?" in written else Unknown(body.strip())
    content = _unwrapped(content, written[:start])
    match = _LETTERS.match(content)
    if match is None:
        return Unknown(written.strip())
    word, rest = _folded(match.group()), content[match.end() :]
    if word in _RESERVED and not _says_anything(rest):
        reserved = _RESERVED[word]
        return Reserved(reserved, reserved in OPT_OUT_WORDS)
    glued = _glued_keyword(word, rest)
    if glued is not None:
        word, rest = glued
    keyword = _KEYWORDS.get(word)
    if keyword is None or _goes_on(keyword, rest):
        return Unknown(written.strip())
    command = _command(keyword, rest)
    if word == _ENGLISH_TOO and not _is_meant(command):
        return Unknown(written.strip())
    return command


def _command(keyword: Keyword, rest: str) -> Command:
    explicit = _EXPLICIT.match(rest)
    if explicit is not None:
        number = int(explicit.group("hyphened") or explicit.group("joined"))
        text = _text(rest[explicit.end() :])
        return Command(keyword, number, True, None, text, text, denied=_is_denied(keyword, rest, explicit))
    text = _text(rest)
    bare = _CANDIDATE.match(rest)
    after = text if bare is None else _text(rest[bare.end() :])
    candidate = None if bare is None else int(bare.group("number"))
    return Command(keyword, None, False, candidate, text, after, denied=_is_denied(keyword, rest, bare))


def _is_denied(keyword: Keyword, rest: str, case: re.Match[str] | None) -> bool:
    if keyword not in _DENIABLE:
        return False
    return is_denied("", rest) if case is None else is_denied(case.group(), rest[case.end() :])


def _is_meant(command: Command) -> bool:
    """LOST closes a case only where it stands alone or names one; a sentence that begins with it does not."""
    return command.explicit or command.candidate is not None or not command.text


def _glued_keyword(word: str, rest: str) -> tuple[str, str] | None:
    """Part a keyword from the V that a hurried thumb joined to it: ACKV-1042."""
    if word in _KEYWORDS or not word.endswith("v") or word[:-1] not in _KEYWORDS:
        return None
    return (word[:-1], f"v{rest}") if _GLUED_CASE.match(f"v{rest}") else None


def _goes_on(keyword: Keyword, rest: str) -> bool:
    """Tell whether the word is longer than its keyword (ring-signal, OK's); ACK1042 and OK17 are not."""
    if not _COMPOUND.match(rest) or _GLUED_CASE.match(rest):
        return False
    return keyword not in {Keyword.OK, Keyword.NO} or not _GLUED_NUMBER.match(rest)


def _text(rest: str) -> str:
    """Return a text without the punctuation that parts it from the keyword, and empty if it says nothing."""
    separator = _LEADING.match(rest)
    text = rest[separator.end() :] if separator else rest
    return text.strip() if _says_anything(text) else ""


def _says_anything(text: str) -> bool:
    return any(sign.isalnum() for sign in _KEYCAP.sub("", text))


def _folded(word: str) -> str:
    """Return a word as the tables have it: small letters, composed, ø however it was made."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return _AS_O_SLASH.sub("ø", folded).replace("\u0307", "")


def _visible(body: str) -> str:
    """Return a message composed, with plain line ends and without what cannot be seen."""
    seen = _CONTROL.sub("", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", body)))
    return unicodedata.normalize("NFC", seen)


def _start(text: str) -> int:
    """Return where the first word begins, behind all noise and any `Re:`."""
    at = 0
    while at < len(text):
        skipped = _KEYCAP.match(text, at) or _REPLY_PREFIX.match(text, at)
        if skipped is not None:
            at = skipped.end()
        elif text[at].isalnum() and text[at] != "\u2139":  # an information sign counts as a letter
            break
        else:
            at += 1
    return at


def _unwrapped(content: str, before: str) -> str:
    """Return a message without the closing half of a quotation mark that stood before its first word."""
    closing = _QUOTE_PAIRS.get(before.rstrip()[-1:])
    if closing is not None and content.endswith(closing) and content.count(closing) == 1:
        return content[:-1].rstrip()
    return content


def _without_quotes(text: str) -> str:
    """Return the lines that the sender wrote: no quoted original, no signature.

    A heading above `>` lines is dropped with them, since the answer may stand below; any other heading, and
    a signature, ends the message. Nothing is signed before the first word: a dash there is noise.
    """
    lines = text.split("\n")

    def following(index: int) -> str:
        later = range(index + 1, len(lines))
        return next((lines[at].strip() for at in later if lines[at].strip()), "")

    kept: list[str] = []
    for index, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith(">"):
            continue
        if 0 < len(stripped) <= _LONGEST_HEADING:
            if _ATTRIBUTION.fullmatch(stripped) and following(index).startswith(">"):
                continue
            if any(end.fullmatch(stripped) for end in (_ATTRIBUTION, _ORIGINAL)):
                break
            if _SIGNATURE.fullmatch(stripped):
                if any(character.isalnum() for character in "".join(kept)):
                    break
                continue
            if _HEADER_FROM.fullmatch(stripped) and _HEADER_SENT.fullmatch(following(index)):
                break
        kept.append(line)
    return "\n".join(kept)
