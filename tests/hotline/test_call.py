"""The course of a call, step by step, through signed webhooks (contract section 5)."""

from collections.abc import Callable

import pytest

from dispatcher.telephony.port import CallRecord, RemoteRecording
from tests.hotline.rig import CALLER, HOTLINE, KARI, KIM, OLA, PER, SIRI, Rig, Twiml, sid

CALL = sid("CA", 1)
LEG = sid("CA", 2)


def exhausted(rig: Rig) -> Twiml:
    """Let every telephone of the ladder ring out, Ola's second one too."""
    answer = rig.begin(CALL)
    while "Dial" in answer.verbs():
        answer = rig.dial_over(answer, CALL)
    return answer


def test_the_first_ring_opens_a_case_with_its_call_and_ticket(rig: Rig) -> None:
    greeting = rig.ring(CALL)
    assert "Vakttelefonen" in greeting.said
    case = rig.case()
    assert (case.reference, case.state, case.urgency, case.source) == ("V-1001", "open", "unassessed", "call")
    assert (case.caller, case.municipality, case.hotline) == (CALLER, "alver", "drift")
    assert case.timeline[0].kind == "call-received"
    rig.work()
    assert rig.case().ticket.id == "1"


def test_the_same_first_request_again_is_greeted_again_and_opens_nothing(rig: Rig) -> None:
    first, second = rig.ring(CALL), rig.ring(CALL)
    assert first.document == second.document
    assert len(rig.case().timeline) == 1
    with pytest.raises(AssertionError):
        rig.case("V-1002")


def test_the_notice_names_a_key_that_refuses_recording_and_the_refusal_is_on_the_case(rig: Rig) -> None:
    greeting = rig.ring(CALL)
    assert "Trykk 9" in greeting.said
    dial = rig.twiml(greeting.action("Gather"), CallSid=CALL, Digits="9")
    assert dial.one("Dial").attrib["record"] == "do-not-record"
    assert "recording-refused" in rig.kinds()
    assert dial.numbers == [KARI]


def test_without_a_key_the_conversation_is_recorded(rig: Rig) -> None:
    assert rig.begin(CALL).one("Dial").attrib["record"].startswith("record-from-answer")


def test_with_recording_off_no_notice_is_given_and_nothing_recorded(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(record_conversations="never")
    greeting = rig.ring(CALL)
    assert "Gather" not in greeting.verbs()
    dial = rig.twiml(greeting.one("Redirect").text or "", CallSid=CALL)
    assert dial.one("Dial").attrib["record"] == "do-not-record"


def test_with_recording_by_consent_only_the_key_records(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(record_conversations="consent")
    assert rig.begin(CALL).one("Dial").attrib["record"] == "do-not-record"
    other = sid("CA", 50)
    assert rig.begin(other, digits="9").one("Dial").attrib["record"] == "record-from-answer-dual"


def test_a_rung_is_dialled_with_the_hotlines_number_a_time_limit_and_a_screening(rig: Rig) -> None:
    dial = rig.begin(CALL)
    attributes = dial.one("Dial").attrib
    assert attributes["callerId"] == HOTLINE
    assert attributes["timeout"] == "25"
    assert int(attributes["timeLimit"]) > 0
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    assert "Alver kommune" in question.said
    assert "1" in question.said
    assert "2" in question.said
    again = rig.press(question, "", leg=LEG)
    spoken = len(again.said) / 15
    assert spoken + sum(int(each.one("Gather").attrib["timeout"]) for each in (question, again)) >= 15
    assert int(rig.press(again, "7", leg=LEG).one("Gather").attrib["timeout"]) >= 15


def test_pressing_1_takes_the_call_and_the_case_and_tells_the_caller(rig: Rig) -> None:
    dial = rig.begin(CALL)
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    connected = rig.press(question, "1", leg=LEG)
    assert "Hangup" not in connected.verbs()
    case = rig.case()
    assert (case.state, case.acknowledged_by) == ("acknowledged", "kari")
    rig.dial_over(dial, CALL, status="completed", bridged=True, DialCallSid=LEG)
    rig.hang_up(CALL)
    rig.work()
    case = rig.case()
    assert [(item.person, item.outcome) for item in case.calls[0].attempts] == [("kari", "accepted")]
    told = rig.texts_to(CALLER)
    assert any("Kari Nordmann" in text for text in told)
    assert any("V-1001" in text for text in told)
    assert any("V-1001" in text for text in rig.texts_to(KARI))
    assert rig.telephony.placed == []


def test_pressing_1_twice_connects_twice_and_changes_nothing_more(rig: Rig) -> None:
    dial = rig.begin(CALL)
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    rig.press(question, "1", leg=LEG)
    before = rig.case()
    again = rig.press(question, "1", leg=LEG)
    assert "Hangup" not in again.verbs()
    assert rig.case() == before


def test_pressing_2_passes_the_call_to_the_next_rung(rig: Rig) -> None:
    dial = rig.begin(CALL)
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    assert rig.press(question, "2", leg=LEG).verbs()[-1] == "Hangup"
    following = rig.dial_over(dial, CALL, status="completed", DialCallSid=LEG)
    assert set(following.numbers) == {OLA, PER}
    assert "neste" in following.said
    assert rig.case().calls[0].attempts[0].outcome == "declined"


def test_another_key_or_none_repeats_the_question(rig: Rig) -> None:
    dial = rig.begin(CALL)
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    repeated = rig.press(question, "7", leg=LEG)
    assert "Trykk 1" in repeated.said
    repeated = rig.press(repeated, "", leg=LEG)
    assert "Trykk 1" in repeated.said
    assert "Hangup" not in rig.press(repeated, "1", leg=LEG).verbs()


def test_a_private_voicemail_presses_nothing_and_does_not_count_as_an_answer(rig: Rig) -> None:
    dial = rig.begin(CALL)
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    repeated = rig.press(question, "", leg=LEG)
    assert rig.press(repeated, "", leg=LEG).verbs()[-1] == "Hangup"
    following = rig.dial_over(dial, CALL, status="completed", DialCallSid=LEG)
    assert set(following.numbers) == {OLA, PER}
    case = rig.case()
    assert case.state == "open"
    assert case.calls[0].attempts[0].outcome == "voicemail"


def test_of_two_who_press_1_the_first_has_it_and_the_other_is_told_by_whom(rig: Rig) -> None:
    rung = rig.dial_over(rig.begin(CALL), CALL)
    first = rig.twiml(rung.screen(OLA), CallSid=LEG)
    second = rig.twiml(rung.screen(PER), CallSid=sid("CA", 3))
    assert "Hangup" not in rig.press(first, "1", leg=LEG).verbs()
    told = rig.press(second, "1", leg=sid("CA", 3))
    assert "Ola Strand" in told.said
    assert told.verbs()[-1] == "Hangup"
    assert rig.case().acknowledged_by == "ola"
    outcomes = {item.person: item.outcome for item in rig.case().calls[0].attempts}
    assert outcomes == {"kari": "no-answer", "ola": "accepted", "per": "canceled"}


def test_every_phone_of_a_person_is_tried_before_the_next_rung(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.clock.advance(days=7)  # Ola is on duty, with two telephones
    first = rig.begin(CALL)
    assert first.numbers == [OLA]
    second = rig.dial_over(first, CALL)
    assert second.numbers == ["+4755100002"]
    third = rig.dial_over(second, CALL)
    assert set(third.numbers) == {SIRI, PER}


def test_somebody_talking_on_a_hotline_call_is_skipped_and_the_timeline_says_so(rig: Rig) -> None:
    dial = rig.begin(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    other = rig.begin(sid("CA", 20), from_="+4791000002")
    assert set(other.numbers) == {OLA, PER}
    texts = [entry.text for entry in rig.case("V-1002").timeline if entry.kind == "skipped"]
    assert texts
    assert "Kari Nordmann" in texts[0]


def test_a_hand_over_in_the_middle_of_a_call_reaches_the_new_person(rig: Rig) -> None:
    rig.clock.instant = rig.clock.instant.replace(day=30, hour=6, minute=59, second=50)  # Monday 07:59:50
    first = rig.begin(CALL)
    assert first.numbers == [KARI]
    rig.clock.advance(seconds=30)
    second = rig.dial_over(first, CALL)
    assert second.numbers == [OLA]  # now on duty: the rung rings them before the ladder goes on


def test_an_exhausted_ladder_gives_the_case_number_a_recorder_and_alarms_the_coordinator(rig: Rig) -> None:
    recorder = exhausted(rig)
    assert "1, 0, 0, 1" in recorder.said
    assert "Record" in recorder.verbs()
    assert recorder.one("Record").attrib["playBeep"] == "true"
    rig.work()
    assert any("V-1001" in text for text in rig.texts_to(KIM))
    assert rig.texts_to(KARI), "the first round of paging goes out at once"


def test_a_message_is_fetched_encrypted_filed_and_deleted_at_twilio(rig: Rig) -> None:
    recorder = exhausted(rig)
    recording = sid("RE", 1)
    rig.telephony.media[recording] = b"RIFF" + b"\0" * 1000
    thanks = rig.twiml(
        recorder.action("Record"),
        CallSid=CALL,
        RecordingUrl=f"https://api.twilio.com/x/{recording}",
        RecordingSid=recording,
        RecordingDuration="12",
        Digits="hangup",
    )
    assert thanks.verbs()[-1] == "Hangup"
    rig.hang_up(CALL)
    rig.work()
    stored = rig.case().calls[0].recordings
    assert [(item.sid, item.seconds, item.stored) for item in stored] == [(recording, 12, True)]
    assert rig.telephony.deleted == [recording]
    assert {"message-left", "recording-stored"} <= set(rig.kinds())


def test_a_recording_is_deleted_here_when_its_time_is_up(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(recording_retention_days=3)
    dial = rig.begin(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    recording = sid("RE", 5)
    rig.post(
        "voice/recording",
        CallSid=CALL,
        RecordingSid=recording,
        RecordingStatus="completed",
        RecordingDuration="60",
        RecordingSource="DialVerb",
    )
    rig.dial_over(dial, CALL, status="completed", bridged=True)
    rig.hang_up(CALL)
    rig.work()
    assert rig.case().calls[0].recordings[0].stored
    rig.clock.advance(days=3, seconds=1)
    rig.work()
    assert not rig.case().calls[0].recordings[0].stored
    assert "recording-deleted" in rig.kinds()


def test_hanging_up_while_it_rings_leaves_a_case_that_is_paged_and_a_receipt(rig: Rig) -> None:
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.work()
    case = rig.case()
    assert case.state == "open"
    assert case.calls[0].attempts[0].outcome == "canceled"
    assert any("V-1001" in text for text in rig.texts_to(CALLER))
    assert any("V-1001" in text for text in rig.texts_to(KARI))
    assert [call["to"] for call in rig.telephony.placed] == [KARI]


def test_pressing_1_after_the_caller_has_gone_tells_so_and_gives_the_case(rig: Rig) -> None:
    dial = rig.begin(CALL)
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    rig.hang_up(CALL)
    told = rig.press(question, "1", leg=LEG)
    assert told.verbs()[-1] == "Hangup"
    rig.work()
    assert rig.case().acknowledged_by == "kari"
    assert any(CALLER in text for text in rig.texts_to(KARI))


def test_a_key_without_a_connection_is_no_answer_and_the_ladder_goes_on(rig: Rig) -> None:
    dial = rig.begin(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    following = rig.dial_over(dial, CALL, status="completed", bridged=False, DialCallSid=LEG)
    assert set(following.numbers) == {OLA, PER}
    case = rig.case()
    assert case.state == "open"
    assert case.calls[0].attempts[0].outcome == "failed"


def test_inside_desk_hours_the_desk_is_rung_unscreened_and_its_answer_takes_the_case(rig: Rig) -> None:
    rig.clock.instant = rig.clock.instant.replace(hour=9)
    dial = rig.begin(CALL)
    number = dial.one("Number")
    assert number.text == "+4756000000"
    assert "url" not in number.attrib
    rig.dial_over(dial, CALL, status="completed", bridged=True, DialCallSid=LEG)
    rig.hang_up(CALL)
    case = rig.case()
    assert case.acknowledged_by == "desk"
    assert [(item.person, item.outcome) for item in case.calls[0].attempts] == [("desk", "accepted")]


def test_a_desk_that_does_not_answer_sends_the_caller_to_the_ladder(rig: Rig) -> None:
    rig.clock.instant = rig.clock.instant.replace(hour=9)
    dial = rig.begin(CALL)
    following = rig.dial_over(dial, CALL, status="no-answer")
    assert following.numbers == [KARI]


@pytest.mark.parametrize(
    "from_",
    [
        "anonymous",
        "+266696687",
        "",
        "sip:ola@example.no",
        "client:støtte",
        "Kåre Ås",
        "🙂" * 100,
        "+47",
        "7378742833",
    ],
)
def test_any_caller_gets_the_same_service_and_a_case(rig: Rig, from_: str) -> None:
    dial = rig.begin(CALL, from_=from_)
    assert dial.numbers == [KARI]
    rig.hang_up(CALL, from_=from_)
    rig.work()
    assert rig.case().caller is None
    assert {item["to"] for item in rig.telephony.sent} == {KARI}


def test_a_call_to_a_number_no_hotline_has_still_reaches_the_duty(rig: Rig) -> None:
    dial = rig.begin(CALL, to="+4722999999")
    assert dial.numbers == [KARI]
    assert "unknown-number" in rig.kinds()


def test_an_end_of_a_call_never_heard_of_opens_its_case(rig: Rig) -> None:
    rig.hang_up(CALL)
    rig.work()
    assert rig.case().state == "open"
    assert rig.texts_to(KARI)


def test_a_call_whose_end_is_never_reported_is_found_by_asking(rig: Rig) -> None:
    rig.begin(CALL)
    rig.telephony.calls[CALL] = CallRecord(
        CALL, None, HOTLINE, CALLER, "inbound", "completed", None, None, 41
    )
    rig.telephony.children[CALL] = [
        CallRecord(LEG, CALL, KARI, HOTLINE, "outbound-dial", "no-answer", None, None, 0)
    ]
    rig.advance(seconds=61)
    assert rig.case().calls[0].status == "completed"
    assert rig.texts_to(KARI)
    assert "callback-missing" in rig.kinds()


def test_a_recording_whose_callback_never_comes_is_found_by_asking(rig: Rig) -> None:
    dial = rig.begin(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    rig.dial_over(dial, CALL, status="completed", bridged=True)
    rig.hang_up(CALL)
    rig.telephony.recordings[CALL] = [RemoteRecording(sid("RE", 9), CALL, "completed", 33, "DialVerb")]
    rig.advance(seconds=25)
    assert [item.stored for item in rig.case().calls[0].recordings] == [True]
