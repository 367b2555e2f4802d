"""Many cases wait at once: every first round goes at once, later rounds are one page, one telephone one call."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from dispatcher.cases.decide import reopen
from dispatcher.cases.ledger import apply_decision
from dispatcher.messages.segments import segments
from dispatcher.paging.handle import locked_scene
from dispatcher.telephony.port import DeliveryError
from tests.hotline.rig import CALLER, KARI, KIM, OLA, ORGANISATION, PER, Rig, sid

ONE_RUNG = ORGANISATION.replace(
    """  [[ladders.rungs]]
  ring = ["next-on-duty:drift", "person:per"]
  order = "simultaneous"
  seconds = 20
""",
    "",
)
TWO_HOTLINES = (
    ORGANISATION
    + """
[[ladders]]
id = "anna"
  [[ladders.rungs]]
  ring = ["person:per"]
[[hotlines]]
id = "anna"
number = "+4721000001"
name = "Den andre"
schedule = "drift"
ladder = "anna"
"""
)
OUT_OF_ORDER = DeliveryError("not available", code=20503)


def stranger(number: int) -> str:
    return f"+4792{number:06d}"


def report(rig: Rig, number: int, words: str = "nettet er nede") -> str:
    """Open a case by SMS and return its reference."""
    rig.text(stranger(number), words)
    rig.work()
    return rig.references()[-1]


def abandon(rig: Rig, number: int) -> str:
    """Open a case by a call that nobody answers."""
    call = sid("CA", 60_000 + number)
    rig.begin(call, from_=stranger(number))
    rig.hang_up(call, from_=stranger(number))
    rig.work()
    return rig.references()[-1]


def finished(rig: Rig, call: dict[str, str], status: str = "no-answer") -> None:
    """Let a paging call end."""
    rig.post(call["status_callback"], CallSid=call["sid"], CallStatus=status)
    rig.work()


def test_the_first_round_of_each_of_forty_cases_is_sent_at_once_and_names_it(rig: Rig) -> None:
    for number in range(40):
        reference = report(rig, number)
        newest = rig.texts_to(KARI)[-1]
        assert newest.startswith(reference)
        assert segments(newest) <= 2
        rig.clock.advance(seconds=1)
    assert len(rig.texts_to(KARI)) == 40


def test_a_first_page_names_the_others_once_more_than_three_wait(rig: Rig) -> None:
    for number in range(3):
        report(rig, number)
    assert "ventar" not in rig.texts_to(KARI)[-1]
    report(rig, 3, words="straumen er borte")
    text = rig.texts_to(KARI)[-1]
    assert "straumen er borte" in text
    assert text.endswith("3 til ventar: V-1003, V-1002, V-1001.")


def test_long_words_of_a_caller_leave_room_for_the_others(rig: Rig) -> None:
    for number in range(9):
        report(rig, number, words="det brenn i serverrommet " * 20)
    text = rig.texts_to(KARI)[-1]
    assert segments(text) == 2
    assert text.startswith("V-1009")
    assert text.endswith("8 til ventar: V-1008, V-1007, V-1006, V-1005, V-1004 + 3.")


def test_later_rounds_of_many_cases_are_one_sms_and_one_call_to_each_person(rig: Rig) -> None:
    for number in range(10):
        report(rig, number)
        rig.clock.advance(seconds=10)
    for call in list(rig.telephony.placed):
        finished(rig, call)
    before, placed = len(rig.texts_to(OLA)), len(rig.telephony.placed)
    rig.advance(minutes=5)  # the second rung of all ten
    assert len(rig.texts_to(OLA)) - before == 1
    assert len([call for call in rig.telephony.placed[placed:] if call["to"] == OLA]) == 1
    assert "9 til ventar" in rig.texts_to(OLA)[-1] or "9 til venter" in rig.texts_to(OLA)[-1]
    texts = len(rig.texts_to(KARI))
    rig.advance(minutes=5)
    assert len(rig.texts_to(KARI)) - texts == 1


def test_every_case_says_who_was_told_of_it_in_a_page_about_several(rig: Rig) -> None:
    references = [report(rig, number) for number in range(6)]
    rig.advance(minutes=6)
    told = {reference: rig.kinds(reference) for reference in references}
    assert sum("paged-together" in kinds for kinds in told.values()) == 5
    assert all({"paged", "paged-together"} & set(kinds[3:]) for kinds in told.values())
    entry = next(item for item in rig.case(references[-1], "en").timeline if item.kind == "paged-together")
    assert entry.text == "Ola Strand was told of 6 waiting cases in one page (round 2)"


def test_a_case_that_waits_alone_is_paged_as_ever(rig: Rig) -> None:
    report(rig, 1)
    rig.advance(minutes=11)
    assert len(rig.texts_to(KARI)) == 2
    assert "ventar" not in " ".join(rig.texts_to(KARI))


def test_the_next_page_is_about_another_case_once_the_first_is_taken(rig: Rig) -> None:
    for number in range(3):
        report(rig, number)
    rig.advance(minutes=4)
    rig.text(PER, "ACK V-1001")
    rig.advance(minutes=2)
    assert "V-1002" in rig.texts_to(OLA)[-1]
    assert "V-1001" not in rig.texts_to(OLA)[-1]


def test_cases_on_another_ladder_are_paged_by_themselves(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(organisation=TWO_HOTLINES)
    for number in range(5):
        report(rig, number)
    call = sid("CA", 77)
    rig.begin(call, from_=stranger(70), to="+4721000001")
    rig.hang_up(call, from_=stranger(70))
    rig.work()
    assert "til ventar" not in rig.texts_to(PER)[-1]
    rig.advance(minutes=5, seconds=5)
    assert sum("V-1006" in text for text in rig.texts_to(PER)) == 2


def test_one_telephone_gets_one_paging_call_at_a_time_and_each_case_its_sms(rig: Rig) -> None:
    first = abandon(rig, 1)
    second = abandon(rig, 2)
    assert [call["to"] for call in rig.telephony.placed] == [KARI]
    assert [text[:6] for text in rig.texts_to(KARI)] == [first, second]
    assert "page-skipped" in rig.kinds(second)
    assert "page-skipped" not in rig.kinds(first)


def test_the_next_case_rings_once_the_call_before_it_is_over(rig: Rig) -> None:
    abandon(rig, 1)
    finished(rig, rig.telephony.placed[0])
    abandon(rig, 2)
    assert [call["to"] for call in rig.telephony.placed] == [KARI, KARI]


def test_a_paging_call_says_how_many_wait_besides(rig: Rig) -> None:
    abandon(rig, 1)
    alone = rig.twiml(rig.telephony.placed[0]["url"], CallSid=rig.telephony.placed[0]["sid"])
    assert "til" not in alone.said.split()
    for number in (2, 3, 4):
        abandon(rig, number)
    again = rig.twiml(rig.telephony.placed[0]["url"], CallSid=rig.telephony.placed[0]["sid"])
    assert "Det ventar 3 til." in again.said


def test_a_telephone_without_sms_is_rung_for_the_second_case_as_soon_as_it_is_free(
    make_rig: Callable[..., Rig],
) -> None:
    desk_phone = "+4755100001"
    rig = make_rig(
        organisation=ORGANISATION.replace('phones = ["+4790000001"]', f'phones = ["{desk_phone}"]')
    )
    abandon(rig, 1)
    abandon(rig, 2)
    assert [call["to"] for call in rig.telephony.placed] == [desk_phone]
    rig.advance(seconds=20)
    finished(rig, rig.telephony.placed[0])
    rig.advance(seconds=40)
    assert [call["to"] for call in rig.telephony.placed] == [desk_phone] * 2


def test_a_call_that_could_not_be_placed_leaves_the_telephone_free(rig: Rig) -> None:
    rig.telephony.refuse[KARI] = OUT_OF_ORDER
    abandon(rig, 1)
    del rig.telephony.refuse[KARI]
    abandon(rig, 2)
    assert [call["to"] for call in rig.telephony.placed] == [KARI]


def test_two_calls_in_the_same_instant_do_not_both_ring(rig: Rig) -> None:
    for number in (1, 2, 3):
        call = sid("CA", 500 + number)
        rig.begin(call, from_=stranger(number))
        rig.hang_up(call, from_=stranger(number))
    rig.work()
    assert [call["to"] for call in rig.telephony.placed] == [KARI]
    assert len(rig.texts_to(KARI)) == 3


def test_the_cap_holds_later_rounds_and_never_a_first_one(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(pages_per_person_per_hour=2, organisation=ONE_RUNG)
    abandon(rig, 1)
    finished(rig, rig.telephony.placed[0])
    rig.advance(minutes=30)
    assert len(rig.texts_to(KARI)) == 1  # its own first round has used the cap up
    reference = abandon(rig, 2)
    assert rig.texts_to(KARI)[-1].startswith(reference)
    assert rig.telephony.placed[-1]["to"] == KARI


def test_first_rounds_of_strangers_use_up_no_later_round_of_another_case(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(pages_per_person_per_hour=8, organisation=ONE_RUNG)
    real = abandon(rig, 1)
    for number in range(2, 30):
        report(rig, number)
        rig.clock.advance(seconds=2)
    rig.advance(minutes=4, seconds=30)
    assert [text for text in rig.texts_to(KARI) if text.startswith("Varsel 2")]
    assert "paging-cap" not in str(rig.case(real).timeline)


def test_pages_that_never_left_are_not_counted(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(pages_per_person_per_hour=4)
    for phone in (KARI, OLA, PER, "+4755100002"):
        rig.telephony.refuse[phone] = OUT_OF_ORDER
    for number in range(3):
        abandon(rig, number)
    rig.advance(minutes=45)
    assert not any("ein pause" in text for text in rig.texts_to(KIM))
    assert "paging-cap" not in rig.kinds()
    rig.telephony.refuse.clear()
    reference = abandon(rig, 9)
    assert rig.texts_to(KARI)[-1].startswith(reference)
    rig.advance(minutes=10)
    assert rig.texts_to(OLA)


def test_people_who_are_told_together_are_not_told_by_a_page_that_failed(rig: Rig) -> None:
    for number in range(5):
        report(rig, number)
        rig.clock.advance(seconds=40)
    rig.telephony.refuse[OLA] = DeliveryError("no such number", permanent=True, code=21211)
    rig.advance(minutes=4)
    told = [item.text for item in rig.case("V-1003").timeline if item.kind == "paged-together"]
    assert told
    assert not [text for text in told if "Ola" in text]


@pytest.mark.parametrize("waiting", [0, 1, 4])
def test_a_case_that_is_opened_again_begins_with_a_first_round(
    make_rig: Callable[..., Rig], waiting: int
) -> None:
    rig = make_rig(pages_per_person_per_hour=2)
    reference = report(rig, 1)
    rig.advance(minutes=12)
    for number in range(waiting):
        report(rig, 100 + number)
    with rig.db.write() as connection:
        scene = locked_scene(rig.services, connection, int(reference[2:]))
        assert scene is not None
        apply_decision(connection, scene.case, reopen(scene), now=rig.clock.now())
    before = len(rig.texts_to(KARI))
    rig.work()
    assert len(rig.texts_to(KARI)) == before + 1
    assert reference in rig.texts_to(KARI)[-1]


def test_a_quiet_hour_of_a_lone_case_costs_what_it_did(rig: Rig) -> None:
    abandon(rig, 1)
    begun = rig.clock.now()
    rig.advance(minutes=59)
    assert rig.clock.now() - begun == timedelta(minutes=59)
    assert len(rig.texts_to(KARI)) == 6
    assert len(rig.texts_to(PER)) == 6
    assert rig.texts_to(CALLER) == []
