"""The yardstick of planning: 8 people, 26 weeks, 52 slots, with absences, wishes, shares and holidays."""

from datetime import datetime
from zoneinfo import ZoneInfo

from roster.organisation import Organisation
from roster.planning.question import Request
from roster.planning.slots import read_hand_overs
from roster.reading import read_organisation

ZONE = ZoneInfo("Europe/Oslo")
PEOPLE = ("kari", "ola", "siri", "per", "mona", "anne", "lars", "eva")

_MORE = {
    "kari": """absences = [{ from = 2027-02-15, to = 2027-02-28, reason = "winter" }]
wishes = [{ from = 2027-05-14, to = 2027-05-17 }, { from = 2027-03-22, to = 2027-03-29 }]""",
    "ola": """absences = [{ from = 2027-03-22, to = 2027-04-04 }, { from = 2027-06-21, to = 2027-07-04 }]
wishes = [{ from = 2027-01-18, to = 2027-01-24, want = "on" }]""",
    "siri": """absences = [{ from = 2027-02-15, to = 2027-02-21 }]
wishes = [{ from = 2027-03-25, to = 2027-03-29, reason = "Easter" }]""",
    "per": """absences = [{ from = 2027-05-03, to = 2027-05-23 }]""",
    "mona": """share = 0.5
wishes = [{ from = 2027-04-12, to = 2027-04-18 }]""",
    "anne": """absences = [{ from = 2027-01-04, to = 2027-01-17 }]
wishes = [{ from = 2027-05-28, to = 2027-05-30, want = "on" }]""",
    "lars": """absences = [{ from = 2027-06-28, to = 2027-07-11 }]
wishes = [{ from = 2027-05-01, to = 2027-05-02 }, { from = 2027-06-04, to = 2027-06-06 }]""",
    "eva": """absences = [{ from = 2027-04-05, to = 2027-04-11 }]""",
}

_SCHEDULE = """
[[schedules]]
id = "drift"
name = "Operations"

  [schedules.duty]
  desk_hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", to = "15:30" }]
  holidays = "NO"
  eves = [{ date = "12-24" }, { date = "12-31", from = "12:00" }, { easter = -4, from = "12:00" }]

  [schedules.rules]
  weeks_between = 1
  caps = [{ days = 28, most = 3 }]

  [[schedules.layers]]
  name = "Week"
  people = ["kari", "ola", "siri", "per", "mona", "anne", "lars", "eva"]
  rotation = "weekly"
  start = 2026-01-05T08:00:00
"""


def yardstick(*, plain: bool = False) -> Organisation:
    """Return the organisation; a plain one has no absences, wishes and shares."""
    people = "".join(
        f'[[people]]\nid = "{each}"\nname = "{each.capitalize()}"\nphones = ["+479000000{number}"]\n'
        f"{'' if plain else _MORE[each]}\n\n"
        for number, each in enumerate(PEOPLE, 1)
    )
    text = f'timezone = "Europe/Oslo"\nlanguage = "en"\n\n{people}{_SCHEDULE}'
    return read_organisation(text, filename="yardstick.toml")


def request(*, before: bool = True, weeks_between: int | None = None) -> Request:
    """Return the request: 26 weeks of 2027, each cut on Friday afternoon."""
    return Request(
        start=datetime(2027, 1, 4, tzinfo=ZONE),
        end=datetime(2027, 7, 5, tzinfo=ZONE),
        before=datetime(2026, 1, 4, tzinfo=ZONE) if before else None,
        weeks_between=weeks_between,
        hand_overs=read_hand_overs("mon 08:00, fri 15:30"),
    )
