"""Case numbers and instants as they are said and written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dispatcher.messages.segments import is_gsm7
from dispatcher.texts.catalogue import LANGUAGES
from dispatcher.texts.times import clock_time, moment, say_digits

OSLO = ZoneInfo("Europe/Oslo")
CHRISTMAS = datetime(2026, 12, 24, 20, 40, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reference", ["V-1042", "v1042", "1042"])
def test_a_case_number_is_said_digit_by_digit(reference: str, language: str) -> None:
    assert say_digits(reference, language) == "1, 0, 4, 2"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_time_of_day_is_local_with_two_digits_each(language: str) -> None:
    assert clock_time(CHRISTMAS, OSLO, language) == "21:40"
    assert clock_time(datetime(2026, 7, 1, 1, 5, tzinfo=UTC), OSLO, language) == "03:05"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nn", "torsdag 24. desember kl. 21:40"),
        ("nb", "torsdag 24. desember kl. 21:40"),
        ("en", "Thursday 24 December at 21:40"),
    ],
)
def test_a_moment_has_its_weekday_date_and_time(language: str, said: str) -> None:
    assert moment(CHRISTMAS, OSLO, language) == said


def test_the_date_is_the_local_one_past_midnight() -> None:
    assert moment(datetime(2026, 10, 30, 23, 30, tzinfo=UTC), OSLO, "nn") == "laurdag 31. oktober kl. 00:30"


def test_both_hours_of_the_autumn_clock_change_are_told_by_the_wall_clock() -> None:
    before, after = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert clock_time(before, OSLO, "nb") == clock_time(after, OSLO, "nb") == "02:30"


def test_the_hour_after_the_spring_clock_change_is_three() -> None:
    assert clock_time(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), OSLO, "nb") == "03:00"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_of_the_year_can_be_sent_in_gsm7(language: str) -> None:
    days = [datetime(2026, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in range(1, 8)]
    assert all(is_gsm7(moment(day, OSLO, language)) for day in days)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        clock_time(CHRISTMAS.replace(tzinfo=None), OSLO, "nn")
