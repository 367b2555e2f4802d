"""The resolver and a naive one, written from the contract alone, give the same shifts, sources and gaps."""

from datetime import timedelta
from random import Random

import pytest

from roster.timeline import build_timeline
from tests.roster.naive import strip
from tests.roster.random_organisations import random_case

STEP = timedelta(minutes=15)


def agree(seed: int) -> None:
    organisation, start, end = random_case(Random(seed))
    expected = strip(organisation, organisation.schedules[0], start, end, STEP)
    timeline = build_timeline(organisation, "s", start=start, end=end)
    shifts = [(each.start, each.end, each.people, each.source) for each in timeline.shifts]
    assert shifts == expected.shifts, f"seed {seed}"
    assert [(each.start, each.end) for each in timeline.gaps] == expected.gaps, f"seed {seed}"


@pytest.mark.parametrize("block", range(5))
def test_both_resolvers_agree_on_every_quarter_around_clock_changes_and_holidays(block: int) -> None:
    for seed in range(block * 12, block * 12 + 12):
        agree(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(30))
def test_both_resolvers_agree_on_thousands_of_random_cases(block: int) -> None:
    for seed in range(1000 + block * 100, 1100 + block * 100):
        agree(seed)
