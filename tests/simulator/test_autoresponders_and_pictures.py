"""Phones that answer every SMS by themselves, and messages with pictures."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from simulator import Switches, TextReply, personas
from simulator.in_process import WsgiAdapter
from tests.simulator.scene import ACCOUNT, CALLER, HOTLINE, KARI, OLA, TOKEN, Scene, make_scene

DRIVING = "I am driving and will read this later."
JPEG, PNG = ("image/jpeg", b"\xff\xd8\xff\xe0 a picture"), ("image/png", b"\x89PNG another")


def send(twilio: Any, to: str, body: str = "Hei") -> Any:
    return twilio.messages.create(to=to, from_=HOTLINE, body=body)


def bodies(scene: Scene) -> list[str]:
    return [form["Body"] for form in scene.forms("/sms")]


@pytest.mark.parametrize("number", [KARI, CALLER], ids=["a phone", "a phone that nobody added"])
def test_an_autoresponder_answers_each_sms_after_so_many_seconds(
    scene: Scene, twilio: Any, number: str
) -> None:
    scene.phone(KARI)
    scene.simulator.autorespond(number, DRIVING, after_seconds=7)
    for _ in range(3):
        send(twilio, number)
    scene.simulator.run_until_idle()
    assert bodies(scene) == [DRIVING] * 3
    arrived = scene.simulator.phone(number).inbox[0].at
    assert scene.asked("/sms")[0].at - arrived == timedelta(seconds=7)


def test_with_an_application_that_answers_too_it_has_no_end(scene: Scene, twilio: Any) -> None:
    scene.answer("/sms", "<Message>Thank you</Message>")
    scene.simulator.autorespond(CALLER, DRIVING, after_seconds=5)
    send(twilio, CALLER)
    scene.simulator.advance(timedelta(minutes=5))
    assert len(bodies(scene)) > 30
    scene.simulator.autorespond(CALLER, None)
    scene.simulator.run_until_idle()
    assert scene.simulator.phone(CALLER).inbox[-1].body == "Thank you"


def test_an_autoresponder_may_tire(scene: Scene, twilio: Any) -> None:
    scene.simulator.autorespond(CALLER, DRIVING, times=2)
    for _ in range(4):
        send(twilio, CALLER)
    scene.simulator.run_until_idle()
    assert bodies(scene) == [DRIVING] * 2


def test_what_the_person_answers_comes_besides(scene: Scene, twilio: Any) -> None:
    scene.phone(KARI, personas.manual(replies=(TextReply("ACK", after_seconds=20, when="sak"),)))
    scene.simulator.autorespond(KARI, DRIVING, after_seconds=5)
    send(twilio, KARI, "Ny sak")
    scene.simulator.run_until_idle()
    assert bodies(scene) == [DRIVING, "ACK"]


def test_two_phones_that_answer_each_other_take_their_time(scene: Scene) -> None:
    for number in (KARI, OLA):
        scene.simulator.autorespond(number, DRIVING, after_seconds=0)
    scene.simulator.text(KARI, OLA, "Hei")
    scene.simulator.advance(timedelta(seconds=10))
    assert 10 <= len(scene.simulator.phone(OLA).inbox) <= 101


def test_a_sender_that_is_a_name_is_not_answered(scene: Scene, twilio: Any) -> None:
    scene.simulator.autorespond(KARI, DRIVING)
    twilio.messages.create(to=KARI, from_="Hotline", body="Hei")
    scene.simulator.run_until_idle()
    assert [text.body for text in scene.simulator.phone(KARI).texts] == ["Hei"]


def test_a_number_of_the_account_is_no_autoresponder(scene: Scene) -> None:
    with pytest.raises(ValueError, match="number of the account"):
        scene.simulator.autorespond(HOTLINE, DRIVING)


def test_a_picture_message_tells_how_many_where_and_of_what_kind(scene: Scene) -> None:
    message = scene.simulator.text(CALLER, HOTLINE, "Sjå her", media=[JPEG, PNG])
    scene.simulator.run_until_idle()
    assert message is not None
    form = scene.forms("/sms")[0]
    assert form["MessageSid"] == form["SmsSid"] == message.sid
    assert message.sid[:2] == "MM"
    assert (form["Body"], form["NumMedia"], form["NumSegments"]) == ("Sjå her", "2", "1")
    assert (form["MediaContentType0"], form["MediaContentType1"]) == ("image/jpeg", "image/png")
    account = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
    assert form["MediaUrl0"].startswith(f"{account}/Messages/{message.sid}/Media/ME")
    assert form["MediaUrl0"] != form["MediaUrl1"]


def test_a_picture_may_come_without_words(scene: Scene) -> None:
    scene.phone(CALLER).text(HOTLINE, "", media=[JPEG])
    scene.simulator.run_until_idle()
    form = scene.forms("/sms")[0]
    assert (form["Body"], form["NumMedia"]) == ("", "1")
    assert "[image/jpeg]" in scene.simulator.journal.screenplay()


def test_a_message_without_pictures_is_an_sms(scene: Scene) -> None:
    scene.simulator.text(CALLER, HOTLINE, "Hei")
    scene.simulator.run_until_idle()
    form = scene.forms("/sms")[0]
    assert (form["MessageSid"][:2], form["NumMedia"]) == ("SM", "0")
    assert "MediaUrl0" not in form


def test_pictures_are_listed_and_deleted_over_rest(scene: Scene, twilio: Any) -> None:
    message = scene.simulator.text(CALLER, HOTLINE, "", media=[JPEG, PNG])
    assert message is not None
    assert twilio.messages(message.sid).fetch().num_media == "2"
    listed = twilio.messages(message.sid).media.list()
    assert [(media.content_type, media.parent_sid) for media in listed] == [
        ("image/jpeg", message.sid),
        ("image/png", message.sid),
    ]
    assert twilio.messages(message.sid).media(listed[0].sid).fetch().content_type == "image/jpeg"
    assert twilio.messages(message.sid).media(listed[0].sid).delete()
    assert [media.sid for media in twilio.messages(message.sid).media.list()] == [listed[1].sid]
    with pytest.raises(TwilioRestException) as caught:
        twilio.messages(message.sid).media(listed[0].sid).fetch()
    assert caught.value.status == 404


@pytest.mark.parametrize(("media_auth", "status"), [(True, 401), (False, 200)], ids=["signed in", "public"])
def test_the_picture_itself_is_served_to_whom_the_account_lets(media_auth: Any, status: int) -> None:
    scene = make_scene(switches=Switches(seed=1, requires_media_auth=media_auth))
    scene.simulator.text(CALLER, HOTLINE, "", media=[JPEG])
    scene.simulator.run_until_idle()
    session = requests.Session()
    session.mount("https://api.twilio.com", WsgiAdapter(scene.simulator.app))
    url = scene.forms("/sms")[0]["MediaUrl0"]
    answer = session.get(url, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (200, *JPEG)
    assert session.get(url, timeout=5).status_code == status


def test_a_picture_reaches_another_phone(scene: Scene) -> None:
    scene.phone(KARI).text(OLA, "Sjå", media=[PNG])
    assert scene.simulator.phone(OLA).inbox[0].media[0].data == PNG[1]


@pytest.mark.parametrize(
    ("media", "complaint"),
    [
        ([JPEG] * 11, "at most 10"),
        ([("image/png", b"x" * 5_000_001)], "5000000"),
        ([("jpeg", b"x")], "image/jpeg"),
    ],
    ids=["too many", "too large", "of no kind"],
)
def test_what_is_no_picture_message_is_refused(scene: Scene, media: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        scene.simulator.text(CALLER, HOTLINE, "", media=media)
    assert scene.simulator.messages == []


def test_the_address_of_a_picture_that_is_gone_is_not_found(scene: Scene) -> None:
    message = scene.simulator.text(CALLER, HOTLINE, "", media=[JPEG])
    assert message is not None
    message.is_deleted = True
    session = requests.Session()
    session.mount("https://api.twilio.com", WsgiAdapter(scene.simulator.app))
    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}/Media/{message.media[0].sid}"
    assert session.get(url, auth=(ACCOUNT, TOKEN), timeout=5).status_code == 404
