"""Laws of planning, on random organisations around clock changes and over some weeks."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roster.organisation import (
    Absence,
    FixedShift,
    Layer,
    Organisation,
    Override,
    Rotation,
    Schedule,
    ShiftLayer,
    Window,
)
from roster.planning.balance import balances, wishes
from roster.planning.laying import layer_of, organisation_with
from roster.planning.proposing import NoPlan, Plan, checked, propose
from roster.planning.question import Request
from roster.planning.slots import SlotsError, read_hand_overs
from roster.reading import read_organisation
from roster.rules import Cap, Rules, Wish
from roster.wallclock import to_instant
from roster.writing import write_organisation
from tests.roster.building import organisation
from tests.roster.planning.checker import broken_rules

PEOPLE = ("kari", "ola", "siri", "per")
ZONES = ("Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")


def random_case(rng: Random) -> tuple[Organisation, Request]:
    """Return an organisation of two schedules around a clock change, and a request for the first one."""
    base = organisation(timezone=rng.choice(ZONES))
    first = rng.choice(
        (date(2027, 2, 1), date(2027, 3, 15), date(2027, 9, 27), date(2027, 10, 18), date(2027, 12, 20))
    )

    def moment(days: int = 45) -> datetime:
        clock = timedelta(minutes=30 * rng.choice((0, 4, 5, 16, 16, 31)))
        return datetime(first.year, first.month, first.day) + timedelta(days=rng.randrange(days)) + clock

    def stretch() -> tuple[datetime, datetime]:
        begins = moment()
        return begins, begins + timedelta(hours=rng.choice((6, 24, 24, 60)))

    def a_layer(name: str, windows: tuple[Window, ...] = ()) -> Layer:
        size = rng.choice((1, 1, 1, 2))
        turns = tuple(tuple(rng.sample(PEOPLE, size)) for _ in range(rng.randrange(1, 6)))
        rotation, every = rng.choice(
            ((Rotation.WEEKLY, 1), (Rotation.DAILY, 3), (Rotation.DAILY, 2), (Rotation.MONTHLY, 1))
        )
        return Layer(name, turns, rotation, moment(7) - timedelta(days=60), every=every, windows=windows)

    layers: list[Layer | ShiftLayer] = [a_layer("A")]
    if rng.random() < 0.4:
        layers.append(a_layer("B", (Window(days=(4,), from_minute=930), Window(days=(5, 6)))))
    if rng.random() < 0.4:
        begins, ends = stretch()
        layers.append(ShiftLayer("F", (FixedShift((rng.choice(PEOPLE),), begins, ends),)))
    overrides = []
    for number in range(rng.randrange(3)):
        begins, ends = stretch()
        kind = rng.choice(("override", "swap"))
        replaces = rng.choice(PEOPLE) if kind == "swap" or rng.random() < 0.5 else None
        others = tuple(rng.sample(PEOPLE, rng.randrange(2)))
        overrides.append(Override(str(number), others, begins, ends, replaces, kind))  # type: ignore[arg-type]
    people = []
    for person in base.people:
        absences = []
        for _ in range(rng.randrange(3)):
            begins, ends = stretch()
            whole = rng.random() < 0.5
            absences.append(Absence(begins.date(), ends.date()) if whole else Absence(begins, ends))
        wish = Wish(moment().date(), moment(60).date() + timedelta(days=60), rng.choice(("off", "on")))
        wished = (wish,) if rng.random() < 0.3 else ()
        share = rng.choice((1.0, 1.0, 0.5, 0.8, 0.0))
        people.append(replace(person, absences=tuple(absences), share=share, wishes=wished))
    rules = Rules(
        weeks_between=rng.choice((0, 0, 0, 1)),
        caps=(Cap(rng.choice((7, 28)), rng.randrange(1, 6)),) if rng.random() < 0.5 else (),
    )
    schedule = Schedule("s", "Duty", layers=tuple(layers), overrides=tuple(overrides), rules=rules)
    other_layer = replace(a_layer("A"), windows=(Window(days=(2,)),))
    other = Schedule("t", "Other", layers=(other_layer,) if rng.random() < 0.3 else ())
    whole_organisation = replace(base, people=tuple(people), schedules=(schedule, other))
    zone = whole_organisation.zone
    start = to_instant(datetime(first.year, first.month, first.day), zone)
    request = Request(
        start=start,
        end=start + timedelta(days=rng.choice((14, 35))),
        before=start - timedelta(days=60) if rng.random() < 0.5 else None,
        hand_overs=read_hand_overs(rng.choice(("mon 08:00, fri 15:30", "02:30")))
        if rng.random() < 0.3
        else (),
        over=("F",) if rng.random() < 0.3 else (),
    )
    return whole_organisation, request


def plan_of(seed: int) -> tuple[Organisation, Request, Plan | NoPlan | None]:
    org, request = random_case(Random(seed))
    try:
        return org, request, propose(org, "s", request, steps=150)
    except SlotsError:
        return org, request, None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_a_plan_breaks_no_rule_shows_as_planned_and_changes_nothing_else(seed: int) -> None:
    """An independent look, at the roster with the plan in it."""
    org, _, found = plan_of(seed)
    if isinstance(found, Plan):
        assert checked(found.question, found.seats)
        assert broken_rules(org, organisation_with(found), "s", found.slots) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_the_file_with_the_plan_reads_back_as_it_was(seed: int) -> None:
    _, _, found = plan_of(seed)
    if isinstance(found, Plan):
        after = organisation_with(found)
        assert read_organisation(write_organisation(after), filename="planned.toml") == after


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_an_even_split_adds_up_to_what_is_planned(seed: int) -> None:
    _, _, found = plan_of(seed)
    if isinstance(found, Plan):
        rows = balances(found)
        for measure in range(5):
            even = sum(each.even[measure] for each in rows)
            credited = sum(load[measure] for load in found.question.credited)
            planned = sum(each.planned[measure] for each in rows)
            assert even == pytest.approx(planned, abs=1 + credited * 1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_a_wish_is_met_exactly_when_the_roster_says_so(seed: int) -> None:
    """Whether somebody is on in the days of a wish, asked of the shifts of the plan alone."""
    _, _, found = plan_of(seed)
    if not isinstance(found, Plan):
        return
    shifts = layer_of(found).shifts
    for each in wishes(found):
        first = datetime.combine(each.wish.from_, datetime.min.time())
        last = datetime.combine(each.wish.to + timedelta(days=1), datetime.min.time())
        is_on = any(
            each.person in shift.people and shift.start < last and shift.end > first for shift in shifts
        )
        if each.wish.want == "off":
            assert each.is_met == (not is_on)
        else:
            assert each.is_met or not is_on


def test_most_of_these_cases_have_a_plan_and_some_have_none() -> None:
    """The laws above are not empty."""
    kinds = [type(plan_of(seed)[2]) for seed in range(60)]
    assert kinds.count(Plan) > 15
    assert kinds.count(NoPlan) > 5
