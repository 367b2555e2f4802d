"""Whom a rung rings at an instant, and who is skipped with what reason."""

import pytest

from roster.ladder import Callee, RungTargets, next_on_duty, resolve_rung
from roster.organisation import Organisation, Rung, Target, TargetKind
from tests.roster.building import at, layer, organisation, override

WEEK = layer("kari,ola,siri", "weekly", "2026-01-05T08:00:00")
TOP = 'language = "nb"'
SUPPLIERS = (
    '[[suppliers]]\nid = "nett"\nname = "Nett AS"\nphones = ["+4755000000"]\n'
    '[[suppliers]]\nid = "taus"\nname = "Taus AS"\n'
    '[[people]]\nid = "mona"\nname = "Mona"\nlanguage = "en"\n'
)


def rung(*targets: str) -> Rung:
    kinds: dict[str, TargetKind] = {
        "on-duty": "on-duty",
        "next-on-duty": "next-on-duty",
        "everyone": "everyone",
        "person": "person",
        "supplier": "supplier",
    }
    parts = (target.split(":") for target in targets)
    return Rung(tuple(Target(kinds[kind], wanted) for kind, wanted in parts))


def resolved(org: Organisation, when: str, *targets: str) -> tuple[list[str], list[str]]:
    found: RungTargets = resolve_rung(org, rung(*targets), at(when, org))
    return [each.id for each in found.targets], [f"{each.id} {each.reason}" for each in found.skipped]


@pytest.mark.parametrize(
    ("targets", "rings", "skipped"),
    [
        (("on-duty:s",), ["kari"], []),
        (("next-on-duty:s",), ["ola"], []),
        (("everyone:s",), ["kari", "ola", "siri"], []),
        (("person:per", "supplier:nett"), ["per", "nett"], []),
        (("next-on-duty:s", "on-duty:s", "person:ola", "everyone:s"), ["ola", "kari", "siri"], []),
        (("person:mona", "supplier:taus", "person:kari"), ["kari"], ["mona no-phone", "taus no-phone"]),
        (("on-duty:gone", "person:gone", "supplier:gone"), [], ["gone unknown"]),
    ],
)
def test_targets_become_people_and_suppliers_in_order_and_nobody_twice(
    targets: tuple[str, ...], rings: list[str], skipped: list[str]
) -> None:
    org = organisation(WEEK, people=SUPPLIERS)
    assert resolved(org, "2026-01-06", *targets) == (rings, skipped)


def test_the_absent_are_skipped_unless_an_override_put_them_on_duty() -> None:
    org = organisation(
        WEEK + override("o", "per", "2026-01-06T00:00:00", "2026-01-07T00:00:00"),
        per="absences = [{ from = 2026-01-05, to = 2026-01-11 }]",
        ola="absences = [{ from = 2026-01-05, to = 2026-01-11 }]",
    )
    assert resolved(org, "2026-01-06", "on-duty:s") == (["per"], [])
    assert resolved(org, "2026-01-06", "person:per") == ([], ["per absent"])
    assert resolved(org, "2026-01-06", "on-duty:s", "person:per") == (["per"], [])
    assert resolved(org, "2026-01-08", "everyone:s") == (["kari", "siri"], ["ola absent"])
    assert resolved(org, "2026-01-08", "next-on-duty:s") == (["siri"], [])
    assert resolved(org, "2026-01-12", "person:per") == (["per"], [])


def test_a_callee_has_all_phones_in_order_and_a_language() -> None:
    org = organisation(
        WEEK,
        people=SUPPLIERS.replace('name = "Mona"', 'name = "Mona"\nphones = ["+4790000009", "+4756300001"]'),
        top=TOP,
    )
    found = resolve_rung(org, rung("person:mona", "supplier:nett"), at("2026-01-06", org)).targets
    mona = org.person("mona")
    nett = org.supplier("nett")
    assert mona is not None
    assert nett is not None
    assert found == (
        Callee("person", "mona", "Mona", mona.phones, mona.language),
        Callee("supplier", "nett", "Nett AS", nett.phones, org.language),
    )
    assert mona.phones == ("+4790000009", "+4756300001")
    assert (mona.language, org.language) == ("en", "nb")


@pytest.mark.parametrize(
    ("schedule", "when", "expected"),
    [
        pytest.param(
            layer("kari,kari,ola", "daily", "2026-01-05T08:00:00"), "2026-01-05T09:00", ("ola",), id="another"
        ),
        pytest.param(
            layer("kari+per,per+ola", "daily", "2026-01-05T08:00:00"),
            "2026-01-05T09:00",
            ("ola",),
            id="who joins",
        ),
        pytest.param(
            layer("kari+per,kari,ola+siri", "daily", "2026-01-05T08:00:00"),
            "2026-01-05T09:00",
            ("ola", "siri"),
            id="both who come on together, past one who only stays",
        ),
        pytest.param(WEEK, "2026-01-01", ("kari",), id="in a gap: who comes on next"),
        pytest.param(layer("kari", "weekly", "2026-01-05T08:00:00"), "2026-01-06", (), id="nobody else ever"),
        pytest.param(
            layer("kari", "weekly", "2026-01-05T08:00:00", 'windows = [{ days = ["sat"] }]'),
            "2026-01-10T12:00",
            (),
            id="the same again is nobody different",
        ),
        pytest.param(
            layer("kari", "daily", "2026-01-05T08:00:00", 'windows = [{ days = ["sat"] }]')
            + override("o", "ola", "2027-01-01T00:00:00", "2027-01-02T00:00:00"),
            "2026-01-10T12:00",
            ("ola",),
            id="over many gaps",
        ),
        pytest.param("", "2026-01-10T12:00", (), id="no layers"),
    ],
)
def test_next_on_duty_is_the_next_different_person_to_come_on(
    schedule: str, when: str, expected: tuple[str, ...]
) -> None:
    org = organisation(schedule)
    assert next_on_duty(org, "s", at(when, org)) == expected


def test_the_next_on_duty_is_nobody_who_is_on_holiday_now_though_back_before_their_shift() -> None:
    """Ola comes on next week and is away until Sunday: Siri, after him, can be rung tonight."""
    away = "absences = [{ from = 2026-01-05, to = 2026-01-11 }]"
    org = organisation(WEEK, ola=away)
    assert next_on_duty(org, "s", at("2026-01-06T12:00", org)) == ("siri",)
    assert next_on_duty(org, "s", at("2026-01-12T07:00", org)) == ("ola",)


def test_with_everybody_else_away_for_now_there_is_no_next_on_duty() -> None:
    away = "absences = [{ from = 2026-01-05, to = 2026-01-11 }]"
    org = organisation(WEEK, ola=away, siri=away)
    assert next_on_duty(org, "s", at("2026-01-06T12:00", org)) == ()


def test_in_a_gap_the_next_is_who_comes_on_first_and_is_there() -> None:
    nights = 'windows = [{ from = "16:00", to = "24:00" }]'
    org = organisation(
        layer("kari,ola", "daily", "2026-01-05T16:00:00", nights),
        kari="absences = [{ from = 2026-01-07T00:00:00, to = 2026-01-07T15:00:00 }]",
    )
    assert next_on_duty(org, "s", at("2026-01-07T12:00", org)) == ("ola",)
    assert next_on_duty(org, "s", at("2026-01-07T15:30", org)) == ("kari",)
