"""Paging until somebody takes the case, and what happens when Twilio does not do as it is told."""

from collections.abc import Callable

import pytest

from dispatcher.telephony.port import DeliveryError
from tests.hotline.rig import CALLER, KARI, KIM, OLA, ORGANISATION, PER, Rig, sid

CALL = sid("CA", 1)
OPTED_OUT = DeliveryError("opted out", permanent=True, code=21610)


def miss(rig: Rig) -> None:
    """Let a caller hang up while it rings."""
    rig.begin(CALL)
    rig.hang_up(CALL)


def test_rounds_go_rung_by_rung_round_and_round_until_ack(rig: Rig) -> None:
    miss(rig)
    rig.work()
    assert {call["to"] for call in rig.telephony.placed} == {KARI}
    rig.advance(minutes=5)
    assert {call["to"] for call in rig.telephony.placed} == {KARI, OLA, PER}
    rig.advance(minutes=5)
    assert [call["to"] for call in rig.telephony.placed].count(KARI) == 2
    rig.advance(minutes=20)
    assert len(rig.texts_to(KARI)) == 4
    rig.text(PER, "ACK V-1001")
    placed = len(rig.telephony.placed)
    rig.advance(hours=2)
    assert len(rig.telephony.placed) == placed


def test_a_paging_call_says_what_the_case_is_and_1_is_an_ack(rig: Rig) -> None:
    miss(rig)
    rig.work()
    page = rig.telephony.placed[0]
    question = rig.twiml(page["url"], CallSid=page["sid"])
    assert "1, 0, 0, 1" in question.said
    assert "Alver kommune" in question.said
    taken = rig.press(question, "1")
    assert taken.verbs()[-1] == "Hangup"
    assert rig.case().acknowledged_by == "kari"
    assert rig.press(question, "1").verbs()[-1] == "Hangup"


def test_a_paging_call_with_2_pages_the_next_rung_at_once(rig: Rig) -> None:
    miss(rig)
    rig.work()
    page = rig.telephony.placed[0]
    question = rig.twiml(page["url"], CallSid=page["sid"])
    rig.press(question, "2")
    rig.press(question, "2")
    rig.work()
    assert {call["to"] for call in rig.telephony.placed} == {KARI, OLA, PER}
    assert rig.case().state == "open"


def test_a_paging_call_to_a_case_taken_meanwhile_says_by_whom(rig: Rig) -> None:
    miss(rig)
    rig.work()
    page = rig.telephony.placed[0]
    rig.text(PER, "ACK V-1001")
    answered = rig.twiml(page["url"], CallSid=page["sid"])
    assert "Per Berg" in answered.said
    assert answered.verbs()[-1] == "Hangup"


def test_a_paging_call_nobody_answers_rings_the_persons_next_telephone(rig: Rig) -> None:
    miss(rig)
    rig.advance(minutes=5)
    page = next(call for call in rig.telephony.placed if call["to"] == OLA)
    rig.post(page["status_callback"], CallSid=page["sid"], CallStatus="no-answer")
    rig.work()
    assert "+4755100002" in {call["to"] for call in rig.telephony.placed}


def test_an_opted_out_person_is_still_called_and_the_coordinator_alarmed(rig: Rig) -> None:
    rig.telephony.refuse[KARI] = OPTED_OUT
    miss(rig)
    rig.work()
    alarms = rig.texts_to(KIM)
    assert len(alarms) == 1
    assert "Kari Nordmann" in alarms[0]


def test_when_nothing_of_a_round_can_reach_anybody_the_next_rung_is_paged_at_once(rig: Rig) -> None:
    rig.telephony.refuse[KARI] = DeliveryError("unreachable", permanent=True, code=21211)
    miss(rig)
    rig.work()
    assert rig.texts_to(OLA)
    assert rig.texts_to(PER)


def test_a_passing_error_is_tried_again_within_a_minute(rig: Rig) -> None:
    rig.telephony.fail = [DeliveryError("busy", code=20429)] * 3
    miss(rig)
    rig.advance(seconds=59)
    assert rig.texts_to(KARI)
    assert rig.texts_to(CALLER)


def test_a_refused_login_is_a_passing_error_that_is_tried_for_hours(rig: Rig) -> None:
    rig.telephony.refuse[CALLER] = DeliveryError("401", code=20003)
    miss(rig)
    rig.advance(hours=3)
    assert rig.texts_to(CALLER) == []
    del rig.telephony.refuse[CALLER]
    rig.advance(minutes=11)
    assert rig.texts_to(CALLER)


def test_a_send_that_may_have_worked_is_looked_for_before_it_is_repeated(rig: Rig) -> None:
    rig.telephony.act_before_failing = True
    rig.telephony.fail = [DeliveryError("no answer", ambiguous=True)] * 2
    rig.text(KARI, "?")
    rig.advance(minutes=1)
    assert len(rig.texts_to(KARI)) == 1


def test_paging_one_person_is_capped_per_hour_with_an_alarm(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(pages_per_person_per_hour=4)
    miss(rig)
    rig.advance(minutes=59)
    pages = [call for call in rig.telephony.placed if call["to"] == KARI]
    assert len(pages) == 2  # two rounds of SMS and call each
    assert any("Kari Nordmann" in text for text in rig.texts_to(KIM))
    assert "page-skipped" in rig.kinds()


def test_with_nobody_on_any_rung_the_caller_leaves_a_message_and_the_coordinator_is_alarmed(
    make_rig: Callable[..., Rig],
) -> None:
    nobody = ORGANISATION.replace("start = 2026-11-23T08:00:00", "start = 2027-11-23T08:00:00").replace(
        'ring = ["next-on-duty:drift", "person:per"]', 'ring = ["on-duty:drift"]'
    )
    rig = make_rig(organisation=nobody)
    recorder = rig.begin(CALL)
    assert "Record" in recorder.verbs()
    assert "1, 0, 0, 1" in recorder.said
    rig.hang_up(CALL)
    rig.work()
    assert rig.texts_to(KIM)
    assert "nobody-on-rung" in rig.kinds()
    assert rig.case().state == "open"


def test_pass_by_sms_while_the_telephone_rings_ends_that_leg_and_pages_nobody(rig: Rig) -> None:
    dial = rig.begin(CALL)
    leg = sid("CA", 7)
    rig.post(dial.leg(KARI), CallSid=leg, CallStatus="ringing", SequenceNumber="1")
    rig.text(KARI, "PASS")
    rig.work()
    assert rig.telephony.hung_up == [leg]
    assert rig.telephony.placed == []
    assert rig.case().calls[0].attempts[0].outcome == "declined"


@pytest.mark.parametrize("phone", [KARI, OLA])
def test_everything_queued_is_done_or_dropped_in_the_end(rig: Rig, phone: str) -> None:
    miss(rig)
    rig.advance(minutes=6)
    rig.text(phone, "DONE ok")
    rig.advance(days=1)
    assert rig.unfinished() == []
