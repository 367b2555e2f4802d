"""Texts that hold what somebody wrote, or a list, made to fit an SMS of two segments.

Contract section 4: replies are at most two segments, and what a list has no room for becomes `+ 7`.
"""

from collections.abc import Sequence

from dispatcher.messages.segments import CUT, MOST_SEGMENTS, fit_two_segments, plain, segments, shortened
from dispatcher.texts.catalogue import parameters, text

# Two segments of GSM-7 hold 306 signs, and the last item needs no separator.
_MOST_SIGNS = 308


def fitted(key: str, language: str, /, *, cut: str = "text", **values: object) -> str:
    """Return a text for SMS, plain and of two segments at most, with only the value named `cut` shortened.

    Where the other values alone are too long, the end of the whole text is cut instead.

    Raises:
        KeyError: there is no such key or language, a value is missing, or the text has no value named `cut`.
    """
    if cut not in parameters(key, language):
        message = f"the text {key!r} has no value named {cut!r} to shorten"
        raise KeyError(message)
    whole = plain(text(key, language, **values))
    if segments(whole) <= MOST_SEGMENTS:
        return whole
    words = plain(str(values[cut]))

    def with_words(kept: str) -> str:
        return plain(text(key, language, **{**values, cut: kept}))

    shortest = with_words(CUT)
    if segments(shortest) > MOST_SEGMENTS:
        return fit_two_segments(shortest)
    return with_words(shortened(words, fits=lambda kept: segments(with_words(kept)) <= MOST_SEGMENTS))


def fitted_list(
    key: str,
    language: str,
    /,
    *,
    items: Sequence[str],
    name: str = "items",
    total: int | None = None,
    **values: object,
) -> str:
    """Return a text for SMS with as many of the items as two segments hold, then `+` and how many are left.

    `name` is the value of the text that the items stand for. `total` counts them all, where only the first
    are given: as many as could fit at least. One item that is too long alone is cut.

    Raises:
        KeyError: there is no such key or language, or a value is missing.
    """
    total = len(items) if total is None else total
    for shown in range(_most_that_fit(items), 0, -1):
        left = total - shown
        told = [*items[:shown], *([text("reply.list-more", language, count=left)] if left else [])]
        whole = plain(text(key, language, **{**values, name: "; ".join(told)}))
        if segments(whole) <= MOST_SEGMENTS:
            return whole
    return fitted(key, language, cut=name, **{**values, name: "; ".join(items[:1])})


def _most_that_fit(items: Sequence[str]) -> int:
    """Return how many items are no longer than two segments, with nothing around them."""
    signs = 0
    for number, item in enumerate(items):
        signs += len(plain(item)) + 2
        if signs > _MOST_SIGNS:
            return number
    return len(items)
