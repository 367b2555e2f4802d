"""The parameters of a request, read strictly: a misspelt filter must not silently give everything."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeVar

from werkzeug.datastructures import MultiDict

from dispatcher.cases.model import CaseState, Urgency
from dispatcher.cases.queries import DEFAULT_LIMIT, MOST_PER_PAGE
from roster.wallclock import FarInstantError, parse_instant
from webhooks.api.errors import ApiError

_Choice = TypeVar("_Choice", bound=StrEnum)

# A `+` in an address arrives as a space unless the program that sent it wrote %2B, which many forget.
_LOST_PLUS: Final = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")


@dataclass(frozen=True, slots=True)
class CasesParameters:
    """What `GET /cases` was asked; None where nothing was given."""

    state: CaseState | None
    urgency: Urgency | None
    since: datetime | None
    limit: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class OnDutyParameters:
    """What `GET /on-duty` was asked; None where nothing was given."""

    schedule: str | None
    at: datetime | None


def cases_parameters(given: MultiDict[str, str], zone: tzinfo) -> CasesParameters:
    """Read the parameters of a list of cases; ApiError 422 names the one that is wrong.

    An empty filter is wrong: a program whose variable is empty would be given every case.
    """
    values = _known(given, ("state", "urgency", "since", "limit", "cursor"))
    for name in ("state", "urgency", "since", "limit"):
        if name in given and name not in values:
            raise ApiError(422, f"{name}: is empty: give a value, or leave it out")
    return CasesParameters(
        state=_choice("state", values.get("state"), CaseState),
        urgency=_choice("urgency", values.get("urgency"), Urgency),
        since=_instant("since", values.get("since"), zone),
        limit=_limit(values.get("limit")),
        cursor=values.get("cursor"),
    )


def on_duty_parameters(given: MultiDict[str, str], zone: tzinfo) -> OnDutyParameters:
    """Read the parameters of a question to the roster; ApiError 422 names the one that is wrong."""
    values = _known(given, ("schedule", "at"))
    return OnDutyParameters(schedule=values.get("schedule"), at=_instant("at", values.get("at"), zone))


def no_parameters(given: MultiDict[str, str]) -> None:
    """Refuse every parameter."""
    _known(given, ())


def _known(given: MultiDict[str, str], names: Sequence[str]) -> dict[str, str]:
    for name in given:
        if name not in names:
            close = get_close_matches(name, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are: {', '.join(names) or 'none'}"
            raise ApiError(422, f"{name}: unknown parameter: {hint}")
        if len(given.getlist(name)) > 1:
            raise ApiError(422, f"{name}: given more than once: give it once")
    return {name: value for name in names if (value := given.get(name, ""))}


def _choice(name: str, value: str | None, choices: type[_Choice]) -> _Choice | None:
    if value is None:
        return None
    try:
        return choices(value)
    except ValueError:
        listed = ", ".join(choices)
        raise ApiError(422, f"{name}: {value!r} is none of the possible values: use {listed}") from None


def _instant(name: str, value: str | None, zone: tzinfo) -> datetime | None:
    if value is None:
        return None
    try:
        return parse_instant(_LOST_PLUS.sub("+", value), zone)
    except FarInstantError as far:
        raise ApiError(422, f"{name}: {value!r} {far}") from None
    except (ValueError, OverflowError):
        hint = "write it as 2026-11-14T03:40:00+01:00, or without offset as wall clock"
        raise ApiError(422, f"{name}: {value!r} is no instant in ISO 8601: {hint}") from None


def _limit(value: str | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    if re.fullmatch(r"[0-9]{1,9}", value) and 1 <= int(value) <= MOST_PER_PAGE:
        return int(value)
    raise ApiError(422, f"limit: {value!r} is no whole number from 1 to {MOST_PER_PAGE}")
