"""Every way in which Twilio can fail us, and what the outbox is told of it."""

import logging
import socket
import threading
from pathlib import Path

import pytest

from dispatcher.telephony.port import DeliveryError
from dispatcher.telephony.twilio_errors import REFUSALS, is_permanent_code, judge, permanent_codes
from dispatcher.telephony.twilio_rest import TwilioTelephony
from tests.dispatcher.telephony.twilio_double import (
    ACCOUNT,
    RECORDING_SID,
    SMS_SID,
    TOKEN,
    Answer,
    TwilioDouble,
    as_json,
    message_json,
    place,
    refusal,
    running_double,
    send,
)


def failure_of_sending(telephony: TwilioTelephony) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(telephony)
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (400, 21211, True),
        (400, 21214, True),
        (400, 21408, True),
        (400, 21606, True),
        (400, 21610, True),
        (400, 21612, True),
        (400, 21614, True),
        (400, 21617, True),
        (400, 21611, False),
        (400, 99999, True),
        (404, 20404, True),
        (401, 20003, False),
        (403, 20005, False),
        (409, 20409, False),
        (429, 20429, False),
        (500, 20500, False),
        (503, 20503, False),
        (503, 21610, False),
    ],
)
def test_a_refusal_is_permanent_only_where_the_same_request_cannot_work_within_hours(
    status: int, code: int, *, permanent: bool, twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(refusal(status, code))
    error = failure_of_sending(telephony)
    assert (error.permanent, error.code) == (permanent, code)
    assert error.ambiguous == (status >= 500)
    assert "+47" not in str(error)


def test_a_connection_refused_is_passing_and_certainly_sent_nothing() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    error = failure_of_sending(TwilioTelephony(ACCOUNT, TOKEN, api_base_url=f"http://127.0.0.1:{port}"))
    assert (error.permanent, error.ambiguous) == (False, False)
    assert "cannot be reached" in str(error)


def test_a_time_out_after_the_message_was_taken_is_ambiguous(twilio: TwilioDouble) -> None:
    release = threading.Event()
    twilio.always(Answer(201, wait_for=release))
    hasty = TwilioTelephony(ACCOUNT, TOKEN, api_base_url=twilio.base_url, timeout_seconds=0.1)
    error = failure_of_sending(hasty)
    release.set()
    assert (error.permanent, error.ambiguous) == (False, True)
    assert len(twilio.heard) == 1


def test_a_connection_dropped_after_sending_is_ambiguous_for_what_changes_something_only(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(Answer(drop=True))
    assert failure_of_sending(telephony).ambiguous
    with pytest.raises(DeliveryError) as caught:
        telephony.get_sms(SMS_SID)
    assert not caught.value.ambiguous
    with pytest.raises(DeliveryError) as caught:
        place(telephony)
    assert caught.value.ambiguous


def test_a_page_of_a_proxy_in_place_of_an_answer_is_passing(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(Answer(502, b"<html><h1>Bad Gateway</h1>+4790000001</html>", {"Content-Type": "text/html"}))
    error = failure_of_sending(telephony)
    assert (error.permanent, error.ambiguous, error.code) == (False, True, None)
    assert "proxy" in str(error)
    assert "+47" not in str(error)


@pytest.mark.parametrize("status", [302, 400, 403, 404])
def test_a_refusal_without_json_is_not_twilios_and_passes(
    status: int, twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(Answer(status, b"<html>log in</html>", {"Location": "/login"}))
    error = failure_of_sending(telephony)
    assert (error.permanent, error.ambiguous) == (False, False)
    assert len(twilio.heard) == 1


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b"[1]", b"{}", b'{"sid": 7}', b"", b"\xff"])
def test_an_answer_that_is_not_twilios_after_sending_is_ambiguous(
    body: bytes, twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(Answer(201, body))
    error = failure_of_sending(telephony)
    assert (error.permanent, error.ambiguous) == (False, True)


def test_an_answer_cut_short_after_sending_is_ambiguous(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(Answer(201, b'{"sid": "SM', promised_bytes=5000))
    assert failure_of_sending(telephony).ambiguous


def test_numbers_texts_and_secrets_stay_out_of_the_log(
    twilio: TwilioDouble, telephony: TwilioTelephony, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    twilio.always(as_json(message_json(), 201))
    send(telephony)
    twilio.always(refusal(400, 21614))
    failure_of_sending(telephony)
    assert caplog.text == ""


def test_media_is_streamed_from_our_own_base_with_credentials(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    audio = bytes(range(256)) * 1000
    twilio.always(Answer(200, audio, {"Content-Type": "audio/x-wav"}))
    with telephony.recording_media(RECORDING_SID) as chunks:
        assert b"".join(chunks) == audio
    [heard] = twilio.heard
    assert heard.path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING_SID}.wav"
    assert heard.credentials == f"{ACCOUNT}:{TOKEN}"


def test_media_that_is_not_there_yet_is_passing(twilio: TwilioDouble, telephony: TwilioTelephony) -> None:
    twilio.always(Answer(404, b"<html>not found</html>"))
    with pytest.raises(DeliveryError) as caught, telephony.recording_media(RECORDING_SID):
        pytest.fail("there is nothing to read")
    assert not caught.value.permanent


def test_media_refused_for_wrong_credentials_is_passing(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(refusal(401, 20003))
    with (
        pytest.raises(DeliveryError, match="credentials") as caught,
        telephony.recording_media(RECORDING_SID),
    ):
        pytest.fail("there is nothing to read")
    assert not caught.value.permanent


def test_media_cut_short_is_told_by_the_iterator(twilio: TwilioDouble, telephony: TwilioTelephony) -> None:
    twilio.always(Answer(200, b"RIFF", promised_bytes=100_000))
    with telephony.recording_media(RECORDING_SID) as chunks, pytest.raises(DeliveryError, match="broke"):
        list(chunks)


def test_a_redirect_of_media_within_our_base_keeps_the_credentials(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.answer = lambda heard: (
        Answer(200, b"RIFF") if heard.path == "/elsewhere" else Answer(302, b"", {"Location": "/elsewhere"})
    )
    with telephony.recording_media(RECORDING_SID) as chunks:
        assert b"".join(chunks) == b"RIFF"
    assert twilio.heard[1].credentials == f"{ACCOUNT}:{TOKEN}"


def test_a_redirect_of_media_to_plain_http_elsewhere_is_not_followed(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    with running_double() as stranger:
        twilio.always(Answer(307, b"", {"Location": f"{stranger.base_url}/a.wav"}))
        with pytest.raises(DeliveryError, match="not https"), telephony.recording_media(RECORDING_SID):
            pytest.fail("there is nothing to read")
        assert stranger.heard == []


def test_media_that_is_redirected_for_ever_is_given_up(
    twilio: TwilioDouble, telephony: TwilioTelephony
) -> None:
    twilio.always(Answer(302, b"", {"Location": "/round"}))
    with pytest.raises(DeliveryError, match="times"), telephony.recording_media(RECORDING_SID):
        pytest.fail("there is nothing to read")
    assert len(twilio.heard) == 6


def test_delivery_reports_are_judged_by_the_same_table() -> None:
    assert is_permanent_code(30006)
    assert not is_permanent_code(30003)
    assert not is_permanent_code(None)
    assert not is_permanent_code(12345)


def test_a_servers_trouble_never_counts_as_permanent() -> None:
    assert not any(judge(status, code).permanent for status in (401, 403, 429, 500, 503) for code in REFUSALS)


def test_the_document_lists_every_code_and_what_is_thought_of_it() -> None:
    document = Path(__file__).parents[3] / "docs" / "twilio-errors.md"
    rows = [line for line in document.read_text("utf-8").splitlines() if line[:3].strip("| ").isdigit()]
    expected = [
        f"| {code} | {'permanent' if code in permanent_codes() else 'passing'} | {refusal.meaning} |"
        for code, refusal in sorted(REFUSALS.items())
    ]
    assert rows == expected
