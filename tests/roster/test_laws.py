"""Laws of the roster, on random organisations over years with clock changes in four zones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from roster.documents import from_json, to_json
from roster.history import History, Version, as_history
from roster.layers import layer_spans
from roster.on_duty import who_is_on
from roster.organisation import Language, Organisation, Override, ShiftLayer
from roster.reading import read_organisation
from roster.reasons import explain
from roster.timeline import Timeline, build_timeline
from roster.wallclock import to_wall
from roster.writing import write_organisation
from tests.roster.random_organisations import CLOCK_CHANGES, PEOPLE, Dice, organisations, random_organisation

START = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = timedelta(days=500)

# no deadline: the machine that runs the tests may be busy with something else
law = settings(max_examples=25, deadline=None)


instants = st.integers(0, int(YEARS.total_seconds()) // 60).map(
    lambda minutes: START + timedelta(minutes=minutes)
)


def stretch(organisation: Organisation, days: int = 500) -> Timeline:
    return build_timeline(organisation, "s", start=START, end=START + timedelta(days=days))


@law
@given(organisations())
def test_every_instant_has_one_shift_a_gap_or_an_open_desk(organisation: Organisation) -> None:
    timeline = stretch(organisation)
    pieces = sorted(
        [(shift.start, shift.end) for shift in timeline.shifts]
        + [(gap.start, gap.end) for gap in timeline.gaps]
    )
    assert all(start < end for start, end in pieces)
    assert all(before[1] <= after[0] for before, after in pairwise(pieces))
    if organisation.schedules[0].duty is None:
        edges = [START, *(instant for piece in pieces for instant in piece), timeline.end]
        assert all(edges[number] == edges[number + 1] for number in range(0, len(edges), 2))


@law
@given(organisations())
def test_neighbours_with_the_same_people_and_source_are_one_shift(organisation: Organisation) -> None:
    for before, after in pairwise(stretch(organisation).shifts):
        assert before.end < after.start or (before.people, before.source) != (after.people, after.source)


@law
@given(organisations())
def test_shifts_of_a_rotation_without_windows_and_absences_never_overlap_or_leave_holes(
    organisation: Organisation,
) -> None:
    present = replace(
        organisation, people=tuple(replace(person, absences=()) for person in organisation.people)
    )
    for layer in present.schedules[0].layers:
        if isinstance(layer, ShiftLayer):
            spans = layer_spans(layer, present, START, START + YEARS)
            assert all(before[1] <= after[0] for before, after in pairwise(spans))
            continue
        whole = replace(layer, windows=(), until=None)
        spans = layer_spans(whole, present, START, START + YEARS)
        assert all(before[1] == after[0] for before, after in pairwise(spans))
        assert not spans or spans[-1][1] == START + YEARS


@law
@given(organisations(), instants)
def test_who_is_on_is_what_the_timeline_says_and_what_the_reasons_lead_to(
    organisation: Organisation, instant: datetime
) -> None:
    answer = who_is_on(organisation, "s", instant)
    shift = stretch(organisation, 501).at(instant)
    assert answer.people == (shift.people if shift else ())
    assert answer.source == (shift.source if shift else None)
    explained = explain(as_history(organisation), "s", instant, language=Language.NN)
    assert (explained.people, explained.source) == (answer.people, answer.source)


@law
@given(organisations(), instants)
def test_until_is_the_first_change_of_the_set_and_next_the_first_period_with_somebody(
    organisation: Organisation, instant: datetime
) -> None:
    answer = who_is_on(organisation, "s", instant)
    end = START + 2 * YEARS
    timeline = build_timeline(organisation, "s", start=instant, end=end)
    edges = sorted({edge for shift in timeline.shifts for edge in (shift.start, shift.end)} - {instant, end})
    on = [(edge, shift.people if (shift := timeline.at(edge)) else ()) for edge in edges]
    changes = [(edge, people) for edge, people in on if set(people) != set(answer.people)]
    assert changes or answer.until is None or answer.until >= end
    if changes:
        assert answer.until == changes[0][0]
        following = [(edge, people) for edge, people in on if edge >= changes[0][0] and people]
        if following:
            assert answer.next is not None
            assert (answer.next.from_, answer.next.people) == following[0]


@law
@given(organisations(), instants)
def test_splitting_a_stretch_and_joining_the_timelines_changes_nothing(
    organisation: Organisation, cut: datetime
) -> None:
    end = START + YEARS
    assume(START < cut < end)
    whole = stretch(organisation)
    left = build_timeline(organisation, "s", start=START, end=cut)
    right = build_timeline(organisation, "s", start=cut, end=end)
    shifts = [*left.shifts]
    for shift in right.shifts:
        if (
            shifts
            and shifts[-1]._replace(start=shift.start, end=shift.end) == shift
            and shifts[-1].end == cut
        ):
            shifts[-1] = shifts[-1]._replace(end=shift.end)
        else:
            shifts.append(shift)
    assert tuple(shifts) == whole.shifts
    gaps = [*left.gaps]
    for gap in right.gaps:
        if gaps and gaps[-1].end == gap.start:
            gaps[-1] = replace(gaps[-1], end=gap.end)
        else:
            gaps.append(gap)
    assert tuple(gaps) == whole.gaps


@law
@given(
    organisations(),
    instants,
    st.integers(1, 5000),
    st.lists(st.sampled_from(PEOPLE), unique=True, max_size=2),
)
def test_adding_an_override_changes_nothing_outside_it(
    organisation: Organisation, start: datetime, minutes: int, people: list[str]
) -> None:
    wall = to_wall(start, organisation.zone)
    added = Override("added", tuple(people), wall, wall + timedelta(minutes=minutes))
    schedule = organisation.schedules[0]
    longer = replace(schedule, overrides=(*schedule.overrides, added))
    before, after = stretch(organisation), stretch(replace(organisation, schedules=(longer,)))
    mine = [shift for shift in after.shifts if shift.source == "override:added"]
    begins = mine[0].start if mine else after.end
    ends = mine[-1].end if mine else after.end
    for instant in probes(before, after):
        if not begins <= instant < ends:
            here, there = before.at(instant), after.at(instant)
            assert (here and (here.people, here.source)) == (there and (there.people, there.source))


def probes(*timelines: Timeline) -> list[datetime]:
    """Return every edge, and the last minute before it."""
    edges = {edge for each in timelines for shift in each.shifts for edge in (shift.start, shift.end)}
    return sorted(edges | {edge - timedelta(minutes=1) for edge in edges})


@law
@given(organisations(), organisations(), instants)
def test_an_edit_never_changes_who_was_on_before_it(
    first: Organisation, second: Organisation, edited: datetime
) -> None:
    assume(START < edited < START + YEARS)
    both = History((Version(START, first), Version(edited, second)))
    end = START + YEARS
    past = build_timeline(first, "s", start=START, end=edited)
    assert build_timeline(both, "s", start=START, end=edited) == past
    assert build_timeline(both, "s", start=edited, end=end) == build_timeline(
        second, "s", start=edited, end=end
    )


@law
@given(organisations())
def test_what_is_written_reads_back_as_equal_with_the_same_timeline(organisation: Organisation) -> None:
    text = write_organisation(organisation)
    read = read_organisation(text, filename="written.toml")
    assert read == organisation
    assert write_organisation(read) == text
    assert stretch(read, 60) == stretch(organisation, 60)
    assert from_json(to_json(organisation)) == organisation


@pytest.mark.parametrize("years", [1, 10])
def test_a_timeline_of_years_ends_each_shift_where_the_next_begins(years: int) -> None:
    organisation = random_organisation(Dice(7), "Europe/Oslo", CLOCK_CHANGES["Europe/Oslo"][0])
    timeline = stretch(organisation, 366 * years)
    assert timeline.shifts
    assert all(before.end <= after.start for before, after in pairwise(timeline.shifts))
