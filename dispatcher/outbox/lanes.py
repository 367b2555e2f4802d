"""The lanes of effects: what never waits behind what. This is the one place that says so.

Each lane has threads of its own, so that a thousand receipts that time out hold up no page. The lane is a
column, set when an effect is queued, so that what is due in each lane is found by an index.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final


class Lane(StrEnum):
    """What an effect is for, the most pressing first."""

    PAGES = "pages"  # pages by SMS and call, and what ends ringing
    ALARMS = "alarms"  # alarms by SMS and call
    AGAIN = "again"  # pages and alarms that have failed before: they hold up no new one
    PEOPLE = "people"  # replies, and what those on duty are told
    CALLERS = "callers"  # receipts, and what callers are told
    QUESTIONS = "questions"  # asking Twilio what became of something
    MESSAGES = "messages"  # fetching what callers have said to the recorder
    MAIL = "mail"
    TICKETS = "tickets"
    RECORDINGS = "recordings"  # fetching conversations, deleting Twilio's copies


@dataclass(frozen=True, slots=True)
class LaneRules:
    """How many effects of a lane are in hand at once, and how long one may be before it counts as stuck.

    What is stuck is given to another thread or worker, and looks first whether it has happened. The time is
    longer than every time limit of the adapters together, so that only a fault of ours or of the system (a
    name server, a disk) gets there.
    """

    threads: int
    stuck_after: timedelta = timedelta(minutes=3)
    # whether it can take hours, and is cut at once when the program stops
    is_long: bool = False


_HOURS: Final = timedelta(hours=7)

LANES: Final[Mapping[Lane, LaneRules]] = MappingProxyType(
    {
        Lane.PAGES: LaneRules(16),
        Lane.ALARMS: LaneRules(6),
        Lane.AGAIN: LaneRules(10),
        Lane.PEOPLE: LaneRules(10),
        Lane.CALLERS: LaneRules(8),
        Lane.QUESTIONS: LaneRules(6),
        Lane.MESSAGES: LaneRules(4, _HOURS, is_long=True),
        Lane.MAIL: LaneRules(3),
        Lane.TICKETS: LaneRules(4),
        Lane.RECORDINGS: LaneRules(8, _HOURS, is_long=True),
    }
)

_BY_KIND: Final[Mapping[str, Lane]] = MappingProxyType(
    {
        "page-call": Lane.PAGES,
        "stop-ringing": Lane.PAGES,
        "hang-up": Lane.PAGES,
        "alarm": Lane.ALARMS,
        "alarm-call": Lane.ALARMS,
        "test-call": Lane.PEOPLE,
        "ask-sms": Lane.QUESTIONS,
        "ask-page": Lane.QUESTIONS,
        "ask-call": Lane.QUESTIONS,
        "alarm-mail": Lane.MAIL,
        "ticket": Lane.TICKETS,
        "recording-delete": Lane.RECORDINGS,
    }
)
_BY_PURPOSE: Final[Mapping[str, Lane]] = MappingProxyType(
    {
        "page": Lane.PAGES,
        "alarm": Lane.ALARMS,
        "told": Lane.PEOPLE,
        "reply": Lane.PEOPLE,
        "caller": Lane.CALLERS,
    }
)


def lane_of(kind: str, data: Mapping[str, Any]) -> Lane:
    """Return the lane of a new effect: by its kind, of an SMS by its purpose; PEOPLE if none is named."""
    match kind:
        case "sms":
            return _BY_PURPOSE.get(data.get("purpose", ""), Lane.PEOPLE)
        case "recording-fetch":
            return Lane.MESSAGES if data.get("kind") == "message" else Lane.RECORDINGS
        case _:
            return _BY_KIND.get(kind, Lane.PEOPLE)


def has_lane(kind: str) -> bool:
    """Whether it is declared here where effects of a kind belong."""
    return kind in _BY_KIND or kind in {"sms", "recording-fetch"}


def lane_after_failure(lane: Lane) -> Lane:
    """Return the lane in which a failed effect is tried again."""
    return Lane.AGAIN if lane in {Lane.PAGES, Lane.ALARMS} else lane
