"""What people were told or would be told wrongly is put right, and each thing stands on the timeline once."""

from itertools import permutations

import pytest

from dispatcher.cases.views import as_json
from tests.hotline.rig import CALLER, KARI, KIM, OLA, PER, Rig, sid

CALL, LEG = sid("CA", 1), sid("CA", 2)


def test_when_a_key_did_not_connect_the_person_and_the_caller_hear_that_the_case_is_free_again(
    rig: Rig,
) -> None:
    dial = rig.begin(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    rig.work()
    assert any("Du har V-1001" in text for text in rig.texts_to(KARI))
    rig.clock.advance(seconds=3)
    rig.dial_over(dial, CALL, status="completed", DialCallSid=LEG)
    rig.work()
    assert "V-1001 er fri att" in rig.texts_to(KARI)[-1]
    assert "Kari Nordmann vart likevel ikkje kopla" in rig.texts_to(CALLER)[-1]
    kinds = rig.kinds()
    assert kinds.index("connection-failed") < kinds.index("free-again")
    assert rig.case().state == "open"


def test_a_failed_connection_on_the_last_rung_is_paged_while_the_caller_speaks_to_the_recorder(
    rig: Rig,
) -> None:
    dial = rig.dial_over(rig.begin(CALL), CALL)
    while dial.numbers != []:
        question = rig.twiml(dial.screen(dial.numbers[0]), CallSid=LEG)
        rig.press(question, "1", leg=LEG)
        dial = rig.dial_over(dial, CALL, status="completed", DialCallSid=LEG)
    assert "Record" in dial.verbs()
    rig.work()
    assert rig.telephony.placed
    assert rig.texts_to(KIM)


def test_a_case_that_somebody_took_by_sms_meanwhile_stays_theirs(rig: Rig) -> None:
    dial = rig.dial_over(rig.begin(CALL), CALL)
    rig.press(rig.twiml(dial.screen(OLA), CallSid=LEG), "1", leg=LEG)
    rig.text(OLA, "PASS V-1001")
    rig.text(PER, "ACK V-1001")
    rig.dial_over(dial, CALL, status="completed", DialCallSid=LEG)
    assert rig.case().acknowledged_by == "per"
    assert "free-again" not in rig.kinds()


@pytest.mark.parametrize("answered", [True, False], ids=["voicemail", "nobody"])
@pytest.mark.parametrize("order", list(permutations(("answered", "completed", "dial"))))
def test_a_leg_has_one_line_on_the_timeline_in_whatever_order_its_reports_come(
    rig: Rig, order: tuple[str, ...], *, answered: bool
) -> None:
    dial = rig.begin(CALL)
    for event in order:
        if event == "dial":
            rig.dial_over(dial, CALL, status="no-answer", DialCallSid=LEG)
        elif event == "completed" or answered:
            final = "completed" if answered else "no-answer"
            status, number = (final, "3") if event == "completed" else ("in-progress", "2")
            rig.post(dial.leg(KARI), CallSid=LEG, CallStatus=status, SequenceNumber=number)
    (attempt,) = (entry for entry in rig.case().timeline if entry.kind == "attempt")
    outcome = rig.case().calls[0].attempts[0].outcome
    assert outcome == ("voicemail" if answered else "no-answer")
    assert ("ingen tast" in attempt.text) == answered


def test_a_leg_of_which_twilio_knows_nothing_gets_its_line_when_it_has_been_asked_often_enough(
    rig: Rig,
) -> None:
    dial = rig.begin(CALL)
    rig.dial_over(dial, CALL, status="failed")
    rig.hang_up(CALL)
    rig.work()
    assert "Kari Nordmann" not in " ".join(
        entry.text for entry in rig.case().timeline if entry.kind == "attempt"
    )
    rig.advance(minutes=20)
    lines = [entry.text for entry in rig.case().timeline if entry.kind == "attempt"]
    assert len([line for line in lines if "Kari Nordmann" in line]) == 1
    assert rig.case().calls[0].attempts[0].outcome == "failed"


def test_somebody_on_duty_who_rings_the_hotline_is_not_rung_in_that_call(rig: Rig) -> None:
    """The telephone is in their hand; the next rung is rung at once, and the timeline says why."""
    dial = rig.begin(CALL, from_=KARI)
    assert set(dial.numbers) == {OLA, PER}
    (skipped,) = (entry.text for entry in rig.case().timeline if entry.kind == "skipped")
    assert "Kari Nordmann" in skipped
    other = rig.begin(sid("CA", 30), from_=CALLER)
    assert other.numbers == [KARI]  # numbers can be forged: nobody else's call is kept from them
    rig.hang_up(CALL, from_=KARI)
    assert rig.begin(sid("CA", 40), from_="+4791000003").numbers == [KARI]


def test_ack_ends_the_paging_calls_that_still_ring_but_not_one_that_was_answered(rig: Rig) -> None:
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.advance(minutes=5)
    of = {call["to"]: call["sid"] for call in rig.telephony.placed}
    page = next(call for call in rig.telephony.placed if call["to"] == PER)
    rig.twiml(page["url"], CallSid=page["sid"])
    rig.post(
        next(call for call in rig.telephony.placed if call["to"] == KARI)["status_callback"],
        CallSid=of[KARI],
        CallStatus="no-answer",
    )
    rig.text(KARI, "ACK")
    rig.work()
    assert rig.telephony.stopped == [of[OLA]]


def test_taking_a_case_before_anybody_is_paged_ends_no_call(rig: Rig) -> None:
    dial = rig.begin(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    rig.work()
    assert rig.telephony.stopped == []


@pytest.mark.parametrize("spelling", ["90000001", "004790000001", " +4790000001", "+47 900 00 001"])
def test_a_command_is_understood_however_a_carrier_writes_the_persons_number(rig: Rig, spelling: str) -> None:
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.text(spelling, "ACK")
    rig.work()
    assert rig.case().acknowledged_by == "kari"
    assert rig.references() == ["V-1001"]


def test_the_api_lists_an_attempt_once_it_is_known_what_became_of_it(rig: Rig) -> None:
    dial = rig.begin(CALL)
    assert as_json(rig.case())["calls"][0]["attempts"] == []
    rig.dial_over(dial, CALL)
    (attempt,) = as_json(rig.case())["calls"][0]["attempts"]
    assert (attempt["person"], attempt["outcome"]) == ("kari", "no-answer")


def test_a_strange_recording_address_makes_no_recording_and_no_alarm(rig: Rig) -> None:
    dial = rig.begin(CALL)
    while dial.numbers:
        dial = rig.dial_over(dial, CALL)
    form = {"RecordingUrl": "https://elsewhere.example/x/y", "RecordingDuration": "7"}
    rig.twiml(dial.action("Record"), CallSid=CALL, CallStatus="in-progress", **form)
    assert rig.case().calls[0].recordings == ()
