"""A message of a caller with a case: every report reaches somebody of the duty now (contract section 4)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.hotline.rig import CALLER, KARI, KIM, OLA, ORGANISATION, PER, SIRI, Rig, sid

CALL = sid("CA", 1)
MONDAY_EVENING = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)  # Ola is on since 08:00
WORKDAY_MORNING = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # 10:00 in Oslo, the desk is open


def opened(rig: Rig) -> Rig:
    rig.text(CALLER, "Nettet er nede")
    rig.work()
    return rig


def new_texts(rig: Rig, phone: str, before: int) -> list[str]:
    return rig.texts_to(phone)[before:]


def test_a_message_to_a_case_whose_holder_is_on_duty_is_told_to_that_one_only(rig: Rig) -> None:
    opened(rig).text(KARI, "ACK")
    rig.work()
    before = len(rig.telephony.sent)
    rig.text(CALLER, "No er det verre")
    rig.advance(minutes=20)
    told = [(item["to"], item["body"]) for item in rig.telephony.sent[before:]]
    assert told[0] == (KARI, "Nytt i V-1001: No er det verre")
    assert {to for to, _ in told} == {KARI, CALLER}
    assert rig.case().state == "acknowledged"


def test_a_message_to_a_case_whose_holder_is_off_duty_is_told_and_paged_to_who_is_on(rig: Rig) -> None:
    rig.clock.instant = MONDAY_EVENING - timedelta(hours=20)
    opened(rig).text(KARI, "ACK")
    rig.work()
    rig.clock.instant = MONDAY_EVENING - timedelta(hours=1)
    kari, ola, placed = len(rig.texts_to(KARI)), len(rig.texts_to(OLA)), len(rig.telephony.placed)
    rig.text(CALLER, "No er det verre")
    rig.work()
    assert any("No er det verre" in body for body in new_texts(rig, OLA, ola))
    assert any("No er det verre" in body for body in new_texts(rig, KARI, kari))
    assert {call["to"] for call in rig.telephony.placed[placed:]} == {OLA}
    case = rig.case()
    assert (case.state, case.acknowledged_by) == ("open", None)
    assert "reopened" in rig.kinds()
    rig.text(OLA, "ACK")
    rig.work()
    assert rig.case().acknowledged_by == "ola"


def test_a_message_to_a_case_of_somebody_gone_from_the_organisation_reaches_the_duty(rig: Rig) -> None:
    opened(rig).text(PER, "ACK V-1001")
    rig.work()
    per = '[[people]]\nid = "per"\nname = "Per Berg"\nphones = ["+4790000004"]\n'
    rig.import_organisation(ORGANISATION.replace(per, "").replace(', "person:per"', ""))
    before = len(rig.texts_to(KARI))
    rig.text(CALLER, "Er det nokon der?")
    rig.work()
    assert any("Er det nokon der?" in body for body in new_texts(rig, KARI, before))
    assert rig.case().state == "open"


def test_a_holder_without_a_telephone_that_takes_sms_reaches_nobody(make_rig: Callable[..., Rig]) -> None:
    landline = ORGANISATION.replace('phones = ["+4790000001"]', 'phones = ["+4755100001"]')
    rig = make_rig(organisation=landline)
    opened(rig)
    rig.text("+4755100001", "ACK V-1001")
    rig.work()
    page = rig.telephony.placed[0]
    rig.post(page["status_callback"], CallSid=page["sid"], CallStatus="canceled")
    placed = len(rig.telephony.placed)
    rig.text(CALLER, "No er det verre")
    rig.advance(
        minutes=6
    )  # no word comes of the first page: its telephone rings until the limit of such a call
    assert len(rig.telephony.placed) > placed
    assert rig.case().state == "open"


def test_a_case_older_than_a_day_is_paged_again_though_its_holder_is_on_duty(rig: Rig) -> None:
    opened(rig).text(KARI, "ACK")
    rig.work()
    rig.clock.advance(hours=25)
    before, placed = len(rig.texts_to(KARI)), len(rig.telephony.placed)
    rig.text(CALLER, "Det same igjen")
    rig.work()
    assert any("Det same igjen" in body for body in new_texts(rig, KARI, before))
    assert len(rig.telephony.placed) > placed
    assert rig.references() == ["V-1001"]


def desk_has_it(rig: Rig) -> Rig:
    rig.clock.instant = WORKDAY_MORNING
    dial = rig.begin(CALL)
    rig.dial_over(dial, CALL, status="completed", bridged=True)
    rig.hang_up(CALL)
    rig.work()
    assert rig.case().acknowledged_by == "desk"
    return rig


def test_a_message_to_a_case_of_the_desk_in_desk_hours_pages_nobody(rig: Rig) -> None:
    desk_has_it(rig).text(CALLER, "Ein ting til")
    rig.work()
    assert rig.telephony.placed == []
    assert rig.case().acknowledged_by == "desk"


def test_a_message_to_a_case_of_the_desk_after_hours_reaches_who_is_on(rig: Rig) -> None:
    desk_has_it(rig)
    rig.clock.advance(hours=8)
    rig.text(CALLER, "Ein ting til")
    rig.work()
    assert any("Ein ting til" in body for body in rig.texts_to(KARI))
    assert rig.telephony.placed
    assert rig.case().state == "open"


def closed(rig: Rig) -> Rig:
    opened(rig).text(KARI, "FERDIG bytta ruter")
    rig.work()
    return rig


def test_a_message_to_a_case_just_closed_opens_it_again_and_it_is_paged(rig: Rig) -> None:
    closed(rig).clock.advance(hours=2)
    before, placed = len(rig.texts_to(KARI)), len(rig.telephony.placed)
    rig.text(CALLER, "Takk, men det er nede att")
    rig.work()
    assert rig.references() == ["V-1001"]
    case = rig.case()
    assert (case.state, case.closed_at) == ("open", None)
    assert any("det er nede att" in body for body in new_texts(rig, KARI, before))
    assert len(rig.telephony.placed) > placed
    rig.text(KARI, "ACK V-1001")
    assert rig.case().acknowledged_by == "kari"


@pytest.mark.parametrize("words", ["takk", "Tusen takk! 😊", "👍🏼", "ok", "Thanks a lot", "Liked “…”"])
def test_thanks_leave_a_closed_case_closed_and_are_told_to_who_had_it(rig: Rig, words: str) -> None:
    closed(rig).clock.advance(hours=2)
    caller, kari, placed = len(rig.texts_to(CALLER)), len(rig.texts_to(KARI)), len(rig.telephony.placed)
    rig.text(CALLER, words)
    rig.advance(minutes=11)
    assert rig.case().state == "closed"
    assert len(new_texts(rig, KARI, kari)) == 1
    assert new_texts(rig, CALLER, caller) == []
    assert len(rig.telephony.placed) == placed
    assert rig.kinds().count("sms-received") == 2


def test_a_picture_is_more_than_thanks(rig: Rig) -> None:
    closed(rig).post("sms", MessageSid=sid("MM", 5), From=CALLER, To="+4721000000", Body="takk", NumMedia="1")
    assert rig.case().state == "open"


def test_a_day_after_it_was_closed_a_message_opens_a_case_of_its_own(rig: Rig) -> None:
    closed(rig).clock.advance(hours=24, minutes=1)
    rig.text(CALLER, "Nede att")
    assert rig.references() == ["V-1001", "V-1002"]


def test_an_open_case_that_nobody_has_is_told_to_who_was_paged_and_paged_on_as_before(rig: Rig) -> None:
    opened(rig)
    before, placed = len(rig.texts_to(KARI)), len(rig.telephony.placed)
    rig.text(CALLER, "Skynd dykk")
    rig.work()
    assert new_texts(rig, KARI, before) == ["Nytt i V-1001: Skynd dykk"]
    assert len(rig.telephony.placed) == placed
    assert rig.kinds().count("paged") == 2  # one SMS and one call


def test_after_the_handover_an_open_case_is_told_to_who_is_on_now(rig: Rig) -> None:
    rig.clock.instant = MONDAY_EVENING.replace(hour=6, minute=57)  # 07:57 in Oslo
    opened(rig)
    rig.clock.advance(minutes=4)
    rig.text(CALLER, "Skynd dykk")
    rig.work()
    assert any("Skynd dykk" in body for body in rig.texts_to(OLA))


def test_in_desk_hours_the_receipt_leads_to_the_desk_and_paging_waits_until_it_closes(rig: Rig) -> None:
    rig.clock.instant = WORKDAY_MORNING
    rig.text(CALLER, "Skrivaren står")
    rig.advance(hours=5, minutes=29)
    assert "+4756000000" in rig.texts_to(CALLER)[0]
    assert rig.telephony.placed == []
    assert len(rig.texts_to(KARI)) == 1
    assert "Skrivaren står" in rig.texts_to(KARI)[0]
    assert "paged" not in rig.kinds()
    assert any("15:30" in entry.text for entry in rig.case().timeline if entry.kind == "paging-waits")
    rig.advance(minutes=2)
    assert rig.telephony.placed
    assert "paged" in rig.kinds()


def test_a_second_message_in_desk_hours_is_told_and_pages_nobody_before_the_desk_closes(rig: Rig) -> None:
    rig.clock.instant = WORKDAY_MORNING
    rig.text(CALLER, "Skrivaren står")
    rig.clock.advance(minutes=30)
    rig.text(CALLER, "No ryk det")
    rig.advance(hours=4)
    assert "No ryk det" in rig.texts_to(KARI)[-1]
    assert rig.telephony.placed == []
    rig.advance(hours=1, minutes=1)
    assert rig.telephony.placed


def test_a_pass_in_desk_hours_pages_the_next_rung_at_once(rig: Rig) -> None:
    """What begins paging earlier is not held back until the desk closes."""
    rig.clock.instant = WORKDAY_MORNING
    rig.text(CALLER, "Skrivaren står")
    rig.text(KARI, "VIDARE V-1001")
    rig.work()
    assert rig.telephony.placed


def test_taken_in_desk_hours_it_is_not_paged_when_the_desk_closes(rig: Rig) -> None:
    rig.clock.instant = WORKDAY_MORNING
    rig.text(CALLER, "Skrivaren står")
    rig.text(KARI, "TAR V-1001")
    rig.advance(hours=7)
    assert rig.telephony.placed == []


def test_a_hotline_without_a_desk_number_pages_at_once_in_desk_hours(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(organisation=ORGANISATION.replace('desk_number = "+4756000000"\n', ""))
    rig.clock.instant = WORKDAY_MORNING
    rig.text(CALLER, "Skrivaren står")
    rig.work()
    assert rig.telephony.placed


SUPPLIER = "+4799000000"
WITH_SUPPLIER = (
    ORGANISATION.replace('phones = ["+4755000000"]', f'phones = ["{SUPPLIER}"]')
    .replace(
        'ring = ["next-on-duty:drift", "person:per"]',
        'ring = ["supplier:nettfirma", "person:kim", "person:rita"]',
    )
    .replace(
        "[[suppliers]]",
        '[[people]]\nid = "rita"\nname = "Rita Vik"\nphones = ["+4790000006"]\nroles = ["reviewer"]\n[[suppliers]]',
    )
)
RITA = "+4790000006"


@pytest.mark.parametrize("phone", [SUPPLIER, RITA])
@pytest.mark.parametrize("words", ["ACK V-1001", "tar", "Kvitter 1001"])
def test_whoever_was_paged_may_take_the_case(make_rig: Callable[..., Rig], phone: str, words: str) -> None:
    rig = opened(make_rig(organisation=WITH_SUPPLIER))
    rig.advance(minutes=6)
    assert rig.texts_to(phone)
    rig.text(phone, words)
    rig.work()
    assert rig.case().acknowledged_by in {"nettfirma", "rita"}
    assert "Du har V-1001" in rig.texts_to(phone)[-1]
    assert rig.references() == ["V-1001"]


def test_whoever_was_paged_may_pass_and_hears_who_was_faster(make_rig: Callable[..., Rig]) -> None:
    rig = opened(make_rig(organisation=WITH_SUPPLIER))
    rig.advance(minutes=6)
    rig.text(SUPPLIER, "VIDARE V-1001")
    assert "passed" in rig.kinds()
    rig.text(KARI, "ACK")
    rig.text(SUPPLIER, "ACK")
    rig.text(RITA, "ACK V-1001")
    rig.work()
    assert rig.texts_to(SUPPLIER)[-1].startswith("V-1001 er alt teken av Kari Nordmann")
    assert rig.texts_to(RITA)[-1].startswith("V-1001 er alt teken av Kari Nordmann")
    assert rig.case().acknowledged_by == "kari"


def test_before_anybody_alerted_them_and_whatever_else_they_write_is_a_callers(
    make_rig: Callable[..., Rig],
) -> None:
    rig = opened(make_rig(organisation=WITH_SUPPLIER))
    rig.text(SUPPLIER, "ACK V-1001")
    rig.text(RITA, "LISTE")
    rig.work()
    assert rig.case().state == "open"
    assert rig.references() == ["V-1001", "V-1002", "V-1003"]


def test_a_supplier_takes_no_case_it_was_not_alerted_for(make_rig: Callable[..., Rig]) -> None:
    rig = opened(make_rig(organisation=WITH_SUPPLIER))
    rig.advance(minutes=6)
    rig.text("+4791000055", "Ei anna sak")
    for words in ("ACK V-1002", "ACK V-4711", "TAR ikkje V-1001", "ACK? Kven er dette"):
        rig.text(SUPPLIER, words)
    rig.work()
    assert rig.case("V-1001").state == rig.case("V-1002").state == "open"
    assert rig.references() == ["V-1001", "V-1002"]
    assert "V-4711" in rig.texts_to(SUPPLIER)[-3]


def test_a_denied_done_or_a_slip_in_the_number_closes_nothing_and_is_answered(rig: Rig) -> None:
    opened(rig).text(KARI, "ACK")
    rig.work()
    for words in ("Ferdig? Eg veit ikkje", "DONE V-9999", "FERDIG 9999", "ferdig ikkje", "Done. No."):
        before = len(rig.texts_to(KARI))
        rig.text(KARI, words)
        rig.work()
        assert len(new_texts(rig, KARI, before)) == 1, words
        assert rig.case().state == "acknowledged", words
    rig.text(KARI, "Ferdig no")
    assert rig.case().state == "closed"


def test_a_commander_closing_anothers_case_is_told_to_its_holder(rig: Rig) -> None:
    opened(rig).text(KARI, "ACK")
    rig.text(SIRI, "DONE V-1001 rebooted")
    rig.work()
    assert "Siri Vik" in rig.texts_to(KARI)[-1]
    assert rig.texts_to(KIM) == []
