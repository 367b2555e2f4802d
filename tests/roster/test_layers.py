"""Rotations, windows and absences, each by examples, clock changes among them."""

from datetime import datetime, tzinfo

import pytest

from roster.layers import turn_at
from roster.on_duty import who_is_on
from roster.wallclock import to_instant
from tests.roster.building import at, gaps, layer, organisation, rotation_of, shifts


@pytest.mark.parametrize(
    ("timezone", "start", "seen_from", "seen_to", "expected"),
    [
        pytest.param(
            "Europe/Oslo",
            "2026-03-23T08:00:00",
            "2026-03-28T12:00",
            "2026-03-31",
            [
                "2026-03-28T12:00+01:00/2026-03-30T08:00+02:00 kari layer:L",
                "2026-03-30T08:00+02:00/2026-03-31T00:00+02:00 ola layer:L",
            ],
            id="spring",
        ),
        pytest.param(
            "Europe/Oslo",
            "2026-10-19T08:00:00",
            "2026-10-24",
            "2026-10-27",
            [
                "2026-10-24T00:00+02:00/2026-10-26T08:00+01:00 kari layer:L",
                "2026-10-26T08:00+01:00/2026-10-27T00:00+01:00 ola layer:L",
            ],
            id="autumn",
        ),
        pytest.param(
            "America/New_York",
            "2026-11-01T01:30:00",
            "2026-10-31T20:00",
            "2026-11-02",
            ["2026-11-01T01:30-04:00/2026-11-02T00:00-05:00 kari layer:L"],
            id="hand-over in the doubled hour is at its first occurrence",
        ),
    ],
)
def test_a_weekly_rotation_hands_over_at_the_same_wall_clock(
    timezone: str, start: str, seen_from: str, seen_to: str, expected: list[str]
) -> None:
    org = organisation(layer("kari,ola,siri", "weekly", start), timezone=timezone)
    assert shifts(org, seen_from, seen_to) == expected


def test_a_daily_rotation_hands_over_in_the_missing_hour_an_hour_later() -> None:
    org = organisation(layer("kari,ola", "daily", "2026-03-27T02:30:00"))
    assert shifts(org, "2026-03-28T02:30", "2026-03-30T02:30") == [
        "2026-03-28T02:30+01:00/2026-03-29T03:30+02:00 ola layer:L",
        "2026-03-29T03:30+02:00/2026-03-30T02:30+02:00 kari layer:L",
    ]


def test_a_shift_over_the_clock_change_of_lord_howe_is_half_an_hour_longer_or_shorter() -> None:
    org = organisation(layer("kari,ola", "daily", "2026-04-01T08:00:00"), timezone="Australia/Lord_Howe")
    zone = org.zone
    autumn = turn_at(rotation_of(org), zone, at("2026-04-05T01:00", org))
    spring = turn_at(rotation_of(org), zone, at("2026-10-04T01:00", org))
    assert autumn is not None
    assert spring is not None
    assert (autumn.end - autumn.start).total_seconds() == 24.5 * 3600
    assert (spring.end - spring.start).total_seconds() == 23.5 * 3600


def test_an_hourly_rotation_counts_elapsed_hours_and_drifts_against_the_wall_clock() -> None:
    org = organisation(layer("kari,ola", "hourly", "2026-03-28T08:00:00", "every = 24"))
    assert shifts(org, "2026-03-28T08:00", "2026-03-30T12:00") == [
        "2026-03-28T08:00+01:00/2026-03-29T09:00+02:00 kari layer:L",
        "2026-03-29T09:00+02:00/2026-03-30T09:00+02:00 ola layer:L",
        "2026-03-30T09:00+02:00/2026-03-30T12:00+02:00 kari layer:L",
    ]


def test_a_monthly_rotation_on_the_31st_uses_the_last_day_of_shorter_months_and_comes_back() -> None:
    org = organisation(layer("kari,ola,siri", "monthly", "2026-01-31T08:00:00"))
    assert shifts(org, "2026-01-31T08:00", "2026-06-01") == [
        "2026-01-31T08:00+01:00/2026-02-28T08:00+01:00 kari layer:L",
        "2026-02-28T08:00+01:00/2026-03-31T08:00+02:00 ola layer:L",
        "2026-03-31T08:00+02:00/2026-04-30T08:00+02:00 siri layer:L",
        "2026-04-30T08:00+02:00/2026-05-31T08:00+02:00 kari layer:L",
        "2026-05-31T08:00+02:00/2026-06-01T00:00+02:00 ola layer:L",
    ]


def test_every_lengthens_the_turns() -> None:
    org = organisation(layer("kari,ola", "monthly", "2027-11-30T08:00:00", "every = 3"))
    assert shifts(org, "2027-11-30T08:00", "2028-06-01") == [
        "2027-11-30T08:00+01:00/2028-02-29T08:00+01:00 kari layer:L",
        "2028-02-29T08:00+01:00/2028-05-30T08:00+02:00 ola layer:L",
        "2028-05-30T08:00+02:00/2028-06-01T00:00+02:00 kari layer:L",
    ]


def test_a_layer_has_nobody_before_its_start_and_from_its_end_on() -> None:
    org = organisation(layer("kari", "daily", "2026-01-05T08:00:00", "until = 2026-01-07T12:00:00"))
    assert shifts(org, "2026-01-01", "2026-02-01") == [
        "2026-01-05T08:00+01:00/2026-01-07T12:00+01:00 kari layer:L"
    ]


def test_a_person_may_stand_in_a_rotation_more_than_once_and_turns_in_a_row_are_one_shift() -> None:
    org = organisation(layer("kari,kari,ola", "daily", "2026-01-05T08:00:00"))
    assert shifts(org, "2026-01-05T08:00", "2026-01-09T08:00") == [
        "2026-01-05T08:00+01:00/2026-01-07T08:00+01:00 kari layer:L",
        "2026-01-07T08:00+01:00/2026-01-08T08:00+01:00 ola layer:L",
        "2026-01-08T08:00+01:00/2026-01-09T08:00+01:00 kari layer:L",
    ]


def test_at_the_instant_of_hand_over_the_new_person_is_on() -> None:
    org = organisation(layer("kari,ola", "weekly", "2026-01-05T08:00:00"))
    only = rotation_of(org)
    before = turn_at(only, org.zone, at("2026-01-12T07:59:59", org))
    after = turn_at(only, org.zone, at("2026-01-12T08:00", org))
    assert before is not None
    assert after is not None
    assert (before.people, after.people) == (("kari",), ("ola",))
    assert before.end == after.start


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        pytest.param(
            '[{ days = ["fri"], from = "15:30", to = "24:00" }, { days = ["sat","sun"] }]',
            ["2026-01-09T15:30+01:00/2026-01-12T00:00+01:00"],
            id="a window up to 24:00 meets the next day's",
        ),
        pytest.param(
            '[{ days = ["wed"], from = "22:00", to = "06:00" }]',
            ["2026-01-07T22:00+01:00/2026-01-08T06:00+01:00"],
            id="overnight, of the weekday on which it begins",
        ),
        pytest.param(
            '[{ days = ["sun"], from = "22:00", to = "22:00" }]',
            [
                "2026-01-05T00:00+01:00/2026-01-05T22:00+01:00",
                "2026-01-11T22:00+01:00/2026-01-12T00:00+01:00",
            ],
            id="to at from is a whole day, over the end of the week",
        ),
        pytest.param(
            '[{ from = "22:00" }]',
            [f"2026-01-{day:02}T22:00+01:00/2026-01-{day + 1:02}T00:00+01:00" for day in range(5, 12)],
            id="no days: every day",
        ),
    ],
)
def test_windows_limit_a_layer(windows: str, expected: list[str]) -> None:
    org = organisation(layer("kari", "weekly", "2026-01-01T00:00:00", f"windows = {windows}"))
    found = shifts(org, "2026-01-05", "2026-01-12")
    assert [line.split()[0] for line in found] == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ('{ from = "02:00", to = "03:00" }', []),
        ('{ from = "02:15", to = "03:00" }', []),
        ('{ from = "02:15", to = "02:45" }', ["2026-03-29T03:15+02:00/2026-03-29T03:45+02:00"]),
        ('{ from = "01:00", to = "02:30" }', ["2026-03-29T01:00+01:00/2026-03-29T03:30+02:00"]),
    ],
)
def test_a_window_in_the_missing_hour_moves_or_is_empty(window: str, expected: list[str]) -> None:
    org = organisation(layer("kari", "weekly", "2026-01-01T00:00:00", f"windows = [{window}]"))
    assert [line.split()[0] for line in shifts(org, "2026-03-29", "2026-03-30")] == expected


def test_a_turn_that_falls_outside_the_windows_is_used_up() -> None:
    org = organisation(
        layer("kari,ola,siri", "daily", "2026-01-05T00:00:00", 'windows = [{ days = ["sat", "sun"] }]')
    )
    assert [line.split()[1] for line in shifts(org, "2026-01-05", "2026-01-19")] == [
        "siri",
        "kari",
        "kari",
        "ola",
    ]


@pytest.mark.parametrize(
    ("absence", "expected"),
    [
        pytest.param(
            "{ from = 2026-01-06, to = 2026-01-06 }",
            ["2026-01-05T08:00/2026-01-06T00:00 kari", "2026-01-06T00:00/2026-01-07T00:00 ola"],
            id="a date is a whole day",
        ),
        pytest.param(
            "{ from = 2026-01-05, to = 2026-01-07 }",
            ["2026-01-05T08:00/2026-01-08T00:00 ola"],
            id="both dates included",
        ),
        pytest.param(
            "{ from = 2026-01-06T12:00:00, to = 2026-01-06T18:00:00 }",
            ["2026-01-05T08:00/2026-01-06T12:00 kari", "2026-01-06T12:00/2026-01-06T18:00 ola"],
            id="a date-time is the instant of return",
        ),
    ],
)
def test_an_absent_person_is_taken_out_and_a_lower_layer_shows_through(
    absence: str, expected: list[str]
) -> None:
    org = organisation(
        layer("ola", "weekly", "2026-01-01T08:00:00", name="under")
        + layer("kari", "weekly", "2026-01-01T08:00:00", name="over"),
        kari=f"absences = [{absence}]",
    )
    found = [
        line.replace("+01:00", "").rsplit(" ", 1)[0] for line in shifts(org, "2026-01-05T08:00", "2026-01-09")
    ]
    assert found[: len(expected)] == expected


def test_of_two_on_together_the_one_who_is_present_stays() -> None:
    org = organisation(
        layer("kari+per", "weekly", "2026-01-05T08:00:00"),
        kari="absences = [{ from = 2026-01-06, to = 2026-01-06 }]",
    )
    assert [line.split()[1] for line in shifts(org, "2026-01-05T08:00", "2026-01-08")] == [
        "kari+per",
        "per",
        "kari+per",
    ]


def test_an_old_rotation_costs_no_more_than_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[datetime] = []

    def counting(wall: datetime, zone: tzinfo) -> datetime:
        counted.append(wall)
        return to_instant(wall, zone)

    monkeypatch.setattr("roster.layers.to_instant", counting)
    costs = []
    for start in ("2026-01-05T08:00:00", "1926-01-04T08:00:00"):
        counted.clear()
        shifts(organisation(layer("kari,ola,siri", "weekly", start)), "2026-03-01", "2026-05-01")
        costs.append(len(counted))
    assert costs[1] <= costs[0] + 2


SHIFTS = """[[schedules.layers]]
name = "In"
shifts = [
  { people = ["kari"], start = 2026-03-28T08:00:00, end = 2026-03-29T02:30:00 },
  { people = ["ola", "siri"], start = 2026-03-29T03:30:00, end = 2026-03-30T08:00:00 },
  { people = ["per"], start = 2026-04-01T08:00:00, end = 2026-04-02T08:00:00 },
]
"""


def test_fixed_shifts_are_on_where_they_are_written_and_nowhere_else() -> None:
    org = organisation(SHIFTS)
    assert shifts(org, "2026-03-28", "2026-04-03") == [
        "2026-03-28T08:00+01:00/2026-03-29T03:30+02:00 kari layer:In",
        "2026-03-29T03:30+02:00/2026-03-30T08:00+02:00 ola+siri layer:In",
        "2026-04-01T08:00+02:00/2026-04-02T08:00+02:00 per layer:In",
    ]


def test_the_absent_are_taken_out_of_fixed_shifts_and_a_lower_layer_shows_through() -> None:
    away = "absences = [{ from = 2026-03-29T12:00:00, to = 2026-04-01T20:00:00 }]"
    org = organisation(layer("kari", "daily", "2026-03-01T08:00:00") + SHIFTS, ola=away, per=away)
    assert shifts(org, "2026-03-29T10:00", "2026-04-02") == [
        "2026-03-29T10:00+02:00/2026-03-29T12:00+02:00 ola+siri layer:In",
        "2026-03-29T12:00+02:00/2026-03-30T08:00+02:00 siri layer:In",
        "2026-03-30T08:00+02:00/2026-04-01T20:00+02:00 kari layer:L",
        "2026-04-01T20:00+02:00/2026-04-02T00:00+02:00 per layer:In",
    ]


def test_fixed_shifts_say_who_is_on_until_when_and_why() -> None:
    org = organisation(SHIFTS, top='language = "en"')
    before = who_is_on(org, "s", at("2026-03-31T12:00", org))
    assert (before.people, before.until) == ((), at("2026-04-01T08:00", org))
    assert before.because[0] == "Layer “In” has no fixed shift at this time."
    on = who_is_on(org, "s", at("2026-04-01T12:00", org))
    assert (on.people, on.until, on.next) == (("per",), at("2026-04-02T08:00", org), None)
    assert on.because[0] == (
        "Layer “In”, fixed shift Wednesday 1 April 2026 at 08:00 to Thursday 2 April 2026 at 08:00: Per."
    )
    assert who_is_on(org, "s", at("2026-01-01", org)).until == at("2026-03-28T08:00", org)


def test_a_gap_that_is_meant_is_a_gap_and_says_so() -> None:
    meant = 'meant_gaps = [{ days = ["tue"], from = "22:00", to = "06:00", reason = "stengt" }]\n'
    org = organisation(meant + SHIFTS, top='language = "nn"')
    inside, after = (at(text, org) for text in ("2026-04-01T05:59", "2026-04-01T06:00"))
    assert gaps(org, "2026-03-31", "2026-04-01") == ["2026-03-31T00:00/2026-04-01T00:00"]
    assert who_is_on(org, "s", inside).because[-1] == "Holet er meint: stengt."
    assert who_is_on(org, "s", after).because[-1].startswith("Ingen er på vakt, men nokon skulle")
