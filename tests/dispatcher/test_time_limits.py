"""Requests to outside end in time, however slowly the other side answers, and at once when the program stops."""

import socket
import threading
from typing import Literal

import pytest

from dispatcher.mail import MailSettings, send_mail
from dispatcher.telephony import twilio_http
from dispatcher.telephony.port import DeliveryError, StoppedError
from dispatcher.telephony.twilio_rest import TwilioTelephony
from dispatcher.time_limits import at_most, present_limit, stop_waiting
from tests.dispatcher.dripping import dripping
from tests.dispatcher.telephony.twilio_double import ACCOUNT, RECORDING_SID, SMS_SID, TOKEN, send

ANSWERS = {
    "the status line": (b"", b"HTTP/1.1 201 " + b"C" * 900 + b"\r\n\r\n"),
    "the headers": (b"HTTP/1.1 201 Created\r\n", b"X-Padding: " + b"x" * 900 + b"\r\n\r\n"),
    "a body with a length": (b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n", b"{" * 900),
    "a body without a length": (b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n", b"{" * 900),
    "a body in chunks": (
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"3\r\n{{{\r\n" * 100,
    ),
    "nothing at all": (b"", b""),
}


def told_by(url: str, *, seconds: float = 0.6) -> TwilioTelephony:
    return TwilioTelephony(ACCOUNT, TOKEN, api_base_url=url, timeout_seconds=seconds)


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_that_drips_is_given_up_and_may_have_happened(what: str) -> None:
    at_once, slowly = ANSWERS[what]
    with dripping(slowly, at_once=at_once) as twilio:
        with pytest.raises(DeliveryError, match="in time") as caught:
            send(told_by(twilio.url))
        assert (caught.value.ambiguous, caught.value.permanent) == (True, False)
        with pytest.raises(DeliveryError) as caught:
            told_by(twilio.url).get_sms(SMS_SID)
        assert not caught.value.ambiguous


def test_what_is_asked_on_a_connection_kept_alive_is_bounded_too() -> None:
    """The first answer is whole and leaves the connection open, on which the second one drips."""
    first = b'HTTP/1.1 404 Not Found\r\nContent-Length: 14\r\n\r\n{"code":20404}'
    with dripping(b"HTTP/1.1 " * 100, at_once=first, kept_alive=True) as twilio:
        telephony = told_by(twilio.url)
        with pytest.raises(DeliveryError) as caught:
            telephony.get_sms(SMS_SID)
        assert caught.value.code == 20404
        with pytest.raises(DeliveryError, match="in time"):
            telephony.get_sms(SMS_SID)


def test_a_file_that_stops_making_progress_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_http, "LEAST_BYTES_SECONDS", 0.4)
    begin = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 70_000
    with (
        dripping(b"x" * 900, at_once=begin) as twilio,
        told_by(twilio.url).recording_media(RECORDING_SID) as chunks,
    ):
        got = [len(next(chunks)), len(next(chunks))]
        with pytest.raises(DeliveryError, match="in time"):
            next(chunks)
    assert got == [twilio_http.LEAST_BYTES] * 2


def test_a_slow_file_goes_on_for_as_long_as_it_makes_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes several times what a request may take, and comes whole."""
    monkeypatch.setattr(twilio_http, "LEAST_BYTES", 5)
    monkeypatch.setattr(twilio_http, "LEAST_BYTES_SECONDS", 3.0)
    with (
        dripping(b"x" * 30, at_once=b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n") as twilio,
        told_by(twilio.url, seconds=0.3).recording_media(RECORDING_SID) as chunks,
    ):
        audio = b"".join(chunks)
    assert audio == b"x" * 30


@pytest.mark.parametrize("encryption", ["none", "tls"])
def test_a_mail_server_that_drips_is_given_up(encryption: Literal["none", "tls"]) -> None:
    with dripping(b"220 " + b"welcome " * 100) as server:
        settings = MailSettings(
            "127.0.0.1", server.port, "", "", "vakt@example.no", encryption=encryption, timeout_seconds=0.6
        )
        with pytest.raises(DeliveryError) as caught:
            send_mail(settings, to="kim@example.no", subject="s", body="b", message_id="1")
    assert not caught.value.permanent
    assert not caught.value.ambiguous


def test_stopping_cuts_what_a_thread_waits_for_and_says_so() -> None:
    told: list[DeliveryError] = []

    def wait(url: str) -> None:
        try:
            send(told_by(url, seconds=60))
        except DeliveryError as error:
            told.append(error)

    with dripping(b"HTTP/1.1 " * 100) as twilio:
        thread = threading.Thread(target=wait, args=(twilio.url,))
        thread.start()
        assert twilio.connected.wait(10)
        assert thread.ident is not None
        stop_waiting(frozenset({thread.ident}))
        thread.join(10)
        assert not thread.is_alive()
    [error] = told
    assert isinstance(error, StoppedError)


def test_stopping_leaves_other_threads_alone() -> None:
    with at_most(60) as limit:
        stop_waiting(frozenset({limit.thread + 1}))
        assert not limit.is_over
        stop_waiting(frozenset({limit.thread}))
        assert limit.is_over


def test_every_address_of_a_name_is_tried_within_the_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address refuses, the second answers; a third limit that is over tries none."""
    with dripping(b"") as server:
        found = socket.getaddrinfo("127.0.0.1", server.port, type=socket.SOCK_STREAM)
        dead = [(*found[0][:4], ("127.0.0.1", 1))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: dead + found)
        with at_most(5) as limit, limit.connect("twilio.example", server.port, answer_seconds=1) as line:
            assert line.getpeername() == ("127.0.0.1", server.port)
        with at_most(0) as limit, pytest.raises(TimeoutError):
            limit.connect("twilio.example", server.port, answer_seconds=1)


def test_a_limit_within_a_limit_gives_way_to_the_outer_one_again() -> None:
    with at_most(60) as outer:
        with at_most(1) as inner:
            assert present_limit() is inner
        assert present_limit() is outer
    assert present_limit() is None
