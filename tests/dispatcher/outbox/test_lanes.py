"""Which lane an effect belongs to."""

import pytest

from dispatcher.effects import HANDLERS
from dispatcher.outbox.lanes import LANES, Lane, has_lane, lane_after_failure, lane_of


def test_every_kind_of_effect_has_a_lane_of_its_own_choosing() -> None:
    assert [kind for kind in HANDLERS if not has_lane(kind)] == []


@pytest.mark.parametrize(
    ("purpose", "lane"),
    [
        ("page", Lane.PAGES),
        ("alarm", Lane.ALARMS),
        ("reply", Lane.PEOPLE),
        ("told", Lane.PEOPLE),
        ("caller", Lane.CALLERS),
        ("of another version", Lane.PEOPLE),
    ],
)
def test_an_sms_goes_by_what_it_is_for(purpose: str, lane: Lane) -> None:
    assert lane_of("sms", {"purpose": purpose}) is lane


def test_what_a_caller_said_is_fetched_beside_long_conversations() -> None:
    assert lane_of("recording-fetch", {"recording": "RE1", "kind": "message"}) is Lane.MESSAGES
    assert lane_of("recording-fetch", {"recording": "RE1", "kind": "conversation"}) is Lane.RECORDINGS
    assert lane_of("recording-fetch", {"recording": "RE1"}) is Lane.RECORDINGS


def test_a_page_that_has_failed_holds_up_no_new_one() -> None:
    assert lane_after_failure(Lane.PAGES) is Lane.AGAIN
    assert lane_after_failure(Lane.ALARMS) is Lane.AGAIN
    assert {lane_after_failure(lane) for lane in LANES} == set(LANES) - {Lane.PAGES, Lane.ALARMS}
