"""Which bare values a TOML file may hold, and what to say of those that it may not.

`tomllib` stops at the first value it cannot read, and says little of it. Here each is judged by itself,
so that a file with three impossible dates gets three answers.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, time
from typing import Final

from roster.foreign import is_plain

MOST_DIGITS: Final = 40
LONGEST_TEXT: Final = 500

_NUMBER: Final = re.compile(
    r"0(?:x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|b[01](?:_?[01])*|o[0-7](?:_?[0-7])*)"
    r"|[+-]?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?"
    r"|[+-]?(?:inf|nan)|true|false",
    re.ASCII,
)
_TIME: Final = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
_DATE_TIME: Final = re.compile(
    rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?:[Tt ]{_TIME}(?:[Zz]|[+-]([0-9]{{2}}):([0-9]{{2}}))?)?",
    re.ASCII,
)
_LOCAL_TIME: Final = re.compile(_TIME, re.ASCII)
_LIKE_A_DATE: Final = re.compile(r"[0-9]{2,4}[-./][0-9]{1,2}[-./][0-9]{1,4}", re.ASCII)
_LIKE_A_TIME: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}", re.ASCII)
_HOW_TO_WRITE: Final = "write a date as 2026-12-24 and a date-time as 2026-12-24T08:00:00"


def wrong_value(token: str) -> tuple[str, str] | None:
    """Return what is wrong with a bare value and what to do about it; None when TOML allows it."""
    if len(token) <= MOST_DIGITS and _NUMBER.fullmatch(token):
        return None
    dated = _DATE_TIME.fullmatch(token)
    if dated is not None:
        return _wrong_date(token, dated)
    if _LIKE_A_DATE.match(token):
        return f"{shown(token)} is not a date or date-time", _HOW_TO_WRITE
    timed = _LOCAL_TIME.fullmatch(token)
    if timed is not None and _is_time(timed[1], timed[2], timed[3]):
        return None
    if _LIKE_A_TIME.match(token):
        return f"{shown(token)} is not a value", 'write a time of day as text, for instance "08:00"'
    if len(token) > MOST_DIGITS and token.lstrip("+-")[:1].isdigit():
        return f"a number of {len(token)} characters is too long", "write the number that is meant"
    return f"{shown(token)} is not a value", f'write text in quotation marks: "{shown(token)}"'


def _wrong_date(token: str, match: re.Match[str]) -> tuple[str, str] | None:
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if not 1 <= month <= 12:
        return f"{token} is an impossible date", f"there is no month {month}: write a month from 01 to 12"
    if year < 1:
        return f"{token} is an impossible date", "write the year in full, for instance 2026"
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        return f"{token} is an impossible date", f"{year}-{month:02} has the days 01 to {days}"
    if match[4] is not None and not _is_time(match[4], match[5], match[6]):
        return f"{token} is an impossible time of day", "write a time from 00:00:00 to 23:59:59"
    if match[7] is not None and not (int(match[7]) <= 23 and int(match[8]) <= 59):
        return f"{token} has an impossible offset", "leave the offset out: times are local"
    return None


def _is_time(hour: str, minute: str, second: str) -> bool:
    return int(hour) <= 23 and int(minute) <= 59 and int(second) <= 59


def shown(text: str, most: int = 40) -> str:
    """Return a text fit for one line of a message: printable, and not longer than `most` characters."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(character if character.isprintable() else "\ufffd" for character in cut)


def quoted(text: str) -> str:
    """Return a text in quotation marks, fit for one line of a message."""
    return f'"{shown(text)}"'


def wrong_text(text: str, *, unseen: bool = False) -> tuple[str, str] | None:
    """Return what is wrong with a text that has to fit on one line, and what to do; None when nothing is.

    `unseen`: signs that cannot be seen may stand in it, since its reader reads over them.
    """
    if not text.strip():
        return "the text is empty", "write something, or leave it out"
    if len(text) > LONGEST_TEXT:
        return f"the text has {len(text)} characters", f"write at most {LONGEST_TEXT}"
    if any(unicodedata.category(character) == "Cc" for character in text):
        return f"{quoted(text)} has a line break or control character", "write it on one line"
    if not unseen and not is_plain(text):
        return (
            f"{quoted(text)} has a sign that cannot be shown, or that turns the direction of writing",
            "type it anew in place of pasting it",
        )
    return None


def described(value: object) -> str:
    """Return what kind of value this is, in a few words; a short one is shown."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"the number {value}" if abs(value) < 10**20 else "a very large number"
        case float():
            return f"the number {value}"
        case str():
            return f"the text {quoted(value)}"
        case datetime():
            return "a date-time"
        case date():
            return "a date"
        case time():
            return "a time of day"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a value"
