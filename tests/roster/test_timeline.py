"""Layers over layers, swaps over layers, overrides over swaps; and where somebody is missing."""

from datetime import datetime

import pytest

from roster.timeline import Shift, UnknownScheduleError, build_timeline
from tests.roster.building import at, gaps, layer, organisation, override, shifts

WEEK = layer("kari,ola,siri", "weekly", "2026-01-05T08:00:00")


def bare(lines: list[str]) -> list[str]:
    """Leave offsets, seconds and the year out: `01-05T08:00/01-12T08:00 kari layer:L`."""
    return [line.replace("+01:00", "").replace("2026-", "") for line in lines]


def test_a_later_layer_wins_where_it_has_somebody() -> None:
    org = organisation(
        WEEK
        + layer(
            "per", "weekly", "2026-01-05T08:00:00", 'windows = [{ days = ["sat", "sun"] }]', name="weekend"
        )
    )
    assert bare(shifts(org, "2026-01-09", "2026-01-13")) == [
        "01-09T00:00/01-10T00:00 kari layer:L",
        "01-10T00:00/01-12T00:00 per layer:weekend",
        "01-12T00:00/01-12T08:00 kari layer:L",
        "01-12T08:00/01-13T00:00 ola layer:L",
    ]


def test_an_override_without_replaces_puts_its_people_on_in_the_order_written() -> None:
    org = organisation(WEEK + override("jul", "siri,per", "2026-01-06T08:00:00", "2026-01-07T08:00:00"))
    assert bare(shifts(org, "2026-01-05T08:00", "2026-01-08")) == [
        "01-05T08:00/01-06T08:00 kari layer:L",
        "01-06T08:00/01-07T08:00 siri+per override:jul",
        "01-07T08:00/01-08T00:00 kari layer:L",
    ]


def test_an_override_puts_somebody_on_where_nobody_would_be() -> None:
    org = organisation(override("alone", "per", "2026-01-06T08:00:00", "2026-01-07T08:00:00"))
    assert bare(shifts(org, "2026-01-05", "2026-01-08")) == ["01-06T08:00/01-07T08:00 per override:alone"]


def test_replaces_exchanges_only_that_person_and_only_where_they_are_on() -> None:
    org = organisation(
        layer("kari+per,ola", "daily", "2026-01-05T08:00:00")
        + override("x", "siri", "2026-01-05T12:00:00", "2026-01-07T12:00:00", 'replaces = "kari"')
    )
    assert bare(shifts(org, "2026-01-05T08:00", "2026-01-08")) == [
        "01-05T08:00/01-05T12:00 kari+per layer:L",
        "01-05T12:00/01-06T08:00 siri+per override:x",
        "01-06T08:00/01-07T08:00 ola layer:L",
        "01-07T08:00/01-07T12:00 siri+per override:x",
        "01-07T12:00/01-08T00:00 kari+per layer:L",
    ]


def test_somebody_already_on_does_not_come_on_twice_by_an_exchange() -> None:
    org = organisation(
        layer("kari+per", "daily", "2026-01-05T08:00:00")
        + override("x", "per", "2026-01-05T08:00:00", "2026-01-06T08:00:00", 'replaces = "kari"')
    )
    assert bare(shifts(org, "2026-01-05T08:00", "2026-01-06T08:00")) == [
        "01-05T08:00/01-06T08:00 per override:x"
    ]


def test_replaces_sees_earlier_overrides_and_the_last_in_the_file_lies_on_top() -> None:
    org = organisation(
        WEEK
        + override("one", "per", "2026-01-06T08:00:00", "2026-01-08T08:00:00")
        + override("two", "siri", "2026-01-07T08:00:00", "2026-01-09T08:00:00", 'replaces = "per"')
    )
    assert bare(shifts(org, "2026-01-06", "2026-01-10")) == [
        "01-06T00:00/01-06T08:00 kari layer:L",
        "01-06T08:00/01-07T08:00 per override:one",
        "01-07T08:00/01-08T08:00 siri override:two",
        "01-08T08:00/01-10T00:00 kari layer:L",
    ]


def test_a_swap_lies_beneath_all_overrides_wherever_it_stands_in_the_file() -> None:
    org = organisation(
        WEEK
        + override("o", "per", "2026-01-06T08:00:00", "2026-01-07T08:00:00")
        + override(
            "b", "ola", "2026-01-05T08:00:00", "2026-01-08T08:00:00", 'kind = "swap"\nreplaces = "kari"'
        )
    )
    assert bare(shifts(org, "2026-01-05T08:00", "2026-01-08T08:00")) == [
        "01-05T08:00/01-06T08:00 ola swap:b",
        "01-06T08:00/01-07T08:00 per override:o",
        "01-07T08:00/01-08T08:00 ola swap:b",
    ]


def test_a_swap_of_a_swap_goes_in_the_order_accepted() -> None:
    swap = 'kind = "swap"\nreplaces = '
    org = organisation(
        WEEK
        + override("b1", "ola", "2026-01-05T08:00:00", "2026-01-08T08:00:00", f'{swap}"kari"')
        + override("b2", "siri", "2026-01-06T08:00:00", "2026-01-07T08:00:00", f'{swap}"ola"')
    )
    assert [line.split()[2] for line in shifts(org, "2026-01-05T08:00", "2026-01-08T08:00")] == [
        "swap:b1",
        "swap:b2",
        "swap:b1",
    ]


def test_an_override_goes_before_an_absence() -> None:
    org = organisation(
        WEEK + override("o", "kari", "2026-01-06T08:00:00", "2026-01-07T08:00:00"),
        kari="absences = [{ from = 2026-01-05, to = 2026-01-11 }]",
    )
    assert bare(shifts(org, "2026-01-05T08:00", "2026-01-08")) == ["01-06T08:00/01-07T08:00 kari override:o"]


def test_an_override_with_nobody_is_a_shift_without_people_and_no_gap() -> None:
    org = organisation(WEEK + override("stengt", "", "2026-01-06T08:00:00", "2026-01-07T08:00:00"))
    assert (
        bare(shifts(org, "2026-01-06", "2026-01-07T08:00"))[-1]
        == "01-06T08:00/01-07T08:00 nobody override:stengt"
    )
    assert gaps(org, "2026-01-05T08:00", "2026-01-12") == []


def test_taking_the_only_one_off_by_an_empty_exchange_is_nobody_on_purpose() -> None:
    org = organisation(
        WEEK + override("fri", "", "2026-01-06T08:00:00", "2026-01-07T08:00:00", 'replaces = "kari"')
    )
    assert bare(shifts(org, "2026-01-06T08:00", "2026-01-07T08:00")) == [
        "01-06T08:00/01-07T08:00 nobody override:fri"
    ]


def test_an_override_on_the_autumn_night_ends_at_the_first_occurrence() -> None:
    org = organisation(
        layer("kari", "weekly", "2026-01-05T08:00:00")
        + override("o", "ola", "2026-10-25T01:00:00", "2026-10-25T02:30:00")
    )
    assert shifts(org, "2026-10-25", "2026-10-25T12:00") == [
        "2026-10-25T00:00+02:00/2026-10-25T01:00+02:00 kari layer:L",
        "2026-10-25T01:00+02:00/2026-10-25T02:30+02:00 ola override:o",
        "2026-10-25T02:30+02:00/2026-10-25T12:00+01:00 kari layer:L",
    ]


def test_without_duty_hours_somebody_has_to_be_on_at_every_moment() -> None:
    org = organisation(layer("kari", "weekly", "2026-01-05T08:00:00", "until = 2026-01-06T08:00:00"))
    assert gaps(org, "2026-01-05", "2026-01-07") == [
        "2026-01-05T00:00/2026-01-05T08:00",
        "2026-01-06T08:00/2026-01-07T00:00",
    ]


def test_duty_hours_decide_what_is_a_gap_and_cut_no_shift() -> None:
    duty = '[schedules.duty]\ndesk_hours = [{ days = ["mon","tue","wed","thu","fri"], from = "08:00", to = "15:30" }]\n'
    org = organisation(duty + layer("kari", "weekly", "2026-01-05T08:00:00", "until = 2026-01-06T08:00:00"))
    assert bare(shifts(org, "2026-01-05", "2026-01-08")) == ["01-05T08:00/01-06T08:00 kari layer:L"]
    assert gaps(org, "2026-01-05", "2026-01-08") == [
        "2026-01-05T00:00/2026-01-05T08:00",
        "2026-01-06T15:30/2026-01-07T08:00",
        "2026-01-07T15:30/2026-01-08T00:00",
    ]


def test_a_timeline_is_clipped_to_what_was_asked() -> None:
    org = organisation(WEEK)
    timeline = build_timeline(org, "s", start=at("2026-01-06T10:17", org), end=at("2026-01-06T10:18", org))
    assert timeline.shifts == (Shift(timeline.start, timeline.end, ("kari",), "layer:L"),)


def test_the_shift_at_an_instant_is_found_by_the_timeline() -> None:
    org = organisation(WEEK + override("stengt", "", "2026-01-06T08:00:00", "2026-01-07T08:00:00"))
    timeline = build_timeline(org, "s", start=at("2026-01-01", org), end=at("2026-02-01", org))
    assert timeline.at(at("2026-01-03", org)) is None
    found = timeline.at(at("2026-01-06T08:00", org))
    assert found is not None
    assert found.people == ()
    assert timeline.at(at("2026-02-01", org)) is None


def test_wrong_questions_are_refused_in_words() -> None:
    org = organisation(WEEK)
    with pytest.raises(UnknownScheduleError, match="nattvakt"):
        build_timeline(org, "nattvakt", start=at("2026-01-01", org), end=at("2026-02-01", org))
    with pytest.raises(ValueError, match="ends after"):
        build_timeline(org, "s", start=at("2026-01-01", org), end=at("2026-01-01", org))
    with pytest.raises(ValueError, match="time zone"):
        build_timeline(org, "s", start=datetime(2026, 1, 1), end=at("2026-02-01", org))
