"""Lists in pages, and the filters of dates.

Source: https://www.twilio.com/docs/usage/twilios-response
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request

from simulator.rest.errors import RestError

T = TypeVar("T")
Json = dict[str, Any]

PAGE_SIZE, MOST_PAGE_SIZE = 50, 1000


def page_of(name: str, items: Sequence[T], shape: Callable[[T], Json]) -> Json:
    """Return the page that the request asks for, newest first as given; `name` is the list's key."""
    size = _number("PageSize", PAGE_SIZE, least=1, most=MOST_PAGE_SIZE)
    page = _number("Page", 0, least=0, most=1_000_000)
    start = page * size
    chosen = items[start : start + size]
    path = request.path
    query = {
        key: value for key, value in request.args.items() if key not in {"Page", "PageToken", "PageSize"}
    }

    def uri(number: int) -> str:
        parts: Mapping[str, str] = {**query, "PageSize": str(size), "Page": str(number)}
        return f"{path}?{urlencode(parts)}"

    has_next = start + size < len(items)
    return {
        name: [shape(item) for item in chosen],
        "page": page,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(chosen) - 1),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if has_next else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }


def _number(name: str, default: int, *, least: int, most: int) -> int:
    text = request.args.get(name, "")
    if not text.isdecimal():
        return default
    return min(max(int(text), least), most)


def date_filter(name: str) -> Callable[[datetime | None], bool]:
    """Return a test of the request's filters `name`, `name<` and `name>` (both ends included).

    Raises:
        RestError: 400 when one of them is no date.
    """
    given = {suffix: request.args.get(f"{name}{suffix}", "") for suffix in ("", "<", ">")}
    spans = {suffix: _span(name, text) for suffix, text in given.items() if text}

    def passes(when: datetime | None) -> bool:
        if when is None:
            return not spans
        is_late_enough = all(when >= spans[suffix][0] for suffix in ("", ">") if suffix in spans)
        is_early_enough = all(when < spans[suffix][1] for suffix in ("", "<") if suffix in spans)
        return is_late_enough and is_early_enough

    return passes


def _span(name: str, text: str) -> tuple[datetime, datetime]:
    """Return the day or the second that a text names."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise RestError(400, 20001, f"{name} is no date: {text}: write YYYY-MM-DD") from None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    length = timedelta(days=1) if len(text) <= 10 else timedelta(seconds=1)
    return when, when + length
