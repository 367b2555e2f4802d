"""SMS both ways, opt-out, delivery reports, and the REST side of it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Response
from twilio.base.exceptions import TwilioRestException

from simulator import Switches, TextReply, personas
from tests.simulator.scene import ACCOUNT, BASE, CALLER, HOTLINE, KARI, OLA, Scene, make_scene


def send(twilio: Any, body: str = "Hei", **wishes: Any) -> Any:
    order: dict[str, Any] = {
        "to": KARI,
        "from_": HOTLINE,
        "body": body,
        "status_callback": f"{BASE}/dlr",
        **wishes,
    }
    return twilio.messages.create(**order)


def test_an_sms_is_queued_sent_delivered_and_told_of_without_its_first_state(
    scene: Scene, twilio: Any
) -> None:
    kari = scene.phone(KARI)
    message = send(twilio, "Sak 1042")
    assert (message.status, message.num_segments, message.direction) == ("queued", "1", "outbound-api")
    assert message.date_sent is None
    scene.simulator.run_until_idle()
    assert [text.body for text in kari.inbox] == ["Sak 1042"]
    told = scene.forms("/dlr")
    assert [form["MessageStatus"] for form in told] == ["sent", "delivered"]
    assert told[1]["RawDlrDoneDate"] == "2611252000"
    assert (told[1]["SmsSid"], told[1]["SmsStatus"], told[1]["AccountSid"]) == (
        message.sid,
        "delivered",
        ACCOUNT,
    )
    assert "ErrorCode" not in told[1]
    fetched = twilio.messages(message.sid).fetch()
    assert (fetched.status, fetched.date_sent is not None) == ("delivered", True)


@pytest.mark.parametrize(
    ("verdict", "status", "code"), [("undelivered", "undelivered", 30003), ("unknown", "undelivered", 30008)]
)
def test_what_does_not_arrive_says_why(
    scene: Scene, twilio: Any, verdict: Any, status: str, code: int
) -> None:
    kari = scene.phone(KARI, personas.human().with_sms(verdict))
    message = send(twilio)
    scene.simulator.run_until_idle()
    assert kari.inbox == []
    assert (scene.forms("/dlr")[-1]["MessageStatus"], scene.forms("/dlr")[-1]["ErrorCode"]) == (
        status,
        str(code),
    )
    assert twilio.messages(message.sid).fetch().error_code == code


def test_sent_can_be_the_last_that_is_heard(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.human().with_sms("sent-only"))
    send(twilio)
    scene.simulator.run_until_idle()
    assert [form["MessageStatus"] for form in scene.forms("/dlr")] == ["sent"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"to": "90000001"}, 21211),
        ({"to": HOTLINE}, 21266),
        ({"to": "+4755000000"}, 21614),
        ({"to": "+3712345678"}, 21408),
        ({"from_": "+4721999999"}, 21606),
        ({"from_": "Vakttelefonen!"}, 21212),
        ({"body": "x" * 1601}, 21617),
        ({"validity_period": 0}, 20001),
        ({"from_": "", "messaging_service_sid": "MG" + "0" * 32}, 21703),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
    ],
)
def test_refused_messages_have_twilios_code_and_are_not_kept(
    scene: Scene, twilio: Any, wish: dict[str, Any], code: int
) -> None:
    scene.simulator.switches = Switches(seed=1, sms_countries=("+47",))
    with pytest.raises(TwilioRestException) as caught:
        send(twilio, **wish)
    assert (caught.value.status, caught.value.code) == (400, code)
    assert scene.simulator.messages == []


def test_a_phone_that_takes_no_sms_is_refused_as_a_landline(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.landline())
    with pytest.raises(TwilioRestException) as caught:
        send(twilio)
    assert caught.value.code == 21614


def test_an_alphanumeric_sender_may_send(scene: Scene, twilio: Any) -> None:
    kari = scene.phone(KARI)
    send(twilio, from_="Vakt Alver")
    scene.simulator.run_until_idle()
    assert kari.inbox[0].number == "Vakt Alver"


def test_one_sender_sends_in_its_turn_and_a_message_too_old_by_then_fails(scene: Scene, twilio: Any) -> None:
    scene.simulator.switches = Switches(seed=1, messages_per_second=0.5)
    for _ in range(3):
        send(twilio, validity_period=3)
    scene.simulator.run_until_idle()
    sent = [m.sent_at - m.created_at for m in scene.simulator.messages if m.sent_at]
    assert sent == [timedelta(seconds=0.2), timedelta(seconds=2.2)]
    assert (scene.simulator.messages[2].status, scene.simulator.messages[2].error_code) == ("failed", 30001)


def test_long_and_unusual_texts_take_more_segments(twilio: Any) -> None:
    assert send(twilio, "a" * 200).num_segments == "2"
    assert send(twilio, "– " * 40).num_segments == "2"
    assert send(twilio, "– " * 40, smart_encoded=True).num_segments == "1"


def test_messages_are_listed_redacted_canceled_and_deleted(scene: Scene, twilio: Any) -> None:
    first, second = send(twilio, "first"), send(twilio, "second")
    with pytest.raises(TwilioRestException):
        twilio.messages(first.sid).update(body="")
    with pytest.raises(TwilioRestException):
        twilio.messages(first.sid).delete()
    assert twilio.messages(second.sid).update(status="canceled").status == "canceled"
    scene.simulator.run_until_idle()
    assert [one.body for one in twilio.messages.list(to=KARI)] == ["second", "first"]
    assert twilio.messages(first.sid).update(body="").body == ""
    with pytest.raises(TwilioRestException):
        twilio.messages(first.sid).update(body="changed")
    assert twilio.messages(first.sid).delete()
    assert [one.sid for one in twilio.messages.list()] == [second.sid]
    with pytest.raises(TwilioRestException):
        twilio.messages(first.sid).fetch()


def test_an_incoming_sms_carries_its_parameters_and_is_answered_by_document(scene: Scene) -> None:
    scene.answer("/sms", "<Message>Takk</Message><Message to='+4790000002'><Body>Til Ola</Body></Message>")
    caller, ola = scene.phone(CALLER), scene.phone(OLA)
    message = scene.simulator.text(CALLER, HOTLINE, "Straumen er borte ☎")
    assert message is not None
    scene.simulator.run_until_idle()
    form = scene.forms("/sms")[0]
    assert {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsMessageSid": message.sid,
        "AccountSid": ACCOUNT,
        "From": CALLER,
        "To": HOTLINE,
        "Body": "Straumen er borte ☎",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }.items() <= form.items()
    assert [text.body for text in caller.inbox] == ["Takk"]
    assert [text.body for text in ola.inbox] == ["Til Ola"]
    assert {m.direction for m in scene.simulator.messages} == {"inbound", "outbound-reply"}


def test_a_failing_sms_webhook_goes_to_its_fallback(scene: Scene) -> None:
    scene.answer("/sms", lambda _: Response("no", status=500))
    scene.answer("/sms-fallback", "<Message>Plan B</Message>")
    scene.simulator.exchange.numbers[HOTLINE].sms_fallback_url = f"{BASE}/sms-fallback"
    caller = scene.phone(CALLER)
    scene.simulator.text(CALLER, HOTLINE, "Hei")
    scene.simulator.run_until_idle()
    assert scene.forms("/sms-fallback")[0]["ErrorCode"] == "11200"
    assert [text.body for text in caller.inbox] == ["Plan B"]


def test_an_empty_document_and_an_empty_body_are_silence(scene: Scene) -> None:
    caller = scene.phone(CALLER)
    for answer in ("", Response("", status=204)):
        scene.answer("/sms", answer)
        scene.simulator.text(CALLER, HOTLINE, "Hei")
        scene.simulator.run_until_idle()
    assert caller.inbox == []
    assert scene.simulator.debugger.codes() == []


def test_replies_can_be_redirected_and_are_at_most_ten(scene: Scene) -> None:
    scene.answer("/sms", "<Redirect>/more</Redirect>")
    scene.answer("/more", "<Message>x</Message>" * 12)
    caller = scene.phone(CALLER)
    scene.simulator.text(CALLER, HOTLINE, "Hei")
    scene.simulator.run_until_idle()
    assert len(caller.inbox) == 10
    assert scene.simulator.debugger.codes() == [14109]


def test_a_loop_of_replies_to_one_number_is_stopped(scene: Scene) -> None:
    scene.answer("/sms", "<Message>pong</Message>")
    scene.phone(CALLER, personas.manual(replies=(TextReply("ping", after_seconds=1, times=None),)))
    scene.simulator.text(CALLER, HOTLINE, "ping")
    scene.simulator.run_until_idle()
    assert 14107 in scene.simulator.debugger.codes()
    assert len([m for m in scene.simulator.messages if m.body == "pong"]) == 30


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " StopAll ", "END", "quit", "Cancel", "UNSUBSCRIBE", "Revoke", " optout"]
)
def test_opting_out_is_answered_recorded_and_still_delivered_to_the_application(
    scene: Scene, twilio: Any, word: str
) -> None:
    kari = scene.phone(KARI)
    kari.text(HOTLINE, word)
    scene.simulator.run_until_idle()
    assert len(scene.forms("/sms")) == 1
    assert "unsubscribed" in kari.inbox[0].body
    with pytest.raises(TwilioRestException) as caught:
        send(twilio)
    assert (caught.value.status, caught.value.code) == (400, 21610)
    kari.text(HOTLINE, "START")
    scene.simulator.run_until_idle()
    assert "re-subscribed" in kari.inbox[1].body
    assert send(twilio).status == "queued"


@pytest.mark.parametrize("text", ["STOP PLEASE", "STOPP", "ikkje stop"])
def test_only_a_body_of_one_reserved_word_opts_out(scene: Scene, twilio: Any, text: str) -> None:
    scene.phone(KARI).text(HOTLINE, text)
    scene.simulator.run_until_idle()
    assert send(twilio).status == "queued"


def test_replies_by_document_to_somebody_who_opted_out_are_refused(scene: Scene) -> None:
    scene.answer("/sms", "<Message>Takk</Message>")
    kari = scene.phone(KARI)
    kari.text(HOTLINE, "STOP")
    scene.simulator.run_until_idle()
    assert [text.body[:7] for text in kari.inbox] == ["You hav"]
    assert scene.simulator.debugger.codes() == [21610]


def test_opting_out_can_be_switched_off() -> None:
    scene = make_scene(switches=Switches(seed=1, default_opt_out=False))
    kari = scene.phone(KARI)
    kari.text(HOTLINE, "HELP")
    kari.text(HOTLINE, "STOP")
    scene.simulator.run_until_idle()
    assert kari.inbox == []
    assert scene.simulator.exchange.opted_out == set()


def test_help_is_answered_in_english(scene: Scene) -> None:
    kari = scene.phone(KARI)
    kari.text(HOTLINE, "info")
    scene.simulator.run_until_idle()
    assert kari.inbox[0].body.startswith("Reply STOP")


def test_a_persona_answers_what_it_is_asked_and_only_so_often(scene: Scene, twilio: Any) -> None:
    reply = TextReply("ACK", after_seconds=20, when="sak")
    scene.phone(KARI, personas.human().replying(reply))
    send(twilio, "Ny sak V-1042")
    send(twilio, "Noko anna")
    send(twilio, "Enno ei sak")
    scene.simulator.run_until_idle()
    assert [form["Body"] for form in scene.forms("/sms")] == ["ACK"]
    delivered = next(m for m in scene.simulator.messages if m.body.startswith("Ny")).updated_at
    assert delivered is not None
    assert scene.asked("/sms")[0].at - delivered == timedelta(seconds=20)


def test_phones_can_text_each_other(scene: Scene) -> None:
    kari, ola = scene.phone(KARI), scene.phone(OLA)
    kari.text(OLA, "Hei")
    assert [(text.number, text.body) for text in ola.inbox] == [(KARI, "Hei")]
    assert kari.texts[0].is_own


def test_a_text_between_two_numbers_of_the_account_is_delivered_to_the_application(
    scene: Scene, twilio: Any
) -> None:
    scene.simulator.add_number("+4791111111", sms_url=f"{BASE}/second")
    send(twilio, to="+4791111111")
    scene.simulator.run_until_idle()
    assert scene.forms("/second")[0]["From"] == HOTLINE
