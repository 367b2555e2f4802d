"""An edit changes the present and the future, never who was on last week."""

from datetime import UTC, datetime

import pytest

from roster.history import History, Version, as_history
from roster.on_duty import who_is_on
from roster.timeline import build_timeline
from tests.roster.building import at, gaps, layer, organisation, shifts

OLD = organisation(layer("kari,ola", "weekly", "2026-01-05T08:00:00"))
NEW = organisation(layer("siri,per", "weekly", "2026-01-05T08:00:00"))


def history(*since: str) -> History:
    versions = (OLD, NEW, OLD)
    return History(
        tuple(
            Version(at(text, OLD), organisation) for text, organisation in zip(since, versions, strict=False)
        )
    )


def test_each_version_answers_from_its_instant_until_the_next() -> None:
    both = history("2025-12-01", "2026-01-07T13:17")
    assert shifts(both, "2026-01-05T08:00", "2026-01-12T08:00") == [
        "2026-01-05T08:00+01:00/2026-01-07T13:17+01:00 kari layer:L",
        "2026-01-07T13:17+01:00/2026-01-12T08:00+01:00 siri layer:L",
    ]


def test_the_first_version_answers_for_everything_before_it() -> None:
    only = history("2026-06-01")
    assert shifts(only, "2026-01-05T08:00", "2026-01-06") == shifts(OLD, "2026-01-05T08:00", "2026-01-06")


def test_versions_that_agree_leave_no_seam() -> None:
    same = History((Version(at("2026-01-01", OLD), OLD), Version(at("2026-01-07", OLD), OLD)))
    assert shifts(same, "2026-01-05T08:00", "2026-02-01") == shifts(OLD, "2026-01-05T08:00", "2026-02-01")


def test_several_versions_within_one_stretch_are_stitched() -> None:
    three = history("2025-01-01", "2026-01-06", "2026-01-07")
    assert [line.split()[1] for line in shifts(three, "2026-01-05T08:00", "2026-01-12T08:00")] == [
        "kari",
        "siri",
        "kari",
    ]


def test_the_next_hand_over_may_be_an_edit_already_made() -> None:
    both = history("2025-12-01", "2026-01-07T13:17")
    answer = who_is_on(both, "s", at("2026-01-06", OLD))
    assert answer.people == ("kari",)
    assert answer.until == at("2026-01-07T13:17", OLD)
    assert answer.next is not None
    assert answer.next.people == ("siri",)
    assert "endra" in answer.because[0]


def test_a_schedule_that_did_not_exist_yet_has_neither_shifts_nor_gaps() -> None:
    before = organisation().__class__(timezone="Europe/Oslo")
    grown = History((Version(at("2026-01-01", OLD), before), Version(at("2026-01-07", OLD), OLD)))
    assert [line.split()[1] for line in shifts(grown, "2026-01-05", "2026-01-12T08:00")] == ["kari"]
    assert gaps(grown, "2026-01-05", "2026-01-12T08:00") == []
    answer = who_is_on(grown, "s", at("2026-01-06", OLD))
    assert answer.people == ()
    assert answer.until == at("2026-01-07", OLD)
    assert "fanst ikkje" in answer.because[-1]


def test_a_schedule_that_was_taken_away_is_still_answered_for_its_time() -> None:
    without = OLD.__class__(timezone="Europe/Oslo")
    shrunk = History((Version(at("2026-01-01", OLD), OLD), Version(at("2026-01-07", OLD), without)))
    answer = who_is_on(shrunk, "s", at("2026-01-06", OLD))
    assert answer.people == ("kari",)
    assert answer.until == at("2026-01-07", OLD)
    assert answer.next is None


def test_a_history_is_made_of_versions_oldest_first() -> None:
    with pytest.raises(ValueError, match="oldest first"):
        History(())
    with pytest.raises(ValueError, match="oldest first"):
        history("2026-01-07", "2026-01-06")
    assert as_history(OLD).current is OLD
    both = history("2025-12-01", "2026-01-07")
    assert as_history(both) is both
    assert both.current is NEW
    assert both.at(datetime(2020, 1, 1, tzinfo=UTC)) is OLD
    assert both.at(at("2026-01-07", OLD)) is NEW


def test_a_timeline_over_two_versions_at_the_same_instant_uses_the_later() -> None:
    twice = history("2026-01-01", "2026-01-05", "2026-01-05")
    timeline = build_timeline(twice, "s", start=at("2026-01-05T08:00", OLD), end=at("2026-01-06", OLD))
    assert [shift.people for shift in timeline.shifts] == [("kari",)]
