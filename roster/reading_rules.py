"""Reading what people may be asked to carry: the rules of a schedule, and a person's share and wishes."""

import re
from enum import StrEnum
from fractions import Fraction
from typing import Final

from roster.reading_tables import Table
from roster.rules import NO_RULES, Cap, Rules, Wish
from roster.toml_values import described, quoted

_RATIO: Final = re.compile(r"([0-9]{1,4})/([1-9][0-9]{0,3})", re.ASCII)
_HOURS_IN_DAY: Final = 24
_HOURS_IN_WEEK: Final = 168
_MOST_WEEKS_BETWEEN: Final = 104
_MOST_CAP_DAYS: Final = 732


class _Want(StrEnum):
    OFF = "off"
    ON = "on"


def read_rules(table: Table) -> Rules:
    """Read `[schedules.rules]`."""
    daily = table.integer("daily_rest", least=0, most=_HOURS_IN_DAY)
    weekly = table.integer("weekly_rest", least=0, most=_HOURS_IN_WEEK)
    most_weeks = table.number("most_weeks", least=0, most=1)
    standby = _read_ratio(table, "standby")
    between = table.integer("weeks_between", least=0, most=_MOST_WEEKS_BETWEEN)
    caps = tuple(cap for each in table.tables("caps", inline=True) if (cap := _read_cap(each)) is not None)
    table.close()
    return Rules(
        daily_rest=NO_RULES.daily_rest if daily is None else daily,
        weekly_rest=NO_RULES.weekly_rest if weekly is None else weekly,
        most_weeks=NO_RULES.most_weeks if most_weeks is None else most_weeks,
        standby=NO_RULES.standby if standby is None else standby,
        weeks_between=between or 0,
        caps=caps,
    )


def read_share(table: Table) -> float:
    """Read a person's part-time `share`, 1 where it is left out."""
    share = table.number("share", least=0, most=1)
    return 1.0 if share is None else share


def read_wishes(table: Table) -> tuple[Wish, ...]:
    """Read a person's `wishes`."""
    wishes = (_read_wish(each) for each in table.tables("wishes", inline=True))
    return tuple(wish for wish in wishes if wish is not None)


def _read_wish(table: Table) -> Wish | None:
    first, last = table.day("from", required=True), table.day("to", required=True)
    want = table.choice("want", _Want)
    reason = table.text("reason") or ""
    table.close()
    if first is None or last is None:
        return None
    if last < first:
        table.problem("to", f"{last.isoformat()} is before the first day", "write a later day")
        return None
    return Wish(from_=first, to=last, want="on" if want is _Want.ON else "off", reason=reason)


def _read_cap(table: Table) -> Cap | None:
    days = table.integer("days", least=1, most=_MOST_CAP_DAYS, required=True)
    most = table.integer("most", least=0, most=_MOST_CAP_DAYS, required=True)
    table.close()
    return None if days is None or most is None else Cap(days=days, most=most)


def _read_ratio(table: Table, key: str) -> Fraction | None:
    """Return what one hour counts as, a fraction from 0 to 1 written as `"1/7"`."""
    written = table.value(key)
    if written is None:
        return None
    match = _RATIO.fullmatch(written) if isinstance(written, str) else None
    ratio = Fraction(int(match[1]), int(match[2])) if match is not None else None
    if ratio is None or ratio > 1:
        what = quoted(written) if isinstance(written, str) else described(written)
        table.problem(key, f"{what} is no ratio", 'write it as text from "0/1" to "1/1", for instance "1/7"')
        return None
    return ratio
