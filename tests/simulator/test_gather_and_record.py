"""Gather and Record: keys, speech, silence, hang-ups."""

from datetime import timedelta

import pytest

from simulator import Sound, Switches, personas
from simulator.handset import Handset, Heard
from tests.simulator.scene import CALLER, HOTLINE, Scene, make_scene

Call = personas.Behaviour


def ring(scene: Scene, by: Call | None = None) -> Handset:
    call = scene.simulator.ring(CALLER, HOTLINE, by=by)
    scene.simulator.run_until_idle()
    return call.handset


def gather(
    scene: Scene, attributes: str, inner: str = "<Say>Choose</Say>", after: str = "<Say>Nothing</Say>"
) -> None:
    scene.answer("/voice", f'<Gather action="/key" {attributes}>{inner}</Gather>{after}')
    scene.answer("/key", lambda form: f"<Say>got {form.get('Digits')}</Say>")


def test_the_digits_wanted_are_sent_as_soon_as_they_are_there(scene: Scene) -> None:
    gather(scene, 'numDigits="2"')
    handset = ring(scene, personas.caller(keys=("42",)))
    assert handset.texts == ["Choose", "got 42"]
    assert scene.forms("/key")[0]["CallStatus"] == "in-progress"


def test_the_finishing_key_ends_it_and_is_not_sent(scene: Scene) -> None:
    gather(scene, "")
    assert ring(scene, personas.caller(keys=("17#",))).texts[-1] == "got 17"


def test_another_finishing_key_or_none_can_be_chosen(scene: Scene) -> None:
    gather(scene, 'finishOnKey="*"')
    assert ring(scene, personas.caller(keys=("1#*",))).texts[-1] == "got 1#"
    gather(scene, 'finishOnKey="" numDigits="3"')
    assert ring(scene, personas.caller(keys=("1#*",))).texts[-1] == "got 1#*"


def test_a_pause_between_digits_ends_it(scene: Scene) -> None:
    gather(scene, 'timeout="3"')
    handset = ring(scene, personas.caller(keys=("1",), think_seconds=2))
    assert handset.texts[-1] == "got 1"
    listened = next(heard for heard in handset.heard if heard.sound is Sound.LISTENING)
    assert scene.asked("/key")[0].at - listened.at == timedelta(seconds=2 + 3)


def test_no_key_falls_through_to_the_next_verb(scene: Scene) -> None:
    gather(scene, 'timeout="3"')
    assert ring(scene).texts == ["Choose", "Nothing"]
    assert scene.forms("/key") == []


def test_no_key_is_sent_as_an_empty_result_when_asked_for(scene: Scene) -> None:
    gather(scene, 'timeout="3" actionOnEmptyResult="true"')
    assert ring(scene).texts == ["Choose", "got"]
    assert scene.forms("/key")[0]["Digits"] == ""


def test_the_finishing_key_alone_counts_as_empty(scene: Scene) -> None:
    gather(scene, "")
    assert ring(scene, personas.caller(keys=("#",))).texts == ["Choose", "Nothing"]


def test_a_key_breaks_off_the_prompt(scene: Scene) -> None:
    gather(scene, 'numDigits="1"', "<Say>" + "long " * 100 + "</Say><Say>second</Say>")
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=2))
    call.press("5")
    scene.simulator.advance(timedelta(seconds=1))
    assert call.heard[-1] == "got 5"
    assert "second" not in call.heard


def test_keys_pressed_when_nothing_is_gathered_are_lost(scene: Scene) -> None:
    scene.answer("/voice", '<Say>Wait a little</Say><Gather action="/key" numDigits="1" timeout="4"/>')
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=0.3))
    call.press("5")
    scene.simulator.run_until_idle()
    assert scene.forms("/key") == []


def test_without_action_the_same_document_is_asked_again(scene: Scene) -> None:
    scene.answer("/voice", lambda form: "<Say>done</Say>" if "Digits" in form else '<Gather numDigits="1"/>')
    assert ring(scene, personas.caller(keys=("1",))).texts == ["done"]


def test_speech_is_gathered_when_asked_for(scene: Scene) -> None:
    scene.answer("/voice", '<Gather input="dtmf speech" action="/key"><Say>Speak</Say></Gather>')
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=3))
    call.speak(2, "straumen er borte")
    scene.simulator.advance(timedelta(seconds=2))
    form = scene.forms("/key")[0]
    assert form["SpeechResult"] == "straumen er borte"
    assert 0 <= float(form["Confidence"]) <= 1
    assert "Digits" not in form


def test_speech_does_not_disturb_a_gather_for_keys(scene: Scene) -> None:
    gather(scene, 'numDigits="1" timeout="4"')
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    call.speak(10, "hallo")
    scene.simulator.run_until_idle()
    assert call.heard == ["Choose", "Nothing"]


def record(scene: Scene, attributes: str = "") -> None:
    scene.answer(
        "/voice",
        f'<Say>Leave a message</Say><Record action="/message" recordingStatusCallback="/recording" {attributes}/>'
        "<Say>Nothing heard</Say>",
    )
    scene.answer("/message", "<Say>Thanks</Say>")


def test_a_message_ends_by_hanging_up_and_the_action_is_still_told(scene: Scene) -> None:
    record(scene)
    ring(scene, personas.caller(message_seconds=12))
    message = scene.forms("/message")[0]
    assert (message["Digits"], message["RecordingDuration"]) == ("hangup", "12")
    told = scene.forms("/recording")[0]
    assert (told["RecordingSid"], told["RecordingStatus"]) == (message["RecordingSid"], "completed")
    assert (told["RecordingSource"], told["RecordingChannels"]) == ("RecordVerb", "1")


def test_a_message_ends_with_a_key(scene: Scene) -> None:
    record(scene)
    handset = ring(scene, personas.caller(message_seconds=7, message_key="#"))
    assert handset.texts == ["Leave a message", "Thanks"]
    assert (scene.forms("/message")[0]["Digits"], scene.forms("/message")[0]["RecordingDuration"]) == (
        "#",
        "7",
    )


def test_only_the_named_key_ends_a_message(scene: Scene) -> None:
    record(scene, 'finishOnKey="*" timeout="3"')
    ring(scene, personas.caller(message_seconds=7, message_key="#"))
    assert "Digits" not in scene.forms("/message")[0]


def test_silence_ends_a_message_and_is_trimmed(scene: Scene) -> None:
    record(scene, 'timeout="4"')
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.run_until(lambda: any(heard.sound is Sound.BEEP for heard in call.handset.heard))
    scene.simulator.advance(timedelta(seconds=1))
    call.speak(6)
    scene.simulator.run_until_idle()
    assert scene.forms("/message")[0]["RecordingDuration"] == "6"


def test_the_longest_time_ends_a_message(scene: Scene) -> None:
    record(scene, 'maxLength="10"')
    ring(scene, personas.caller(message_seconds=60, message_key="#"))
    assert scene.forms("/message")[0]["RecordingDuration"] == "10"


def test_a_recorder_that_catches_nothing_falls_through_or_goes_on_by_switch(scene: Scene) -> None:
    record(scene)
    assert ring(scene, personas.silent_caller()).texts[-1] == "Nothing heard"
    assert scene.forms("/message") == []
    scene = make_scene(switches=Switches(seed=1, empty_record_falls_through=False))
    record(scene)
    assert ring(scene, personas.silent_caller()).texts[-1] == "Thanks"


def test_the_absence_of_a_recording_can_be_told(scene: Scene) -> None:
    record(scene, 'recordingStatusCallbackEvent="in-progress completed absent"')
    ring(scene, personas.silent_caller())
    assert [form["RecordingStatus"] for form in scene.forms("/recording")] == ["in-progress", "absent"]


def test_the_action_is_not_requested_after_a_hang_up_when_so_switched() -> None:
    scene = make_scene(switches=Switches(seed=1, record_action_after_hang_up=False))
    record(scene)
    ring(scene)
    assert scene.forms("/message") == []
    assert len(scene.forms("/recording")) == 1


def test_record_without_action_records_again(scene: Scene) -> None:
    scene.answer("/voice", lambda form: "<Hangup/>" if "RecordingUrl" in form else "<Record/>")
    ring(scene, personas.caller(message_seconds=5, message_key="#"))
    assert len(scene.asked("/voice")) == 2


@pytest.mark.parametrize("length", [3, 8])
def test_pause_lasts_as_long_as_it_says(scene: Scene, length: int) -> None:
    scene.answer("/voice", f'<Say>a</Say><Pause length="{length}"/><Say>b</Say>')
    first, second = (heard for heard in ring(scene).heard if heard.sound is Sound.SAID)
    assert second.at - first.at == timedelta(seconds=0.6 + length)


def test_what_is_said_is_heard_in_its_language(scene: Scene) -> None:
    scene.answer(
        "/voice",
        '<Say voice="Polly.Ida-Neural">a</Say><Say language="sv-SE">b</Say><Say>c</Say>'
        '<Say voice="Google.nb-NO-Wavenet-F">d</Say><Play>https://app.example.no/e.mp3</Play>',
    )
    sounds: list[Heard] = [h for h in ring(scene).heard if h.sound in {Sound.SAID, Sound.PLAYED}]
    assert [heard.language for heard in sounds] == ["nb-NO", "sv-SE", "en-US", "nb-NO", ""]


def test_sayings_that_twilio_complains_of(scene: Scene) -> None:
    scene.answer(
        "/voice", f'<Say/><Say voice="norsk">x</Say><Say voice="Polly.Ida-Neural">{"a" * 3001}</Say><Play/>'
    )
    assert ring(scene).texts == ["x"]
    assert scene.simulator.debugger.codes() == [13520, 13511, 13521, 13420]


def test_a_prompt_is_repeated_as_often_as_it_says(scene: Scene) -> None:
    scene.answer("/voice", '<Say loop="3">again</Say>')
    assert ring(scene).texts == ["again"] * 3
