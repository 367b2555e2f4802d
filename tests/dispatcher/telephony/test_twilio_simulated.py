"""Every method of the adapter against the simulator, which answers as Twilio does."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from dispatcher.telephony.port import CallRecord, DeliveryError
from dispatcher.telephony.twilio_rest import TwilioTelephony
from simulator import Simulator, Switches, VirtualClock, WsgiTransport
from simulator.faults import RestFaultKind
from simulator.in_process import WsgiAdapter
from simulator.personas import human, landline, no_answer
from simulator.server import LoopbackServer

ACCOUNT = "AC" + "0" * 32
TOKEN = "an-invented-token"
TWILIO = "https://api.twilio.com"
HOTLINE = "+4721000000"
KARI, OLA = "+4790000001", "+4790000002"
CALLER = "+4791000001"
EVENING = datetime(2026, 11, 25, 20, 0, 0, 600_000, tzinfo=UTC)
HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
PAGES = {
    "/voice": f'<Dial record="record-from-answer" timeout="20"><Number>{KARI}</Number></Dial>',
    "/page": "<Say>Sak V-1001</Say><Pause length='600'/>",
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [f"{HEAD}{PAGES.get(environ['PATH_INFO'], '')}</Response>".encode()]


def simulated(switches: Switches | None = None) -> Simulator:
    simulator = Simulator(
        ACCOUNT,
        TOKEN,
        clock=VirtualClock(EVENING),
        transport=WsgiTransport(application, "https://vakt.example.no"),
        switches=switches or Switches(seed=1),
    )
    simulator.add_number(HOTLINE, voice_url="https://vakt.example.no/voice", name="Vakttelefonen")
    simulator.add_phone(KARI, "Kari", human())
    simulator.add_phone(OLA, "Ola", no_answer())
    return simulator


def telephony_in(simulator: Simulator, *, token: str = TOKEN) -> TwilioTelephony:
    session = requests.Session()
    session.mount(TWILIO, WsgiAdapter(simulator.app))
    return TwilioTelephony(ACCOUNT, token, api_base_url=TWILIO, http_client=session)


@pytest.fixture
def simulator() -> Simulator:
    return simulated()


@pytest.fixture
def telephony(simulator: Simulator) -> TwilioTelephony:
    return telephony_in(simulator)


def send(telephony: TwilioTelephony, to: str = KARI, body: str = "Sak V-1001") -> str:
    return telephony.send_sms(
        to=to,
        from_=HOTLINE,
        body=body,
        status_callback="https://vakt.example.no/sms-status",
        validity_seconds=300,
    ).sid


def place(telephony: TwilioTelephony, to: str = KARI) -> CallRecord:
    return telephony.place_call(
        to=to,
        from_=HOTLINE,
        url="https://vakt.example.no/page",
        status_callback="https://vakt.example.no/call",
        ring_seconds=25,
        limit_seconds=60,
    )


def test_an_sms_is_sent_and_followed_until_it_is_delivered(
    simulator: Simulator, telephony: TwilioTelephony
) -> None:
    sid = send(telephony)
    assert telephony.get_sms(sid).status == "queued"
    simulator.run_until_idle()
    delivered = telephony.get_sms(sid)
    assert (delivered.status, delivered.to, delivered.body) == ("delivered", KARI, "Sak V-1001")
    assert simulator.phone(KARI).inbox[0].body == "Sak V-1001"


@pytest.mark.parametrize("queued_match", [True, False])
def test_a_message_in_the_queue_is_found_whether_or_not_twilio_counts_it_as_dated(
    *, queued_match: bool
) -> None:
    simulator = simulated(Switches(seed=1, queued_match_time_filters=queued_match))
    telephony = telephony_in(simulator)
    sid = send(telephony)
    found = telephony.list_sms(to=KARI, from_=HOTLINE, since=EVENING)
    assert [message.sid for message in found] == [sid]
    assert telephony.list_sms(to=KARI, from_=HOTLINE, since=EVENING + timedelta(seconds=1)) == []
    assert telephony.list_sms(to=OLA, from_=HOTLINE, since=EVENING) == []


@pytest.mark.parametrize("queued_match", [True, False])
def test_a_call_in_the_queue_is_found_whether_or_not_twilio_counts_it_as_dated(*, queued_match: bool) -> None:
    simulator = simulated(Switches(seed=1, queued_match_time_filters=queued_match))
    telephony = telephony_in(simulator)
    placed = place(telephony)
    found = telephony.list_calls(to=KARI, from_=HOTLINE, since=EVENING)
    assert [call.sid for call in found] == [placed.sid]
    simulator.run_until_idle()
    [ended] = telephony.list_calls(to=KARI, from_=HOTLINE, since=EVENING)
    assert (ended.sid, ended.status) == (placed.sid, "completed")
    assert telephony.list_calls(to=KARI, from_=HOTLINE, since=EVENING + timedelta(hours=1)) == []


def test_a_placed_call_is_bounded_by_its_limits_and_told_when_unanswered(
    simulator: Simulator, telephony: TwilioTelephony
) -> None:
    answered, rung_out = place(telephony), place(telephony, to=OLA)
    simulator.run_until_idle()
    talk = telephony.get_call(answered.sid)
    assert (talk.status, talk.direction, talk.parent_sid) == ("completed", "outbound-api", None)
    assert talk.duration_seconds is not None
    assert talk.duration_seconds <= 60
    assert talk.started_at is not None
    assert talk.ended_at is not None
    assert telephony.get_call(rung_out.sid).status == "no-answer"


def test_hanging_up_ends_a_call_and_may_be_repeated(simulator: Simulator, telephony: TwilioTelephony) -> None:
    placed = place(telephony)
    simulator.run_until(lambda: telephony.get_call(placed.sid).status == "in-progress")
    telephony.hang_up(placed.sid)
    assert telephony.get_call(placed.sid).status == "completed"
    telephony.hang_up(placed.sid)


def test_ringing_is_stopped_and_what_was_answered_goes_on(
    simulator: Simulator, telephony: TwilioTelephony
) -> None:
    answered, ringing = place(telephony), place(telephony, to=OLA)
    simulator.run_until(lambda: telephony.get_call(answered.sid).status == "in-progress")
    assert telephony.get_call(ringing.sid).status == "ringing"
    for call in (answered, ringing, ringing):
        telephony.stop_ringing(call.sid)
    assert telephony.get_call(answered.sid).status == "in-progress"
    assert telephony.get_call(ringing.sid).status == "canceled"


def test_a_recorded_conversation_is_found_fetched_and_deleted(
    simulator: Simulator, telephony: TwilioTelephony
) -> None:
    call = simulator.ring(CALLER, HOTLINE)
    simulator.run_until(lambda: bool(simulator.recordings))
    [recording] = telephony.recordings_of(call.sid)
    with pytest.raises(DeliveryError) as caught, telephony.recording_media(recording.sid):
        pytest.fail("it is not finished")
    assert not caught.value.permanent
    simulator.run_until_idle()
    [leg] = telephony.child_calls(call.sid)
    assert (leg.to, leg.parent_sid, leg.direction) == (KARI, call.sid, "outbound-dial")
    [recording] = telephony.recordings_of(call.sid)
    assert (recording.status, recording.source) == ("completed", "DialVerb")
    assert recording.duration_seconds is not None
    with telephony.recording_media(recording.sid) as chunks:
        audio = b"".join(chunks)
    assert audio[:4] == b"RIFF"
    telephony.delete_recording(recording.sid)
    telephony.delete_recording(recording.sid)
    with pytest.raises(DeliveryError), telephony.recording_media(recording.sid):
        pytest.fail("it is deleted")


def test_a_number_is_pointed_at_our_addresses(telephony: TwilioTelephony) -> None:
    [number] = telephony.list_numbers()
    telephony.configure_number(
        number.sid,
        voice_url="https://vakt.example.no/webhooks/twilio/voice",
        voice_fallback_url="https://reserve.example.no/plan-b",
        status_callback="https://vakt.example.no/webhooks/twilio/call-status",
        sms_url="https://vakt.example.no/webhooks/twilio/sms",
        sms_fallback_url="",
    )
    [configured] = telephony.list_numbers()
    assert (configured.number, configured.voice_method) == (HOTLINE, "POST")
    assert configured.voice_url == "https://vakt.example.no/webhooks/twilio/voice"
    assert configured.voice_fallback_url == "https://reserve.example.no/plan-b"
    assert configured.sms_url == "https://vakt.example.no/webhooks/twilio/sms"


def test_wrong_credentials_do_not_pass_the_check(simulator: Simulator) -> None:
    with pytest.raises(DeliveryError, match="credentials") as caught:
        telephony_in(simulator, token="wrong").check_account()
    assert (caught.value.permanent, caught.value.code) == (False, 20003)


def test_a_landline_and_an_opted_out_phone_are_permanent_failures_of_sms(
    simulator: Simulator, telephony: TwilioTelephony
) -> None:
    simulator.add_phone("+4756000001", "Vaktrommet", landline())
    simulator.text(KARI, HOTLINE, "STOP")
    simulator.run_until_idle()
    for to, code in (("+4756000001", 21614), (KARI, 21610)):
        with pytest.raises(DeliveryError) as caught:
            send(telephony, to=to)
        assert (caught.value.permanent, caught.value.code) == (True, code)


def test_a_page_whose_answer_was_lost_is_ambiguous_and_found_again(
    simulator: Simulator, telephony: TwilioTelephony
) -> None:
    simulator.faults.strike(RestFaultKind.LOST_ANSWER, method="POST", resource="Messages")
    with pytest.raises(DeliveryError) as caught:
        send(telephony)
    assert (caught.value.permanent, caught.value.ambiguous) == (False, True)
    [found] = telephony.list_sms(to=KARI, from_=HOTLINE, since=EVENING)
    assert found.body == "Sak V-1001"


def test_too_many_requests_pass_and_were_certainly_not_acted_on(
    simulator: Simulator, telephony: TwilioTelephony
) -> None:
    simulator.faults.answer(429, method="POST")
    with pytest.raises(DeliveryError) as caught:
        place(telephony)
    assert (caught.value.permanent, caught.value.ambiguous, caught.value.code) == (False, False, 20429)
    assert telephony.list_calls(to=KARI, from_=HOTLINE, since=EVENING) == []


def test_a_real_socket_serves_as_well(simulator: Simulator) -> None:
    with LoopbackServer(simulator.app) as server:
        telephony = TwilioTelephony(ACCOUNT, TOKEN, api_base_url=server.url)
        sid = send(telephony)
        assert telephony.get_sms(sid).status == "queued"
