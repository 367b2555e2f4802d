"""Dial: whom it rings, whom it connects, and what it reports."""

from datetime import timedelta
from typing import Any, Literal

import pytest

from simulator import Sound, Switches, personas
from simulator.personas import Persona
from tests.simulator.scene import BASE, CALLER, HOTLINE, KARI, OLA, SIRI, Scene, make_scene

SCREEN = '<Gather numDigits="1" action="/key" timeout="5"><Say>Press 1</Say></Gather><Hangup/>'


def screened(scene: Scene, *numbers: str, attributes: str = "", ok: str = "1") -> None:
    nouns = "".join(f'<Number url="/screen">{number}</Number>' for number in numbers)
    scene.answer(
        "/voice", f'<Say>Hello</Say><Dial action="/done" callerId="{HOTLINE}" {attributes}>{nouns}</Dial>'
    )
    scene.answer("/screen", SCREEN)
    scene.answer("/key", lambda form: "" if form["Digits"] == ok else "<Hangup/>")
    scene.answer("/done", "<Say>Goodbye</Say>")


def ring(scene: Scene, **wishes: Any) -> Any:
    call = scene.simulator.ring(CALLER, HOTLINE, **wishes)
    scene.simulator.run_until_idle()
    return call


def test_a_screened_callee_who_presses_one_is_connected_and_reported_as_bridged(scene: Scene) -> None:
    screened(scene, KARI)
    scene.phone(KARI, personas.human())
    call = ring(scene)
    done = scene.forms("/done")[0]
    assert (done["DialCallStatus"], done["DialBridged"]) == ("completed", "true")
    assert any(heard.sound is Sound.CONNECTED for heard in call.handset.heard)


def test_the_screening_runs_on_the_child_leg_and_the_action_on_the_parent(scene: Scene) -> None:
    screened(scene, KARI)
    scene.phone(KARI, personas.human())
    call = ring(scene)
    screen, key, done = (scene.forms(path)[0] for path in ("/screen", "/key", "/done"))
    assert screen["ParentCallSid"] == key["ParentCallSid"] == done["CallSid"] == call.sid
    assert screen["CallSid"] == key["CallSid"] == done["DialCallSid"] != call.sid
    assert (screen["Direction"], screen["CallStatus"]) == ("outbound-dial", "in-progress")
    assert "ParentCallSid" not in done


def test_private_voicemail_answers_and_is_never_connected(scene: Scene) -> None:
    screened(scene, KARI)
    scene.phone(KARI, personas.voicemail())
    call = ring(scene)
    done = scene.forms("/done")[0]
    assert (done["DialCallStatus"], done["DialBridged"]) == ("completed", "false")
    assert all(heard.sound is not Sound.CONNECTED for heard in call.handset.heard)


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        (personas.busy(), "busy"),
        (personas.declines(), "busy"),
        (personas.no_answer(), "no-answer"),
        (personas.unreachable(), "failed"),
    ],
    ids=lambda value: value.label if isinstance(value, Persona) else value,
)
def test_each_way_not_to_answer_has_its_status(scene: Scene, persona: Persona, status: str) -> None:
    screened(scene, KARI)
    scene.phone(KARI, persona)
    ring(scene)
    done = scene.forms("/done")[0]
    assert (done["DialCallStatus"], done["DialBridged"], scene.statuses()[KARI]) == (status, "false", status)


def test_ringing_lasts_the_timeout_and_the_seconds_that_twilio_adds(scene: Scene) -> None:
    screened(scene, KARI, attributes='timeout="10"')
    scene.phone(KARI, personas.no_answer())
    ring(scene)
    leg = scene.simulator.calls[1]
    assert leg.started_at is not None
    assert leg.ended_at is not None
    assert leg.ended_at - leg.started_at == timedelta(seconds=1 + 10 + 5)


def test_simultaneous_legs_ring_together_and_the_rest_are_given_up_at_the_first_accept(scene: Scene) -> None:
    screened(scene, KARI, OLA, SIRI)
    scene.phone(KARI, personas.voicemail(answers_after=2))
    scene.phone(OLA, personas.human(answers_after=6))
    scene.phone(SIRI, personas.no_answer())
    ring(scene)
    assert scene.statuses() == {HOTLINE: "completed", KARI: "completed", OLA: "completed", SIRI: "canceled"}
    assert scene.forms("/done")[0]["DialBridged"] == "true"


def test_under_the_first_answer_policy_voicemail_takes_the_call_from_everybody_else() -> None:
    scene = make_scene(switches=Switches(seed=1, cancel_policy="first-answer"))
    screened(scene, KARI, OLA)
    scene.phone(KARI, personas.voicemail(answers_after=2))
    scene.phone(OLA, personas.human(answers_after=6))
    ring(scene)
    assert scene.statuses()[OLA] == "canceled"
    assert scene.forms("/done")[0]["DialBridged"] == "false"


def test_sequential_legs_ring_one_after_the_other(scene: Scene) -> None:
    screened(scene, KARI, OLA, attributes='sequential="true" timeout="10"')
    scene.phone(KARI, personas.no_answer())
    scene.phone(OLA, personas.human())
    ring(scene)
    first, second = scene.simulator.calls[1:]
    assert (first.to, second.to) == (KARI, OLA)
    assert first.ended_at == second.created_at
    assert scene.forms("/done")[0]["DialCallSid"] == second.sid


def test_two_who_accept_in_the_same_instant_are_not_both_connected(scene: Scene) -> None:
    screened(scene, KARI, OLA)
    scene.phone(KARI, personas.human())
    scene.phone(OLA, personas.human())
    ring(scene)
    assert len(scene.forms("/key")) == 2
    connected = [
        leg.to
        for leg in scene.simulator.calls
        if leg.direction != "inbound" and any(heard.sound is Sound.CONNECTED for heard in leg.handset.heard)
    ]
    assert connected == [KARI]


def test_answer_on_bridge_keeps_the_caller_ringing_until_somebody_accepts(scene: Scene) -> None:
    scene.answer("/voice", f'<Dial action="/done" answerOnBridge="true"><Number>{KARI}</Number></Dial>')
    scene.phone(KARI, personas.human(answers_after=8))
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.advance(timedelta(seconds=5))
    assert call.status == "ringing"
    scene.simulator.advance(timedelta(seconds=6))
    assert call.status == "in-progress"


def test_answer_on_bridge_has_no_effect_after_another_verb(scene: Scene) -> None:
    scene.answer("/voice", f'<Pause/><Dial answerOnBridge="true"><Number>{KARI}</Number></Dial>')
    scene.phone(KARI, personas.no_answer())
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.advance(timedelta(seconds=5))
    assert call.status == "in-progress"


@pytest.mark.parametrize("after", [4, 9, 30], ids=["while ringing", "while screening", "while talking"])
def test_a_caller_who_hangs_up_at_any_stage_ends_all_legs_and_the_action_is_still_requested(
    scene: Scene, after: float
) -> None:
    screened(scene, KARI)
    scene.phone(KARI, personas.human(think_seconds=4))
    ring(scene, by=personas.caller(hangs_up_after=after, talk_seconds=None))
    assert all(leg.is_over for leg in scene.simulator.calls)
    done = scene.forms("/done")
    assert len(done) == 1
    assert done[0]["CallStatus"] == "completed"
    assert done[0]["DialBridged"] == ("true" if after == 30 else "false")
    assert len(scene.asked("/status")) == 1


def test_the_action_is_not_requested_after_a_hang_up_when_so_switched() -> None:
    scene = make_scene(switches=Switches(seed=1, dial_action_after_hang_up=False))
    screened(scene, KARI)
    ring(scene, by=personas.caller(hangs_up_after=6))
    assert scene.forms("/done") == []


def test_a_screening_can_outlive_the_caller() -> None:
    scene = make_scene(switches=Switches(seed=1, whisper_outlives_caller=True))
    screened(scene, KARI)
    scene.phone(KARI, personas.human(think_seconds=4))
    ring(scene, by=personas.caller(hangs_up_after=9))
    assert scene.forms("/key")[0]["Digits"] == "1"
    leg = scene.simulator.calls[1]
    assert leg.status == "completed"
    assert all(heard.sound is not Sound.CONNECTED for heard in leg.handset.heard)


@pytest.mark.parametrize("status", ["completed", "no-answer", "busy"])
def test_what_a_declined_screening_is_called_is_a_switch(
    status: Literal["completed", "no-answer", "busy"],
) -> None:
    scene = make_scene(
        switches=Switches(seed=1, whisper_decline_status=status, whisper_decline_bridged=False)
    )
    screened(scene, KARI)
    scene.phone(KARI, personas.passes_on())
    ring(scene)
    done = scene.forms("/done")[0]
    assert done["DialCallStatus"] == status
    assert "DialBridged" not in done


def test_dial_bridged_can_be_left_out_altogether() -> None:
    scene = make_scene(switches=Switches(seed=1, sends_dial_bridged=False))
    screened(scene, KARI)
    scene.phone(KARI, personas.human())
    ring(scene)
    assert "DialBridged" not in scene.forms("/done")[0]


def test_progress_is_told_with_ascending_sequence_numbers_and_in_progress_for_answered(scene: Scene) -> None:
    scene.answer(
        "/voice",
        f'<Dial><Number statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">{KARI}'
        "</Number></Dial>",
    )
    scene.phone(KARI, personas.human(talk_seconds=10))
    ring(scene)
    legs = scene.forms("/leg")
    assert [form["CallStatus"] for form in legs] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in legs] == ["0", "1", "2", "3"]
    assert legs[-1]["CallDuration"] == "10"
    assert {form["CallbackSource"] for form in legs} == {"call-progress-events"}


def test_without_named_events_only_the_end_of_a_leg_is_told(scene: Scene) -> None:
    scene.answer("/voice", f'<Dial timeout="5"><Number statusCallback="/leg">{KARI}</Number></Dial>')
    scene.phone(KARI, personas.no_answer())
    ring(scene)
    assert [(f["CallStatus"], f["SipResponseCode"]) for f in scene.forms("/leg")] == [("no-answer", "487")]


def test_the_recording_is_told_of_later_than_the_action_and_on_the_parent(scene: Scene) -> None:
    screened(scene, KARI, attributes='record="record-from-answer-dual" recordingStatusCallback="/recording"')
    scene.phone(KARI, personas.human())
    call = ring(scene)
    done, told = scene.asked("/done")[0], scene.asked("/recording")[0]
    assert told.at > done.at
    assert told.form["CallSid"] == call.sid
    assert told.form["RecordingUrl"] == done.form["RecordingUrl"]
    assert (told.form["RecordingChannels"], told.form["RecordingSource"]) == ("2", "DialVerb")
    assert told.form["RecordingDuration"] == "60"


def test_a_phone_in_a_call_is_busy_to_the_next_one(scene: Scene) -> None:
    screened(scene, KARI)
    scene.phone(KARI, personas.human())
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.advance(timedelta(seconds=20))
    scene.simulator.ring("+4791000002", HOTLINE)
    scene.simulator.run_until_idle()
    assert sorted(form["DialCallStatus"] for form in scene.forms("/done")) == ["busy", "completed"]


def test_a_foreign_caller_id_fails_the_leg_and_is_logged(scene: Scene) -> None:
    scene.answer("/voice", f'<Dial action="/done" callerId="+4799999999"><Number>{KARI}</Number></Dial>')
    ring(scene)
    assert scene.forms("/done")[0]["DialCallStatus"] == "failed"
    assert 13214 in scene.simulator.debugger.codes()
    assert scene.statuses()[KARI] == "failed"


def test_an_unusable_number_fails_its_leg_alone(scene: Scene) -> None:
    scene.answer("/voice", f'<Dial action="/done"><Number>rubbish</Number><Number>{KARI}</Number></Dial>')
    scene.phone(KARI, personas.human())
    ring(scene)
    assert scene.forms("/done")[0]["DialCallStatus"] == "completed"
    assert 13223 in scene.simulator.debugger.codes()


def test_no_more_than_ten_numbers_ring(scene: Scene) -> None:
    screened(scene, *[f"+479000001{n}0" for n in range(12)], attributes='timeout="5"')
    ring(scene)
    assert len(scene.rang()) == 10


def test_a_time_limit_ends_the_conversation(scene: Scene) -> None:
    screened(scene, KARI, attributes='timeLimit="30"')
    scene.phone(KARI, personas.human())
    ring(scene, by=personas.caller(talk_seconds=None))
    assert scene.forms("/done")[0]["DialCallStatus"] == "completed"
    started = scene.asked("/key")[0].at
    assert scene.asked("/done")[0].at - started == timedelta(seconds=30)


def test_a_star_pressed_by_the_caller_drops_the_callee_when_asked_for(scene: Scene) -> None:
    screened(scene, KARI, attributes='hangupOnStar="true"')
    scene.phone(KARI, personas.human())
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=30))
    call.press("*")
    scene.simulator.advance(timedelta(seconds=1))
    assert scene.statuses()[KARI] == "completed"
    assert len(scene.forms("/done")) == 1
    assert call.heard[-1] == "Goodbye"


def test_dial_without_action_goes_on_with_the_next_verb(scene: Scene) -> None:
    scene.answer("/voice", f'<Dial timeout="5">{KARI}</Dial><Say>Nobody</Say>')
    scene.phone(KARI, personas.no_answer())
    assert ring(scene).heard == ["Nobody"]


def test_dial_inside_a_screening_is_an_error_and_declines(scene: Scene) -> None:
    screened(scene, KARI)
    scene.answer("/screen", f"<Dial>{OLA}</Dial>")
    scene.phone(KARI, personas.human())
    ring(scene)
    assert 13201 in scene.simulator.debugger.codes()
    assert scene.forms("/done")[0]["DialBridged"] == "false"
    assert BASE in scene.simulator.debugger.entries[0].url
