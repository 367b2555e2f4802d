"""What people may be asked to carry: rest, spacing and shares of a schedule, and what a person wishes for.

`roster gaps` warns by rest and shares, `roster plan` keeps `weeks_between` and `caps` and weighs rest, the
standby ledger counts by `standby`. None of them ever decides who is on duty.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

WishKind = Literal["off", "on"]

DAILY_REST_HOURS: Final = 11
WEEKLY_REST_HOURS: Final = 35
STANDBY_RATIO: Final = Fraction(1, 7)


@dataclass(frozen=True, slots=True)
class Wish:
    """Days, both included, on which somebody would rather be off duty, or on it."""

    from_: date
    to: date
    want: WishKind = "off"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` duties of one person that begin within any `days` days on end."""

    days: int
    most: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one schedule.

    `daily_rest` and `weekly_rest` are hours free of duty, 0 for no such rule (defaults: the Norwegian
    Working Environment Act, section 10-8). `most_weeks` is the share of the weeks that one person may be on
    in, from 0 to 1. `standby` is what one hour of duty counts as in working time. `weeks_between` is the
    number of whole weeks between the end of somebody's duty and the start of the next.
    """

    daily_rest: int = DAILY_REST_HOURS
    weekly_rest: int = WEEKLY_REST_HOURS
    most_weeks: float = 0.5
    standby: Fraction = STANDBY_RATIO
    weeks_between: int = 0
    caps: tuple[Cap, ...] = ()


NO_RULES: Final = Rules()
