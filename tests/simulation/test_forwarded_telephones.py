"""Telephones and switchboards forwarded to the hotline: no loop opens a case, takes one, or keeps a caller waiting."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from simulator import personas
from tests.hotline.rig import CALLER, HOTLINE
from tests.simulation.theatre import (
    DESK,
    DESK_HOURS,
    KARI,
    KIM,
    SECOND_HOTLINE,
    TWO_HOTLINES,
    Theatre,
    add_hotline,
)

MOTHER = "+4791000077"
# How carriers differ: whose number the hotline is shown, and whether it is told who forwarded.
CARRIERS = [
    pytest.param(
        {"shows": shows, "forwarded_from": told}, id=f"shows {shows}, {'told' if told else 'untold'}"
    )
    for shows in ("caller", "own")
    for told in (True, False)
]
MANNERS = pytest.mark.parametrize("answers_first", [False, True], ids=["at once", "answers first"])


def told_of_loops(theatre: Theatre) -> Counter[str]:
    """What the coordinators were told of telephones forwarded to us, and how often."""
    return Counter(message.body for message in theatre.sms(KIM) if "vidarekopla" in message.body)


def outcomes(theatre: Theatre, call: int = 0) -> list[tuple[str | None, str]]:
    return [(item.person, str(item.outcome)) for item in theatre.case().calls[call].attempts]


@MANNERS
@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_technicians_telephone_forwarded_to_the_hotline_counts_as_unanswered_and_the_next_one_rings(
    theatre: Theatre, carrier: dict[str, Any], answers_first: Any
) -> None:
    theatre.simulator.forward(KARI, HOTLINE, answers_first=answers_first, **carrier)
    theatre.cast(ola=personas.human(answers_after=3))
    call = theatre.ring(by=personas.caller(talk_seconds=40))
    theatre.until_over(call)
    case = theatre.case()
    assert theatre.case_count() == 1
    assert (str(case.state), case.acknowledged_by) == ("acknowledged", "ola")
    assert outcomes(theatre)[:2] == [("kari", "no-answer"), ("ola", "accepted")]
    assert len(case.calls) == 1
    assert not theatre.sms(HOTLINE)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_night_in_which_nobody_answers_is_no_longer_for_a_forwarded_telephone(
    theatre: Theatre, open_theatre: Callable[..., Theatre], other_sqlite_url: str, carrier: dict[str, Any]
) -> None:
    plain = open_theatre(other_sqlite_url)
    theatre.simulator.forward(KARI, HOTLINE, **carrier)
    for each in (plain, theatre):
        each.ring(by=personas.caller(hangs_up_after=90))
        each.run(hours=1)
    assert theatre.case_count() == 1
    assert str(theatre.case().state) == "open"
    assert theatre.case().acknowledged_by is None
    assert len(theatre.rung()) <= len(plain.rung()) + 1
    assert theatre.kinds()["paged"] <= plain.kinds()["paged"] + 1
    # besides the loop the coordinators may hear that nobody has taken the case, a little sooner
    assert set(told_of_loops(theatre).values()) == {1}
    assert all(
        body.startswith(("Kari Nordmann er", "Ein telefon som vi ringjer er"))
        for body in told_of_loops(theatre)
    )
    assert len(theatre.sms()) <= len(plain.sms()) + 3


@MANNERS
@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_switchboard_in_night_mode_is_no_answer_of_the_desk(
    sqlite_url: str, open_theatre: Callable[..., Theatre], carrier: dict[str, Any], answers_first: Any
) -> None:
    theatre = open_theatre(sqlite_url, at=DESK_HOURS)
    theatre.simulator.forward(DESK, HOTLINE, answers_first=answers_first, **carrier)
    theatre.cast(kari=personas.human(answers_after=3))
    call = theatre.ring(by=personas.caller(talk_seconds=40))
    theatre.until_over(call)
    assert theatre.case_count() == 1
    assert theatre.case().acknowledged_by == "kari"
    assert outcomes(theatre) == [("desk", "no-answer"), ("kari", "accepted")]
    assert told_of_loops(theatre).total() == 1
    assert not any("Servicedesken" in message.body for message in theatre.sms(CALLER))


def test_a_switchboard_in_night_mode_leaves_a_case_that_is_paged_until_somebody_has_it(
    sqlite_url: str, open_theatre: Callable[..., Theatre]
) -> None:
    theatre = open_theatre(sqlite_url, at=DESK_HOURS)
    theatre.simulator.forward(DESK, HOTLINE, answers_first=True)
    theatre.until_over(theatre.ring(by=personas.caller(hangs_up_after=100)))
    assert theatre.case().acknowledged_by is None
    assert theatre.kinds()["paged"] >= 1
    assert theatre.sms(KARI)


def test_a_switchboard_forwarded_to_another_hotline_of_ours_is_a_loop_there(
    sqlite_url: str, open_theatre: Callable[..., Theatre]
) -> None:
    theatre = open_theatre(sqlite_url, at=DESK_HOURS, organisation=TWO_HOTLINES)
    add_hotline(theatre.simulator, SECOND_HOTLINE, "Vassvakta")
    theatre.simulator.forward(DESK, SECOND_HOTLINE)
    theatre.cast(kari=personas.human(answers_after=3))
    theatre.until_over(theatre.ring(by=personas.caller(talk_seconds=40)))
    assert theatre.case_count() == 1
    assert theatre.case().acknowledged_by == "kari"


@pytest.mark.parametrize(
    "forwarding", [DESK, KARI], ids=["the desk's switchboard", "a technician's telephone"]
)
def test_a_stranger_who_rings_a_forwarded_telephone_is_a_caller_like_any_other(
    theatre: Theatre, forwarding: str
) -> None:
    theatre.simulator.forward(forwarding, HOTLINE)
    theatre.cast(ola=personas.human(answers_after=3))
    call = theatre.simulator.ring(MOTHER, forwarding, by=personas.caller(talk_seconds=30))
    theatre.until_over(call)
    assert theatre.case().caller == MOTHER
    assert theatre.case().acknowledged_by == "ola"
