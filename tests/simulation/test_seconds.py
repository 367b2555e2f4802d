"""How long a caller waits, in seconds of speech: for the first telephone, and for a private voicemail."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import pytest

from simulator import personas
from simulator.facade import CallHandle
from simulator.leg import Leg
from tests.hotline.rig import EVENING, ORGANISATION
from tests.simulation.theatre import DESK_HOURS, KARI, Theatre

SIGNS_A_SECOND = 15
NINE, SIX, MOST_FOR_VOICEMAIL = 9.0, 6.0, 20.0
LONGEST_HOTLINE = "Beredskapstelefonen for IKT"
LONGEST_MUNICIPALITY = "Ytre Sørfjordværøy storkommune"
Recording = Literal["always", "consent", "never"]


def in_language(language: str) -> str:
    """Return the sample organisation in a language, with the longest sample names."""
    return (
        ORGANISATION.replace('language = "nn"', f'language = "{language}"')
        .replace('name = "Kari Nordmann"', f'name = "Kari Nordmann"\nlanguage = "{language}"')
        .replace('name = "Vakttelefonen"', f'name = "{LONGEST_HOTLINE}"')
        .replace('name = "Alver kommune"', f'name = "{LONGEST_MUNICIPALITY}"')
    )


def rung_for(theatre: Theatre, call: CallHandle) -> list[Leg]:
    return [leg for leg in theatre.simulator.calls if leg.parent is call.leg]


def seconds_to_first_ring(theatre: Theatre, call: CallHandle) -> float:
    assert theatre.simulator.run_until(lambda: bool(rung_for(theatre, call)), timedelta(minutes=2))
    assert call.leg.answered_at is not None
    return (rung_for(theatre, call)[0].created_at - call.leg.answered_at).total_seconds()


@pytest.mark.parametrize("at", [EVENING, DESK_HOURS], ids=["duty", "desk"])
@pytest.mark.parametrize("recording", ["always", "consent", "never"])
@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_the_first_telephone_rings_in_time_with_the_longest_names(
    open_theatre: Callable[..., Theatre],
    sqlite_url: str,
    language: str,
    recording: Recording,
    at: datetime,
) -> None:
    theatre = open_theatre(
        sqlite_url, organisation=in_language(language), record_conversations=recording, at=at
    )
    call = theatre.ring()
    seconds = seconds_to_first_ring(theatre, call)
    assert 1.0 < seconds <= (SIX if recording == "never" else NINE)
    spoken = sum(map(len, call.heard)) / SIGNS_A_SECOND
    assert spoken <= seconds + 0.01
    if at == DESK_HOURS:
        assert "desk" in call.heard[0]


@pytest.mark.parametrize("recording", ["always", "consent"])
@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_a_key_in_the_last_moment_counts_and_delays_no_telephone_beyond_nine_seconds(
    open_theatre: Callable[..., Theatre], sqlite_url: str, language: str, recording: Recording
) -> None:
    usual = in_language(language).replace(LONGEST_HOTLINE, "Vakttelefonen")
    theatre = open_theatre(sqlite_url, organisation=usual, record_conversations=recording)
    call = theatre.ring(by=personas.caller(keys=("9",), think_seconds=1.9))
    assert seconds_to_first_ring(theatre, call) <= NINE
    noted = {"always": "recording-refused", "consent": "recording-agreed"}[recording]
    assert noted in [entry.kind for entry in theatre.case().timeline]


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_a_private_voicemail_costs_the_caller_twenty_seconds_at_most(
    open_theatre: Callable[..., Theatre], sqlite_url: str, language: str
) -> None:
    theatre = open_theatre(sqlite_url, organisation=in_language(language))
    theatre.cast(kari=personas.voicemail())
    theatre.until_over(theatre.ring(by=personas.caller(hangs_up_after=12)), then=timedelta(minutes=1))
    call = theatre.ring()
    theatre.until_over(call)
    legs = rung_for(theatre, call)
    first = legs[0]
    assert first.to == KARI
    assert first.answered_at is not None
    assert first.ended_at is not None
    assert any(
        ", " in heard and "2" in heard for heard in first.handset.texts
    )  # rung the second time tonight
    assert (first.ended_at - first.answered_at).total_seconds() <= MOST_FOR_VOICEMAIL
    outcomes = {item.person: item.outcome for item in theatre.case().calls[-1].attempts}
    assert outcomes["kari"] == "voicemail"


def test_with_the_usual_names_the_next_telephone_rings_within_twenty_seconds_of_the_voicemail(
    theatre: Theatre,
) -> None:
    theatre.cast(kari=personas.voicemail())
    call = theatre.ring()
    theatre.until_over(call)
    first, following = rung_for(theatre, call)[:2]
    assert first.answered_at is not None
    assert (following.created_at - first.answered_at).total_seconds() <= MOST_FOR_VOICEMAIL


def test_somebody_slow_may_press_fifteen_seconds_after_the_question(theatre: Theatre) -> None:
    theatre.cast(kari=personas.human(think_seconds=14.8))
    theatre.until_over(theatre.ring(by=personas.caller(talk_seconds=20)))
    assert theatre.case().acknowledged_by == "kari"
