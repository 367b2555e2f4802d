"""Shares, wishes, meant gaps, rules and fixed shifts are read strictly, and survive every way through."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from roster.comparing import differences
from roster.documents import from_json, to_json
from roster.organisation import (
    FixedShift,
    Language,
    MeantGap,
    Organisation,
    Person,
    Schedule,
    ShiftLayer,
    Window,
)
from roster.phones import PhoneNumber
from roster.rules import NO_RULES, Cap, Rules, Wish
from roster.writing import write_organisation
from tests.roster.full_file import problems, read

TEXT = """\
timezone = "Europe/Oslo"
language = "nn"
[[people]]
id = "kari"
name = "Kari"
phones = ["+4790000001"]
share = 0.5
wishes = [{ from = 2027-02-15, to = 2027-02-21, want = "off", reason = "vinterferie" }, { from = 2027-03-01, to = 2027-03-01, want = "on" }]
[[people]]
id = "ola"
name = "Ola"
[[schedules]]
id = "drift"
name = "Driftsvakt"
meant_gaps = [
  { start = 2026-12-24T08:00:00, end = 2026-12-26T08:00:00, reason = "stengt" },
  { days = ["mon", "sun"], from = "22:00", to = "06:00" },
]
  [schedules.rules]
  daily_rest = 10
  weekly_rest = 0
  most_weeks = 0.25
  standby = "1/5"
  weeks_between = 2
  caps = [{ days = 28, most = 2 }]
  [[schedules.layers]]
  name = "Innlese"
  shifts = [
    { people = ["ola"], start = 2026-12-14T08:00:00, end = 2026-12-21T08:00:00 },
    { people = ["kari", "ola"], start = 2026-12-07T08:00:00, end = 2026-12-14T08:00:00 },
  ]
"""

READ = Organisation(
    timezone="Europe/Oslo",
    language=Language.NN,
    people=(
        Person(
            id="kari",
            name="Kari",
            phones=(PhoneNumber("+4790000001"),),
            share=0.5,
            wishes=(
                Wish(date(2027, 2, 15), date(2027, 2, 21), "off", "vinterferie"),
                Wish(date(2027, 3, 1), date(2027, 3, 1), "on"),
            ),
        ),
        Person(id="ola", name="Ola"),
    ),
    schedules=(
        Schedule(
            id="drift",
            name="Driftsvakt",
            layers=(
                ShiftLayer(
                    name="Innlese",
                    shifts=(
                        FixedShift(("kari", "ola"), datetime(2026, 12, 7, 8), datetime(2026, 12, 14, 8)),
                        FixedShift(("ola",), datetime(2026, 12, 14, 8), datetime(2026, 12, 21, 8)),
                    ),
                ),
            ),
            meant_gaps=(
                MeantGap(start=datetime(2026, 12, 24, 8), end=datetime(2026, 12, 26, 8), reason="stengt"),
                MeantGap(window=Window((0, 6), 22 * 60, 6 * 60)),
            ),
            rules=Rules(10, 0, 0.25, Fraction(1, 5), 2, (Cap(28, 2),)),
        ),
    ),
)


def test_every_key_is_read_and_shifts_are_put_in_order() -> None:
    assert read(TEXT) == READ


@pytest.mark.parametrize(
    "meant", [(), READ.schedules[0].meant_gaps, (MeantGap(window=Window(), reason="x"),)]
)
@pytest.mark.parametrize(
    "rules", [NO_RULES, READ.schedules[0].rules, Rules(most_weeks=1.0, standby=Fraction(0))]
)
def test_what_is_written_and_what_is_stored_are_read_back_as_they_were(
    meant: tuple[MeantGap, ...], rules: Rules
) -> None:
    schedule = replace(READ.schedules[0], meant_gaps=meant, rules=rules)
    empty = Schedule(id="tom", name="Tom", layers=(ShiftLayer("Inga", ()),))
    organisation = replace(READ, schedules=(schedule, empty))
    assert read(write_organisation(organisation)) == organisation
    assert from_json(to_json(organisation)) == organisation


def test_a_document_from_before_these_keys_is_read_with_their_defaults() -> None:
    old = '{"format":1,"timezone":"Europe/Oslo","language":"nn","people":[{"id":"k","name":"K","phones":[],"email":null,"language":"nn","roles":["technician"],"absences":[]}],"schedules":[{"id":"s","name":"S","duty":null,"layers":[],"overrides":[]}]}'  # fmt: skip
    assert from_json(old) == Organisation(
        timezone="Europe/Oslo", people=(Person("k", "K"),), schedules=(Schedule("s", "S"),)
    )


def test_changes_are_told_in_words() -> None:
    before = replace(
        READ,
        people=tuple(replace(person, share=1.0, wishes=()) for person in READ.people),
        schedules=(replace(READ.schedules[0], meant_gaps=(), rules=NO_RULES),),
    )
    assert [str(each) for each in differences(before, READ)] == [
        "~ person kari: share: (nothing) → 0.5",
        '~ person kari: wishes: (nothing) → off 2027-02-15 to 2027-02-21 ("vinterferie"); on 2027-03-01 to 2027-03-01',
        '~ schedule drift: meant_gaps: (nothing) → 2026-12-24 08:00 to 2026-12-26 08:00 ("stengt"); mon, sun 22:00-06:00',
        "~ schedule drift: rules: (nothing) → daily_rest 10; weekly_rest 0; most_weeks 0.25; standby 1/5; weeks_between 2; caps 2 in 28 days",
    ]  # fmt: skip
    assert "+ layer Innlese of drift: shifts kari+ola 2026-12-07 08:00 to 2026-12-14 08:00; ola 2026-12-14 08:00 to 2026-12-21 08:00" in [str(each) for each in differences(None, READ)]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("share = 0.5", "share = 1.5", ["7: people.kari.share: 1.5 is out of range: write a number from 0 to 1"]),
        ("share = 0.5", "share = nan", ["7: people.kari.share: nan is out of range: write a number from 0 to 1"]),
        ("share = 0.5", 'share = "half"', ['7: people.kari.share: the text "half" where a number is expected: write a number, without quotation marks']),
        ("share = 0.5", "share = true", ["7: people.kari.share: true where a number is expected: write a number, without quotation marks"]),
        ("to = 2027-02-21", "to = 2027-02-14", ["8: people.kari.wishes[0].to: 2027-02-14 is before the first day: write a later day"]),
        ("to = 2027-02-21", "to = 2027-02-21T08:00:00", ["8: people.kari.wishes[0].to: a date-time where a date is expected: write it without quotation marks, for instance 2026-12-20"]),
        ("from = 2027-02-15, ", "", ['8: people.kari.wishes[0]: the key "from" is missing: add from = …']),
        ('want = "off"', 'want = "away"', ['8: people.kari.wishes[0].want: "away" is not known: use one of "off", "on"']),
        ("end = 2026-12-26T08:00:00", "end = 2026-12-24T08:00:00", ["16: schedules.drift.meant_gaps[0].end: 2026-12-24T08:00:00 is not after the start: write a later time"]),
        (", end = 2026-12-26T08:00:00", "", ['16: schedules.drift.meant_gaps[0]: the key "end" is missing: add end = …']),
        ("end = 2026-12-26T08:00:00", 'to = "08:00"', ["16: schedules.drift.meant_gaps[0].to: a gap that is meant both once and every week: keep `start` and `end`, or `days`, `from` and `to`"]),
        ('{ days = ["mon", "sun"], from = "22:00", to = "06:00" }', "{}", ['17: schedules.drift.meant_gaps[1]: the key "start" is missing: add start = …', '17: schedules.drift.meant_gaps[1]: the key "end" is missing: add end = …']),
        ('"mon", "sun"', '"mon", "son"', ['17: schedules.drift.meant_gaps[1].days[1]: "son" is no weekday: did you mean "sun"?']),
        ("daily_rest = 10", "daily_rest = 25", ["20: schedules.drift.rules.daily_rest: 25 is out of range: write a number from 0 to 24"]),
        ("weekly_rest = 0", "weekly_rest = -1", ["21: schedules.drift.rules.weekly_rest: -1 is out of range: write a number from 0 to 168"]),
        ("most_weeks = 0.25", "most_weeks = 25", ["22: schedules.drift.rules.most_weeks: 25 is out of range: write a number from 0 to 1"]),
        ('standby = "1/5"', 'standby = "1/0"', ['23: schedules.drift.rules.standby: "1/0" is no ratio: write it as text from "0/1" to "1/1", for instance "1/7"']),
        ('standby = "1/5"', 'standby = "6/5"', ['23: schedules.drift.rules.standby: "6/5" is no ratio: write it as text from "0/1" to "1/1", for instance "1/7"']),
        ('standby = "1/5"', "standby = 0.2", ['23: schedules.drift.rules.standby: the number 0.2 is no ratio: write it as text from "0/1" to "1/1", for instance "1/7"']),
        ("days = 28, most = 2", "days = 28", ['25: schedules.drift.rules.caps[0]: the key "most" is missing: add most = …']),
        ("weeks_between", "weeks_betwen", ["24: schedules.drift.rules.weeks_betwen: unknown key: did you mean weeks_between?"]),
        ('name = "Innlese"', 'name = "Innlese"\nrotation = "weekly"', ["28: schedules.drift.layers.Innlese.rotation: a layer of shifts has no rotation: remove it, or remove `shifts`"]),
        ("start = 2026-12-14T08:00:00", "start = 2026-12-14T07:00:00", ['29: schedules.drift.layers.Innlese.shifts[0]: it begins before the shift of 2026-12-07T08:00:00 has ended: make them meet, or put both people into one shift: people = ["kari", "per"]']),
        ('people = ["ola"]', "people = []", ["29: schedules.drift.layers.Innlese.shifts[0].people: the shift has nobody: name at least one person, or remove the shift"]),
        ('people = ["kari", "ola"]', 'people = ["karri", "ola"]', ['30: schedules.drift.layers.Innlese.shifts[1].people[0]: there is no person "karri": did you mean "kari"?']),
        ("end = 2026-12-21T08:00:00", "end = 2026-12-14T08:00:00", ["29: schedules.drift.layers.Innlese.shifts[0].end: 2026-12-14T08:00:00 is not after the start: write a later time"]),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_line_and_remedy(old: str, new: str, expected: list[str]) -> None:
    assert TEXT.count(old) >= 1
    assert problems(TEXT.replace(old, new, 1)) == expected


def test_shifts_that_only_meet_on_a_night_without_that_hour_are_told_of() -> None:
    """02:30 does not exist on 29 March 2026 and is 03:30: a shift to it overlaps one from 03:00."""
    text = TEXT.replace("end = 2026-12-14T08:00:00", "end = 2026-03-29T02:30:00").replace(
        "start = 2026-12-07T08:00:00", "start = 2026-03-28T08:00:00"
    )
    assert read(text.replace("start = 2026-12-14T08:00:00", "start = 2026-03-29T02:30:00"))
    assert (
        "it begins before"
        in problems(text.replace("start = 2026-12-14T08:00:00", "start = 2026-03-29T03:00:00"))[0]
    )
