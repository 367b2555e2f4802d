"""What a duty counts as in working time: by ratio, with time called out in full, exactly."""

from datetime import timedelta
from fractions import Fraction

from roster.calendar_days import Burden
from roster.fairness import carried_within
from roster.organisation import Organisation
from roster.standby import CallOut, LedgerLine
from tests.roster.building import at, layer, organisation, override

WEEKEND = override("w", "kari", "2026-11-13T16:00:00", "2026-11-16T00:00:00")
ORG = organisation(WEEKEND)


def lines(org: Organisation, start: str, end: str, *call_outs: CallOut) -> tuple[LedgerLine, ...]:
    answer = carried_within(org, "s", start=at(start, org), end=at(end, org), call_outs=call_outs)
    return next(each.lines for each in answer.people if each.person == "kari")


def called(start: str, end: str, reference: str = "V-1001") -> CallOut:
    return CallOut("kari", at(start, ORG), at(end, ORG), reference, "s")


def test_friday_16_to_sunday_24_is_56_hours_and_counts_8() -> None:
    (line,) = lines(ORG, "2026-11-01", "2026-12-01")
    assert line.standby == 56 * 3600
    assert line.counted == 8 * 3600


def test_the_ratio_is_the_schedules() -> None:
    org = organisation('[schedules.rules]\nstandby = "1/5"\n' + WEEKEND)
    assert lines(org, "2026-11-01", "2026-12-01")[0].counted == Fraction(56 * 3600, 5)


def test_time_called_out_counts_in_full_and_not_as_standby_besides() -> None:
    one, two = (
        called("2026-11-14T02:00", "2026-11-14T02:40"),
        called("2026-11-14T02:30", "2026-11-14T03:00", "V-2"),
    )
    (line,) = lines(ORG, "2026-11-01", "2026-12-01", one, two)
    assert (line.active, line.standby) == (3600, 55 * 3600)
    assert line.counted == 3600 + Fraction(55 * 3600, 7)
    assert line.rested_at == at("2026-11-14T14:00", ORG)
    assert line.call_outs == (one, two)


def test_a_call_out_that_outlasts_the_duty_or_has_none_counts_in_full() -> None:
    late, alone = (
        called("2026-11-15T23:30", "2026-11-16T00:30"),
        called("2026-11-20T02:00", "2026-11-20T02:10", "V-3"),
    )
    first, second = lines(ORG, "2026-11-01", "2026-12-01", late, alone)
    assert (first.active, first.standby) == (3600, 55 * 3600 + 1800)
    assert (second.active, second.standby) == (600, 0)
    assert second.counted == 600


def test_call_outs_of_others_other_schedules_and_other_times_are_not_in_it() -> None:
    for other in (
        CallOut("ola", at("2026-11-14", ORG), at("2026-11-15", ORG), "V-1", "s"),
        CallOut("kari", at("2026-11-14", ORG), at("2026-11-15", ORG), "V-1", "t"),
        called("2026-12-01T00:00", "2026-12-01T01:00"),
    ):
        assert lines(ORG, "2026-11-01", "2026-12-01", other)[0].active == 0


def test_the_service_desks_hours_are_no_standby() -> None:
    org = organisation(
        '[schedules.duty]\ndesk_hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", to = "15:30" }]\n'
        'holidays = "NO"\n' + layer("kari", "weekly", "2026-11-02T08:00:00")
    )
    (line,) = lines(org, "2026-11-02T08:00", "2026-11-09T08:00")
    assert line.standby == (168 - 5 * 7.5) * 3600
    (easter,) = lines(org, "2027-03-22T08:00", "2027-03-29T08:00")
    # Thursday and Friday are holidays, and the clocks move forward on Sunday
    assert easter.standby == (167 - 3 * 7.5) * 3600
    assert easter.burdened[Burden.HOLIDAY] == (24 + 24 + 23 + 8) * 3600


def test_a_night_of_a_clock_change_is_an_hour_longer_or_half_an_hour() -> None:
    oslo = organisation(layer("kari", "daily", "2026-10-24T21:00:00"))
    answer = lines(oslo, "2026-10-24T21:00", "2026-10-25T06:00")
    assert answer[0].burdened[Burden.NIGHT] == 10 * 3600
    lord_howe = organisation(layer("kari", "daily", "2026-04-04T21:00:00"), timezone="Australia/Lord_Howe")
    answer = lines(lord_howe, "2026-04-04T21:00", "2026-04-05T06:00")
    assert timedelta(seconds=answer[0].burdened[Burden.NIGHT]) == timedelta(hours=9, minutes=30)
