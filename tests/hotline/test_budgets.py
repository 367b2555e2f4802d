"""What strangers cause is held back by budgets of its own, and nothing else is."""

from collections.abc import Callable
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from dispatcher.budgets.limits import Budgets
from dispatcher.telephony.port import DeliveryError
from tests.hotline.rig import CALLER, KARI, OLA, PER, Rig, sid

LATVIAN = "+37120{:06d}"


def report(rig: Rig, from_: str, words: str = "nettet er nede") -> str:
    """Open or join a case by SMS and return the newest reference."""
    rig.text(from_, words)
    rig.work()
    return rig.references()[-1]


def to_strangers(rig: Rig, prefix: str = "+4792") -> list[str]:
    return [item["to"] for item in rig.telephony.sent if item["to"].startswith(prefix)]


def held(rig: Rig, reference: str) -> list[str]:
    return [item.text for item in rig.case(reference, "en").timeline if item.kind == "held-back"]


def with_budgets(make_rig: Callable[..., Rig], **budgets: int) -> Rig:
    return make_rig(budgets=Budgets(**budgets))


def metrics(rig: Rig) -> dict[tuple[str, str], float]:
    response = rig.app.test_client().get("/metrics")
    return {
        (sample.name, sample.labels["budget"]): sample.value
        for family in text_string_to_metric_families(response.get_data(as_text=True))
        for sample in family.samples
        if "budget" in sample.labels
    }


def test_receipts_from_one_hotline_end_at_its_budget_and_the_case_says_so(
    make_rig: Callable[..., Rig],
) -> None:
    rig = with_budgets(make_rig, caller_sms_per_hotline_per_hour=5)
    for number in range(9):
        last = report(rig, f"+4792{number:06d}")
        rig.clock.advance(seconds=20)
    assert len(to_strangers(rig)) == 5
    assert held(rig, last) == [
        "SMS to +4792000008 was held back: too many from the same hotline in the last hour"
    ]
    assert len(rig.texts_to(KARI)) == 9
    assert held(rig, "V-1001") == []


def test_a_budget_is_free_again_sixty_minutes_after_what_used_it_up(make_rig: Callable[..., Rig]) -> None:
    rig = with_budgets(make_rig, caller_sms_per_hour=2)
    rig.clock.advance(minutes=50)
    for number in range(2):
        report(rig, f"+4792{number:06d}")
    rig.clock.advance(minutes=55)
    report(rig, "+4792000005")
    assert len(to_strangers(rig)) == 2
    rig.clock.advance(minutes=6)
    report(rig, "+4792000006")
    assert len(to_strangers(rig)) == 3


def test_countries_abroad_are_braked_harder_and_new_ones_hardest(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    for number in range(12):
        report(rig, LATVIAN.format(number))
        rig.clock.advance(seconds=5)
    assert len(to_strangers(rig, "+371")) == Budgets().caller_sms_new_country_per_hour
    rig.clock.advance(hours=3)
    report(rig, LATVIAN.format(50))
    for number in range(12):
        report(rig, LATVIAN.format(100 + number))
    assert len(to_strangers(rig, "+371")) == 2 * Budgets().caller_sms_new_country_per_hour
    report(rig, CALLER)
    assert len(rig.texts_to(CALLER)) == 1
    rig.clock.advance(days=2)
    for number in range(12):
        report(rig, LATVIAN.format(200 + number))
    assert len(to_strangers(rig, "+371")) == 2 * Budgets().caller_sms_new_country_per_hour + 12


def test_what_was_not_handed_over_uses_up_nothing(make_rig: Callable[..., Rig]) -> None:
    rig = with_budgets(make_rig, caller_sms_per_hour=3)
    for number in range(6):
        rig.telephony.refuse[f"+4792{number:06d}"] = DeliveryError("refused", permanent=True, code=21610)
        report(rig, f"+4792{number:06d}")
    report(rig, "+4793000001")
    assert len(rig.texts_to("+4793000001")) == 1


def test_a_flood_of_receipts_holds_back_no_news_of_a_case_that_somebody_took(
    make_rig: Callable[..., Rig],
) -> None:
    rig = with_budgets(make_rig, caller_sms_per_hour=4, told_per_person_per_hour=2)
    real = report(rig, CALLER)
    for number in range(8):
        report(rig, f"+4792{number:06d}")
        report(rig, f"+4792{number:06d}", "og meir")
    rig.text(KARI, f"ACK {real}")
    rig.work()
    assert "Kari Nordmann har teke saka di" in rig.texts_to(CALLER)[-1]
    report(rig, CALLER, "no brenn det")
    assert rig.texts_to(KARI)[-1] == f"Nytt i {real}: no brenn det"
    rig.text(KARI, f"DONE {real} ok")
    rig.work()
    assert "løyst" in rig.texts_to(CALLER)[-1]


def test_a_municipalitys_own_number_gets_its_receipt_in_the_middle_of_a_flood(
    make_rig: Callable[..., Rig],
) -> None:
    rig = with_budgets(make_rig, caller_sms_per_hour=4, caller_sms_per_hotline_per_hour=4)
    for number in range(8):
        report(rig, f"+4792{number:06d}")
    report(rig, CALLER)
    assert len(rig.texts_to(CALLER)) == 1


def test_news_about_cases_nobody_has_taken_is_bounded_for_each_person(make_rig: Callable[..., Rig]) -> None:
    rig = with_budgets(make_rig, told_per_person_per_hour=5)
    for number in range(10):
        report(rig, f"+4792{number:06d}")
        last = report(rig, f"+4792{number:06d}", "kvifor kjem ingen")
    assert sum(text.startswith("Nytt i") for text in rig.texts_to(KARI)) == 5
    assert held(rig, last) == [
        "SMS to Kari Nordmann was held back: too many about cases that nobody has taken in the last hour"
    ]


def test_one_case_that_will_not_be_quiet_is_told_of_only_so_often(make_rig: Callable[..., Rig]) -> None:
    rig = with_budgets(make_rig, told_per_case_per_hour=4)
    real = report(rig, CALLER)
    other = report(rig, "+4792000001")
    rig.text(KARI, f"ACK {real}")
    rig.text(KARI, f"ACK {other}")
    rig.work()
    for number in range(12):
        report(rig, "+4792000001", f"hallo {number}")
        rig.clock.advance(minutes=1)
    report(rig, CALLER, "eitt ord")
    assert rig.texts_to(KARI)[-1] == f"Nytt i {real}: eitt ord"
    assert sum(text.startswith(f"Nytt i {other}") for text in rig.texts_to(KARI)) <= 4


def test_a_bad_night_of_thirty_cases_in_an_hour_is_not_braked_at_all(rig: Rig) -> None:
    for number in range(30):
        caller = f"+4792{number:06d}"
        reference = report(rig, caller)
        rig.clock.advance(seconds=40)
        report(rig, caller, "det er verre no")
        who = (KARI, OLA, PER)[number % 3]
        rig.text(who, f"ACK {reference}")
        rig.work()
        rig.text(who, f"DONE {reference} ok")
        rig.work()
        rig.clock.advance(seconds=70)
    assert not any(held(rig, reference) for reference in rig.references())
    assert len(to_strangers(rig)) == 30 * 4
    assert {name: value for name, value in metrics(rig).items() if "held" in name[0] and value} == {}


def test_the_metrics_tell_what_is_used_and_held_back_without_any_number(make_rig: Callable[..., Rig]) -> None:
    rig = with_budgets(make_rig, caller_sms_per_number_per_hour=2)
    for number in range(5):
        report(rig, "+4792000001", f"ord {number}")
    report(rig, LATVIAN.format(1))
    found = metrics(rig)

    def of(name: str) -> tuple[Any, ...]:
        kinds = ("limit", "used", "held_back")
        return tuple(found[(f"vakttelefon_budget_{kind}", name)] for kind in kinds)

    assert of("caller_sms_per_number_per_hour") == (2, 2, 3)
    assert of("caller_sms_new_country_per_hour") == (5, 1, 0)
    assert of("caller_sms_per_hour") == (600, 3, 0)
    assert "+4792" not in rig.app.test_client().get("/metrics").get_data(as_text=True)


def test_a_budget_of_nothing_sends_callers_nothing_and_pages_all_the_same(
    make_rig: Callable[..., Rig],
) -> None:
    rig = with_budgets(make_rig, caller_sms_per_number_per_hour=0)
    report(rig, CALLER)
    rig.begin(sid("CA", 5))
    rig.hang_up(sid("CA", 5))
    rig.work()
    assert rig.texts_to(CALLER) == []
    assert rig.texts_to(KARI)
