"""The measurement itself works: all contenders are asked the same, and a wrong answer ends it."""

import json

import pytest

from bench import roster
from bench.roster_rivals import CalendarRival, RuleRival, instants, organisation, schedule


def test_a_quick_run_compares_the_answers_and_prints_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    roster.main(["--quick", "--json"])
    figures = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert len(figures) == 12
    assert all(figure["value"] > 0 for figure in figures.values())
    assert figures["who(t) on a built timeline"]["aim"] == 2
    roster.main(["--quick"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in figures)


@pytest.mark.parametrize("wrong", ["ours", "rule"])
def test_contenders_that_disagree_are_not_compared(wrong: str) -> None:
    yardstick, other = schedule(), schedule("other")
    timeline = roster.year_of(
        organisation(other if wrong == "ours" else yardstick), "other" if wrong == "ours" else "drift"
    )
    calendar = CalendarRival.of(yardstick)
    rule = RuleRival.of(other if wrong == "rule" else yardstick)
    with pytest.raises(roster.DifferentAnswersError):
        roster.compare_answers(timeline, calendar, rule, instants(300))


def test_an_aim_that_is_missed_is_told() -> None:
    assert not roster.Figure("x", 3, "s", aim=2).met
    assert roster.line_of(roster.Figure("x", 3, "s", aim=2)).endswith("at most 2: MISSED")
    assert roster.Figure("x", 3, "x", aim=2, least=True).met
    assert roster.line_of(roster.Figure("x", 1, "x", aim=2, least=True)).endswith("at least 2: MISSED")
