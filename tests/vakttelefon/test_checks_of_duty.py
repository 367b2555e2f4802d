"""`check` finds gaps, people whom nobody can reach, and rotations that drift."""

import pytest

from tests.hotline.rig import ORGANISATION
from tests.vakttelefon.checking import Installation
from vakttelefon.checks import Level
from vakttelefon.checks import duty as duty_checks


def troubles_with(installation: Installation, text: str) -> list[tuple[Level, str, str]]:
    installation.shell.import_organisation(text)
    return [(each.level, each.name, each.what) for each in installation.troubles()]


def test_a_gap_in_the_next_14_days_fails_with_schedule_and_local_times(installation: Installation) -> None:
    until = ORGANISATION.replace(
        "start = 2026-11-23T08:00:00", "start = 2026-11-23T08:00:00\n  until = 2026-12-05T20:00:00"
    )
    assert troubles_with(installation, until)[0] == (
        Level.FAIL,
        "roster",
        "nobody is on duty in drift from 2026-12-05 20:00 to 2026-12-07 08:00",
    )
    later = until.replace("2026-12-05T20:00:00", "2026-12-10T08:00:00")
    # what lies further ahead than 14 days is no finding yet
    assert troubles_with(installation, later) == []


def test_many_gaps_are_told_in_a_few_lines(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_checks, "_MOST_GAPS", 2)
    text = ORGANISATION.replace(
        "start = 2026-11-23T08:00:00",
        'start = 2026-11-23T08:00:00\n  windows = [{ days = ["sat"] }]',
    )
    told = [what for _level, name, what in troubles_with(installation, text) if name == "roster"]
    assert len(told) == 3
    assert "more gaps in the next 14 days" in told[-1]


@pytest.mark.parametrize("person", ["+4790000001", "+4790000004"])
def test_somebody_on_the_roster_or_a_ladder_without_a_phone_fails(
    installation: Installation, person: str
) -> None:
    ((level, name, what),) = troubles_with(
        installation, ORGANISATION.replace(f'phones = ["{person}"]', "phones = []")
    )
    assert (level, name) == (Level.FAIL, "phones")
    where = "layer Veke of drift" if person == "+4790000001" else "ladder standard"
    assert what.endswith(f"({where}) has no usable phone")


def test_an_override_to_come_counts_and_one_that_is_over_does_not(installation: Installation) -> None:
    text = ORGANISATION.replace('phones = ["+4790000005"]', "phones = []").replace("coordinator", "reviewer")
    text = text.replace('name = "Per Berg"', 'name = "Per Berg"\nroles = ["coordinator"]')
    override = """  [[schedules.overrides]]
  id = "bytte"
  people = ["kim"]
  start = 2026-11-{}T08:00:00
  end = 2026-11-{}T08:00:00

[[ladders]]"""
    past = text.replace("[[ladders]]", override.format("23", "24"), 1)
    assert troubles_with(installation, past) == []
    coming = text.replace("[[ladders]]", override.format("28", "29"), 1)
    assert troubles_with(installation, coming) == [
        (Level.FAIL, "phones", "kim (override bytte of drift) has no usable phone")
    ]


def test_somebody_without_a_mobile_warns(installation: Installation) -> None:
    text = ORGANISATION.replace('phones = ["+4790000001"]', 'phones = ["+4755100001"]')
    ((level, name, what),) = troubles_with(installation, text)
    assert (level, name) == (Level.WARN, "phones")
    assert "kari (layer Veke of drift) has no mobile" in what


def test_no_coordinator_or_none_with_a_phone_fails(installation: Installation) -> None:
    nobody = troubles_with(installation, ORGANISATION.replace('roles = ["coordinator"]', ""))
    assert [(level, name) for level, name, _ in nobody] == [(Level.FAIL, "coordinator")]
    silent = troubles_with(installation, ORGANISATION.replace('phones = ["+4790000005"]', ""))
    assert silent == [(Level.FAIL, "coordinator", "without a phone: kim")]


def test_an_hourly_layer_of_whole_days_warns(installation: Installation) -> None:
    text = ORGANISATION.replace('rotation = "weekly"', 'rotation = "hourly"\n  every = 24')
    ((level, name, what),) = troubles_with(installation, text)
    assert (level, name) == (Level.WARN, "rotation")
    assert "layer Veke of drift hands over every 24 elapsed hours" in what
    assert troubles_with(installation, text.replace("every = 24", "every = 12")) == []
