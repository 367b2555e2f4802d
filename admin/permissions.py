"""What a page asks of whoever opens it, and what each role may.

A reviewer comes from the organisation, a municipality or a supplier, and must see nothing that is not theirs:
none of these pages is.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dispatcher.accounts.users import Role


class Permission(StrEnum):
    """What a route declares; a test walks all routes."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    SEE_DUTY = "see-duty"
    SEE_CASES = "see-cases"
    WRITE_CASES = "write-cases"
    LISTEN = "listen"
    SEE_ABSENCE_REASONS = "see-absence-reasons"


_DUTY: Final = frozenset(
    {Permission.SEE_DUTY, Permission.SEE_CASES, Permission.WRITE_CASES, Permission.LISTEN}
)
_ROSTER: Final = _DUTY | {Permission.SEE_ABSENCE_REASONS}
GRANTED: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.TECHNICIAN: _DUTY,
        Role.COORDINATOR: _ROSTER,
        Role.ADMINISTRATOR: _ROSTER,
        Role.REVIEWER: frozenset(),
    }
)

ROUTES: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        "static": Permission.PUBLIC,
        "login": Permission.PUBLIC,
        "sign_in": Permission.PUBLIC,
        "logout": Permission.SIGNED_IN,
        "unknown": Permission.SIGNED_IN,
        "overview": Permission.SEE_DUTY,
        "cases": Permission.SEE_CASES,
        "case": Permission.SEE_CASES,
        "add_note": Permission.WRITE_CASES,
        "close_case": Permission.WRITE_CASES,
        "recording": Permission.LISTEN,
    }
)
"""The permission of every route by its name within the blueprint; a route that is not here lets nobody in."""


def may(role: Role, permission: Permission) -> bool:
    """Whether a role has a permission; everybody who is signed in has the first two."""
    return permission in {Permission.PUBLIC, Permission.SIGNED_IN} or permission in GRANTED[role]
