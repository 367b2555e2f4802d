"""The resolver and a naive one, written from the contract alone, give the same shifts, sources and gaps."""

from datetime import datetime, timedelta

import pytest

from roster.ladder import next_on_duty
from roster.organisation import Organisation
from roster.timeline import build_timeline
from tests.roster.naive import next_on_duty as naive_next
from tests.roster.naive import strip
from tests.roster.random_organisations import Dice, random_case

QUARTER, MINUTE = timedelta(minutes=15), timedelta(minutes=1)


def agree_every_quarter(seed: int) -> None:
    """Compare over three days, in cases whose times lie on quarters of an hour."""
    organisation, start, end = random_case(Dice(seed))
    agree(organisation, start, end, QUARTER, f"seed {seed}, by the quarter")


def agree_every_minute(seed: int) -> None:
    """Compare over the day that holds the clock change, in cases whose times lie on any minute."""
    organisation, start, _ = random_case(Dice(seed, grain=1))
    first = start + timedelta(hours=18)
    agree(organisation, first, first + timedelta(days=1), MINUTE, f"seed {seed}, by the minute")


def agree(organisation: Organisation, start: datetime, end: datetime, step: timedelta, case: str) -> None:
    expected = strip(organisation, organisation.schedules[0], start, end, step)
    timeline = build_timeline(organisation, "s", start=start, end=end)
    shifts = [(each.start, each.end, each.people, each.source) for each in timeline.shifts]
    assert shifts == expected.shifts, case
    assert [(each.start, each.end) for each in timeline.gaps] == expected.gaps, case


@pytest.mark.parametrize("block", range(5))
def test_both_resolvers_agree_around_clock_changes_and_holidays(block: int) -> None:
    for seed in range(block * 10, block * 10 + 10):
        agree_every_quarter(seed)
        agree_every_minute(seed)


@pytest.mark.parametrize("block", range(5))
def test_both_name_the_same_person_as_next_and_neither_one_who_is_absent_now(block: int) -> None:
    """Asked at six instants of each case; a person on holiday is passed over, however soon they come on."""
    for seed in range(200 + block * 8, 208 + block * 8):
        organisation, start, end = random_case(Dice(seed))
        for part in range(6):
            at = start + part * 12 * timedelta(hours=1)
            until = end + timedelta(days=4)
            expected = naive_next(organisation, organisation.schedules[0], at, step=QUARTER, until=until)
            if expected is not None:
                assert next_on_duty(organisation, "s", at) == expected, f"seed {seed} at {at}"


@pytest.mark.slow
@pytest.mark.parametrize("block", range(30))
def test_both_resolvers_agree_on_thousands_of_random_cases(block: int) -> None:
    for seed in range(1000 + block * 100, 1100 + block * 100):
        agree_every_quarter(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_both_resolvers_agree_minute_by_minute(block: int) -> None:
    for seed in range(5000 + block * 50, 5050 + block * 50):
        agree_every_minute(seed)
