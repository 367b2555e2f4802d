"""The standby ledger: what each duty counts as in working time.

Standby counts by a ratio (one seventh by default), time called out in full and not as standby besides: a
week-end from Friday 16:00 to Sunday 24:00 is 56 hours and counts 8. Fractions throughout; rounded only where
it is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction

from roster.calendar_days import Burden, burdens_of, duty_time, seconds_between
from roster.organisation import DutyHours
from roster.rules import NO_RULES
from roster.spans import Interval, united, without


@dataclass(frozen=True, slots=True)
class CallOut:
    """Somebody called out within [start, end), UTC: from taking the call or case to the end of the call.

    `end` is `start` where only the taking is known. `schedule` is that of the hotline, None where unknown.
    """

    person: str
    start: datetime
    end: datetime
    reference: str
    schedule: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One duty of one person, or call-outs outside duty (then `standby` is 0); seconds.

    `standby` is time on duty and not called out, `active` time called out, `counted` what both count as.
    `rested_at` is when the daily rest after the last call-out is over, None without one: until then the
    rest is broken, which is told and not judged.
    """

    person: str
    start: datetime
    end: datetime
    standby: int
    active: int
    counted: Fraction
    call_outs: tuple[CallOut, ...]
    burdened: dict[Burden, int]
    rested_at: datetime | None


def ledger(
    person_id: str,
    on: Sequence[Interval],
    *,
    duty: DutyHours | None,
    zone: tzinfo,
    ratio: Fraction | None = None,
    rest_hours: int | None = None,
    call_outs: Sequence[CallOut] = (),
) -> tuple[LedgerLine, ...]:
    """Return the duties of one person as lines, in order; `on` is when the person is on (UTC, in order).

    Duty is what lies outside open desk hours. A call-out belongs to the duty in which it begins; what of
    it lies beyond the duty counts in full all the same.
    """
    ratio = NO_RULES.standby if ratio is None else ratio
    rest = timedelta(hours=NO_RULES.daily_rest if rest_hours is None else rest_hours)
    left = sorted(call_outs, key=lambda each: (each.start, each.reference))
    lines: list[LedgerLine] = []
    for start, end in on:
        times = duty_time([(start, end)], duty, zone)
        mine = [each for each in left if start <= each.start < end]
        left = [each for each in left if not start <= each.start < end]
        if times or mine:
            line = _line(
                person_id,
                (start, end),
                times=times,
                call_outs=mine,
                ratio=ratio,
                rest=rest,
                burdens=burdens_of([(start, end)], duty, zone),
            )
            lines.append(line)
    for each in left:
        line = _line(
            person_id,
            (each.start, each.end),
            times=[],
            call_outs=[each],
            ratio=ratio,
            rest=rest,
            burdens=burdens_of([], duty, zone),
        )
        lines.append(line)
    return tuple(sorted(lines, key=lambda line: (line.start, line.end)))


def _line(
    person_id: str,
    whole: Interval,
    *,
    times: Sequence[Interval],
    call_outs: Sequence[CallOut],
    ratio: Fraction,
    rest: timedelta,
    burdens: Mapping[Burden, Mapping[date, int]],
) -> LedgerLine:
    called = united((each.start, each.end) for each in call_outs)
    standby = seconds_between(without(times, called))
    active = seconds_between(called)
    return LedgerLine(
        person=person_id,
        start=whole[0],
        end=whole[1],
        standby=standby,
        active=active,
        counted=standby * ratio + active,
        call_outs=tuple(call_outs),
        burdened={burden: sum(by_day.values()) for burden, by_day in burdens.items()},
        rested_at=max(each.end for each in call_outs) + rest if call_outs else None,
    )
