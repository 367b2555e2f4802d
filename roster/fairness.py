"""Who has carried what of a schedule, against an even split by part-time share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from roster.calendar_days import Burden, burdens_of, duty_time, seconds_between
from roster.duties import on_by_person
from roster.history import History, as_history
from roster.organisation import Organisation
from roster.standby import CallOut, LedgerLine, ledger
from roster.timeline import build_timeline
from roster.wallclock import as_utc

# From this long on, a night, week-end, holiday or eve counts as one that somebody has carried.
COUNTS_FROM_SECONDS: Final = 3600
MEASURES: Final = ("hours", "nights", "weekends", "holidays", "eves")


@dataclass(frozen=True, slots=True)
class Carried:
    """What one person has carried of a schedule within a period.

    `rostered` is all time on the roster, `seconds` what of it is duty (outside open desk hours).
    `days` holds the number of nights, week-ends, holidays and eves with at least an hour on duty, and
    `burdened` the seconds in them. `even` is what an even split by `share` would be, in the unit of each of
    `MEASURES` (hours, and numbers). `lines` are the person's duties in the standby ledger.
    """

    person: str
    share: Fraction
    rostered: int
    seconds: int
    days: Mapping[Burden, int]
    burdened: Mapping[Burden, int]
    even: Mapping[str, Fraction]
    lines: tuple[LedgerLine, ...]

    def measure(self, name: str) -> Fraction:
        """Return one of `MEASURES`: hours on duty, or a number of nights, week-ends, holidays or eves."""
        if name == "hours":
            return Fraction(self.seconds, 3600)
        return Fraction(self.days[Burden(name.removesuffix("s"))])


@dataclass(frozen=True, slots=True)
class Fairness:
    """What everybody has carried of a schedule within [start, end), UTC, in the order of the file."""

    schedule: str
    start: datetime
    end: datetime
    people: tuple[Carried, ...]


def carried_within(
    source: History | Organisation,
    schedule_id: str,
    *,
    start: datetime,
    end: datetime,
    call_outs: Sequence[CallOut] = (),
) -> Fairness:
    """Return who has carried what within [start, end), aware instants.

    Everybody is in it whom the schedule names now, or who was on or called out in the period; shares, duty
    hours and rules are those in force now. Whoever has the share 0 is expected to carry nothing.

    Raises:
        UnknownScheduleError: no version has the schedule.
        ValueError: an instant is naive, or `end` is not after `start`.
    """
    history, start, end = as_history(source), as_utc(start), as_utc(end)
    organisation = history.current
    on = on_by_person(build_timeline(history, schedule_id, start=start, end=end))
    schedule = organisation.schedule(schedule_id)
    duty = None if schedule is None else schedule.duty
    mine = [each for each in call_outs if each.schedule in {None, schedule_id} and start <= each.start < end]
    named = {person_id for layer in (schedule.layers if schedule else ()) for person_id in layer.named}
    concerned = named | set(on) | {each.person for each in mine}
    people = [person.id for person in organisation.people if person.id in concerned]
    people += sorted(concerned - set(people))
    shares = {each: _share(organisation, each) for each in people}
    zone = organisation.zone
    burdens = {each: burdens_of(on.get(each, []), duty, zone) for each in people}
    days = {
        each: {
            burden: sum(seconds >= COUNTS_FROM_SECONDS for seconds in by_day.values())
            for burden, by_day in burdens[each].items()
        }
        for each in people
    }
    seconds = {each: seconds_between(duty_time(on.get(each, []), duty, zone)) for each in people}
    totals = {"hours": Fraction(sum(seconds.values()), 3600)} | {
        f"{burden}s": Fraction(sum(days[each][burden] for each in people)) for burden in Burden
    }
    whole = sum(shares.values())
    return Fairness(
        schedule=schedule_id,
        start=start,
        end=end,
        people=tuple(
            Carried(
                person=each,
                share=shares[each],
                rostered=seconds_between(on.get(each, [])),
                seconds=seconds[each],
                days=days[each],
                burdened={burden: sum(by_day.values()) for burden, by_day in burdens[each].items()},
                even={
                    name: totals[name] * shares[each] / whole if whole else Fraction() for name in MEASURES
                },
                lines=ledger(
                    each,
                    on.get(each, []),
                    duty=duty,
                    zone=zone,
                    ratio=schedule.rules.standby if schedule else None,
                    rest_hours=schedule.rules.daily_rest if schedule else None,
                    call_outs=[call for call in mine if call.person == each],
                ),
            )
            for each in people
        ),
    )


def _share(organisation: Organisation, person_id: str) -> Fraction:
    person = organisation.person(person_id)
    return Fraction(1) if person is None else Fraction(person.share).limit_denominator(10_000)
