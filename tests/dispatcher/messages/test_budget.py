"""How often one number is answered (contract section 4)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.messages.budget import MOST, MOST_TOLD, SILENCE, WITHIN, Answer, is_silent

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def minutes(*numbers: float) -> list[datetime]:
    return [NOON + timedelta(minutes=number) for number in numbers]


def test_the_limits_are_those_of_the_contract() -> None:
    assert MOST == {Answer.ASIDE: 5, Answer.COMMAND: 60}
    assert MOST_TOLD == 5
    assert timedelta(minutes=10) == WITHIN
    assert timedelta(hours=1) == SILENCE


def test_the_fifth_answer_within_ten_minutes_is_the_last_for_an_hour() -> None:
    answered = minutes(0, 1, 2, 3, 9)
    assert not is_silent(answered[:4], most=5, now=answered[4])
    assert is_silent(answered, most=5, now=answered[4])
    assert is_silent(answered, most=5, now=NOON + timedelta(minutes=68, seconds=59))
    assert not is_silent(answered, most=5, now=NOON + timedelta(minutes=69))


def test_five_answers_over_ten_minutes_silence_nothing() -> None:
    answered = minutes(0, 2.5, 5, 7.5, 10)
    assert not is_silent(answered, most=5, now=answered[-1])


@settings(max_examples=100)
@given(
    gaps=st.lists(st.integers(0, 400), max_size=120),
    most=st.integers(1, 7),
)
def test_a_number_that_writes_as_it_likes_never_gets_more_than_the_most_in_any_ten_minutes(
    gaps: list[int], most: int
) -> None:
    """And after the most it gets nothing for an hour."""
    answered: list[datetime] = []
    now = NOON
    for gap in gaps:
        now += timedelta(seconds=gap)
        if not is_silent([at for at in answered if at > now - SILENCE - WITHIN], most=most, now=now):
            answered.append(now)
    for index, at in enumerate(answered):
        window = [other for other in answered[index:] if other - at < WITHIN]
        assert len(window) <= most
        later = [other for other in answered[index + len(window) :] if len(window) == most]
        assert not later or later[0] - window[-1] >= SILENCE
