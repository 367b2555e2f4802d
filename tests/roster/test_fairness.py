"""Who has carried what, against an even split by part-time share."""

from collections import Counter
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roster.calendar_days import Burden, burdens_of, duty_time, seconds_between
from roster.duties import on_by_person
from roster.fairness import MEASURES, Carried, Fairness, carried_within
from roster.organisation import Organisation
from roster.planning.loads import seconds_of
from roster.timeline import build_timeline
from roster.wallclock import to_wall
from tests.roster.building import at, layer, organisation
from tests.roster.random_organisations import organisations

DUTY = (
    '[schedules.duty]\ndesk_hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", to = "15:30" }]\n'
    'holidays = "NO"\neves = [{ date = "12-24", from = "12:00" }]\n'
)


def of(answer: Fairness, person: str) -> Carried:
    return next(each for each in answer.people if each.person == person)


def within(org: Organisation, start: str, end: str) -> Fairness:
    return carried_within(org, "s", start=at(start, org), end=at(end, org))


def test_a_christmas_week_is_counted_by_hand() -> None:
    """Monday 21 to Monday 28 December: seven nights, a week-end, an eve, two holidays of which one is a Saturday."""
    org = organisation(DUTY + layer("kari,ola", "weekly", "2026-12-21T08:00:00"))
    kari = of(within(org, "2026-12-21T08:00", "2026-12-28T08:00"), "kari")
    assert dict(kari.days) == {Burden.NIGHT: 7, Burden.WEEKEND: 1, Burden.HOLIDAY: 2, Burden.EVE: 1}
    assert kari.rostered == 168 * 3600
    # desk open Monday to Wednesday, and until 12:00 on Thursday
    assert kari.seconds == (168 - 3 * 7.5 - 4) * 3600
    assert dict(kari.burdened) == {
        Burden.NIGHT: 7 * 9 * 3600,
        Burden.WEEKEND: 48 * 3600,
        Burden.HOLIDAY: 48 * 3600,
        Burden.EVE: 20 * 3600,
    }


def test_the_even_split_is_by_share_and_a_share_of_nothing_expects_nothing() -> None:
    org = organisation(
        layer("kari,ola,siri", "weekly", "2026-01-05T08:00:00"), ola="share = 0.5", siri="share = 0.0"
    )
    answer = within(org, "2026-01-05T08:00", "2026-01-26T08:00")
    assert [each.even["weekends"] for each in answer.people] == [2, 1, 0]
    assert [each.measure("weekends") for each in answer.people] == [1, 1, 1]
    assert of(answer, "kari").even["hours"] == Fraction(2, 3) * 504


def test_everybody_whom_the_layers_name_is_in_it_even_with_nothing() -> None:
    org = organisation(layer("kari,ola", "weekly", "2026-01-05T08:00:00"))
    answer = within(org, "2026-01-05T08:00", "2026-01-12T08:00")
    assert [(each.person, each.rostered) for each in answer.people] == [("kari", 168 * 3600), ("ola", 0)]


def test_less_than_an_hour_of_a_night_is_no_night() -> None:
    org = organisation(
        layer("kari", "daily", "2026-01-05T12:00:00", "until = 2026-01-05T21:59:00")
        + layer("ola", "daily", "2026-01-05T12:00:00", "until = 2026-01-05T22:00:00", name="M")
        .replace("01-05T12", "01-06T12")
        .replace("01-05T22", "01-06T22")
    )
    answer = within(org, "2026-01-05", "2026-01-10")
    assert of(answer, "kari").days[Burden.NIGHT] == 0
    assert of(answer, "ola").days[Burden.NIGHT] == 1


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_burdens_are_what_counting_minute_by_minute_gives(zone: str) -> None:
    org = organisation(DUTY + layer("kari", "weekly", "2026-01-05T08:00:00"), timezone=zone)
    start, end = at("2026-04-02T17:13", org), at("2026-04-06T09:41", org)
    counted: Counter[tuple[Burden, date]] = Counter()
    moment = start
    while moment < end:
        wall = to_wall(moment, org.zone)
        day = wall.date()
        is_weekday = wall.weekday() < 5 and day not in {date(2026, 4, n) for n in (2, 3, 6)}
        if not (
            is_weekday
            and datetime(day.year, day.month, day.day, 8)
            <= wall
            < datetime(day.year, day.month, day.day, 15, 30)
        ):
            if wall.weekday() >= 5:
                counted[Burden.WEEKEND, date(2026, 4, 4)] += 60
            if day in {date(2026, 4, n) for n in (2, 3, 5, 6)}:
                counted[Burden.HOLIDAY, day] += 60
            if wall.hour >= 21 or wall.hour < 6:
                counted[Burden.NIGHT, day if wall.hour >= 21 else day - timedelta(days=1)] += 60
        moment += timedelta(minutes=1)
    duty = org.schedules[0].duty
    found = burdens_of([(start, end)], duty, org.zone)
    assert {(burden, day): n for burden, days in found.items() for day, n in days.items()} == dict(counted)


@settings(max_examples=30, deadline=None)
@given(org=organisations(), days=st.integers(1, 40), cut=st.integers(1, 900))
def test_hours_add_up_over_people_and_over_parts_of_a_period(org: Organisation, days: int, cut: int) -> None:
    start = at("2026-03-01", org)
    end = start + timedelta(days=days)
    whole = carried_within(org, "s", start=start, end=end)
    timeline = build_timeline(org, "s", start=start, end=end)
    people_seconds = sum(
        (shift.end - shift.start) // timedelta(seconds=1) * len(shift.people) for shift in timeline.shifts
    )
    assert sum(each.rostered for each in whole.people) == people_seconds
    middle = start + timedelta(hours=cut)
    if middle < end:
        parts = [carried_within(org, "s", start=a, end=b) for a, b in ((start, middle), (middle, end))]
        for each in whole.people:
            mine = [found for part in parts for found in part.people if found.person == each.person]
            assert sum(part.seconds for part in mine) == each.seconds
            for burden in Burden:
                assert sum(part.burdened[burden] for part in mine) == each.burdened[burden]
    for name in MEASURES:
        if any(each.share for each in whole.people):
            assert sum((each.even[name] for each in whole.people), Fraction()) == sum(
                (each.measure(name) for each in whole.people), Fraction()
            )


@settings(max_examples=30, deadline=None)
@given(org=organisations(), days=st.integers(1, 40))
def test_planning_and_fairness_count_alike(org: Organisation, days: int) -> None:
    start = at("2026-03-01", org)
    timeline = build_timeline(org, "s", start=start, end=start + timedelta(days=days))
    duty = org.schedules[0].duty
    for intervals in on_by_person(timeline).values():
        burdens = burdens_of(intervals, duty, org.zone)
        sums = [
            sum(burdens[each].values()) for each in (Burden.WEEKEND, Burden.HOLIDAY, Burden.EVE, Burden.NIGHT)
        ]
        sums.append(seconds_between(duty_time(intervals, duty, org.zone)))
        assert list(seconds_of(intervals, duty, org.zone)) == sums
