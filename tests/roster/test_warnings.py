"""All that is doubtful in a coming roster is told once, with when, who, why and what to do."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roster.history import History, Version
from roster.organisation import Language, Organisation
from roster.timeline import UnknownScheduleError, build_timeline
from roster.wallclock import FIRST_INSTANT, local
from roster.warning_phrases import reason_words, remedy_words
from roster.warnings import Finding, Kind, Level, judge_roster, warnings_within
from tests.roster.building import at, layer, organisation, override
from tests.roster.random_organisations import organisations

MUTE = '[[people]]\nid = "mute"\nname = "Mute"\n'
WEEK = layer("kari,ola,siri", "weekly", "2026-01-05T08:00:00")


def judged(org: Organisation, start: str, end: str, *, only: Kind | None = None) -> list[str]:
    """Return findings as lines: kind, schedules, person, from, to, and `meant` or the level."""
    findings = judge_roster(org, start=at(start, org), end=at(end, org))
    return [line_of(each, org) for each in findings if only is None or each.kind is only]


def line_of(finding: Finding, org: Organisation) -> str:
    times = "/".join(f"{local(instant, org.zone):%Y-%m-%dT%H:%M}" for instant in (finding.start, finding.end))
    word = "meant" if finding.meant else finding.level
    return f"{finding.kind} {'+'.join(finding.schedules)} {finding.person or '-'} {times} {word}"


def second(text: str) -> str:
    """Return a schedule `t` beside `s`."""
    return f'[[schedules]]\nid = "t"\nname = "Backup"\n{text}'


def test_a_sound_roster_is_told_nothing_of() -> None:
    assert judged(organisation(WEEK), "2026-01-12", "2026-04-12") == []


def test_a_gap_is_cut_to_the_stretch_and_to_what_is_meant() -> None:
    meant = (
        'meant_gaps = [{ start = 2026-01-11T08:00:00, end = 2026-01-12T08:00:00, reason = "stengt" },'
        ' { days = ["tue"], from = "22:00", to = "06:00" }]\n'
    )
    org = organisation(meant + layer("kari", "weekly", "2026-01-05T08:00:00", "until = 2026-01-10T08:00:00"))
    assert judged(org, "2026-01-06", "2026-01-15", only=Kind.GAP) == [
        "gap s - 2026-01-10T08:00/2026-01-11T08:00 warn",
        "gap s - 2026-01-11T08:00/2026-01-12T08:00 meant",
        "gap s - 2026-01-12T08:00/2026-01-13T22:00 warn",
        "gap s - 2026-01-13T22:00/2026-01-14T06:00 meant",
        "gap s - 2026-01-14T06:00/2026-01-15T00:00 warn",
    ]


def test_what_is_meant_is_no_gap_where_somebody_is_on() -> None:
    meant = 'meant_gaps = [{ days = ["mon"], reason = "x" }]\n'
    assert judged(organisation(meant + WEEK), "2026-01-12", "2026-02-12") == []


def test_somebody_on_duty_without_a_phone_is_told_once_a_stretch_and_is_no_gap() -> None:
    org = organisation(
        layer("kari,mute", "weekly", "2026-01-05T08:00:00")
        + override("o", "mute,kari", "2026-01-13T08:00:00", "2026-01-14T08:00:00"),
        people=MUTE,
    )
    assert judged(org, "2026-01-06", "2026-02-03", only=Kind.NO_PHONE) == [
        "no-phone s mute 2026-01-12T08:00/2026-01-19T08:00 warn",
        "no-phone s mute 2026-01-26T08:00/2026-02-02T08:00 warn",
    ]
    assert judged(org, "2026-01-06", "2026-02-03", only=Kind.GAP) == []


def test_the_phones_that_count_are_those_of_now() -> None:
    line = layer("mute", "weekly", "2026-01-05T08:00:00")
    without = organisation(line, people=MUTE)
    given_one = organisation(line, people=f'{MUTE}phones = ["+4790000009"]\n')
    mended = History((Version(FIRST_INSTANT, without), Version(at("2026-01-20", without), given_one)))
    start, end = at("2026-01-06", without), at("2026-02-03", without)
    kinds = [each.kind for each in judge_roster(without, start=start, end=end)]
    assert Kind.NO_PHONE in kinds
    assert Kind.NO_PHONE not in [each.kind for each in judge_roster(mended, start=start, end=end)]


def test_somebody_whom_an_override_puts_on_while_absent_is_told_with_source_and_reason() -> None:
    org = organisation(
        WEEK + override("jul", "ola", "2026-01-07T08:00:00", "2026-01-09T08:00:00"),
        ola='absences = [{ from = 2026-01-08, to = 2026-01-20, reason = "ferie" }]',
    )
    start, end = at("2026-01-05T08:00", org), at("2026-01-19", org)
    (finding,) = (each for each in judge_roster(org, start=start, end=end) if each.kind is Kind.ABSENT)
    assert line_of(finding, org) == "absent s ola 2026-01-08T00:00/2026-01-09T08:00 warn"
    assert "ferie" not in reason_words(finding, org, Language.NN)
    assert reason_words(finding, org, Language.EN, absence_reasons=True) == (
        "Ola is absent (ferie), but is put on duty by override “jul”."
    )


def test_somebody_on_two_schedules_at_once_is_told_with_both() -> None:
    org = organisation(WEEK + second(layer("ola,kari", "weekly", "2026-01-09T08:00:00")))
    assert judged(org, "2026-01-05T08:00", "2026-01-26T08:00", only=Kind.DOUBLE_DUTY) == [
        "double-duty s+t ola 2026-01-12T08:00/2026-01-16T08:00 warn"
    ]


NIGHT_AND_DAY = layer("kari", "daily", "2026-01-05T20:00:00", "until = 2026-01-06T06:00:00") + second(
    layer("kari", "daily", "2026-01-06T16:59:00", "until = 2026-01-07T08:00:00")
)


def test_a_break_shorter_than_the_daily_rest_is_told_over_all_schedules() -> None:
    org = organisation(NIGHT_AND_DAY)
    assert judged(org, "2026-01-05", "2026-01-08", only=Kind.DAILY_REST) == [
        "daily-rest s+t kari 2026-01-05T20:00/2026-01-07T08:00 info"
    ]
    exactly = organisation(NIGHT_AND_DAY.replace("16:59", "17:00"))
    assert judged(exactly, "2026-01-05", "2026-01-08", only=Kind.DAILY_REST) == []
    no_rule = organisation(
        NIGHT_AND_DAY.replace('name = "Backup"\n', 'name = "Backup"\n[schedules.rules]\ndaily_rest = 0\n')
    )
    assert len(judged(no_rule, "2026-01-05", "2026-01-08", only=Kind.DAILY_REST)) == 1  # the strictest holds
    both = organisation(
        "[schedules.rules]\ndaily_rest = 0\n"
        + NIGHT_AND_DAY.replace('name = "Backup"\n', 'name = "Backup"\n[schedules.rules]\ndaily_rest = 0\n')
    )
    assert judged(both, "2026-01-05", "2026-01-08", only=Kind.DAILY_REST) == []


def test_short_breaks_in_a_row_are_one_finding_with_the_shortest() -> None:
    windows = 'windows = [{ from = "16:00", to = "08:00" }]\nuntil = 2026-01-12T08:00:00'
    org = organisation(layer("kari", "weekly", "2026-01-05T08:00:00", windows))
    start, end = at("2026-01-05", org), at("2026-01-20", org)
    (finding,) = (each for each in judge_roster(org, start=start, end=end) if each.kind is Kind.DAILY_REST)
    assert line_of(finding, org) == "daily-rest s kari 2026-01-05T16:00/2026-01-12T08:00 info"
    assert reason_words(finding, org, Language.EN) == (
        "Kari has less than 11 hours off between two duties 6 times in a row, "
        "the least 8 h from Tuesday 6 January 2026 at 08:00."
    )


def test_one_week_on_duty_is_no_broken_weekly_rest_and_two_on_end_are() -> None:
    assert judged(organisation(WEEK), "2026-03-20", "2026-04-20", only=Kind.WEEKLY_REST) == []
    org = organisation(WEEK + override("o", "kari", "2026-01-12T08:00:00", "2026-01-13T08:00:00"))
    assert judged(org, "2026-01-05", "2026-01-20", only=Kind.WEEKLY_REST) == [
        "weekly-rest s kari 2026-01-05T08:00/2026-01-13T08:00 info"
    ]
    off = organisation(
        "[schedules.rules]\nweekly_rest = 0\n"
        + WEEK
        + override("o", "kari", "2026-01-12T08:00:00", "2026-01-13T08:00:00")
    )
    assert judged(off, "2026-01-05", "2026-01-20", only=Kind.WEEKLY_REST) == []


def test_thirty_five_hours_off_end_the_row_and_less_does_not() -> None:
    lines = layer("kari", "weekly", "2026-01-05T08:00:00", "until = 2026-01-08T08:00:00") + layer(
        "kari", "weekly", "2026-01-09T18:00:00", "until = 2026-01-13T08:00:00", name="M"
    )
    assert judged(organisation(lines), "2026-01-05", "2026-01-20", only=Kind.WEEKLY_REST) == [
        "weekly-rest s kari 2026-01-05T08:00/2026-01-13T08:00 info"
    ]
    rested = organisation(lines.replace("2026-01-09T18", "2026-01-09T19"))
    assert judged(rested, "2026-01-05", "2026-01-20", only=Kind.WEEKLY_REST) == []


def test_more_than_the_share_of_weeks_is_told_and_the_share_can_be_set() -> None:
    three_of_four = layer("kari,kari,kari,ola", "weekly", "2026-01-05T08:00:00")
    org = organisation(three_of_four)
    start, end = at("2026-01-05T08:00", org), at("2026-03-02", org)
    (finding,) = (
        each for each in judge_roster(org, start=start, end=end) if each.kind is Kind.SHARE_OF_WEEKS
    )
    assert (finding.person, finding.level) == ("kari", Level.INFO)
    assert reason_words(finding, org, Language.NN) == "Kari er på vakt i 6 av 8 veker; grensa er 50 %."
    more = organisation("[schedules.rules]\nmost_weeks = 0.75\n" + three_of_four)
    assert judged(more, "2026-01-05T08:00", "2026-03-02", only=Kind.SHARE_OF_WEEKS) == []
    alone = organisation(layer("kari", "weekly", "2026-01-05T08:00:00"))
    assert judged(alone, "2026-01-05T08:00", "2026-03-02", only=Kind.SHARE_OF_WEEKS) == []


def test_one_schedule_is_asked_about_and_rest_counts_over_all() -> None:
    org = organisation(NIGHT_AND_DAY)
    found = judge_roster(org, start=at("2026-01-05", org), end=at("2026-01-08", org), schedule_id="t")
    assert {each.schedules for each in found} == {("t",), ("s", "t")}
    with pytest.raises(UnknownScheduleError):
        judge_roster(org, start=at("2026-01-05", org), end=at("2026-01-08", org), schedule_id="x")
    with pytest.raises(ValueError, match="ends after its start"):
        judge_roster(org, start=at("2026-01-05", org), end=at("2026-01-05", org))


@settings(max_examples=40, deadline=None)
@given(org=organisations(), days=st.integers(1, 60))
def test_gaps_that_are_found_are_those_of_the_timeline_and_every_finding_can_be_told(
    org: Organisation, days: int
) -> None:
    start = at("2026-03-20", org)
    end = start + timedelta(days=days)
    findings = judge_roster(org, start=start, end=end)
    told = [(each.start, each.end) for each in findings if each.kind is Kind.GAP]
    gaps = build_timeline(org, "s", start=start, end=end).gaps
    assert sum((b - a for a, b in told), timedelta()) == sum((g.end - g.start for g in gaps), timedelta())
    assert all(any(gap.start <= a and b <= gap.end for gap in gaps) for a, b in told)
    for finding in findings:
        assert finding.start < finding.end
        for language in Language:
            reason, remedy = (each(finding, org, language) for each in (reason_words, remedy_words))
            assert reason.endswith(".")
            assert remedy.endswith(".")
            assert "{" not in reason + remedy
    assert {each.kind for each in warnings_within(findings)} <= {
        Kind.GAP,
        Kind.NO_PHONE,
        Kind.ABSENT,
        Kind.DOUBLE_DUTY,
    }
