"""Swaps and covers: who may do what, what the roster has of it at once, and what is refused with a reason."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roster.organisation import Language, Organisation
from roster.swap_conflicts import ConflictKind
from roster.swap_phrases import conflict_words, refusal_words
from roster.swap_states import Outcome, Period, Refused, State, Swap, SwapRefusedError
from roster.swaps import accept, ask, decline, undo, withdraw
from roster.timeline import build_timeline
from tests.roster.building import at, layer, organisation, override, shifts

WEEK = layer("kari,ola,siri,per", "weekly", "2026-01-05T08:00:00")
GERD = '[[people]]\nid = "gerd"\nname = "Gerd"\nphones = ["+4790000009"]\nroles = ["coordinator"]\n'
ROSTER = organisation(WEEK, people=GERD)
MONDAY = at("2026-01-05T12:00", ROSTER)


def period(start: str, end: str) -> Period:
    return Period(at(start, ROSTER), at(end, ROSTER))


def asked(org: Organisation = ROSTER, *, when: datetime = MONDAY, **more: Period | str) -> Outcome:
    """Let Kari ask Siri; `more` says otherwise."""
    given_: dict[str, object] = {"schedule_id": "s", "asker": "kari", "other": "siri", "by": "kari", **more}
    return ask(org, str(given_.pop("swap_id", "17")), at=when, **given_)  # type: ignore[arg-type]


def refused(act: Callable[[], Outcome]) -> SwapRefusedError:
    with pytest.raises(SwapRefusedError) as caught:
        act()
    for language in Language:
        words = refusal_words(caught.value, ROSTER, language)
        assert words.endswith(".")
        assert "{" not in words
    return caught.value


def test_with_nothing_named_the_rest_of_the_present_shift_is_asked_for() -> None:
    outcome = asked()
    assert outcome.swap.gives == Period(MONDAY, at("2026-01-12T08:00", ROSTER))
    assert (outcome.swap.state, outcome.organisation) == (State.ASKED, ROSTER)


def test_off_duty_the_next_shift_is_asked_for() -> None:
    outcome = asked(asker="ola", by="ola")
    assert outcome.swap.gives == period("2026-01-12T08:00", "2026-01-19T08:00")


def test_an_accepted_cover_is_in_the_timeline_at_once_and_gone_when_it_is_undone() -> None:
    day = period("2026-01-07", "2026-01-08")
    swap = asked(gives=day).swap
    done = accept(ROSTER, swap, by="siri", at=MONDAY)
    assert shifts(done.organisation, "2026-01-06", "2026-01-09") == [
        "2026-01-06T00:00+01:00/2026-01-07T00:00+01:00 kari layer:L",
        "2026-01-07T00:00+01:00/2026-01-08T00:00+01:00 siri swap:17",
        "2026-01-08T00:00+01:00/2026-01-09T00:00+01:00 kari layer:L",
    ]
    back = undo(done.organisation, done.swap, by="kari", at=MONDAY)
    assert (back.organisation, back.swap.state) == (ROSTER, State.UNDONE)
    assert [step.by for step in back.swap.steps] == ["kari", "siri", "kari"]


def test_a_two_way_swap_exchanges_both() -> None:
    swap = asked(
        gives=period("2026-01-10", "2026-01-12"), takes=period("2026-01-24", "2026-01-26"), swap_id="3"
    ).swap
    done = accept(ROSTER, swap, by="siri", at=MONDAY)
    assert [line.split(" ", 1)[1] for line in shifts(done.organisation, "2026-01-09", "2026-01-26")] == [
        "kari layer:L",
        "siri swap:3",
        "kari layer:L",
        "ola layer:L",
        "siri layer:L",
        "kari swap:3-b",
    ]
    assert undo(done.organisation, done.swap, by="siri", at=MONDAY).organisation == ROSTER


def test_who_covers_may_swap_on_and_what_later_swaps_build_on_is_not_undone_first() -> None:
    day = period("2026-01-07", "2026-01-08")
    first = accept(ROSTER, asked(gives=day).swap, by="siri", at=MONDAY)
    second = ask(
        first.organisation, "18", schedule_id="s", asker="siri", other="per", by="siri", at=MONDAY, gives=day
    )
    both = accept(first.organisation, second.swap, by="per", at=MONDAY)
    assert "2026-01-07T00:00+01:00/2026-01-08T00:00+01:00 per swap:18" in shifts(
        both.organisation, "2026-01-07", "2026-01-08"
    )
    why = refused(lambda: undo(both.organisation, first.swap, by="kari", at=MONDAY))
    assert (why.why, why.names) == (Refused.BUILT_ON, ("18",))
    assert refusal_words(why, ROSTER, Language.EN) == "Later swaps build on this one: undo 18 first."
    once = undo(both.organisation, both.swap, by="per", at=MONDAY)
    assert undo(once.organisation, first.swap, by="kari", at=MONDAY).organisation == ROSTER


def test_a_coordinator_acts_on_behalf_and_nobody_else_does() -> None:
    outcome = asked(by="gerd")
    assert outcome.swap.steps[-1].on_behalf_of == "kari"
    done = accept(ROSTER, outcome.swap, by="gerd", at=MONDAY)
    assert (done.swap.state, done.swap.steps[-1].on_behalf_of) == (State.ACCEPTED, "siri")
    assert refused(lambda: asked(by="per")).why is Refused.NOT_ALLOWED
    assert refused(lambda: accept(ROSTER, outcome.swap, by="kari", at=MONDAY)).why is Refused.NOT_ALLOWED
    assert refused(lambda: decline(ROSTER, outcome.swap, by="per", at=MONDAY)).why is Refused.NOT_ALLOWED
    assert refused(lambda: withdraw(ROSTER, outcome.swap, by="siri", at=MONDAY)).why is Refused.NOT_ALLOWED


def test_the_first_answer_counts_and_saying_the_same_again_changes_nothing() -> None:
    swap = asked().swap
    done = accept(ROSTER, swap, by="siri", at=MONDAY)
    again = accept(done.organisation, done.swap, by="siri", at=MONDAY + timedelta(hours=1))
    assert (again.changed, again.swap, again.organisation) == (False, done.swap, done.organisation)
    late = refused(lambda: decline(done.organisation, done.swap, by="siri", at=MONDAY))
    assert late.why is Refused.STATE
    assert refusal_words(late, ROSTER, Language.NN) == (
        "Bytet er alt godteke av Siri, måndag 5. januar 2026 kl. 12:00."
    )
    no = decline(ROSTER, swap, by="siri", at=MONDAY)
    assert no.swap.state is State.DECLINED
    assert refused(lambda: accept(ROSTER, no.swap, by="siri", at=MONDAY)).why is Refused.STATE
    back = withdraw(ROSTER, swap, by="kari", at=MONDAY)
    assert refused(lambda: accept(ROSTER, back.swap, by="siri", at=MONDAY)).why is Refused.STATE


def test_what_has_begun_is_taken_over_from_the_moment_of_accepting() -> None:
    later = at("2026-01-08T13:30:40", ROSTER)
    done = accept(ROSTER, asked().swap, by="siri", at=later)
    assert shifts(done.organisation, "2026-01-08", "2026-01-12T08:00") == [
        "2026-01-08T00:00+01:00/2026-01-08T13:31+01:00 kari layer:L",
        "2026-01-08T13:31+01:00/2026-01-12T08:00+01:00 siri swap:17",
    ]
    over = refused(lambda: accept(ROSTER, asked().swap, by="siri", at=at("2026-01-12T08:00", ROSTER)))
    assert over.why is Refused.OVER


def test_in_the_hour_that_comes_twice_the_swap_begins_when_it_can_be_written() -> None:
    org = organisation(layer("kari,ola", "weekly", "2026-10-19T08:00:00"))
    second_half_past_two = at("2026-10-25T02:30+01:00", org)
    day = Period(at("2026-10-24", org), at("2026-10-26", org))
    swap = ask(
        org, "1", schedule_id="s", asker="kari", other="ola", by="kari", at=at("2026-10-23", org), gives=day
    ).swap
    done = accept(org, swap, by="ola", at=second_half_past_two)
    assert shifts(done.organisation, "2026-10-25", "2026-10-26") == [
        "2026-10-25T00:00+02:00/2026-10-25T03:00+01:00 kari layer:L",
        "2026-10-25T03:00+01:00/2026-10-26T00:00+01:00 ola swap:1",
    ]


def test_a_roster_that_changed_since_it_was_asked_is_asked_about_anew() -> None:
    swap = asked(gives=period("2026-01-07", "2026-01-08")).swap
    changed = organisation(
        WEEK + override("o", "ola", "2026-01-07T12:00:00", "2026-01-07T16:00:00"), people=GERD
    )
    why = refused(lambda: accept(changed, swap, by="siri", at=MONDAY))
    assert refusal_words(why, ROSTER, Language.EN) == "The roster has changed since Kari asked: ask again."


def test_a_swap_that_an_override_would_hide_is_refused_with_the_override() -> None:
    org = organisation(WEEK + override("jul", "kari", "2026-01-14T08:00:00", "2026-01-15T08:00:00"))
    why = refused(
        lambda: asked(
            org, gives=Period(at("2026-01-14T08:00", org), at("2026-01-15T08:00", org)), other="siri"
        )
    )
    assert why.why is Refused.HIDDEN
    assert refusal_words(why, org, Language.EN) == (
        "The swap would have no effect, for over it lies override “jul”: change that first."
    )


def test_a_taker_who_is_away_or_on_already_is_refused_with_when() -> None:
    away = organisation(WEEK, siri="absences = [{ from = 2026-01-08, to = 2026-01-09 }]")
    why = refused(lambda: asked(away))
    assert refusal_words(why, away, Language.EN) == (
        "Siri is absent from Thursday 8 January 2026 at 00:00 to Saturday 10 January 2026 at 00:00."
    )
    together = organisation(layer("kari+siri", "weekly", "2026-01-05T08:00:00"))
    why = refused(lambda: asked(together))
    assert [each.kind for each in why.conflicts] == [ConflictKind.ALREADY_ON]


def test_double_duty_and_broken_rest_are_told_before_anybody_answers_and_forbid_nothing() -> None:
    other = layer("siri", "weekly", "2026-01-05T08:00:00", "until = 2026-01-06T08:00:00")
    org = organisation(WEEK + f'[[schedules]]\nid = "t"\nname = "Backup"\n{other}')
    outcome = asked(org, when=at("2026-01-05T09:00", org))
    assert {each.kind for each in outcome.conflicts} == {ConflictKind.DOUBLE_DUTY}
    ola = asked(org, when=at("2026-01-05T09:00", org), other="ola")
    assert [each.kind for each in ola.conflicts] == [ConflictKind.WEEKLY_REST]
    assert conflict_words(ola.conflicts[0], org, Language.EN) == (
        "Ola goes more than seven days without 35 hours off in one stretch."
    )
    assert accept(org, ola.swap, by="ola", at=at("2026-01-05T09:00", org)).conflicts == ola.conflicts


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"schedule_id": "x"}, Refused.UNKNOWN_SCHEDULE),
        ({"other": "nobody"}, Refused.UNKNOWN_PERSON),
        ({"other": "kari"}, Refused.WITH_ONESELF),
        ({"asker": "gerd", "by": "gerd"}, Refused.NEVER_ON),
        ({"gives": period("2026-01-13", "2026-01-14")}, Refused.NOT_ON),
        ({"gives": period("2026-01-02", "2026-01-05")}, Refused.OVER),
        ({"gives": period("2026-01-07", "2026-01-09"), "takes": period("2026-01-08", "2026-01-10")}, Refused.OVERLAP),
        ({"gives": period("2026-01-07", "2026-01-08"), "takes": period("2026-01-13", "2026-01-14")}, Refused.NOT_ON),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(more: dict[str, Period | str], why: Refused) -> None:
    assert refused(lambda: asked(ROSTER, when=MONDAY, **more)).why is why


def test_a_number_that_is_in_use_is_refused() -> None:
    org = organisation(WEEK + override("17", "per", "2026-03-01T08:00:00", "2026-03-02T08:00:00"))
    assert refused(lambda: asked(org)).why is Refused.ID_TAKEN


def test_a_swap_that_is_over_is_not_undone() -> None:
    done = accept(ROSTER, asked(gives=period("2026-01-07", "2026-01-08")).swap, by="siri", at=MONDAY)
    late = at("2026-01-08T09:00", ROSTER)
    assert refused(lambda: undo(done.organisation, done.swap, by="kari", at=late)).why is Refused.OVER


def hours_of(org: Organisation, person: str) -> timedelta:
    timeline = build_timeline(org, "s", start=MONDAY, end=MONDAY + timedelta(days=60))
    return sum((shift.end - shift.start for shift in timeline.shifts if person in shift.people), timedelta())


PEOPLE = ("kari", "ola", "siri", "per", "gerd")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_done_the_roster_changes_only_where_it_was_swapped_and_everything_can_be_undone(
    data: st.DataObject,
) -> None:
    """Any acts by anybody: allowed transitions only, nothing outside the periods, hours conserved, undo exact."""
    org, at_ = ROSTER, MONDAY
    done: list[tuple[Organisation, Swap]] = []
    for number in range(data.draw(st.integers(1, 4))):
        asker, other = data.draw(st.permutations(PEOPLE[:4]))[:2]
        start = MONDAY + timedelta(hours=data.draw(st.integers(0, 700)))
        gives = Period(start, start + timedelta(hours=data.draw(st.integers(1, 200))))
        takes = data.draw(st.none() | st.integers(1, 200))
        back = None if takes is None else Period(gives.end, gives.end + timedelta(hours=takes))
        by = data.draw(st.sampled_from(PEOPLE))
        try:
            outcome = ask(
                org,
                str(number),
                schedule_id="s",
                asker=asker,
                other=other,
                by=by,
                at=at_,
                gives=gives,
                takes=back,
            )
            outcome = accept(org, outcome.swap, by=data.draw(st.sampled_from(PEOPLE)), at=at_)
        except SwapRefusedError:
            continue
        end = outcome.swap.takes.end if outcome.swap.takes is not None else outcome.swap.gives.end
        assert len(outcome.organisation.schedules[0].overrides) > len(org.schedules[0].overrides)
        for begins, ends in ((MONDAY, start), (end, end + timedelta(days=30))):
            if begins < ends:
                assert (
                    build_timeline(outcome.organisation, "s", start=begins, end=ends).shifts
                    == build_timeline(org, "s", start=begins, end=ends).shifts
                )
        assert sum((hours_of(outcome.organisation, each) for each in PEOPLE), timedelta()) == sum(
            (hours_of(org, each) for each in PEOPLE), timedelta()
        )
        done.append((org, outcome.swap))
        org = outcome.organisation
    for before, swap in reversed(done):
        org = undo(org, swap, by="gerd", at=at_).organisation
        assert org == before
