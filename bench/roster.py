"""How fast the roster answers, beside two libraries that are given the same roster.

One run: first all answers are compared (who is on at thousands of instants, and the whole year), then the
rounds alternate between the contenders, so that whatever else the machine does meets them all, and the
medians count. A contender is used at its best: query object and cached rule are kept, and that the rivals'
events must still be laid over one another for a year's timeline is not counted against them.
`python -m bench.roster` prints the figures of docs/benchmarks.md; exit status 1 tells of a missed aim.
"""

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise

from bench.roster_rivals import (
    END,
    NEW,
    OLD,
    START,
    CalendarRival,
    Piece,
    RuleRival,
    instants,
    organisation,
    schedule,
)
from roster.on_duty import who_is_on
from roster.organisation import Organisation
from roster.timeline import Timeline, build_timeline

SCHEDULES = 1000


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure: rounds, instants a round for us and for the rivals, schedules of the large one."""

    rounds: int
    instants: int
    rival_instants: int
    schedules: int
    checked: int


FULL = Effort(rounds=15, instants=20_000, rival_instants=60, schedules=SCHEDULES, checked=3000)
QUICK = Effort(rounds=2, instants=200, rival_instants=5, schedules=10, checked=150)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result; `aim` is the most (or with `least` the least) that will do, None for no aim."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    least: bool = False

    @property
    def met(self) -> bool:
        """Say whether the aim is met."""
        return self.aim is None or (self.value >= self.aim if self.least else self.value <= self.aim)


class DifferentAnswersError(Exception):
    """The contenders do not say the same, so that their times cannot be compared."""


def our_pieces(timeline: Timeline) -> list[Piece]:
    """Return a timeline of one person at a time as the rivals' answers are written."""
    pieces: list[Piece] = []
    for shift in timeline.shifts:
        (person,) = shift.people
        if pieces and pieces[-1][1] == shift.start and pieces[-1][2] == person:
            pieces[-1] = (pieces[-1][0], shift.end, person)
        else:
            pieces.append((shift.start, shift.end, person))
    return pieces


def compare_answers(
    timeline: Timeline, calendar: CalendarRival, rule: RuleRival, at: Sequence[datetime]
) -> None:
    """See that all three say the same at every instant and of the whole year."""
    for instant in at:
        shift = timeline.at(instant)
        ours = "" if shift is None else shift.people[0]
        if not ours == calendar.who(instant) == rule.who(instant):
            message = f"{instant}: {ours}, {calendar.who(instant)}, {rule.who(instant)}"
            raise DifferentAnswersError(message)
    ours_of_year = our_pieces(timeline)
    if not ours_of_year == calendar.pieces() == rule.pieces():
        message = "the year's timelines differ"
        raise DifferentAnswersError(message)
    if any(before[1] != after[0] for before, after in pairwise(ours_of_year)):
        message = "the year has holes"
        raise DifferentAnswersError(message)


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long one run of the work takes, in seconds."""
    begun = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - begun) / 1e9


def medians(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each work over alternating rounds, after one round that is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            seconds = seconds_of(work)
            if number:
                taken[name].append(seconds)
    return {name: statistics.median(found) for name, found in taken.items()}


def measure(effort: Effort) -> list[Figure]:
    """Compare the answers, then measure."""
    ours, old = organisation(schedule()), organisation(schedule(begun=OLD))
    many = organisation(*(schedule(f"s{number}") for number in range(effort.schedules)))
    timeline = year_of(ours)
    calendar, rule = CalendarRival.of(schedule(begun=NEW)), RuleRival.of(schedule(begun=NEW))
    compare_answers(timeline, calendar, rule, instants(effort.checked))
    if our_pieces(year_of(old)) == our_pieces(timeline):
        message = "the old rotation is the new one"
        raise DifferentAnswersError(message)
    some, few = instants(effort.instants), instants(effort.rival_instants)

    def who() -> None:
        at = timeline.at
        for instant in some:
            shift = at(instant)
            if shift is not None:
                _ = shift.people

    gc.disable()
    try:
        taken = medians(
            {
                "who": who,
                "who calendar": lambda: [calendar.who(instant) for instant in few],
                "who rule": lambda: [rule.who(instant) for instant in few],
                "reasons": lambda: [who_is_on(ours, "drift", instant) for instant in few],
                "year": lambda: year_of(ours),
                "year old": lambda: year_of(old),
                "year calendar": calendar.year,
                "year rule": rule.year,
            },
            effort.rounds,
        )
        large = medians(
            {"many": lambda: [year_of(many, each.id) for each in many.schedules]},
            max(effort.rounds // 5, 1),
        )
    finally:
        gc.enable()
    each = taken["who"] / len(some)
    by_calendar, by_rule = taken["who calendar"] / len(few), taken["who rule"] / len(few)
    return [
        Figure("who(t) on a built timeline", each * 1e6, "µs", aim=2),
        Figure("who(t), recurring_ical_events, query kept", by_calendar * 1e6, "µs"),
        Figure("who(t), python-dateutil, rule cached", by_rule * 1e6, "µs"),
        Figure("who(t): times as fast as recurring_ical_events", by_calendar / each, "x", 300, least=True),
        Figure("who(t): times as fast as python-dateutil", by_rule / each, "x"),
        Figure("who, with until, next and reasons", taken["reasons"] / len(few) * 1e3, "ms"),
        Figure("one year's timeline from rules", taken["year"] * 1e3, "ms", aim=2),
        Figure("one year, recurring_ical_events, not laid over", taken["year calendar"] * 1e3, "ms"),
        Figure("one year, python-dateutil, rotation alone", taken["year rule"] * 1e3, "ms"),
        Figure("a ten-year-old rotation against a new one", taken["year old"] / taken["year"], "x", 1.15),
        Figure(
            f"{effort.schedules} schedules over a year",
            large["many"],
            "s",
            aim=3 * effort.schedules / SCHEDULES,
        ),
        Figure("memory of one year's timeline", peak_kilobytes(ours), "kB"),
    ]


def year_of(source: Organisation, schedule_id: str = "drift") -> Timeline:
    """Return the year's timeline of a schedule."""
    return build_timeline(source, schedule_id, start=START, end=END)


def peak_kilobytes(source: Organisation) -> float:
    """Return the most memory that making a year's timeline holds at once, in kilobytes."""
    tracemalloc.start()
    try:
        year_of(source)
        return tracemalloc.get_traced_memory()[1] / 1000
    finally:
        tracemalloc.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 when an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.roster", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="little of everything, to see that it runs")
    given = parser.parse_args(arguments)
    try:
        import dateutil.rrule  # noqa: F401  only to see that it is there
        import recurring_ical_events  # noqa: F401
    except ImportError as missing:
        print(f"bench.roster: {missing.name} is missing: pip install 'vakttelefon[bench]'", file=sys.stderr)
        return 2
    figures = measure(QUICK if given.quick else FULL)
    if given.json:
        print(json.dumps([{**asdict(figure), "met": figure.met} for figure in figures], indent=2))
    else:
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores; medians of alternating rounds")
        for figure in figures:
            print(line_of(figure))
    return 0 if all(figure.met for figure in figures) else 1


def line_of(figure: Figure) -> str:
    """Return a figure as a line of the table."""
    if figure.aim is None:
        judged = ""
    else:
        bound = "at least" if figure.least else "at most"
        judged = f"{bound} {figure.aim:g}: {'ok' if figure.met else 'MISSED'}"
    written = f"{figure.value:,.0f}" if figure.value >= 1000 else f"{figure.value:.3g}"
    return f"{figure.name:<50} {written:>7} {figure.unit:<3} {judged}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
