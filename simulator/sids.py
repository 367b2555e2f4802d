"""Identifiers as Twilio makes them: two letters and 32 hexadecimal digits."""

import random
import re

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}\Z")


class Sids:
    """Makes identifiers; a seed makes the same ones again, None makes fresh ones."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.SystemRandom() if seed is None else random.Random(seed)

    def make(self, prefix: str) -> str:
        """Make one, e.g. `CA` for a call."""
        return f"{prefix}{self._random.getrandbits(128):032x}"


def is_sid(text: str, prefix: str) -> bool:
    """Tell whether a text is an identifier of that kind."""
    return text.startswith(prefix) and _SID.match(text) is not None
