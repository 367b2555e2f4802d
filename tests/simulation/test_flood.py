"""Strangers flood the hotline, and the real case in the middle of it is paged as if nothing were."""

from bench.flood import AIM_SECONDS, Flood, Outcome, play, table
from tests.simulation.theatre import Theatre

SMALL = Flood(texts=36, calls=9, minutes=9)


def to(outcome: Outcome, name: str, purpose: str) -> int:
    return outcome.sent[(purpose, name)]


def test_a_real_case_in_the_middle_of_a_flood_is_paged_within_five_seconds(theatre: Theatre) -> None:
    outcome = play(theatre, SMALL)
    assert outcome.paged_after is not None
    assert outcome.paged_after <= AIM_SECONDS
    # one page for each case's first round, one for each later round of all of them together
    assert to(outcome, "Kari", "SMS page") <= outcome.cases + 2
    assert to(outcome, "Per", "SMS page") <= 2
    assert to(outcome, "Kim", "SMS alarm") <= 4
    assert to(outcome, "the real caller", "SMS caller") == 1
    assert "| Kari |" in table(SMALL, outcome)
