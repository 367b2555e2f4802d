"""When there is no plan: the slots and rules that clash, no more of them than needed, and what helps."""

from dataclasses import replace
from random import Random

import pytest

from roster.organisation import Organisation
from roster.planning.clash import Clash, Remedy, find_clash
from roster.planning.proposing import NoPlan, propose
from roster.planning.question import Request
from roster.planning.terms import SPACING, Rule, Terms, constraints
from roster.wallclock import local
from tests.roster.building import at, layer, organisation, override
from tests.roster.planning.instances import all_plans, is_allowed, random_terms

WEEKLY = layer("kari,ola,siri,per", "weekly", "2027-01-04T08:00:00")


def clash_of(
    org: Organisation,
    end: str = "2027-02-22",
    *,
    people: tuple[str, ...] = (),
    weeks_between: int | None = None,
) -> tuple[Clash, list[str]]:
    """Return the clash of a plan from 4 January 2027, and the days on which its slots begin."""
    request = Request(
        start=at("2027-01-04", org), end=at(end, org), people=people, weeks_between=weeks_between
    )
    found = propose(org, "s", request, steps=500)
    assert isinstance(found, NoPlan)
    assert found.clash is not None
    slots = (found.question.slots[found.question.slot_of[seat]] for seat in found.clash.seats)
    return found.clash, [f"{local(slot.start, org.zone):%m-%d}" for slot in slots]


def test_all_absent_in_one_slot_is_told_by_their_absences() -> None:
    org = organisation(
        WEEKLY,
        kari="absences = [{ from = 2027-01-18, to = 2027-01-20 }]",
        ola="absences = [{ from = 2027-01-24, to = 2027-01-24 }]",
        siri="absences = [{ from = 2027-01-11, to = 2027-01-31 }]",
        per="absences = [{ from = 2027-01-20T12:00:00, to = 2027-01-20T13:00:00 }]",
    )
    clash, starts = clash_of(org)
    assert starts == ["01-18"]
    absences = tuple(Rule("absence", person) for person in ("kari", "ola", "per", "siri"))
    assert clash.rules == absences
    assert {(barred.person, barred.rules[0].kind) for barred in clash.barred[0]} == {
        (person, "absence") for person in ("kari", "ola", "siri", "per")
    }
    assert [each for each in clash.remedies if each.kind == "without"] == [
        Remedy("without", rule) for rule in absences
    ]
    assert Remedy("person") in clash.remedies


def test_too_few_people_for_the_weeks_between_is_told_with_how_many_weeks_are_possible() -> None:
    """Four people every week cannot have four weeks between: five weeks on end show it, three are possible."""
    clash, starts = clash_of(organisation(WEEKLY), weeks_between=4)
    assert starts == ["01-04", "01-11", "01-18", "01-25", "02-01"]
    assert clash.rules == (SPACING,)
    assert clash.remedies == (Remedy("weeks-between", SPACING, 3), Remedy("person"))


def test_a_clash_of_an_absence_with_the_weeks_between_names_both_and_no_more() -> None:
    """Two people are left for three weeks on end, of whom nobody may be on twice within them."""
    org = organisation(
        WEEKLY,
        kari="absences = [{ from = 2027-02-16, to = 2027-02-17 }]",
        siri="absences = [{ from = 2027-01-12, to = 2027-02-07 }]",
        per="absences = [{ from = 2027-01-12, to = 2027-02-07 }]",
        ola="absences = [{ from = 2027-06-01, to = 2027-06-02 }]",
    )
    clash, starts = clash_of(org, weeks_between=2)
    assert starts == ["01-11", "01-18", "01-25"]
    assert clash.rules == (Rule("absence", "per"), Rule("absence", "siri"), SPACING)
    assert Remedy("weeks-between", SPACING, 1) in clash.remedies


def test_a_cap_that_all_people_together_cannot_fill_is_told_with_the_least_that_would_do() -> None:
    org = organisation("[schedules.rules]\ncaps = [{ days = 42, most = 1 }]\n" + WEEKLY)
    clash, starts = clash_of(org)
    assert len(starts) == 5
    assert clash.rules == (Rule("cap"),)
    assert clash.remedies[0] == Remedy("cap", Rule("cap"), 2)


def test_a_duty_before_the_period_counts() -> None:
    """Kari was on until 4 January: with a week between, she cannot be on again at once."""
    org = organisation(layer("kari,ola,siri", "weekly", "2026-12-28T08:00:00"))
    clash, _ = clash_of(org, "2027-01-05", people=("kari",), weeks_between=1)
    assert [each.rules for each in clash.barred[0]] == [(SPACING,)]
    assert clash.rules == (SPACING,)


def test_double_duty_and_a_swap_that_would_turn_up_stand_in_the_way() -> None:
    """Kari is on the other schedule in that week; a swap that is idle now would take Ola off in it."""
    org = organisation(
        layer("kari,ola", "weekly", "2027-01-04T08:00:00")
        + override(
            "9", "siri", "2027-01-05T08:00:00", "2027-01-06T08:00:00", 'replaces = "ola"\nkind = "swap"'
        )
        + '[[schedules]]\nid = "t"\nname = "Other"\n'
        + layer("kari", "weekly", "2027-01-06T08:00:00", "until = 2027-01-06T12:00:00")
    )
    clash, starts = clash_of(org, "2027-01-05")
    rules = (Rule("elsewhere", "kari"), Rule("replaced", "ola", "swap:9"))
    assert starts == ["01-04"]
    assert clash.rules == rules
    assert clash.remedies == (*(Remedy("without", rule) for rule in rules), Remedy("person"))


@pytest.mark.parametrize("number", range(60))
def test_what_is_named_is_impossible_and_without_any_one_of_it_possible(number: int) -> None:
    """Against trying everything: nothing in a clash is there for nothing."""
    rng = Random(number)
    terms = random_terms(rng, seats=rng.randrange(2, 7), people=rng.randrange(1, 4))
    if all_plans(terms):
        return
    clash = find_clash(terms)
    assert not _fillable(terms, clash, set(terms.rules) - set(clash.rules))
    for rule in clash.rules:
        assert _fillable(terms, clash, {*(set(terms.rules) - set(clash.rules)), rule})
    for seat in clash.seats:
        fewer = replace(clash, seats=tuple(each for each in clash.seats if each != seat))
        assert _fillable(terms, fewer, set())


def _fillable(terms: Terms, clash: Clash, without: set[Rule]) -> bool:
    """Say whether the seats of a clash can be filled without some rules, by trying everything."""
    everybody = tuple(range(len(terms.people)))
    eased = replace(
        terms,
        bars=tuple(bar for bar in terms.bars if bar.rule not in without),
        caps=tuple(cap for cap in terms.caps if cap.rule not in without),
        spaced=(0,) * terms.seats if SPACING in without else terms.spaced,
    )
    plans: list[tuple[int, ...]] = [()]
    for seat in range(terms.seats):
        choices = everybody if seat in clash.seats else (-1,)
        plans = [(*plan, person) for plan in plans for person in choices]
    return any(is_allowed(eased, plan) for plan in plans)


def test_leaving_rules_out_leaves_nobody_barred() -> None:
    terms = random_terms(Random(4), seats=5, people=2)
    assert terms.bars
    assert constraints(terms, without=terms.rules).may == ((1 << 5) - 1,) * 2
