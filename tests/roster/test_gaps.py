"""Gaps ahead, and people on duty whom nobody can reach."""

from roster.gaps import Unreachable, find_gaps, unreachable
from roster.history import History, Version
from tests.roster.building import at, layer, organisation, override

MUTE = '[[people]]\nid = "mute"\nname = "Mute"\n'


def test_gaps_ahead_are_those_of_the_timeline() -> None:
    org = organisation(layer("kari", "weekly", "2026-01-05T08:00:00", "until = 2026-01-10T08:00:00"))
    found = find_gaps(org, "s", at("2026-01-06", org), at("2026-01-20", org))
    assert [(gap.start, gap.end) for gap in found] == [(at("2026-01-10T08:00", org), at("2026-01-20", org))]


def test_somebody_on_duty_without_a_phone_is_unreachable_and_no_gap() -> None:
    org = organisation(
        layer("kari,mute", "weekly", "2026-01-05T08:00:00")
        + override("o", "mute,kari", "2026-01-13T08:00:00", "2026-01-14T08:00:00"),
        people=MUTE,
    )
    start, end = at("2026-01-06", org), at("2026-02-03", org)
    assert find_gaps(org, "s", start, end) == ()
    assert unreachable(org, "s", start, end) == (
        Unreachable("mute", at("2026-01-12T08:00", org), at("2026-01-19T08:00", org)),
        Unreachable("mute", at("2026-01-26T08:00", org), at("2026-02-02T08:00", org)),
    )


def test_the_phones_that_count_are_those_of_now() -> None:
    without = organisation(layer("mute", "weekly", "2026-01-05T08:00:00"), people=MUTE)
    given = organisation(
        layer("mute", "weekly", "2026-01-05T08:00:00"), people=f'{MUTE}phones = ["+4790000009"]\n'
    )
    mended = History((Version(at("2026-01-01", given), without), Version(at("2026-01-20", given), given)))
    start, end = at("2026-01-06", given), at("2026-02-03", given)
    assert unreachable(without, "s", start, end) == (Unreachable("mute", start, end),)
    assert unreachable(mended, "s", start, end) == ()
