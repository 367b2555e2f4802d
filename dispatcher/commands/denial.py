"""What takes a keyword back: "TAR ikkje", "Ferdig. Nei", "Ferdig? Eg veit ikkje" (contract section 4). Pure.

ACK, PASS, TAKE and DONE change what happens to a case. Where the words after them doubt it, nothing is done
and the sender is asked: a question too many costs one SMS, a case taken by mistake costs a night.
"""

import re
import unicodedata
from typing import Final

_NOT: Final = frozenset({"ikkje", "ikke", "not", "ikje", "inte"})
# "Tar den ikkje": what may stand between the verb and its denial.
_OBJECTS: Final = frozenset({"den", "denne", "det", "dette", "han", "ho", "hun", "saka", "saken"}) | {
    *("eg", "jeg", "nok", "vel", "visst", "heller", "diverre", "dessverre")
}
_OBJECTS_EN: Final = frozenset({"it", "this", "that", "the", "case"})

_WORD: Final = re.compile(r"[^\W_]+")
_SENTENCE_END: Final = re.compile(r"[.!?;…\n\uff1f]+")
# A question mark inside an address ("?id=7") asks nothing.
_QUESTION: Final = re.compile(r"[?\uff1f](?!\w)")
# "ACK, no" says no; "Ferdig no" is done now.
_PARTED: Final = re.compile(r"\s*[^\w\s]")
_LEADING_QUESTION: Final = re.compile(r"[\W_]*[?\uff1f]")


def is_denied(between: str, after: str) -> bool:
    """Tell whether the words after a keyword take it back or put it in doubt.

    `between`: what parts the keyword from the case it names, empty where it names none. `after`: all that
    follows, with its punctuation. The next word is "not", "no" stands as a sentence of its own, or there is a
    question with further words. "Ferdig no" is Nynorsk for "done now", and "TAR?" alone is only uncertain.
    """
    written = _WORD.findall(_folded(after))
    if not written:
        return False
    first = next((word for word in written if word not in _OBJECTS | _OBJECTS_EN), "")
    if written[0] in _NOT or (first in _NOT and _in_one_sentence(after, first)):
        return True
    asked = _QUESTION.search(between + after) or _LEADING_QUESTION.match(between + after)
    return asked is not None or _says_no(after)


def _says_no(after: str) -> bool:
    """Tell whether `nei` begins what is said, or `nei` or `no` is a sentence behind the keyword's."""
    same, *others = ([*_WORD.findall(part)] for part in _SENTENCE_END.split(_folded(after)))
    own = [words for words in others if words]
    if same == ["no"] and not own and _PARTED.match(after):
        return True
    begun = [words[0] for words in (same, *own[:1]) if words]
    return "nei" in begun or any(words in (["nei"], ["no"]) for words in own)


def _in_one_sentence(after: str, word: str) -> bool:
    return word in _WORD.findall(_SENTENCE_END.split(_folded(after).lstrip(" .,:;!-"))[0])


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold()
