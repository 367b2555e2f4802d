"""Slots: how a schedule hands over, and what is kept of what is laid down already."""

import pytest

from roster.history import as_history
from roster.organisation import Organisation
from roster.planning.slots import Ground, SlotsError, ground_of, read_hand_overs
from roster.wallclock import local
from tests.roster.building import at, layer, organisation, override


def ground(
    org: Organisation, start: str, end: str, hand_overs: str = "", over: tuple[str, ...] = ()
) -> Ground:
    schedule = org.schedules[0]
    return ground_of(
        as_history(org),
        schedule,
        start=at(start, org),
        end=at(end, org),
        hand_overs=read_hand_overs(hand_overs) if hand_overs else (),
        over=over,
    )


def lines(org: Organisation, found: Ground) -> list[str]:
    """Return each slot as `01-04T08:00/01-11T08:00`, parts joined by a comma, seats behind where several."""
    return [
        ",".join("/".join(f"{local(each, org.zone):%m-%dT%H:%M}" for each in part) for part in slot.parts)
        + (f" x{slot.seats}" if slot.seats > 1 else "")
        for slot in found.slots
    ]


def test_a_weekly_rotation_gives_a_slot_for_each_turn_that_begins_in_the_period() -> None:
    """The last one is whole, though it ends after the period; the tail of the one before is none."""
    org = organisation(layer("kari,ola", "weekly", "2026-01-05T08:00:00"))
    assert lines(org, ground(org, "2027-01-04", "2027-01-12")) == [
        "01-04T08:00/01-11T08:00",
        "01-11T08:00/01-18T08:00",
    ]


def test_a_layer_over_the_weekends_gives_slots_of_its_own() -> None:
    weekend = 'windows = [{ days = ["fri"], from = "15:30", to = "24:00" }, { days = ["sat", "sun"] }]'
    org = organisation(
        layer("kari,ola", "weekly", "2026-01-05T08:00:00")
        + layer("siri,per", "weekly", "2026-01-05T08:00:00", weekend, name="W")
    )
    assert lines(org, ground(org, "2027-01-04", "2027-01-11")) == [
        "01-04T08:00/01-08T15:30,01-11T00:00/01-11T08:00",
        "01-08T15:30/01-11T00:00",
    ]


def test_several_on_together_are_several_seats() -> None:
    org = organisation(layer("kari+ola,siri", "daily", "2027-01-04T08:00:00"))
    assert lines(org, ground(org, "2027-01-04", "2027-01-06")) == [
        "01-04T08:00/01-05T08:00 x2",
        "01-05T08:00/01-06T08:00",
    ]


def test_who_is_absent_changes_no_slot() -> None:
    away = "absences = [{ from = 2027-01-05, to = 2027-01-06 }]"
    org = organisation(layer("kari,ola", "weekly", "2027-01-04T08:00:00"), kari=away)
    assert lines(org, ground(org, "2027-01-04", "2027-01-05")) == ["01-04T08:00/01-11T08:00"]


def test_overrides_and_swaps_that_show_are_taken_out() -> None:
    """A swap that finds nobody to replace shows nowhere, and keeps nothing."""
    org = organisation(
        layer("kari,ola", "weekly", "2027-01-04T08:00:00")
        + override("o", "siri", "2027-01-06T08:00:00", "2027-01-07T08:00:00")
        + override(
            "17", "per", "2027-01-08T08:00:00", "2027-01-09T08:00:00", 'replaces = "kari"\nkind = "swap"'
        )
        + override(
            "18", "per", "2027-01-12T08:00:00", "2027-01-13T08:00:00", 'replaces = "kari"\nkind = "swap"'
        )
    )
    found = ground(org, "2027-01-04", "2027-01-12")
    assert lines(org, found) == [
        "01-04T08:00/01-06T08:00,01-07T08:00/01-08T08:00,01-09T08:00/01-11T08:00",
        "01-11T08:00/01-18T08:00",
    ]
    assert [span[2:] for span in found.kept] == [(("siri",), "override:o"), (("per",), "swap:17")]


FIXED = """[[schedules.layers]]
name = "Easter"
shifts = [{ people = ["siri"], start = 2027-01-11T08:00:00, end = 2027-01-18T08:00:00 }]
"""


def test_fixed_shifts_stay_unless_they_are_planned_over() -> None:
    org = organisation(layer("kari,ola", "weekly", "2027-01-04T08:00:00") + FIXED)
    assert lines(org, ground(org, "2027-01-04", "2027-01-12")) == ["01-04T08:00/01-11T08:00"]
    over = ground(org, "2027-01-04", "2027-01-12", over=("Easter",))
    assert lines(org, over) == ["01-04T08:00/01-11T08:00", "01-11T08:00/01-18T08:00"]
    assert over.kept == ()


def test_hand_overs_may_be_named_instead() -> None:
    org = organisation(layer("kari,ola", "weekly", "2027-01-04T08:00:00"))
    assert lines(org, ground(org, "2027-01-04", "2027-01-12", "mon 08:00, Fri 15:30")) == [
        "01-04T08:00/01-08T15:30",
        "01-08T15:30/01-11T08:00",
        "01-11T08:00/01-15T15:30",
    ]
    assert lines(org, ground(org, "2027-01-04", "2027-01-06", "8:00")) == [
        "01-04T08:00/01-05T08:00",
        "01-05T08:00/01-06T08:00",
    ]


def test_slots_follow_wall_clock_over_a_clock_change() -> None:
    """The night of 28 March 2027 has no 02:30; hand-overs at that time take place at 03:30."""
    org = organisation(layer("kari,ola", "daily", "2027-01-04T02:30:00"))
    expected = ["03-27T02:30/03-28T03:30", "03-28T03:30/03-29T02:30"]
    assert lines(org, ground(org, "2027-03-27", "2027-03-29")) == expected
    assert lines(org, ground(org, "2027-03-27", "2027-03-29", "02:30")) == expected


def test_an_hourly_rotation_in_the_doubled_hour_gives_times_that_a_file_can_name() -> None:
    """The second 02:00 of 31 October 2027 cannot be written; the shift after it begins at the first."""
    org = organisation(layer("kari,ola", "hourly", "2027-10-31T00:00:00"))
    assert lines(org, ground(org, "2027-10-31T00:00", "2027-10-31T04:00")) == [
        "10-31T00:00/10-31T01:00",
        "10-31T01:00/10-31T02:00",
        "10-31T02:00/10-31T03:00",
        "10-31T03:00/10-31T04:00",
    ]


@pytest.mark.parametrize("text", ["", "mon", "man 08:00", "25:00", "08:00;09:00", "mon 8"])
def test_what_is_no_hand_over_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SlotsError, match=r"no hand-over.*mon 08:00, fri 15:30"):
        read_hand_overs(text)


def test_a_period_without_slots_or_with_too_many_or_all_kept_is_refused_with_a_remedy() -> None:
    org = organisation(layer("kari", "weekly", "2027-01-04T08:00:00", "until = 2027-02-01T08:00:00"))
    with pytest.raises(SlotsError, match=r"no slot.*--slots"):
        ground(org, "2027-03-01", "2027-04-01")
    with pytest.raises(SlotsError, match=r"at once.*shorter"):
        ground(org, "2027-01-04", "2030-01-05", "08:00")
    with pytest.raises(SlotsError, match=r"already.*--over"):
        ground(organisation(FIXED), "2027-01-11", "2027-01-18", "mon 08:00")
