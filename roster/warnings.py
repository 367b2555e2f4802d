"""All that is doubtful in a stretch of the roster: gaps, people nobody reaches, people who carry too much.

Judged by the timelines of the one resolver. Gaps, people without a phone, absent people on duty and
people on two schedules at once are warnings: a caller would meet them. Broken rest and a large share of
the weeks are information: whether they are right is the coordinator's to say.

Phones, absences, meant gaps and rules are those of the newest version: it is the one that will be acted on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Final, assert_never

from roster.duties import duties_of, on_by_person
from roster.gaps import judged_gaps
from roster.history import History, as_history
from roster.layers import absence_at, absent_within
from roster.organisation import MeantGap, Organisation
from roster.overlaps import shared
from roster.phones import is_forbidden
from roster.rest import NoWeeklyRest, ShortRest, broken_daily_rest, broken_weekly_rest
from roster.rules import Rules
from roster.spans import Interval, united
from roster.timeline import Timeline, build_timeline
from roster.wallclock import as_utc, to_wall

AHEAD: Final = timedelta(days=90)
# Duties are seen whole this far outside the stretch that is judged.
MARGIN: Final = timedelta(days=35)

_WEEK: Final = timedelta(days=7)
_MOMENT: Final = timedelta(microseconds=1)


class Kind(StrEnum):
    """What may be doubtful, in the order in which it is listed."""

    GAP = "gap"
    NO_PHONE = "no-phone"
    ABSENT = "absent"
    DOUBLE_DUTY = "double-duty"
    DAILY_REST = "daily-rest"
    WEEKLY_REST = "weekly-rest"
    SHARE_OF_WEEKS = "share-of-weeks"


class Level(StrEnum):
    """How doubtful it is: `warn` is for what a caller would meet, `info` for what is told only."""

    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class NobodyOn:
    """Somebody should be on duty and nobody is; `meant` is the entry that says it is meant, or None."""

    meant: MeantGap | None


@dataclass(frozen=True, slots=True)
class WithoutPhone:
    """Somebody is on duty whom no telephone reaches."""


@dataclass(frozen=True, slots=True)
class AbsentOnDuty:
    """Somebody is on duty while absent: `sources` put them there, and `reason` is the absence's."""

    sources: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class OnTwice:
    """Somebody is on two schedules or more at once."""


@dataclass(frozen=True, slots=True)
class ManyWeeks:
    """Somebody is on in `on` of `of` weeks, and the rule says at most the part `most` of them."""

    on: int
    of: int
    most: float


Doubt = NobodyOn | WithoutPhone | AbsentOnDuty | OnTwice | ShortRest | NoWeeklyRest | ManyWeeks


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubtful stretch [start, end), UTC: on which schedules, about whom (None: nobody), and what."""

    schedules: tuple[str, ...]
    person: str | None
    start: datetime
    end: datetime
    doubt: Doubt

    @property
    def kind(self) -> Kind:
        """Return what kind of finding it is."""
        match self.doubt:
            case NobodyOn():
                return Kind.GAP
            case WithoutPhone():
                return Kind.NO_PHONE
            case AbsentOnDuty():
                return Kind.ABSENT
            case OnTwice():
                return Kind.DOUBLE_DUTY
            case ShortRest():
                return Kind.DAILY_REST
            case NoWeeklyRest():
                return Kind.WEEKLY_REST
            case ManyWeeks():
                return Kind.SHARE_OF_WEEKS
            case unknown:
                assert_never(unknown)

    @property
    def meant(self) -> bool:
        """Say whether it is a gap that the organisation says is meant."""
        return isinstance(self.doubt, NobodyOn) and self.doubt.meant is not None

    @property
    def level(self) -> Level:
        """Return how doubtful it is; a meant gap is information."""
        warns = self.kind in {Kind.GAP, Kind.NO_PHONE, Kind.ABSENT, Kind.DOUBLE_DUTY}
        return Level.WARN if warns and not self.meant else Level.INFO


@dataclass(frozen=True, slots=True)
class _View:
    """What is judged: the newest organisation, every schedule's timeline, and who is on when by person.

    Timelines reach beyond the stretch by the margin; `stretch` is what is asked about.
    """

    organisation: Organisation
    zone: tzinfo
    stretch: Interval
    timelines: Mapping[str, Timeline]
    on: Mapping[str, Mapping[str, list[Interval]]]

    def within(self, intervals: list[Interval]) -> list[Interval]:
        return shared(intervals, [self.stretch])

    @property
    def rules(self) -> dict[str, Rules]:
        return {schedule.id: schedule.rules for schedule in self.organisation.schedules}


def judge_roster(
    source: History | Organisation, *, start: datetime, end: datetime, schedule_id: str | None = None
) -> tuple[Finding, ...]:
    """Return all that is doubtful within [start, end), aware instants, in order of time.

    With a schedule, only what concerns it; rest is judged over all schedules all the same. Gaps and what
    is wrong with who is on are cut to the stretch. Broken rest is told from the first of its duties to
    the end of the last, as far as these are seen within 35 days of the stretch.

    Raises:
        UnknownScheduleError: no version has the schedule.
        ValueError: an instant is naive, or `end` is not after `start`.
    """
    view = _view(as_history(source), as_utc(start), as_utc(end), schedule_id)
    found = (
        finding
        for judge in (_gaps, _without_phone, _absent, _on_twice, _rest, _many_weeks)
        for finding in judge(view)
        if schedule_id is None or schedule_id in finding.schedules
    )
    kinds = tuple(Kind)
    return tuple(
        sorted(
            found, key=lambda each: (each.start, kinds.index(each.kind), each.schedules, each.person or "")
        )
    )


def warnings_within(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return only those that are warnings."""
    return tuple(finding for finding in findings if finding.level is Level.WARN)


def _view(history: History, start: datetime, end: datetime, schedule_id: str | None) -> _View:
    organisation = history.current
    schedules = dict.fromkeys(schedule.id for schedule in organisation.schedules)
    if schedule_id is not None:
        schedules.setdefault(schedule_id)
    if end <= start:
        message = "a stretch to judge ends after its start"
        raise ValueError(message)
    timelines = {
        each: build_timeline(history, each, start=start - MARGIN, end=end + MARGIN) for each in schedules
    }
    on: dict[str, dict[str, list[Interval]]] = {}
    for each, timeline in timelines.items():
        for person_id, intervals in on_by_person(timeline).items():
            on.setdefault(person_id, {})[each] = intervals
    return _View(organisation, organisation.zone, (start, end), timelines, on)


def _gaps(view: _View) -> Iterator[Finding]:
    for schedule_id, timeline in view.timelines.items():
        for gap in judged_gaps(timeline, view.organisation):
            for start, end in view.within([(gap.start, gap.end)]):
                yield Finding((schedule_id,), None, start, end, NobodyOn(gap.meant))


def _without_phone(view: _View) -> Iterator[Finding]:
    for person_id, schedules in view.on.items():
        person = view.organisation.person(person_id)
        if person is None or any(not is_forbidden(phone) for phone in person.phones):
            continue
        for schedule_id, intervals in schedules.items():
            for start, end in view.within(intervals):
                yield Finding((schedule_id,), person_id, start, end, WithoutPhone())


def _absent(view: _View) -> Iterator[Finding]:
    for person_id, schedules in view.on.items():
        person = view.organisation.person(person_id)
        if person is None or not person.absences:
            continue
        away = absent_within(person.absences, view.zone, *view.stretch)
        for schedule_id, intervals in schedules.items():
            for start, end in view.within(shared(intervals, away)):
                absence = absence_at(person.absences, view.zone, start)
                sources = _sources(view.timelines[schedule_id], person_id, start, end)
                reason = "" if absence is None else absence.reason
                yield Finding((schedule_id,), person_id, start, end, AbsentOnDuty(sources, reason))


def _sources(timeline: Timeline, person_id: str, start: datetime, end: datetime) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            shift.source
            for shift in timeline.shifts
            if shift.start < end and shift.end > start and person_id in shift.people
        )
    )


def _on_twice(view: _View) -> Iterator[Finding]:
    """Yield stretches on two schedules or more, joined over whatever schedules they are."""
    for person_id, schedules in view.on.items():
        named = list(schedules.items())
        twice = united(
            interval
            for number, (_, intervals) in enumerate(named)
            for _, others in named[number + 1 :]
            for interval in shared(intervals, others)
        )
        for start, end in view.within(twice):
            concerned = tuple(each for each, intervals in named if shared(intervals, [(start, end)]))
            yield Finding(concerned, person_id, start, end, OnTwice())


def _rest(view: _View) -> Iterator[Finding]:
    rules, (first, last) = view.rules, view.stretch
    for person_id, schedules in view.on.items():
        duties = duties_of(schedules)
        for short in broken_daily_rest(duties, rules):
            # A row counts the breaks that touch the stretch, not those long past.
            breaks = tuple(
                each for each in short.breaks if each.before.end < last and each.after.start > first
            )
            if breaks:
                seen = ShortRest(breaks)
                yield Finding(seen.schedules, person_id, seen.start, seen.end, seen)
        for long in broken_weekly_rest(duties, rules, view.zone):
            if long.start < last and long.end > first:
                yield Finding(long.schedules, person_id, long.start, long.end, long)


def _many_weeks(view: _View) -> Iterator[Finding]:
    """Yield who is on in too many weeks of a schedule that two or more carry."""
    first, last = view.stretch
    weeks = _weeks(to_wall(first, view.zone).date(), to_wall(last - _MOMENT, view.zone).date())
    for schedule in view.organisation.schedules:
        on = {each: at[schedule.id] for each, at in view.on.items() if schedule.id in at}
        most = schedule.rules.most_weeks
        carriers = [person_id for person_id, intervals in on.items() if view.within(intervals)]
        if not most or len(carriers) < 2:
            continue
        # Rounded up: of thirteen weeks one of two people has to carry seven.
        allowed = ceil(Fraction(most).limit_denominator(1000) * len(weeks))
        for person_id in carriers:
            count = len(weeks & _weeks_of_duties(on[person_id], view.zone))
            if count > allowed:
                yield Finding((schedule.id,), person_id, first, last, ManyWeeks(count, len(weeks), most))


def _weeks_of_duties(intervals: list[Interval], zone: tzinfo) -> set[date]:
    """Return the Mondays of the weeks that duties count in.

    A duty counts in the week in which it begins, and again for each seven days that it goes on: so a week
    from Wednesday to Wednesday is one week, not two.
    """
    found: set[date] = set()
    for start, end in intervals:
        begins, ends = to_wall(start, zone), to_wall(end, zone)
        while begins < ends:
            found.add(_monday(begins.date()))
            begins += _WEEK
    return found


def _weeks(first: date, last: date) -> set[date]:
    """Return the Mondays of the weeks that hold days, the last one included."""
    count = (_monday(last) - _monday(first)).days // 7 + 1
    return {_monday(first) + number * _WEEK for number in range(count)}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
