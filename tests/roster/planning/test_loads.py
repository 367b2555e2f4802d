"""Loads by hand, and what a plan means for each person."""

import pytest

from roster.history import as_history
from roster.organisation import Language
from roster.planning.balance import balances, short_rests, wishes
from roster.planning.loads import holidays_in, quarters, seconds_of
from roster.planning.proposing import Plan
from roster.planning.question import Request, ask
from tests.roster.building import at, layer, organisation, override

DUTY = """[schedules.duty]
desk_hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", to = "15:30" }]
holidays = "NO"
eves = [{ date = "12-24", from = "12:00" }]
"""
HOUR = 3600


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        # week-end, holidays, eves, nights, all: in hours
        ("2027-01-08T15:30", "2027-01-11T08:00", (48, 0, 0, 27, 64.5)),  # Friday to Monday
        ("2027-01-04T08:00", "2027-01-08T15:30", (0, 0, 0, 36, 66)),  # four nights, the desk open by day
        ("2027-01-05T09:00", "2027-01-05T15:00", (0, 0, 0, 0, 0)),  # the desk is open
        ("2026-12-23T15:30", "2026-12-26", (0, 24, 20, 21, 52.5)),  # Christmas: a Thursday's eve from 08:00
        ("2027-03-27", "2027-03-29", (47, 23, 0, 17, 47)),  # Easter, with the hour that does not exist
        ("2027-10-30", "2027-11-01", (49, 0, 0, 19, 49)),  # the hour that comes twice
    ],
)
def test_loads_are_the_time_outside_desk_hours(start: str, end: str, hours: tuple[float, ...]) -> None:
    org = organisation(DUTY)
    parts = [(at(start, org), at(end, org))]
    found = seconds_of(parts, org.schedules[0].duty, org.zone)
    assert [seconds / HOUR for seconds in found] == pytest.approx(hours)


def test_without_duty_hours_all_time_counts_and_no_day_is_a_holiday() -> None:
    org = organisation()
    parts = [(at("2026-12-24", org), at("2026-12-26", org))]
    assert [seconds / HOUR for seconds in seconds_of(parts, None, org.zone)] == [0, 0, 0, 18, 48]
    assert holidays_in(parts, None, org.zone, Language.EN) == []


def test_quarters_are_the_nearest() -> None:
    """A week-end an hour short over the clock change is a whole one all the same."""
    assert quarters((47 * HOUR, 15 * HOUR, 0, 9 * HOUR, 65 * HOUR)) == (4, 3, 0, 4, 11)


def test_holidays_are_named_once_a_day_in_order() -> None:
    org = organisation(DUTY)
    parts = [(at("2027-03-24", org), at("2027-03-26", org)), (at("2027-03-26", org), at("2027-03-27", org))]
    names = holidays_in(parts, org.schedules[0].duty, org.zone, Language.EN)
    assert names == ["Maundy Thursday", "Good Friday"]


def test_a_balance_says_what_each_carried_carries_and_would_carry_evenly() -> None:
    """Kari carried a week, Ola none of two; with half a share Ola should have a third of all."""
    org = organisation(
        layer("kari,ola", "weekly", "2027-01-04T08:00:00")
        + override("o", "kari", "2027-01-11T08:00:00", "2027-01-12T08:00:00"),
        ola="share = 0.5",
    )
    request = Request(start=at("2027-01-11", org), end=at("2027-01-19", org), before=at("2027-01-04", org))
    question = ask(as_history(org), "s", request)
    kari, ola = balances(Plan(question, (1, 0)))
    hours = 4
    assert [each / HOUR for each in (kari.before[hours], ola.before[hours])] == [168, 0]
    assert [each / HOUR for each in (kari.planned[hours], ola.planned[hours])] == [24 + 168, 144]
    # Ola is new: credited with half of Kari's week, so that two thirds to one third stay to be planned.
    assert (kari.is_new, ola.is_new) == (False, True)
    assert kari.even[hours] / HOUR == pytest.approx(336 * 2 / 3)
    assert ola.even[hours] / HOUR == pytest.approx(336 / 3)


def test_two_weeks_on_end_and_a_short_night_are_told_as_short_rest() -> None:
    org = organisation(
        layer("kari,ola", "daily", "2027-01-04T08:00:00", 'windows = [{ from = "16:00", to = "08:00" }]')
    )
    question = ask(as_history(org), "s", Request(start=at("2027-01-05", org), end=at("2027-01-07", org)))
    (rest,) = short_rests(Plan(question, (0, 0)))[:1]
    assert (rest.person, rest.start - rest.end) == (
        "kari",
        at("2027-01-05T16:00", org) - at("2027-01-05T08:00", org),
    )
    weekly = organisation(layer("kari,ola,siri,per", "weekly", "2027-01-04T08:00:00"))
    asked = ask(
        as_history(weekly), "s", Request(start=at("2027-01-04", weekly), end=at("2027-01-19", weekly))
    )
    assert [each.person for each in short_rests(Plan(asked, (1, 1, 2)))] == ["ola"]
    assert short_rests(Plan(asked, (1, 2, 1))) == ()


def test_a_wish_outside_the_period_is_neither_met_nor_unmet() -> None:
    org = organisation(
        layer("kari,ola", "weekly", "2027-01-04T08:00:00"),
        kari="wishes = [{ from = 2027-01-05, to = 2027-01-05 }, { from = 2027-06-05, to = 2027-06-05 }]",
    )
    question = ask(as_history(org), "s", Request(start=at("2027-01-04", org), end=at("2027-01-05", org)))
    assert [each.is_met for each in wishes(Plan(question, (0,)))] == [False]
    assert [each.is_met for each in wishes(Plan(question, (1,)))] == [True]
