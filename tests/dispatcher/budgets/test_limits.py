"""Which budgets an SMS has to keep to, and which one holds it back."""

from dataclasses import fields

import pytest

from dispatcher.budgets.limits import ALARMS, REASONS, TO_CALLERS, TO_THE_DUTY, Budgets, budgets_of, used_up
from dispatcher.texts.catalogue import KEYS


@pytest.mark.parametrize("purpose", ["page", "alarm", "reply", "unknown"])
def test_pages_alarms_and_replies_have_no_budget_of_strangers(purpose: str) -> None:
    assert budgets_of(purpose, known=False, abroad=True, new_country=True) == ()


def test_a_receipt_at_home_keeps_to_number_country_hotline_and_all() -> None:
    assert budgets_of("caller", known=False, abroad=False, new_country=False) == (
        "caller_sms_per_number_per_hour",
        "caller_sms_per_country_per_hour",
        "caller_sms_per_hotline_per_hour",
        "caller_sms_per_hour",
    )


def test_a_new_country_keeps_to_the_budget_of_countries_abroad_too() -> None:
    new = budgets_of("caller", known=False, abroad=True, new_country=True)
    known = budgets_of("caller", known=False, abroad=True, new_country=False)
    assert set(new) - set(known) == {"caller_sms_new_country_per_hour"}
    assert "caller_sms_abroad_per_hour" in known
    assert "caller_sms_per_country_per_hour" not in new


def test_what_others_caused_holds_nothing_about_a_case_that_somebody_has_taken() -> None:
    assert budgets_of("caller", known=True, abroad=False, new_country=False) == (
        "caller_sms_per_number_per_hour",
    )
    assert budgets_of("told", known=True, abroad=False, new_country=False) == ("told_per_case_per_hour",)


def test_fraud_abroad_is_braked_on_taken_cases_too() -> None:
    taken = budgets_of("caller", known=True, abroad=True, new_country=False)
    assert "caller_sms_abroad_per_hour" in taken


@pytest.mark.parametrize(
    ("used", "holds"),
    [
        ({}, None),
        ({"told_per_case_per_hour": 29}, None),
        ({"told_per_case_per_hour": 30}, "told_per_case_per_hour"),
        ({"caller_sms_per_number_per_hour": 19, "caller_sms_per_hour": 600}, "caller_sms_per_hour"),
    ],
)
def test_a_budget_holds_once_it_is_used_up(used: dict[str, int], holds: str | None) -> None:
    assert used_up(Budgets(), used) == holds


def test_thirty_cases_with_all_their_news_are_within_every_budget() -> None:
    cases, sms_of_each = 30, 3  # receipt, taken, solved
    used = {"caller_sms_per_number_per_hour": sms_of_each, "told_per_person_per_hour": cases}
    used |= dict.fromkeys(
        ("caller_sms_per_country_per_hour", "caller_sms_per_hotline_per_hour", "caller_sms_per_hour"),
        cases * sms_of_each,
    )
    assert used_up(Budgets(), used) is None


def test_every_budget_is_a_setting_and_has_words_for_the_timeline() -> None:
    assert {item.name for item in fields(Budgets)} == {*TO_CALLERS, *TO_THE_DUTY, ALARMS}
    assert {f"reason.{reason}" for reason in REASONS.values()} <= KEYS
    assert set(REASONS) == {*TO_CALLERS, *TO_THE_DUTY}
