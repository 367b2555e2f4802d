"""The adapter against a scripted server: what goes out, what comes back."""

import threading
from datetime import UTC, datetime

import pytest

from dispatcher.telephony.port import CallRecord, DeliveryError, RemoteRecording, SentMessage
from dispatcher.telephony.twilio_rest import TwilioTelephony
from tests.dispatcher.telephony.twilio_double import (
    ACCOUNT,
    CALL_SID,
    RECORDING_SID,
    SMS_SID,
    TOKEN,
    Answer,
    Heard,
    TwilioDouble,
    as_json,
    call_json,
    message_json,
    place,
    refusal,
    send,
)

EVENING = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
BASE = f"/2010-04-01/Accounts/{ACCOUNT}"


def test_an_sms_is_sent_with_its_validity_and_report_address(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(as_json(message_json(), 201))
    sent = send(telephony)
    assert sent == SentMessage(SMS_SID, "+4790000001", "Sak V-1001", "queued", None, EVENING)
    [heard] = twilio.heard
    assert (heard.method, heard.path) == ("POST", f"{BASE}/Messages.json")
    assert heard.form == {
        "To": ["+4790000001"],
        "From": ["+4721000000"],
        "Body": ["Sak V-1001"],
        "StatusCallback": ["https://vakt.example.no/s"],
        "ValidityPeriod": ["300"],
    }
    assert heard.credentials == f"{ACCOUNT}:{TOKEN}"


def test_a_call_is_placed_with_its_limits_and_every_progress_event(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(as_json(call_json(), 201))
    assert place(telephony) == CallRecord(
        CALL_SID, None, "+4790000001", "+4721000000", "outbound-api", "queued", None, None, None
    )
    form = twilio.heard[0].form
    assert form["Timeout"] == ["25"]
    assert form["TimeLimit"] == ["600"]
    assert form["Method"] == ["POST"]
    assert form["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]


def test_environment_variables_of_the_sdk_divert_nothing(
    twilio: TwilioDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "f" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "someone else's")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    twilio.always(as_json(message_json()))
    TwilioTelephony(ACCOUNT, TOKEN, api_base_url=twilio.base_url).get_sms(SMS_SID)
    assert twilio.heard[0].path == f"{BASE}/Messages/{SMS_SID}.json"
    assert twilio.heard[0].credentials == f"{ACCOUNT}:{TOKEN}"


def test_missing_credentials_are_told_at_the_request_and_nothing_is_sent(
    twilio: TwilioDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    bare = TwilioTelephony("", "", api_base_url=twilio.base_url)
    with pytest.raises(DeliveryError, match="set account_sid and auth_token") as caught:
        bare.check_account()
    assert not caught.value.permanent
    assert twilio.heard == []


def test_listing_sms_finds_one_that_twilio_has_not_sent_yet_and_compares_since_to_the_second(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    queued = message_json(sid="SM" + "2" * 32)
    sent = message_json(sid="SM" + "3" * 32, status="sent", date_created="Mon, 02 Nov 2026 20:00:05 +0000")
    earlier = message_json(sid="SM" + "4" * 32, date_created="Mon, 02 Nov 2026 19:59:59 +0000")
    inbound = message_json(sid="SM" + "5" * 32, direction="inbound")

    def answer(heard: Heard) -> Answer:
        if "DateSent>" in heard.query:
            return as_json({"messages": [sent, earlier], "next_page_uri": None})
        return as_json({"messages": [inbound, sent, queued, earlier], "next_page_uri": None})

    twilio.answer = answer
    since = EVENING.replace(microsecond=900_000)
    found = telephony.list_sms(to="+4790000001", from_="+4721000000", since=since)
    assert [message.sid[2] for message in found] == ["3", "2"]
    assert twilio.heard[0].query["DateSent>"] == ["2026-11-02T20:00:00Z"]
    assert twilio.heard[0].query["To"] == ["+4790000001"]


def test_listing_calls_finds_queued_ones_and_every_page(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    started = call_json(
        sid="CA" + "2" * 32,
        status="completed",
        start_time="Mon, 02 Nov 2026 20:00:09 +0000",
        date_created="Mon, 02 Nov 2026 20:00:08 +0000",
        end_time="Mon, 02 Nov 2026 20:00:30 +0000",
        duration="21",
    )
    second_page = call_json(sid="CA" + "3" * 32, date_created="Mon, 02 Nov 2026 20:00:02 +0000")
    older = call_json(
        sid="CA" + "4" * 32,
        date_created="Mon, 02 Nov 2026 19:00:00 +0000",
        start_time="Mon, 02 Nov 2026 19:00:00 +0000",
    )

    def answer(heard: Heard) -> Answer:
        if heard.query.get("Status") == ["queued"]:
            return as_json({"calls": [call_json()], "next_page_uri": None})
        if "Page" in heard.query:
            return as_json({"calls": [second_page, older], "next_page_uri": None})
        return as_json({"calls": [started], "next_page_uri": f"{BASE}/Calls.json?Page=1"})

    twilio.answer = answer
    found = telephony.list_calls(to="+4790000001", from_="+4721000000", since=EVENING)
    assert [call.sid[2] for call in found] == ["2", "3", "1"]
    assert found[0].duration_seconds == 21
    assert found[0].ended_at == datetime(2026, 11, 2, 20, 0, 30, tzinfo=UTC)


def test_the_legs_of_a_call_are_asked_for_by_their_parent(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    leg = call_json(sid="CA" + "2" * 32, parent_call_sid=CALL_SID, direction="outbound-dial", status="busy")
    twilio.always(as_json({"calls": [leg], "next_page_uri": None}))
    [found] = telephony.child_calls(CALL_SID)
    assert (found.parent_sid, found.status) == (CALL_SID, "busy")
    assert twilio.heard[0].query["ParentCallSid"] == [CALL_SID]


def test_hanging_up_asks_for_completed(twilio: TwilioDouble, telephony: TwilioTelephony) -> None:
    twilio.always(as_json(call_json(status="completed")))
    telephony.hang_up(CALL_SID)
    assert twilio.heard[0].form == {"Status": ["completed"]}


def test_stopping_to_ring_asks_for_canceled(twilio: TwilioDouble, telephony: TwilioTelephony) -> None:
    twilio.always(as_json(call_json(status="canceled")))
    telephony.stop_ringing(CALL_SID)
    assert twilio.heard[0].form == {"Status": ["canceled"]}


def test_hanging_up_a_call_that_has_ended_is_no_error(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(refusal(400, 21220))
    telephony.hang_up(CALL_SID)
    assert len(twilio.heard) == 1


def test_hanging_up_a_call_that_twilio_does_not_know_is_an_error(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(refusal(404, 20404))
    with pytest.raises(DeliveryError) as caught:
        telephony.hang_up(CALL_SID)
    assert caught.value.permanent


def test_recordings_of_a_call_are_listed_and_an_unprocessed_one_has_no_length(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    finished = {
        "sid": RECORDING_SID,
        "call_sid": CALL_SID,
        "status": "completed",
        "duration": "42",
        "source": "DialVerb",
    }
    processing = finished | {"sid": "RE" + "2" * 32, "status": "processing", "duration": "-1"}
    twilio.always(as_json({"recordings": [finished, processing], "next_page_uri": None}))
    first, second = telephony.recordings_of(CALL_SID)
    assert first == RemoteRecording(RECORDING_SID, CALL_SID, "completed", 42, "DialVerb")
    assert second.duration_seconds is None
    assert twilio.heard[0].path == f"{BASE}/Calls/{CALL_SID}/Recordings.json"


def test_deleting_a_recording_that_is_gone_is_no_error(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(Answer(204, b""))
    telephony.delete_recording(RECORDING_SID)
    twilio.always(refusal(404, 20404))
    telephony.delete_recording(RECORDING_SID)
    assert [heard.method for heard in twilio.heard] == ["DELETE", "DELETE"]


def test_a_proxys_404_does_not_count_as_deleted(twilio: TwilioDouble, telephony: TwilioTelephony) -> None:
    twilio.always(Answer(404, b"<html>no such page</html>"))
    with pytest.raises(DeliveryError, match="proxy") as caught:
        telephony.delete_recording(RECORDING_SID)
    assert not caught.value.permanent


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_does_not_pass_the_check(
    status: str, twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(as_json({"sid": ACCOUNT, "status": status}))
    with pytest.raises(DeliveryError, match=status):
        telephony.check_account()


def test_an_active_account_passes_the_check(twilio: TwilioDouble, telephony: TwilioTelephony) -> None:
    twilio.always(as_json({"sid": ACCOUNT, "status": "active"}))
    telephony.check_account()
    assert twilio.heard[0].path == f"{BASE}.json"


def test_numbers_are_listed_with_what_overrides_their_addresses(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    number = {
        "sid": "PN" + "1" * 32,
        "phone_number": "+4721000000",
        "voice_url": "https://vakt.example.no/v",
        "voice_method": "GET",
        "voice_fallback_url": None,
        "trunk_sid": "TK" + "1" * 32,
        "voice_application_sid": "",
    }
    twilio.always(as_json({"incoming_phone_numbers": [number], "next_page_uri": None}))
    [found] = telephony.list_numbers()
    assert (found.number, found.voice_method, found.voice_fallback_url) == ("+4721000000", "GET", "")
    assert found.trunk_sid == "TK" + "1" * 32


def test_configuring_a_number_makes_all_its_webhooks_post_and_takes_off_what_would_override_them(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(as_json({"sid": "PN" + "1" * 32, "phone_number": "+4721000000"}))
    telephony.configure_number(
        "PN" + "1" * 32,
        voice_url="https://vakt.example.no/v",
        voice_fallback_url="",
        status_callback="https://vakt.example.no/c",
        sms_url="https://vakt.example.no/s",
        sms_fallback_url="https://vakt.example.no/f",
    )
    form = twilio.heard[0].form
    assert form["VoiceUrl"] == ["https://vakt.example.no/v"]
    assert form["VoiceFallbackUrl"] == [""]
    assert {value for name, [value] in form.items() if name.endswith("Method")} == {"POST"}
    assert form["VoiceApplicationSid"] == form["TrunkSid"] == [""]


@pytest.mark.parametrize("sid", ["", "../../Accounts", "CA1?x=1", "CA\n1", "+4790000001"])
def test_what_is_no_identifier_never_becomes_part_of_an_address(
    sid: str, twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    with pytest.raises(DeliveryError) as caught:
        telephony.get_call(sid)
    assert caught.value.permanent
    assert twilio.heard == []


def test_one_adapter_serves_many_threads_over_few_connections(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.answer = lambda heard: as_json(message_json(body=heard.form["Body"][0]), 201)
    bodies: dict[int, list[str]] = {}

    def work(number: int) -> None:
        bodies[number] = [
            telephony.send_sms(
                to="+4790000001",
                from_="+4721000000",
                body=f"{number}",
                status_callback="",
                validity_seconds=60,
            ).body
            for _ in range(5)
        ]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == {number: [str(number)] * 5 for number in range(8)}
