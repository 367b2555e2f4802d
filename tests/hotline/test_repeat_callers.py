"""The same caller within half an hour means the same case, and reaches somebody again (contract 5.9)."""

import pytest

from tests.hotline.rig import CALLER, HOTLINE, KARI, OLA, ORGANISATION, PER, Rig, Twiml, sid

FIRST, AGAIN, LEG = sid("CA", 1), sid("CA", 2), sid("CA", 3)


def answered(rig: Rig, dial: Twiml, call: str, phone: str) -> None:
    question = rig.twiml(dial.screen(phone), CallSid=LEG)
    rig.press(question, "1", leg=LEG)
    rig.dial_over(dial, call, status="completed", bridged=True, DialCallSid=LEG)
    rig.hang_up(call)
    rig.work()


def taken_by_per(rig: Rig) -> None:
    dial = rig.dial_over(rig.begin(FIRST), FIRST)
    answered(rig, dial, FIRST, PER)
    assert rig.case().acknowledged_by == "per"


@pytest.mark.parametrize(("minutes", "cases"), [(29, 1), (31, 2)])
def test_half_an_hour_after_the_last_call_it_is_another_case(rig: Rig, minutes: int, cases: int) -> None:
    rig.begin(FIRST)
    rig.hang_up(FIRST)
    rig.clock.advance(minutes=minutes)
    rig.begin(AGAIN)
    assert len(rig.references()) == cases
    assert len(rig.case().calls) == 3 - cases
    assert rig.case(rig.references()[-1]).timeline[0].kind == "call-received"


def test_the_half_hour_counts_from_the_last_call_each_time(rig: Rig) -> None:
    for number in range(5):
        rig.begin(sid("CA", 10 + number))
        rig.hang_up(sid("CA", 10 + number))
        rig.clock.advance(minutes=25)
    assert rig.references() == ["V-1001"]


def test_callers_who_withhold_their_number_are_never_the_same(rig: Rig) -> None:
    rig.begin(FIRST, from_="anonymous")
    rig.begin(AGAIN, from_="anonymous")
    assert rig.references() == ["V-1001", "V-1002"]


def test_a_redialling_caller_makes_one_case_and_gets_one_receipt(rig: Rig) -> None:
    for number in range(40):
        rig.begin(sid("CA", 100 + number))
        rig.hang_up(sid("CA", 100 + number), seconds=2)
        rig.clock.advance(seconds=10)
        rig.work()
    assert rig.references() == ["V-1001"]
    assert sum("registrert" in text for text in rig.texts_to(CALLER)) == 1


def test_whoever_has_the_case_is_rung_first_and_alone_then_the_ladder(rig: Rig) -> None:
    taken_by_per(rig)
    dial = rig.begin(AGAIN)
    assert dial.numbers == [PER]
    dial = rig.dial_over(dial, AGAIN)
    assert dial.numbers == [KARI]
    dial = rig.dial_over(dial, AGAIN)
    assert dial.numbers == [OLA]  # Per has had his turn
    assert rig.case().state == "acknowledged"
    assert "ringing-holder" in rig.kinds()


def test_whoever_has_the_case_and_answers_again_keeps_it(rig: Rig) -> None:
    taken_by_per(rig)
    since = rig.case().acknowledged_at
    rig.clock.advance(minutes=5)
    answered(rig, rig.begin(AGAIN), AGAIN, PER)
    case = rig.case()
    assert (case.acknowledged_by, case.acknowledged_at) == ("per", since)
    rig.advance(minutes=20)
    assert "paged" not in rig.kinds()


def test_who_answers_the_caller_has_the_case_from_then_on_and_the_other_is_told(rig: Rig) -> None:
    taken_by_per(rig)
    rig.clock.advance(minutes=5)
    dial = rig.dial_over(rig.begin(AGAIN), AGAIN)
    answered(rig, dial, AGAIN, KARI)
    assert rig.case().acknowledged_by == "kari"
    assert any("Kari Nordmann tok V-1001" in text for text in rig.texts_to(PER))


@pytest.mark.parametrize("exhausted", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_a_call_that_nobody_answers_opens_the_case_again_whoever_had_it(
    rig: Rig, *, closed: bool, exhausted: bool
) -> None:
    taken_by_per(rig)
    if closed:
        rig.text(PER, "FERDIG starta på nytt")
        rig.work()
        assert rig.case().state == "closed"
    rig.clock.advance(minutes=5)
    answer = rig.begin(AGAIN)
    while exhausted and "Dial" in answer.verbs():
        answer = rig.dial_over(answer, AGAIN)
    rig.hang_up(AGAIN)
    rig.work()
    case = rig.case()
    assert (case.state, case.acknowledged_by) == ("open", None)
    assert rig.kinds().count("reopened") == 1
    assert [call["to"] for call in rig.telephony.placed] == [KARI]
    assert rig.references() == ["V-1001"]


def test_a_case_that_is_taken_by_sms_during_the_call_is_not_opened_again(rig: Rig) -> None:
    rig.begin(FIRST)
    rig.clock.advance(seconds=5)
    rig.text(KARI, "TAR")
    rig.hang_up(FIRST)
    rig.work()
    assert rig.case().acknowledged_by == "kari"
    assert rig.telephony.placed == []


def test_an_answered_call_about_a_closed_case_leaves_it_closed(rig: Rig) -> None:
    taken_by_per(rig)
    rig.text(PER, "FERDIG starta på nytt")
    rig.clock.advance(minutes=5)
    answered(rig, rig.begin(AGAIN), AGAIN, PER)
    assert rig.case().state == "closed"


def test_a_case_of_somebody_who_has_left_goes_straight_to_the_ladder(rig: Rig) -> None:
    taken_by_per(rig)
    without = ORGANISATION.replace('phones = ["+4790000004"]', "phones = []")
    rig.import_organisation(without)
    assert rig.begin(AGAIN).numbers == [KARI]


def test_a_case_of_the_desk_goes_to_the_ladder_outside_its_hours(rig: Rig) -> None:
    rig.clock.advance(hours=18, minutes=20)  # Thursday 15:20: the desk closes in ten minutes
    dial = rig.begin(FIRST)
    rig.dial_over(dial, FIRST, status="completed", bridged=True)
    rig.hang_up(FIRST)
    assert rig.case().acknowledged_by == "desk"
    rig.clock.advance(minutes=15)
    assert rig.begin(AGAIN).numbers == [KARI]
    rig.hang_up(AGAIN)
    assert rig.case().state == "open"


def test_who_shows_a_technicians_number_rings_everybody_else_and_makes_nobody_busy(rig: Rig) -> None:
    own = rig.begin(FIRST, from_=KARI)
    assert set(own.numbers) == {OLA, PER}
    rig.dial_over(own, FIRST, status="no-answer")
    assert rig.begin(AGAIN, from_="+4791000055").numbers == [KARI]


def test_who_talks_is_busy_until_the_leg_is_over_and_no_longer_than_a_call_lasts(rig: Rig) -> None:
    dial = rig.begin(FIRST)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    assert set(rig.begin(AGAIN, from_="+4791000055").numbers) == {OLA, PER}
    rig.hang_up(AGAIN, from_="+4791000055")
    rig.clock.advance(minutes=241)  # every report of the first call was lost
    assert rig.begin(sid("CA", 9), from_="+4791000066").numbers == [KARI]


def test_two_hotlines_do_not_share_a_caller(rig: Rig) -> None:
    rig.begin(FIRST, to=HOTLINE)
    other = (
        ORGANISATION
        + """
[[hotlines]]
id = "helse"
number = "+4721000077"
name = "Helsevakta"
schedule = "drift"
ladder = "standard"
"""
    )
    rig.import_organisation(other)
    rig.begin(AGAIN, to="+4721000077")
    assert rig.references() == ["V-1001", "V-1002"]
