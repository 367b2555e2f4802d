"""Conferences and queues: by document, and over REST."""

from datetime import timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from simulator import Sound, personas
from tests.simulator.scene import BASE, CALLER, HOTLINE, KARI, OLA, Scene

EVENTS = "start end join leave mute hold modify announcement"
SECOND = "+4791000002"


def confer(scene: Scene, attributes: str = "", dial: str = "", name: str = "Sak 1042") -> None:
    scene.answer(
        "/voice",
        f'<Say>Hello</Say><Dial action="/done" {dial}><Conference statusCallback="/events" '
        f'statusCallbackEvent="{EVENTS}" {attributes}>{name}</Conference></Dial>',
    )
    scene.answer("/done", "<Say>Bye</Say>")


def ring(scene: Scene, *numbers: str, seconds: float = 5) -> list[Any]:
    calls = [scene.simulator.ring(number, HOTLINE, by=personas.silent_caller()) for number in numbers]
    scene.simulator.advance(timedelta(seconds=seconds))
    return calls


def events(scene: Scene) -> list[str]:
    return [form["StatusCallbackEvent"] for form in scene.forms("/events")]


def heard(call: Any) -> list[Sound]:
    return [one.sound for one in call.handset.heard]


def test_the_first_hears_music_and_the_second_starts_the_conference(scene: Scene) -> None:
    confer(scene)
    (first,) = ring(scene, CALLER)
    assert heard(first)[-1] is Sound.MUSIC
    (second,) = ring(scene, SECOND)
    assert heard(first)[-1] is heard(second)[-1] is Sound.CONNECTED
    second.speak(2, "Hei")
    assert first.heard[-1] == "Hei"
    assert events(scene) == ["participant-join", "participant-join", "conference-start"]
    assert [form["SequenceNumber"] for form in scene.forms("/events")] == ["0", "1", "2"]
    assert scene.forms("/events")[0]["CallSid"] == first.sid


def test_the_last_to_leave_ends_it(scene: Scene) -> None:
    confer(scene)
    first, second = ring(scene, CALLER, SECOND)
    first.hang_up()
    scene.simulator.advance(timedelta(seconds=2))
    assert heard(second)[-1] is Sound.DISCONNECTED
    assert not second.is_over
    second.hang_up()
    scene.simulator.run_until_idle()
    told = scene.forms("/events")[-1]
    assert (told["StatusCallbackEvent"], told["ReasonConferenceEnded"]) == (
        "conference-end",
        "last-participant-left",
    )
    assert told["CallSidEndingConference"] == second.sid
    left = [form for form in scene.forms("/events") if form["StatusCallbackEvent"] == "participant-leave"]
    assert [form["ReasonParticipantLeft"] for form in left] == ["participant_hung_up"] * 2


def test_one_who_ends_it_takes_the_others_to_the_action(scene: Scene) -> None:
    confer(scene, 'endConferenceOnExit="true"')
    first, second = ring(scene, CALLER, SECOND)
    first.hang_up()
    scene.simulator.run_until_idle()
    assert second.heard == ["Hello", "Bye"]
    assert [form["DialCallStatus"] for form in scene.forms("/done")] == ["answered"]
    assert "DialCallSid" not in scene.forms("/done")[0]
    assert scene.forms("/events")[-2]["ReasonConferenceEnded"].startswith("participant-with-end-conference")


def test_it_does_not_start_before_one_who_may_start_it(scene: Scene) -> None:
    confer(scene, 'startConferenceOnEnter="false"')
    first, second = ring(scene, CALLER, SECOND)
    assert heard(first)[-1] is heard(second)[-1] is Sound.MUSIC
    confer(scene)
    ring(scene, KARI)
    assert heard(first)[-1] is Sound.CONNECTED


def test_the_waiting_document_is_heard_again_and_again_until_it_starts(scene: Scene) -> None:
    confer(scene, 'waitUrl="/wait"')
    scene.answer("/wait", "<Say>Please wait</Say><Pause/><Dial>x</Dial>")
    (first,) = ring(scene, CALLER, seconds=6)
    assert first.heard.count("Please wait") >= 2
    assert 13238 in scene.simulator.debugger.codes()
    ring(scene, SECOND)
    count = len(first.heard)
    scene.simulator.advance(timedelta(seconds=20))
    assert len(first.heard) == count


def test_it_is_recorded_from_the_start_to_the_end_under_the_conference(scene: Scene) -> None:
    confer(
        scene, 'record="record-from-start" recordingStatusCallback="/recording" endConferenceOnExit="true"'
    )
    first, _ = ring(scene, CALLER, SECOND)
    scene.simulator.advance(timedelta(seconds=30))
    first.hang_up()
    scene.simulator.run_until_idle()
    form = scene.forms("/recording")[0]
    assert form["RecordingSource"] == "Conference"
    assert form["ConferenceSid"] == scene.forms("/events")[0]["ConferenceSid"]
    assert "CallSid" not in form
    assert 30 <= int(form["RecordingDuration"]) <= 35


def test_a_conference_beside_another_noun_is_an_error(scene: Scene) -> None:
    scene.answer("/voice", f"<Dial><Conference>x</Conference><Number>{KARI}</Number></Dial>")
    ring(scene, CALLER)
    scene.simulator.run_until_idle()
    assert 13000 in scene.simulator.debugger.codes()
    assert scene.rang() == []


def test_a_full_conference_lets_nobody_in(scene: Scene) -> None:
    confer(scene, 'maxParticipants="2"')
    *_, third = ring(scene, CALLER, SECOND, KARI)
    assert third.heard == ["Hello", "Bye"]
    assert scene.forms("/done")[0]["DialCallStatus"] == "no-answer"


def test_a_star_or_a_time_limit_leaves_it(scene: Scene) -> None:
    confer(scene, dial='hangupOnStar="true" timeLimit="60"')
    first, second = ring(scene, CALLER, SECOND)
    first.press("*")
    scene.simulator.advance(timedelta(seconds=1))
    assert first.heard[-1] == "Bye"
    scene.simulator.advance(timedelta(seconds=60))
    assert second.heard[-1] == "Bye"


def test_a_third_is_called_in_over_rest_and_all_three_hear_each_other(scene: Scene, twilio: Any) -> None:
    confer(scene)
    first, second = ring(scene, CALLER, SECOND)
    scene.phone(KARI, personas.human())
    conference = twilio.conferences.list(friendly_name="Sak 1042", status="in-progress")[0]
    made = twilio.conferences(conference.sid).participants.create(
        from_=HOTLINE, to=KARI, label="supplier", end_conference_on_exit=False
    )
    scene.simulator.advance(timedelta(seconds=10))
    first.speak(3, "Kan du hjelpe?")
    third = scene.simulator.exchange.calls[made.call_sid]
    assert third.handset.texts[-1] == second.heard[-1] == "Kan du hjelpe?"
    listed = twilio.conferences(conference.sid).participants.list()
    assert [one.label for one in listed] == [None, None, "supplier"]
    assert twilio.conferences(conference.sid).participants("supplier").fetch().call_sid == made.call_sid


def test_participants_are_muted_held_and_kicked_over_rest(scene: Scene, twilio: Any) -> None:
    confer(scene)
    first, second = ring(scene, CALLER, SECOND)
    conference = twilio.conferences.list()[0]
    them = twilio.conferences(conference.sid).participants
    assert them(first.sid).update(muted=True).muted
    first.speak(1, "unheard")
    assert "unheard" not in second.heard
    them(first.sid).update(muted=False, hold=True)
    assert heard(first)[-1] is Sound.MUSIC
    them(first.sid).update(hold=False, end_conference_on_exit=True)
    assert heard(first)[-1] is Sound.CONNECTED
    assert them(second.sid).delete()
    scene.simulator.advance(timedelta(seconds=1))
    assert second.heard[-1] == "Bye"
    assert events(scene)[3:] == [
        "participant-mute",
        "participant-unmute",
        "participant-hold",
        "participant-unhold",
        "participant-modify",
        "participant-leave",
    ]
    with pytest.raises(TwilioRestException):
        them(second.sid).fetch()


def test_everybody_hears_an_announcement(scene: Scene, twilio: Any) -> None:
    confer(scene)
    first, second = ring(scene, CALLER, SECOND)
    scene.answer("/news", "<Say>Siri is on her way</Say>")
    sid = twilio.conferences.list()[0].sid
    twilio.conferences(sid).update(announce_url=f"{BASE}/news")
    scene.simulator.advance(timedelta(seconds=5))
    assert first.heard[-1] == second.heard[-1] == "Siri is on her way"
    twilio.conferences(sid).participants(first.sid).update(announce_url=f"{BASE}/news")
    scene.simulator.advance(timedelta(seconds=5))
    assert events(scene)[-1] == "announcement-end"
    with pytest.raises(TwilioRestException):
        twilio.conferences(sid).update(announce_url="nonsense")


def test_a_conference_is_ended_over_rest(scene: Scene, twilio: Any) -> None:
    confer(scene)
    ring(scene, CALLER, SECOND)
    sid = twilio.conferences.list()[0].sid
    assert twilio.conferences(sid).update(status="completed").status == "completed"
    scene.simulator.run_until_idle()
    assert len(scene.forms("/done")) == 2
    assert twilio.conferences(sid).fetch().reason_conference_ended == "conference-ended-via-api"
    assert twilio.conferences.list(status="in-progress") == []


def test_a_talk_is_turned_into_a_conference_by_redirecting_both_legs(scene: Scene, twilio: Any) -> None:
    scene.answer("/voice", f'<Dial action="/done">{KARI}</Dial>')
    scene.answer("/room", "<Dial><Conference>Room</Conference></Dial>")
    scene.answer("/done", "<Redirect>/room</Redirect>")
    scene.phone(KARI, personas.human())
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=10))
    child = scene.simulator.calls[1]
    twilio.calls(child.sid).update(url=f"{BASE}/room")
    scene.simulator.advance(timedelta(seconds=2))
    call.speak(1, "Er du der?")
    assert child.handset.texts == ["Er du der?"]
    assert [one.status for one in scene.simulator.exchange.conferences.values()] == ["in-progress"]


def queue(scene: Scene, attributes: str = 'waitUrl="/wait"') -> None:
    scene.answer("/voice", lambda form: "<Redirect>/take</Redirect>" if form["From"] == OLA else
                 f'<Enqueue action="/dequeued" {attributes}>support</Enqueue>')  # fmt: skip
    scene.answer("/wait", "<Say>You wait</Say><Pause length='3'/>")
    scene.answer("/take", '<Dial action="/taken" timeout="10"><Queue url="/hello">support</Queue></Dial>')
    scene.answer("/hello", "<Say>You are being connected</Say>")
    scene.answer("/dequeued", lambda form: f"<Say>{form['QueueResult']}</Say>")
    scene.answer("/taken", lambda form: f"<Say>{form['DialCallStatus']}</Say>")


def test_a_queued_call_hears_its_place_is_taken_and_both_go_on_afterwards(scene: Scene, twilio: Any) -> None:
    queue(scene)
    first, second = ring(scene, CALLER, SECOND, seconds=10)
    assert first.heard.count("You wait") > 1
    assert [form["QueuePosition"] for form in scene.forms("/wait")[:2]] == ["1", "2"]
    assert twilio.queues.list()[0].current_size == 2
    (ola,) = ring(scene, OLA)
    assert heard(first)[-1] is heard(ola)[-1] is Sound.CONNECTED
    hello = scene.forms("/hello")[0]
    assert (hello["CallSid"], hello["DequeingCallSid"], hello["QueueTime"]) == (first.sid, ola.sid, "10")
    ola.speak(1, "Hei")
    assert first.heard[-1] == "Hei"
    ola.hang_up()
    scene.simulator.advance(timedelta(seconds=2))
    assert first.heard[-1] == "bridged"
    assert scene.forms("/wait")[-1]["QueuePosition"] == "1"
    second.hang_up()
    scene.simulator.run_until_idle()
    assert [form["QueueResult"] for form in scene.forms("/dequeued")] == ["bridged", "hangup"]


def test_the_one_who_took_goes_on_when_the_queued_call_hangs_up(scene: Scene) -> None:
    queue(scene)
    (first,) = ring(scene, CALLER)
    (ola,) = ring(scene, OLA)
    first.hang_up()
    scene.simulator.run_until_idle()
    assert ola.heard == ["completed"]
    form = scene.forms("/taken")[0]
    assert (form["QueueResult"], form["DialBridged"], form["DialCallSid"]) == ("bridged", "true", first.sid)


def test_an_empty_queue_is_waited_for_and_then_given_up(scene: Scene) -> None:
    queue(scene)
    (ola,) = ring(scene, OLA)
    (first,) = ring(scene, CALLER)
    assert heard(first)[-1] is Sound.CONNECTED
    first.hang_up()
    ola.hang_up()
    scene.simulator.run_until_idle()
    (ola,) = ring(scene, OLA, seconds=20)
    assert ola.heard == ["no-answer"]


def test_a_waiting_call_can_leave_be_hung_up_or_be_redirected(scene: Scene, twilio: Any) -> None:
    queue(scene)
    scene.answer("/wait", "<Leave/>")
    (leaver,) = ring(scene, CALLER)
    assert leaver.heard == ["leave"]
    scene.answer("/wait", "<Hangup/>")
    (gone,) = ring(scene, CALLER)
    assert gone.is_over
    scene.answer("/wait", "<Pause length='100'/>")
    scene.answer("/other", "<Say>Other</Say>")
    (moved,) = ring(scene, CALLER)
    sid = twilio.queues.list()[0].sid
    assert twilio.queues(sid).members("Front").fetch().call_sid == moved.sid
    assert [member.position for member in twilio.queues(sid).members.list()] == [1]
    with pytest.raises(TwilioRestException):
        twilio.queues(sid).delete()
    twilio.queues(sid).members("Front").update(url=f"{BASE}/other")
    scene.simulator.run_until_idle()
    assert moved.heard == ["Other"]
    assert scene.forms("/dequeued")[-1]["QueueResult"] == "redirected"
    with pytest.raises(TwilioRestException):
        twilio.queues(sid).members("Front").fetch()
    assert twilio.queues(sid).delete()


def test_a_full_queue_takes_nobody(scene: Scene) -> None:
    queue(scene, 'maxQueueSize="1"')
    _, second = ring(scene, CALLER, SECOND)
    assert second.heard == ["queue-full"]


def test_queues_are_made_over_rest_once(scene: Scene, twilio: Any) -> None:
    made = twilio.queues.create(friendly_name="support", max_size=1)
    assert (made.max_size, twilio.queues(made.sid).fetch().friendly_name) == (1, "support")
    for name in ("support", ""):
        with pytest.raises(TwilioRestException):
            twilio.queues.create(friendly_name=name)
    queue(scene, "")
    _, second = ring(scene, CALLER, SECOND)
    assert second.heard == ["queue-full"]


def test_a_screened_queue_call_that_declines_is_not_connected(scene: Scene) -> None:
    queue(scene)
    scene.answer("/hello", "<Hangup/>")
    first, ola = ring(scene, CALLER, OLA)
    scene.simulator.run_until_idle()
    assert first.is_over
    assert ola.heard == ["no-answer"]
