"""Forms as they come from a browser: parsed into values, with every error by its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Final

from flask_wtf.csrf import validate_csrf

from roster.foreign import storable

MOST_TEXT: Final = 2000
_UNPRINTABLE: Final = frozenset({"Cc", "Cs"})
_validate: Final[Callable[[str | None], None]] = validate_csrf  # the library has no types


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with a field: a key of the page texts and its values. `field` "" is the whole form."""

    field: str
    key: str
    values: Mapping[str, object] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoginForm:
    """A name and a password; the password is never shown again."""

    name: str
    password: str
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class TextForm:
    """One text: a note, or what was done when closing."""

    text: str
    errors: tuple[FieldError, ...]


def read_login(form: Mapping[str, str]) -> LoginForm:
    """Read the login form."""
    name = form.get("name", "").strip()
    password = form.get("password", "")
    errors = list(token_errors(form))
    if not name:
        errors.append(FieldError("name", "login.name-missing"))
    if not password:
        errors.append(FieldError("password", "login.password-missing"))
    return LoginForm(name=name, password=password, errors=tuple(errors))


def read_text(form: Mapping[str, str], *, name: str) -> TextForm:
    """Read a form of one text, at most 2000 characters; what no database takes is left out of it."""
    words = storable(form.get(name, "")).strip()
    errors = list(token_errors(form))
    if not words:
        errors.append(FieldError(name, "form.text-missing"))
    if len(words) > MOST_TEXT:
        errors.append(FieldError(name, "form.text-long", {"most": MOST_TEXT}))
    return TextForm(text=words, errors=tuple(errors))


def token_errors(form: Mapping[str, str]) -> tuple[FieldError, ...]:
    """Return an error unless the form carries the token of this session (cross-site request forgery)."""
    try:
        _validate(form.get("csrf_token"))
    except ValueError:  # the library's ValidationError
        return (FieldError("", "form.expired"),)
    return ()
