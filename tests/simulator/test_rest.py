"""The REST side with Twilio's own client: who may ask, lists, recordings, numbers, the account."""

import io
import wave
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from werkzeug.test import Client

from simulator import Switches, personas
from tests.simulator.conftest import client_of
from tests.simulator.scene import ACCOUNT, BASE, CALLER, EVENING, HOTLINE, KARI, TOKEN, Scene

CREDENTIALS = {"Authorization": "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()}
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"


def get(scene: Scene, path: str, *, headers: dict[str, str] | None = None) -> Any:
    web = Client(scene.simulator.app)
    return web.get(f"{ROOT}{path}", headers=CREDENTIALS if headers is None else headers)


def recorded_call(scene: Scene, *, seconds: float = 12, dual: bool = False) -> str:
    kind = "record-from-answer-dual" if dual else "record-from-answer"
    scene.answer("/voice", f'<Dial record="{kind}">{KARI}</Dial>')
    scene.phone(KARI, personas.human(talk_seconds=seconds))
    return scene.simulator.ring(CALLER, HOTLINE).sid


def test_a_wrong_secret_is_refused_with_401_and_20003(scene: Scene) -> None:
    with pytest.raises(TwilioRestException) as caught:
        client_of(scene, token="wrong").api.accounts(ACCOUNT).fetch()
    assert (caught.value.status, caught.value.code) == (401, 20003)
    assert get(scene, "/Calls.json", headers={}).status_code == 401


def test_another_account_is_not_found(scene: Scene) -> None:
    web = Client(scene.simulator.app)
    answer = web.get(f"/2010-04-01/Accounts/AC{'9' * 32}/Calls.json", headers=CREDENTIALS)
    assert (answer.status_code, answer.json["code"]) == (404, 20404)  # type: ignore[index]


@pytest.mark.parametrize(
    "path",
    ["/Calls/CA1.json", "/Messages/SM1.json", "/Recordings/RE1.json", "/Recordings/RE1", "/Nothing.json",
     "/IncomingPhoneNumbers/PN1.json", "/Calls/CA1/Recordings.json"],
)  # fmt: skip
def test_what_is_not_there_is_told_in_twilios_shape(scene: Scene, path: str) -> None:
    answer = get(scene, path)
    assert answer.status_code == 404
    assert answer.json["code"] == 20404
    assert answer.json["status"] == 404
    assert answer.json["more_info"].startswith("https://www.twilio.com/docs/errors/")


def test_a_method_that_is_not_offered_is_405(scene: Scene) -> None:
    answer = Client(scene.simulator.app).delete(f"{ROOT}/Balance.json", headers=CREDENTIALS)
    assert (answer.status_code, answer.json["code"]) == (405, 20004)  # type: ignore[index]


def test_the_account_and_its_balance(scene: Scene, twilio: Any) -> None:
    assert twilio.api.accounts(ACCOUNT).fetch().status == "active"
    assert twilio.balance.fetch().currency == "USD"
    scene.simulator.exchange.is_active = False
    assert twilio.api.accounts(ACCOUNT).fetch().status == "suspended"
    with pytest.raises(TwilioRestException) as caught:
        twilio.calls.create(to=KARI, from_=HOTLINE, url=BASE)
    assert caught.value.code == 20005


def test_calls_are_listed_newest_first_with_filters(scene: Scene, twilio: Any) -> None:
    recorded_call(scene)
    scene.simulator.run_until_idle()
    scene.simulator.advance(timedelta(days=2))
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.caller(hangs_up_after=3))
    scene.simulator.run_until_idle()
    assert [one.to for one in twilio.calls.list()] == [KARI, HOTLINE, KARI, HOTLINE]
    assert [one.to for one in twilio.calls.list(to=KARI, status="canceled")] == [KARI]
    assert {one.parent_call_sid for one in twilio.calls.list(parent_call_sid=call.sid)} == {call.sid}
    assert len(twilio.calls.list(start_time_after=EVENING + timedelta(days=1))) == 2
    assert len(twilio.calls.list(start_time_before=EVENING + timedelta(days=1))) == 2
    assert len(twilio.calls.list(start_time=EVENING.date())) == 0  # a date is sent as its first second
    assert get(scene, "/Calls.json?StartTime=2026-11-25").json["end"] == 1


def test_a_date_that_is_none_is_refused_with_the_form_wanted(scene: Scene) -> None:
    answer = get(scene, "/Calls.json?StartTime=yesterday")
    assert answer.status_code == 400
    assert "YYYY-MM-DD" in answer.json["message"]


def test_lists_come_in_pages_that_the_client_follows(scene: Scene, twilio: Any) -> None:
    for number in range(7):
        scene.simulator.text(CALLER, HOTLINE, f"text {number}")
    page = get(scene, "/Messages.json?PageSize=3&To=%2B4721000000").json
    assert (page["page"], page["page_size"], page["start"], page["end"]) == (0, 3, 0, 2)
    assert "To=%2B4721000000" in page["next_page_uri"]
    assert page["previous_page_uri"] is None
    assert [one.body for one in twilio.messages.list(page_size=3, limit=7, to=HOTLINE)] == [
        f"text {number}" for number in reversed(range(7))
    ]


def test_queued_calls_and_unsent_messages_match_time_filters_or_not_by_switch(
    scene: Scene, twilio: Any
) -> None:
    twilio.calls.create(to=KARI, from_=HOTLINE, url=f"{BASE}/page")
    twilio.messages.create(to=KARI, from_=HOTLINE, body="Hei")
    since = EVENING - timedelta(hours=1)

    def found() -> tuple[int, int]:
        return (
            len(twilio.calls.list(start_time_after=since)),
            len(twilio.messages.list(date_sent_after=since)),
        )

    assert found() == (1, 1)
    scene.simulator.switches = Switches(seed=1, queued_match_time_filters=False)
    assert found() == (0, 0)


def test_a_call_as_json_has_the_documented_fields_and_dates(scene: Scene, twilio: Any) -> None:
    sid = recorded_call(scene)
    scene.simulator.run_until_idle()
    call = twilio.calls(sid).fetch()
    assert (call.to, call._from, call.direction, call.status) == (HOTLINE, CALLER, "inbound", "completed")
    assert call.start_time == EVENING
    assert call.duration == "17"
    assert get(scene, f"/Calls/{sid}.json").json["start_time"] == "Wed, 25 Nov 2026 20:00:00 +0000"


def test_an_ended_call_can_be_deleted_and_one_in_progress_not(scene: Scene, twilio: Any) -> None:
    sid = recorded_call(scene)
    scene.simulator.advance(timedelta(seconds=8))
    with pytest.raises(TwilioRestException):
        twilio.calls(sid).delete()
    scene.simulator.run_until_idle()
    assert twilio.calls(sid).delete()
    with pytest.raises(TwilioRestException):
        twilio.calls(sid).fetch()


def test_media_is_not_there_until_the_recording_is_ready_and_then_has_its_length(
    scene: Scene, twilio: Any
) -> None:
    sid = recorded_call(scene)
    scene.simulator.run_until(lambda: scene.simulator.calls[0].is_over)
    recording = twilio.recordings.list(call_sid=sid)[0]
    assert (recording.status, recording.source) == ("processing", "DialVerb")
    assert get(scene, f"/Recordings/{recording.sid}").status_code == 404
    scene.simulator.run_until_idle()
    assert twilio.calls(sid).recordings.list()[0].status == "completed"
    answer = get(scene, f"/Recordings/{recording.sid}.wav")
    assert answer.mimetype == "audio/x-wav"
    with wave.open(io.BytesIO(answer.data)) as audio:
        assert audio.getnframes() / audio.getframerate() == 12
        assert audio.getnchannels() == 1


def test_long_audio_is_cut_at_the_cap(scene: Scene) -> None:
    scene.simulator.switches = Switches(seed=1, media_seconds_cap=5)
    recorded_call(scene, seconds=900)
    scene.simulator.run_until_idle()
    answer = get(scene, f"/Recordings/{scene.simulator.recordings[0].sid}")
    with wave.open(io.BytesIO(answer.data)) as audio:
        assert audio.getnframes() / audio.getframerate() == 5


def test_mp3_media_are_frames_of_the_right_number(scene: Scene) -> None:
    recorded_call(scene)
    scene.simulator.run_until_idle()
    answer = get(scene, f"/Recordings/{scene.simulator.recordings[0].sid}.mp3")
    assert answer.mimetype == "audio/mpeg"
    frames = [answer.data[start : start + 4] for start in range(0, len(answer.data), 144)]
    assert set(frames) == {b"\xff\xf3\x48\xc0"}
    assert 12 <= len(frames) * 576 / 16_000 < 12.1


def test_two_channels_are_given_where_they_exist_and_400_where_not(scene: Scene) -> None:
    recorded_call(scene, dual=True)
    scene.simulator.run_until_idle()
    url = f"/Recordings/{scene.simulator.recordings[0].sid}?RequestedChannels="
    for channels in (1, 2):
        with wave.open(io.BytesIO(get(scene, f"{url}{channels}").data)) as audio:
            assert audio.getnchannels() == channels
    scene.simulator.switches = Switches(seed=1, has_dual_channel=False)
    assert get(scene, f"{url}2").status_code == 400
    assert get(scene, f"{url}1").status_code == 200


def test_media_needs_credentials_or_not_by_setting(scene: Scene) -> None:
    recorded_call(scene)
    scene.simulator.run_until_idle()
    url = f"/Recordings/{scene.simulator.recordings[0].sid}"
    assert get(scene, url, headers={}).status_code == 401
    scene.simulator.switches = Switches(seed=1, requires_media_auth=False)
    assert get(scene, url, headers={}).status_code == 200
    assert get(scene, f"{url}.json", headers={}).status_code == 401


def test_a_deleted_recording_is_gone_but_its_metadata_can_be_asked_for(scene: Scene, twilio: Any) -> None:
    sid = recorded_call(scene)
    scene.simulator.run_until_idle()
    recording = scene.simulator.recordings[0]
    assert twilio.recordings(recording.sid).delete()
    assert twilio.recordings.list(call_sid=sid) == []
    assert get(scene, f"/Recordings/{recording.sid}").status_code == 404
    with pytest.raises(TwilioRestException) as caught:
        twilio.recordings(recording.sid).delete()
    assert caught.value.status == 404
    assert twilio.recordings(recording.sid).fetch(include_soft_deleted=True).status == "deleted"


def test_a_call_in_progress_can_be_recorded_paused_and_stopped_over_rest(scene: Scene, twilio: Any) -> None:
    scene.answer("/voice", '<Say>Hello</Say><Pause length="100"/>')
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    with pytest.raises(TwilioRestException):
        twilio.calls(call.sid).recordings.create()
    scene.simulator.advance(timedelta(seconds=10))
    recording = twilio.calls(call.sid).recordings.create(recording_status_callback=f"{BASE}/recording")
    scene.simulator.advance(timedelta(seconds=10))
    current = twilio.calls(call.sid).recordings("Twilio.CURRENT")
    assert current.update(status="paused").status == "paused"
    assert current.update(status="in-progress").status == "in-progress"
    assert current.update(status="stopped").duration == "10"
    with pytest.raises(TwilioRestException):
        twilio.calls(call.sid).recordings(recording.sid).update(status="stopped")
    scene.simulator.run_until_idle()
    assert scene.forms("/recording")[0]["RecordingSource"] == "StartCallRecordingAPI"


def test_a_recording_started_over_rest_ends_with_its_call(scene: Scene, twilio: Any) -> None:
    scene.answer("/voice", '<Say>Hello</Say><Pause length="20"/>')
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.advance(timedelta(seconds=10))
    twilio.calls(call.sid).recordings.create(recording_channels="dual")
    scene.simulator.run_until_idle()
    recording = twilio.recordings.list()[0]
    assert (recording.status, recording.duration, recording.channels) == ("completed", "11", 2)


def test_numbers_are_listed_found_and_pointed_elsewhere(scene: Scene, twilio: Any) -> None:
    scene.simulator.add_number("+4721000001")
    assert [n.phone_number for n in twilio.incoming_phone_numbers.list()] == [HOTLINE, "+4721000001"]
    number = twilio.incoming_phone_numbers.list(phone_number=HOTLINE)[0]
    assert number.voice_url == f"{BASE}/voice"
    twilio.incoming_phone_numbers(number.sid).update(
        voice_url=f"{BASE}/other#rc=2", voice_fallback_url=f"{BASE}/fallback", voice_method="POST"
    )
    scene.answer("/other", "<Say>Other</Say>")
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert call.heard == ["Other"]
    assert twilio.incoming_phone_numbers(number.sid).fetch().voice_fallback_url == f"{BASE}/fallback"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"voice_url": "nonsense"}, 21402),
        ({"voice_method": "PUT"}, 21403),
        ({"voice_url": "", "voice_fallback_url": f"{BASE}/x"}, 21405),
        ({"sms_url": "", "sms_fallback_url": f"{BASE}/x"}, 21406),
    ],
)
def test_a_number_that_is_pointed_wrongly_stays_as_it_was(
    scene: Scene, twilio: Any, wish: dict[str, str], code: int
) -> None:
    number = twilio.incoming_phone_numbers.list()[0]
    with pytest.raises(TwilioRestException) as caught:
        twilio.incoming_phone_numbers(number.sid).update(**wish)
    assert caught.value.code == code
    assert scene.simulator.numbers[0].voice_url == f"{BASE}/voice"
    assert scene.simulator.numbers[0].sms_url == f"{BASE}/sms"
