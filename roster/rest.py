"""Broken rest: duties with too short a break between them, and too long without a free day and night.

The hours are those of `[schedules.rules]`, by default the 11 and 35 hours of the Norwegian Working
Environment Act, section 10-8. What the law makes of standby duty depends on agreements and on how often
the phone rings, so broken rest is told and never forbidden.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from roster.duties import Duty
from roster.rules import NO_RULES, Rules
from roster.wallclock import to_wall

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Break:
    """Free time between two duties that is shorter than `hours`, the daily rest."""

    before: Duty
    after: Duty
    hours: int

    @property
    def length(self) -> timedelta:
        """Return the elapsed time between the two duties."""
        return self.after.start - self.before.end


@dataclass(frozen=True, slots=True)
class ShortRest:
    """Duties in a row with too short a break between each two of them; at least one break."""

    breaks: tuple[Break, ...]

    @property
    def start(self) -> datetime:
        """Return the instant at which the first duty begins."""
        return self.breaks[0].before.start

    @property
    def end(self) -> datetime:
        """Return the instant at which the last duty ends."""
        return self.breaks[-1].after.end

    @property
    def schedules(self) -> tuple[str, ...]:
        """Return the schedules of all the duties, in the order in which they are met."""
        duties = (self.breaks[0].before, *(each.after for each in self.breaks))
        return _schedules(duties)

    @property
    def shortest(self) -> Break:
        """Return the shortest break, the first one of equals."""
        return min(self.breaks, key=lambda each: each.length)


@dataclass(frozen=True, slots=True)
class NoWeeklyRest:
    """Duties that last longer than seven days with no break of `hours`, the weekly rest, in between."""

    start: datetime
    end: datetime
    schedules: tuple[str, ...]
    hours: int


def broken_daily_rest(duties: Sequence[Duty], rules: Mapping[str, Rules]) -> Iterator[ShortRest]:
    """Yield where one person's duties follow each other too closely; breaks in a row are one finding.

    Breaks are elapsed time. The strictest rule of the schedules concerned holds; 0 hours is no rule.
    """
    row: list[Break] = []
    for before, after in pairwise(duties):
        hours = max(_rule(rules, each).daily_rest for each in (*before.schedules, *after.schedules))
        short = Break(before, after, hours)
        if short.length < timedelta(hours=hours):
            row.append(short)
        elif row:
            yield ShortRest(tuple(row))
            row = []
    if row:
        yield ShortRest(tuple(row))


def broken_weekly_rest(
    duties: Sequence[Duty], rules: Mapping[str, Rules], zone: tzinfo
) -> Iterator[NoWeeklyRest]:
    """Yield where one person goes more than seven days, by the clock, without the weekly rest.

    By the clock, so that a duty of one week is one week over a clock change too. The strictest rule of
    the schedules concerned holds; 0 hours is no rule.
    """
    row: list[Duty] = []
    for duty in duties:
        if row:
            hours = max(_rule(rules, each).weekly_rest for each in (*row[-1].schedules, *duty.schedules))
            if duty.start - row[-1].end >= timedelta(hours=hours):
                yield from _longer_than_a_week(row, rules, zone)
                row = []
        row.append(duty)
    yield from _longer_than_a_week(row, rules, zone)


def _longer_than_a_week(
    row: Sequence[Duty], rules: Mapping[str, Rules], zone: tzinfo
) -> Iterator[NoWeeklyRest]:
    if not row:
        return
    start, end, schedules = row[0].start, row[-1].end, _schedules(row)
    hours = max(_rule(rules, each).weekly_rest for each in schedules)
    if hours and to_wall(end, zone) - to_wall(start, zone) > _WEEK:
        yield NoWeeklyRest(start, end, schedules, hours)


def _rule(rules: Mapping[str, Rules], schedule_id: str) -> Rules:
    return rules.get(schedule_id, NO_RULES)


def _schedules(duties: Sequence[Duty]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for duty in duties for each in duty.schedules))
