"""Whether a message is nothing but thanks, and so opens no closed case again (contract section 4). Pure."""

import re
import unicodedata
from typing import Final

# A message is thanks if it has one of the first words (or signs) and no word of any other kind.
_THANKS: Final = frozenset(
    {"takk", "takker", "takkar", "tusentakk", "thanks", "thank", "thanx", "thx", "ty", "cheers"}
    | {
        "ok",
        "okay",
        "okei",
        "oki",
        "okidoki",
        "okey",
        "k",
        "topp",
        "flott",
        "supert",
        "perfekt",
        "fint",
        "bra",
    }
    | {"great", "perfect", "kjempebra", "kjempefint", "strålande", "strålende", "greitt", "greit"}
)
_BESIDE: Final = frozenset(
    {"tusen", "mange", "hjarteleg", "hjertelig", "hjarta", "så", "mykje", "mye", "veldig", "kjempe"}
    | {
        "skal",
        "du",
        "de",
        "dere",
        "dykk",
        "ha",
        "for",
        "til",
    }
    | {
        "ein",
        "en",
        "fin",
        "fine",
        "god",
        "kveld",
        "kvelden",
        "dag",
        "dagen",
        "helg",
        "helga",
        "vidare",
        "videre",
    }
    | {"you", "so", "very", "much", "many", "the", "your", "a", "lot", "again", "igjen", "att"}
    | {"da", "då", "og", "and", "all", "alle", "everyone", "guys", "folkens"}
)
# What somebody is thanked for, behind a "for": "ok, hjelp" is no thanks.
_REASONS: Final = frozenset(
    {"hjelp", "hjelpa", "hjelpen", "svar", "svaret", "rask", "raskt", "det", "innsatsen", "help", "that"}
)
_SIGNS: Final = frozenset("👍👌🙏❤♥💙💚💛🧡💜😊🙂😀😃😄😁☺😍🥰😉🎉👏💪✅✔🤝🌟⭐💯🥳🤗😎🫶👊✌")
_WORD: Final = re.compile(r"[^\W_]+")
# Joiners, variation selectors and skin colours: they make a sign, and mean nothing by themselves.
_DRESSING: Final = re.compile("[\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff\U0001f3fb-\U0001f3ff]")
# What a telephone sends for a thumb on a message: Liked “Your case is solved”, Reacted 👍 to “…”.
_LIKED: Final = re.compile(
    r"(?:liked|loved|likte|lika|likar|elska|elsket|(?:reacted |reagerte med )?[👍❤]\W*(?:to|til|på))"
    r'\s*["“”«„\'].*["“”»\']',
    re.DOTALL,
)
_SMILEYS: Final = re.compile(r"(?<!\w)(?:[:;]-?[)dp]|<3|\(y\))(?!\w)")


def is_only_thanks(body: str) -> bool:
    """Tell whether a message says nothing but thanks or all right: a word, a thumb, a heart.

    A question mark, a "but", a number or any word that is not known here makes it a message like any other:
    to open a case again once too often costs less than not to hear of it.
    """
    said = _DRESSING.sub("", unicodedata.normalize("NFKC", body)).casefold().strip()
    if _LIKED.fullmatch(said):
        return True
    said, smileys = _SMILEYS.subn(" ", said)
    if "?" in said:
        return False
    words = _WORD.findall(said)
    signs = [sign for sign in said if unicodedata.category(sign) in {"So", "Sk", "Sm", "Cs", "Cn"}]
    reasons = words[words.index("for") :] if "for" in words else []
    beside = [word for word in words if word not in _THANKS | _BESIDE]
    if any(word not in _REASONS or word not in reasons for word in beside):
        return False
    if any(sign not in _SIGNS for sign in signs):
        return False
    return smileys > 0 or bool(signs) or any(word in _THANKS for word in words)
