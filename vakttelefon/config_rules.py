"""What a value of the configuration may be: one small rule per kind of value.

A rule takes what was given and returns the value as the program uses it, or raises `BadValueError`
with what is wrong and what to do. Rules know nothing of files, lines or environment variables.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")
Word = TypeVar("Word", bound=str)

MAX_TEXT = 2_000
_SHOWN = 60
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*\.?")
_VOICE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,99}")
_ACCOUNT_SID = re.compile(r"AC[0-9A-Za-z]{32}")
_EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


class BadValueError(Exception):
    """A value cannot be used. Raised by rules; caught only by the loader, which knows where it stands."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was written.

    `is_text`: it came from the environment or a secret's file, where everything is text.
    `folder`: relative paths count from here.
    """

    value: object = field(repr=False)
    is_text: bool = False
    folder: Path = field(default_factory=Path)


Rule = Callable[[Given], T]


def shown(value: object) -> str:
    """Return a value for a message, shortened to one short line; never call it on a secret."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def text(given: Given) -> str:
    """Accept one line of text, empty included."""
    if not isinstance(given.value, str):
        raise BadValueError("is not text", "write it in quotes")
    if len(given.value) > MAX_TEXT:
        raise BadValueError(f"is {len(given.value)} characters long", f"use at most {MAX_TEXT}")
    if not given.value.isprintable():
        raise BadValueError("holds a line break or a control character", "write one line of plain text")
    return given.value


def whole_number(low: int, high: int, *, of: str = "") -> Rule[int]:
    """Make a rule for a whole number from `low` to `high`, both included; `of` names the unit in messages."""

    def rule(given: Given) -> int:
        value = given.value
        remedy = f"use a whole number{f' of {of}' if of else ''} from {low} to {high}"
        if given.is_text and isinstance(value, str):
            written = value.strip()
            if not re.fullmatch(r"[+-]?[0-9]{1,12}", written):
                raise BadValueError(f"{shown(value)} is not a whole number", remedy)
            value = int(written)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValueError(f"{shown(value)} is not a whole number", remedy)
        if not low <= value <= high:
            raise BadValueError(f"{shown(value)} is out of range", remedy)
        return value

    return rule


def one_of(*words: Word) -> Rule[Word]:
    """Make a rule for one of a few words, compared without regard to case."""
    by_folded = {word.casefold(): word for word in words}

    def rule(given: Given) -> Word:
        word = by_folded.get(given.value.strip().casefold()) if isinstance(given.value, str) else None
        if word is None:
            raise BadValueError(
                f"{shown(given.value)} is not a choice",
                f"use one of {', '.join(words)}" if len(words) > 1 else f"use {words[0]}",
            )
        return word

    return rule


def path(given: Given) -> Path:
    """Accept the name of a file or folder; a relative one counts from the configuration's folder."""
    value = text(given)
    if not value.strip():
        raise BadValueError("is empty", "name a file or folder, or leave the key out for its default")
    if value.startswith("~"):
        raise BadValueError(f"{shown(value)} begins with ~, which is not expanded", "write the whole path")
    return given.folder / value


def host(given: Given) -> str:
    """Accept an IP address or a host name to listen on or connect to."""
    value = text(given).strip()
    if not _is_address(value) and not _HOST.fullmatch(value):
        raise BadValueError(
            f"{shown(value)} is not a host name or address",
            "use a name, 127.0.0.1, or 0.0.0.0 for all addresses",
        )
    return value


def host_or_empty(given: Given) -> str:
    """Accept a host as `host` does, or nothing."""
    return host(given) if text(given).strip() else ""


def public_url(given: Given) -> str:
    """Accept the address at which Twilio reaches this installation: scheme, host and port, nothing more.

    http is let through here so that `check` can say it; signatures are computed over this very text
    (contract section 2), hence no path and no trailing slash.
    """
    return _origin(text(given).strip(), example="https://vakt.example.no", http_everywhere=True)


def api_base_url(given: Given) -> str:
    """Accept scheme and host of Twilio's API: https, or http on a loopback address (the simulator)."""
    return _origin(text(given).strip(), example="https://api.twilio.com", http_everywhere=False)


def https_url_or_empty(given: Given) -> str:
    """Accept an https address of a document somewhere else, or nothing."""
    value = text(given).strip()
    if not value:
        return ""
    example = "use an address such as https://handler.twilio.com/twiml/…, or leave it empty"
    parts = _split(value, example=example)
    if parts.scheme != "https":
        raise BadValueError(f"{shown(value)} is not https", example)
    if parts.fragment or parts.username or parts.password:
        raise BadValueError(f"{shown(value)} holds a fragment or a user name", example)
    return value


def database_url(given: Given) -> str:
    """Accept a SQLite file or a PostgreSQL server; messages never show it, for it may hold a password.

    `sqlite:///relative.db` counts from the configuration's folder; an in-memory database is refused,
    because nothing of it would outlive the process.
    """
    value = text(given).strip()
    remedy = "use sqlite:///var/vakttelefon.db or postgresql+psycopg://user@host/database"
    scheme, separator, rest = value.partition("://")
    if not separator:
        raise BadValueError("is not a database address", remedy)
    if scheme in {"sqlite", "sqlite+pysqlite"}:
        name, mark, query = rest.removeprefix("/").partition("?")
        if not rest.startswith("/") or not name or name == ":memory:" or name.startswith("file:"):
            raise BadValueError("names no file for SQLite", "use sqlite:///var/vakttelefon.db")
        # an absolute name has its own slash here, and joining lets it win over the folder
        return f"sqlite:///{given.folder / name}{mark}{query}"
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        if not rest.strip("/"):
            raise BadValueError("names no database", remedy)
        return f"postgresql+psycopg://{rest}"
    raise BadValueError(f"{shown(scheme)} is not a database that this program uses", remedy)


def account_sid(given: Given) -> str:
    """Accept a Twilio account SID (AC and 32 characters), or nothing while there is no account."""
    value = text(given).strip()
    if value and not _ACCOUNT_SID.fullmatch(value):
        raise BadValueError(
            f"{shown(value)} is not an account SID",
            "copy it from Twilio's console: AC and 32 characters after it",
        )
    return value


def secret(given: Given) -> str:
    """Accept a secret of one line, or nothing; messages never show it."""
    if not isinstance(given.value, str):
        raise BadValueError("is not text", "write it in quotes")
    value = given.value.strip()
    if len(value) > MAX_TEXT or not value.isprintable():
        raise BadValueError("is not one line of plain text", "give the secret alone, on one line")
    return value


def secret_lines(given: Given) -> tuple[str, ...]:
    """Accept one secret a line, blank lines ignored; messages never show them."""
    if not isinstance(given.value, str):
        raise BadValueError("is not text", 'write it in quotes, or in """ with one secret a line')
    lines = tuple(line.strip() for line in given.value.splitlines() if line.strip())
    if any(len(line) > MAX_TEXT or not re.fullmatch(r"[!-~]+", line) for line in lines):
        raise BadValueError(
            "holds a space or a sign that no token has", "give one token a line, nothing else"
        )
    return lines


def voice(given: Given) -> str:
    """Accept the name of a voice of Twilio's <Say>."""
    value = text(given).strip()
    if not _VOICE.fullmatch(value):
        raise BadValueError(
            f"{shown(value)} is not a voice", "use a name of Twilio's, such as Polly.Ida-Neural"
        )
    return value


def conversations(given: Given) -> "bool | Literal['consent']":
    """Accept whether conversations are recorded: true, false, or "consent" (only if a key agrees)."""
    value = given.value
    if isinstance(value, bool):
        return value
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word == "consent":
        return "consent"
    if given.is_text and word in _TRUE | _FALSE:
        return word in _TRUE
    raise BadValueError(f"{shown(value)} is not a choice", 'use true, false or "consent"')


def email_or_empty(given: Given) -> str:
    """Accept a mail address, or nothing."""
    value = text(given).strip()
    if value and not _EMAIL.fullmatch(value):
        raise BadValueError(f"{shown(value)} is not a mail address", "use one such as vakt@example.no")
    return value


def is_loopback(name: str) -> bool:
    """Return whether a host name or address means this machine itself."""
    if name.casefold() == "localhost" or name.casefold().endswith(".localhost"):
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_address(value: str) -> bool:
    try:
        ip_address(value.strip("[]"))
    except ValueError:
        return False
    return True


def _split(value: str, *, example: str) -> SplitResult:
    if not value.isascii() or any(sign.isspace() for sign in value):
        raise BadValueError(f"{shown(value)} holds letters that no address has", example)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise BadValueError(f"{shown(value)} is not a web address", example) from None
    name = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or port == 0 or not (_HOST.fullmatch(name) or _is_address(name)):
        raise BadValueError(f"{shown(value)} is not a web address", example)
    return parts


def _origin(value: str, *, example: str, http_everywhere: bool) -> str:
    remedy = f"use scheme and host alone, such as {example}"
    parts = _split(value, example=remedy)
    if parts.username is not None or parts.password is not None:
        raise BadValueError("holds a user name or password", remedy)
    if parts.path not in {"", "/"} or parts.query or parts.fragment or value.endswith(("?", "#")):
        raise BadValueError(f"{shown(value)} holds more than scheme and host", remedy)
    if parts.scheme == "http" and not http_everywhere and not is_loopback(parts.hostname or ""):
        raise BadValueError(f"{shown(value)} is http to another machine", f"use https, such as {example}")
    return f"{parts.scheme}://{parts.netloc}"
