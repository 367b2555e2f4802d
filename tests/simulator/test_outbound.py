"""Calls placed over REST, with Twilio's own client."""

from datetime import timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from simulator import Switches, personas
from tests.simulator.scene import BASE, CALLER, HOTLINE, KARI, OLA, Scene

EVENTS = ["initiated", "ringing", "answered", "completed"]


def place(twilio: Any, to: str = KARI, **wishes: Any) -> Any:
    wishes = {"url": f"{BASE}/page", "status_callback": f"{BASE}/call", **wishes}
    return twilio.calls.create(to=to, from_=HOTLINE, status_callback_event=EVENTS, **wishes)


def test_the_document_is_fetched_when_the_callee_answers(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.human(answers_after=7))
    scene.answer("/page", "<Say>Case 1042</Say>")
    call = place(twilio)
    assert (call.status, call.direction, call.queue_time) == ("queued", "outbound-api", "0")
    scene.simulator.run_until_idle()
    form = scene.forms("/page")[0]
    assert (form["CallSid"], form["CallStatus"], form["Direction"]) == (
        call.sid,
        "in-progress",
        "outbound-api",
    )
    assert scene.asked("/page")[0].at - scene.simulator.calls[0].created_at == timedelta(seconds=8)
    assert [f["CallStatus"] for f in scene.forms("/call")] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert twilio.calls(call.sid).fetch().status == "completed"


@pytest.mark.parametrize(
    ("persona", "status", "sip"),
    [
        (personas.no_answer(), "no-answer", "487"),
        (personas.busy(), "busy", "486"),
        (personas.unreachable(), "failed", "404"),
    ],
)
def test_a_call_that_is_not_answered_ends_with_its_status(
    scene: Scene, twilio: Any, persona: personas.Persona, status: str, sip: str
) -> None:
    scene.phone(KARI, persona)
    place(twilio, timeout=20)
    scene.simulator.run_until_idle()
    last = scene.forms("/call")[-1]
    assert (last["CallStatus"], last["SipResponseCode"]) == (status, sip)
    assert scene.forms("/page") == []


def test_calls_start_one_a_second_and_the_rest_wait_their_turn(scene: Scene, twilio: Any) -> None:
    calls = [place(twilio, f"+479000000{n}0") for n in range(4)]
    assert [call.queue_time for call in calls] == ["0", "1000", "2000", "3000"]
    scene.simulator.run_until_idle()
    started = [leg.started_at - leg.created_at for leg in scene.simulator.calls if leg.started_at]
    assert started == [timedelta(seconds=n) for n in range(4)]


def test_a_call_canceled_while_queued_tells_nobody(scene: Scene, twilio: Any) -> None:
    place(twilio)
    second = place(twilio, OLA)
    assert twilio.calls(second.sid).update(status="canceled").status == "canceled"
    scene.simulator.run_until_idle()
    assert {form["To"] for form in scene.forms("/call")} == {KARI}


def test_a_ringing_call_can_be_canceled_and_says_so(scene: Scene, twilio: Any) -> None:
    call = place(twilio)
    scene.simulator.advance(timedelta(seconds=5))
    twilio.calls(call.sid).update(status="canceled")
    scene.simulator.run_until_idle()
    assert scene.forms("/call")[-1]["CallStatus"] == "canceled"


def test_canceling_does_nothing_to_an_answered_call_and_completing_ends_it(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.human())
    scene.answer("/page", '<Pause length="600"/>')
    call = place(twilio)
    scene.simulator.advance(timedelta(seconds=10))
    assert twilio.calls(call.sid).update(status="canceled").status == "in-progress"
    assert twilio.calls(call.sid).update(status="completed").status == "completed"
    scene.simulator.run_until_idle()
    assert scene.forms("/call")[-1]["CallDuration"] == "5"


def test_an_ended_call_cannot_be_changed(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.busy())
    call = place(twilio)
    scene.simulator.run_until_idle()
    for wish in ({"status": "completed"}, {"url": f"{BASE}/x"}):
        with pytest.raises(TwilioRestException) as caught:
            twilio.calls(call.sid).update(**wish)
        assert (caught.value.status, caught.value.code) == (400, 21220)


def test_a_call_in_progress_is_redirected_by_url_or_by_document(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.human())
    scene.answer("/page", '<Pause length="60"/>')
    scene.answer("/other", '<Say>Other</Say><Pause length="60"/>')
    call = place(twilio)
    scene.simulator.advance(timedelta(seconds=10))
    twilio.calls(call.sid).update(url=f"{BASE}/other")
    scene.simulator.advance(timedelta(seconds=10))
    twilio.calls(call.sid).update(twiml="<Response><Say>Inline</Say></Response>")
    scene.simulator.run_until_idle()
    assert scene.simulator.calls[0].handset.texts == ["Other", "Inline"]
    assert scene.statuses()[KARI] == "completed"


def test_a_ringing_call_cannot_be_redirected(scene: Scene, twilio: Any) -> None:
    call = place(twilio)
    scene.simulator.advance(timedelta(seconds=5))
    with pytest.raises(TwilioRestException) as caught:
        twilio.calls(call.sid).update(url=f"{BASE}/x")
    assert caught.value.code == 21220


def test_redirecting_the_parent_of_a_dial_drops_its_child(scene: Scene, twilio: Any) -> None:
    scene.answer("/voice", f'<Dial action="/done">{KARI}</Dial>')
    scene.answer("/other", "<Say>Other</Say>")
    scene.phone(KARI, personas.human())
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=10))
    twilio.calls(call.sid).update(url=f"{BASE}/other")
    scene.simulator.run_until_idle()
    assert call.heard == ["Other"]
    assert scene.statuses() == {HOTLINE: "completed", KARI: "completed"}
    assert scene.forms("/done") == []


def test_a_redirected_child_leaves_its_parent_whose_dial_ends(scene: Scene, twilio: Any) -> None:
    scene.answer("/voice", f'<Dial action="/done">{KARI}</Dial>')
    scene.answer("/other", '<Say>Other</Say><Pause length="100"/>')
    scene.answer("/done", "<Say>Done</Say>")
    scene.phone(KARI, personas.human())
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=10))
    child = scene.simulator.calls[1]
    twilio.calls(child.sid).update(url=f"{BASE}/other")
    scene.simulator.advance(timedelta(seconds=5))
    assert (call.heard, call.is_over) == (["Done"], True)
    assert (child.handset.texts, child.status) == (["Other"], "in-progress")
    assert "DialCallDuration" not in scene.forms("/done")[0]


def test_a_child_redirected_during_its_screening_goes_its_own_way(scene: Scene, twilio: Any) -> None:
    scene.answer("/voice", f'<Dial action="/done"><Number url="/screen">{KARI}</Number></Dial>')
    scene.answer("/screen", '<Pause length="30"/>')
    scene.answer("/other", "<Say>Other</Say>")
    scene.phone(KARI, personas.human(keys=()))
    scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=10))
    twilio.calls(scene.simulator.calls[1].sid).update(url=f"{BASE}/other")
    scene.simulator.run_until_idle()
    assert scene.simulator.calls[1].handset.texts == ["Other"]
    assert scene.forms("/done")[0]["DialBridged"] == "false"


def test_an_inline_document_cannot_use_relative_addresses(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.human())
    twilio.calls.create(
        to=KARI,
        from_=HOTLINE,
        twiml='<Response><Gather action="/key" numDigits="1"><Say>?</Say></Gather></Response>',
    )
    scene.simulator.run_until_idle()
    assert 11100 in scene.simulator.debugger.codes()
    assert scene.forms("/key") == []


def test_with_both_an_address_and_a_document_the_address_wins(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.human())
    scene.answer("/page", "<Say>From the address</Say>")
    place(twilio, twiml="<Response><Say>Inline</Say></Response>")
    scene.simulator.run_until_idle()
    assert scene.simulator.calls[0].handset.texts == ["From the address"]


@pytest.mark.parametrize(
    ("persona", "mode", "answered_by"),
    [
        (personas.human(keys=()), "Enable", "human"),
        (personas.voicemail(), "Enable", "machine_start"),
        (personas.voicemail(), "DetectMessageEnd", "machine_end_beep"),
    ],
)
def test_answering_machines_are_detected_before_the_document_or_beside_it(
    scene: Scene, twilio: Any, persona: personas.Persona, mode: str, answered_by: str
) -> None:
    scene.phone(KARI, persona)
    scene.phone(OLA, persona)
    scene.answer("/page", '<Pause length="20"/>')
    place(twilio, machine_detection=mode)
    place(twilio, OLA, machine_detection=mode, async_amd="true", async_amd_status_callback=f"{BASE}/detected")
    scene.simulator.run_until_idle()
    first, second = scene.forms("/page")
    later = second if first.get("AnsweredBy") else first
    assert {first.get("AnsweredBy"), second.get("AnsweredBy")} == {answered_by, None}
    assert later["To"] == OLA
    told = scene.forms("/detected")[0]
    assert (told["AnsweredBy"], told["CallSid"]) == (answered_by, later["CallSid"])


def test_a_recorded_call_tells_of_its_recording_at_the_end(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.human())
    scene.answer("/page", '<Say>Hello</Say><Pause length="10"/>')
    place(twilio, record=True, recording_status_callback=f"{BASE}/recording")
    scene.simulator.run_until_idle()
    completed, recording = scene.forms("/call")[-1], scene.forms("/recording")[0]
    assert completed["RecordingSid"] == recording["RecordingSid"]
    assert (recording["RecordingSource"], recording["RecordingDuration"]) == ("OutboundAPI", "11")


def test_time_limits_end_a_call(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.human())
    scene.answer("/page", '<Pause length="600"/>')
    place(twilio, time_limit=60)
    scene.simulator.run_until_idle()
    assert scene.forms("/call")[-1]["CallDuration"] == "60"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "rubbish"}, 21211),
        ({"to": "+15005550001"}, 21217),
        ({"to": "+15005550002"}, 21214),
        ({"to": "+15005550003"}, 21215),
        ({"to": "+15005550004"}, 21216),
        ({"to": "+8811234567"}, 21214),
        ({"to": "+3712345678"}, 21215),
        ({"from_": ""}, 21213),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+4799999999"}, 21210),
        ({"url": ""}, 21205),
        ({"url": "ftp://x"}, 21205),
        ({"url": "", "twiml": "x" * 4001}, 32018),
        ({"timeout": 601}, 20001),
    ],
)
def test_refused_calls_have_twilios_code(scene: Scene, twilio: Any, wish: dict[str, Any], code: int) -> None:
    scene.simulator.switches = Switches(
        seed=1, call_countries=("+47", "+1", "+88"), unsupported_prefixes=("+881",)
    )
    order: dict[str, Any] = {"to": KARI, "from_": HOTLINE, "url": f"{BASE}/page", **wish}
    with pytest.raises(TwilioRestException) as caught:
        twilio.calls.create(**order)
    assert (caught.value.status, caught.value.code) == (400, code)
    assert scene.simulator.calls == []
