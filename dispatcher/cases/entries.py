"""Timeline entries as sentences: the stored data holds codes, the reader's language gives the words."""

from collections.abc import Mapping
from typing import Any

from dispatcher.texts.catalogue import KEYS, text
from dispatcher.texts.mentions import with_pictures, with_untold

_CODED = ("outcome", "channel", "how", "what", "status")
# In these kinds `reason` is a code; in others it is what somebody wrote, and stays as written.
_CODED_REASONS = frozenset({"skipped", "page-skipped", "held-back"})


def entry_text(kind: str, data: Mapping[str, Any], language: str) -> str:
    """Return the sentence of a timeline entry in `language` (nn, nb, en)."""
    values = dict(data)
    coded = (*_CODED, "reason") if kind in _CODED_REASONS else _CODED
    for name in coded:
        key = f"{name}.{values.get(name)}"
        if name in values and key in KEYS:
            values[name] = text(key, language)
    if kind == "sms-received":
        values["text"] = with_pictures(values.get("text", ""), values.get("pictures", 0), language)
        if values.get("untold"):
            values["text"] = with_untold(values["text"], language)
    return text(f"timeline.{kind}", language, **values)
