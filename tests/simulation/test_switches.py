"""Every standard story ends as the contract says, whatever Twilio leaves undocumented."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from simulator.switches import Switches
from tests.simulation.stories import STORIES, assert_ending, play
from tests.simulation.theatre import Theatre

# Each switch that a call can feel, with its other positions.
POSITIONS: Mapping[str, tuple[Any, ...]] = {
    "cancel_policy": ("first-answer",),
    "whisper_decline_status": ("no-answer", "busy", "answered"),
    "whisper_decline_bridged": (False,),
    "sends_dial_bridged": (False,),
    "loser_status": ("no-answer",),
    "whisper_outlives_caller": (True,),
    "dial_action_after_hang_up": (False,),
    "abandoned_dial_status": ("no-answer", "completed"),
    "abandoned_inbound_status": ("canceled", "completed"),
    "extra_ring_seconds": (0.0,),
    "timeout_is_per_leg": (False,),
    "answers_second_dial_on_bridge": (True,),
    "sends_fallback_error": (False,),
    "geo_fields": ("country", "absent"),
    "constant_idempotency_token": (False,),
    "empty_record_falls_through": (False,),
    "record_action_after_hang_up": (False,),
    "webhook_seconds": (2.0,),
    "callback_seconds": (0.0, 4.0),
    "recording_ready_seconds": (30.0,),
    "sms_transit_seconds": (90.0,),
    "sends_raw_dlr_date": (False,),
    "keeps_soft_deleted": (False,),
    "has_dual_channel": (False,),
    "queued_match_time_filters": (False,),
    "calls_per_second": (0.2,),
    "messages_per_second": (0.3,),
}


def _mixed(seed: int) -> Switches:
    """Turn every switch to one of its other positions, which one depending on the seed."""
    dice = random.Random(seed)
    return Switches(seed=1, **{name: dice.choice(others) for name, others in POSITIONS.items()})


def _some(seed: int) -> Switches:
    """Turn half of the switches."""
    dice = random.Random(seed)
    chosen = [name for name in POSITIONS if dice.random() < 0.5]
    return Switches(seed=1, **{name: dice.choice(POSITIONS[name]) for name in chosen})


def _shows(name: str, switches: Switches, url: str, open_theatre: Callable[..., Theatre]) -> None:
    story = STORIES[name]
    theatre = open_theatre(url, switches=switches, at=story.at)
    play(theatre, story)
    assert_ending(theatre, story.ending(switches))


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_the_contract_says(
    name: str, sqlite_url: str, open_theatre: Callable[..., Theatre]
) -> None:
    """With Twilio as it is believed to be."""
    _shows(name, Switches(seed=1), sqlite_url, open_theatre)


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_the_same_with_every_switch_turned(
    name: str, sqlite_url: str, open_theatre: Callable[..., Theatre]
) -> None:
    _shows(name, _mixed(len(name)), sqlite_url, open_theatre)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_the_same_with_half_of_the_switches_turned(
    name: str, seed: int, database_url: str, open_theatre: Callable[..., Theatre]
) -> None:
    _shows(name, _some(seed), database_url, open_theatre)


def test_every_switch_is_turned_or_named_here_with_its_reason() -> None:
    """A new switch has to be thought about."""
    cannot_be_felt = {
        "setup_seconds",  # a delay like webhook_seconds
        "recording_callback_seconds",
        "speech_signs_a_second",
        "requires_media_auth",  # credentials are always sent
        "media_seconds_cap",
        "default_opt_out",  # tested with SMS
        "sms_countries",
        "call_countries",
        "unsupported_prefixes",
        "own_caller_id_only",
        "call_waiting",
        "most_forwards",  # a loop of the networks' own
        "seed",
    }
    assert set(Switches.__dataclass_fields__) == set(POSITIONS) | cannot_be_felt
