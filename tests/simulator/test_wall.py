"""The wall of phones over HTTP: its page, its state, what is done on it, and who may not."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from simulator import personas
from simulator.wall import create_blueprint
from simulator.wall.texts import LANGUAGES, keys, texts_in
from tests.simulator.scene import CALLER, HOTLINE, KARI, OLA, Scene

BAD_PICTURE = "biletet er for stort, eller av eit slag som ikkje går"
OWN = {"X-Phones": "1"}


@pytest.fixture
def web(scene: Scene) -> Any:
    scene.answer("/voice", f'<Dial><Number url="/screen">{KARI}</Number></Dial>')
    scene.answer(
        "/screen", '<Gather numDigits="1" action="/key"><Say language="nb-NO">Trykk 1</Say></Gather><Hangup/>'
    )
    scene.simulator.add_phone(KARI, "Kari Nordmann", label="Teknikar")
    scene.simulator.add_phone(CALLER, "Anne & co")
    app = Flask("host")
    app.register_blueprint(create_blueprint(scene.simulator), url_prefix="/phones")
    return app.test_client()


def act(web: Any, phone: str, action: str, **more: str) -> Any:
    return web.post("/phones/act", json={"phone": phone, "action": action, **more}, headers=OWN)


def card(web: Any, number: str, lang: str = "nn") -> dict[str, Any]:
    phones: list[dict[str, Any]] = web.get(f"/phones/state?lang={lang}").json["phones"]
    return next(phone for phone in phones if phone["number"] == number)


def state_version(web: Any) -> Any:
    return web.get("/phones/state").json["version"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_a_card_for_each_phone_in_every_language(web: Any, language: str) -> None:
    page = web.get(f"/phones/?lang={language}").text
    assert f'<html lang="{language}">' in page
    assert page.count("<h1>") == 1
    assert re.findall(r'data-phone="([^"]+)"', page) == [KARI, CALLER]
    assert "Anne &amp; co" in page
    assert texts_in(language)["lead"] in page


def test_an_unknown_language_is_answered_in_nynorsk(web: Any) -> None:
    assert '<html lang="nn">' in web.get("/phones/?lang=xx").text


def test_the_page_has_neither_inline_script_nor_inline_style_nor_foreign_address(web: Any) -> None:
    page = web.get("/phones/").text
    assert "style=" not in page
    assert "<style" not in page
    assert re.findall(r"<script[^>]*>[^<]", page) == []
    assert re.findall(r"\son\w+=", page) == []
    assert re.findall(r'(?:src|href)="https?:', page) == []


@pytest.mark.parametrize("name", ["wall.js", "wall.css", "phone.svg"])
def test_its_files_are_served_beside_it(web: Any, name: str) -> None:
    with web.get(f"/phones/static/{name}") as answer:
        assert answer.status_code == 200


def test_a_call_is_rung_answered_and_taken_from_the_wall(scene: Scene, web: Any) -> None:
    assert act(web, CALLER, "ring", to=HOTLINE).json == {"ok": True}
    scene.simulator.advance(timedelta(seconds=3))
    assert (card(web, KARI)["state"], card(web, KARI)["stateText"]) == ("ringing", "Ringjer")
    assert card(web, CALLER)["hint"] == "Det ringjer …"
    act(web, KARI, "answer")
    scene.simulator.advance(timedelta(seconds=2))
    kari = card(web, KARI)
    assert [(line["text"], line["lang"]) for line in kari["heard"]] == [("Trykk 1", "nb-NO")]
    assert kari["hint"] == "Ventar på at du trykkjer ein tast"
    act(web, KARI, "press", key="1")
    scene.simulator.advance(timedelta(seconds=1))
    assert card(web, KARI)["withText"] == "med Anne & co"
    assert card(web, CALLER, "en")["withText"] == "with Kari Nordmann"
    act(web, CALLER, "say", text="Straumen er borte")
    assert card(web, KARI)["heard"][-1]["text"] == "Straumen er borte"
    act(web, CALLER, "hang-up")
    scene.simulator.advance(timedelta(seconds=1))
    assert (card(web, KARI)["state"], card(web, KARI)["hint"]) == ("idle", "Førre samtale: ferdig")
    events = web.get("/phones/state?lang=en").json["events"]
    assert [event["what"] for event in events][:3] == ["calls Hotline", "is being called", "answers"]
    assert {"Anne & co", "Kari Nordmann"} == {event["who"] for event in events}


def test_a_call_is_declined_from_the_wall(scene: Scene, web: Any) -> None:
    act(web, CALLER, "ring", to=HOTLINE)
    scene.simulator.advance(timedelta(seconds=3))
    assert act(web, KARI, "decline").status_code == 200
    scene.simulator.advance(timedelta(seconds=1))
    assert scene.statuses()[KARI] == "busy"


def test_an_sms_is_sent_from_the_wall_and_its_answer_shown(scene: Scene, web: Any) -> None:
    scene.answer("/sms", "<Message>Takk</Message>")
    assert act(web, KARI, "send-sms", to=HOTLINE, text="ACK").status_code == 200
    scene.simulator.run_until_idle()
    assert scene.forms("/sms")[0]["Body"] == "ACK"
    texts = card(web, KARI)["texts"]
    assert [(text["body"], text["isOwn"], text["other"]) for text in texts] == [
        ("ACK", True, "Hotline"),
        ("Takk", False, "Hotline"),
    ]
    assert texts[0]["at"] == "21:00"


def test_a_persona_is_chosen_from_the_wall(scene: Scene, web: Any) -> None:
    act(web, KARI, "persona", persona="voicemail")
    assert card(web, KARI)["persona"] == "voicemail"
    assert scene.simulator.phone(KARI).persona.label == "voicemail"


def test_a_persona_made_by_a_program_is_shown_by_its_label(scene: Scene, web: Any) -> None:
    scene.simulator.add_phone(KARI, "Kari", personas.Persona("scripted"))
    assert "scripted</option>" in web.get("/phones/").text
    assert (card(web, KARI)["persona"], card(web, KARI)["personaText"]) == ("", "scripted")


def test_a_phone_is_forwarded_from_the_wall_and_says_so(scene: Scene, web: Any) -> None:
    assert act(web, KARI, "forward", to=CALLER, when="no-answer").status_code == 200
    kari = card(web, KARI)
    assert (kari["forwardTo"], kari["forwardWhen"]) == (CALLER, "no-answer")
    assert kari["forwardText"] == "Vidarekopla til Anne & co når ingen svarar"
    assert scene.simulator.phone(KARI).forward is not None
    act(web, KARI, "forward", to=HOTLINE, when="always")
    assert card(web, KARI, "en")["forwardText"] == "Forwarded to Hotline"
    act(web, KARI, "forward", to="")
    assert card(web, KARI)["forwardText"] == ""
    assert scene.simulator.phone(KARI).forward is None


def test_a_phone_answers_sms_by_itself_from_the_wall(scene: Scene, web: Any) -> None:
    scene.answer("/sms", "<Message>Takk</Message>")
    act(web, CALLER, "auto-reply", text="Eg køyrer no.")
    assert card(web, CALLER)["autoReplies"] is True
    act(web, CALLER, "send-sms", to=HOTLINE, text="Hei")
    scene.simulator.advance(timedelta(seconds=10))
    assert [form["Body"] for form in scene.forms("/sms")] == ["Hei", "Eg køyrer no."]
    act(web, CALLER, "auto-reply", text="")
    assert card(web, CALLER)["autoReplies"] is False


def test_a_picture_is_sent_from_the_wall_and_shown_there(scene: Scene, web: Any) -> None:
    picture = base64.b64encode(b"\x89PNG a picture").decode()
    sent_off = act(web, CALLER, "send-sms", to=HOTLINE, text="", picture=f"data:image/png;base64,{picture}")
    assert sent_off.status_code == 200
    scene.simulator.run_until_idle()
    assert (scene.forms("/sms")[0]["NumMedia"], scene.forms("/sms")[0]["Body"]) == ("1", "")
    sent = card(web, CALLER)["texts"][0]
    (sid,) = sent["pictures"]
    with web.get(f"/phones/pictures/{sid}") as answer:
        assert (answer.data, answer.content_type) == (b"\x89PNG a picture", "image/png")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert web.get("/phones/pictures/ME0").status_code == 404


def test_a_picture_that_a_browser_would_run_is_not_served(scene: Scene, web: Any) -> None:
    scene.simulator.text(CALLER, HOTLINE, "", media=[("image/svg+xml", b"<svg/>")])
    assert card(web, CALLER)["texts"][0]["pictures"] == []
    media = scene.simulator.messages[0].media[0]
    assert web.get(f"/phones/pictures/{media.sid}").status_code == 404


def test_the_host_marks_phones_in_the_language_of_the_page(scene: Scene, web: Any) -> None:
    marked = {KARI: {"nn": "På vakt", "en": "On duty"}}
    app = Flask("host")
    blueprint = create_blueprint(
        scene.simulator,
        marks=lambda language: [(number, words[language]) for number, words in marked.items()],
    )
    app.register_blueprint(blueprint, url_prefix="/phones")
    host = app.test_client()
    assert (card(host, KARI)["marks"], card(host, CALLER)["marks"]) == (["På vakt"], [])
    assert card(host, KARI, "en")["marks"] == ["On duty"]
    before = state_version(host)
    marked.clear()
    assert state_version(host) != before
    assert card(web, KARI)["marks"] == []


def test_a_state_that_is_known_already_is_not_sent_again(scene: Scene, web: Any) -> None:
    first = web.get("/phones/state").json
    again = web.get(f"/phones/state?version={first['version']}")
    assert set(again.json) == {"version", "clock"}
    assert again.headers["Cache-Control"] == "no-store"
    scene.simulator.advance(timedelta(seconds=5))
    assert web.get(f"/phones/state?version={first['version']}").json.get("phones") is None
    act(web, CALLER, "ring", to=HOTLINE)
    assert web.get(f"/phones/state?version={first['version']}").json["version"] != first["version"]


@pytest.mark.parametrize(
    ("action", "more", "status", "reason"),
    [
        ("answer", {}, 409, "telefonen ringjer ikkje"),
        ("decline", {}, 409, "telefonen ringjer ikkje"),
        ("hang-up", {}, 409, "telefonen er ikkje i ein samtale"),
        ("press", {"key": "1"}, 409, "telefonen er ikkje i ein samtale"),
        ("press", {"key": "12"}, 409, "det er ingen tast"),
        ("say", {"text": "x"}, 409, "telefonen er ikkje i ein samtale"),
        ("say", {"text": " "}, 409, "meldinga er tom"),
        ("say", {"text": "x" * 1601}, 409, "meldinga er for lang"),
        ("send-sms", {"to": HOTLINE, "text": ""}, 409, "meldinga er tom"),
        ("send-sms", {"to": HOTLINE, "text": "x" * 1601}, 409, "meldinga er for lang"),
        ("send-sms", {"to": OLA, "text": "x"}, 409, "nummeret finst ikkje"),
        ("ring", {"to": OLA}, 409, "nummeret finst ikkje"),
        ("send-sms", {"to": HOTLINE, "text": "x", "picture": "notes.txt"}, 409, BAD_PICTURE),
        ("send-sms", {"to": HOTLINE, "text": "x", "picture": "data:image/png;base64,§"}, 409, BAD_PICTURE),
        ("send-sms", {"to": HOTLINE, "picture": "data:image/svg+xml;base64,eA=="}, 409, BAD_PICTURE),
        ("forward", {"to": OLA}, 409, "nummeret finst ikkje"),
        ("forward", {"to": KARI}, 409, "telefonen kan ikkje koplast vidare til seg sjølv"),
        ("forward", {"to": HOTLINE, "when": "sometimes"}, 409, "det er ukjent"),
        ("auto-reply", {"text": "x" * 1601}, 409, "meldinga er for lang"),
        ("persona", {"persona": "robot"}, 409, "det finst ingen slik rolle"),
        ("dance", {}, 400, "det er ukjent"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(
    web: Any, action: str, more: dict[str, str], status: int, reason: str
) -> None:
    answer = act(web, KARI, action, **more)
    assert answer.status_code == status
    assert answer.json["error"] == f"Det gjekk ikkje: {reason}"


def test_a_phone_in_a_call_cannot_call_again(scene: Scene, web: Any) -> None:
    act(web, CALLER, "ring", to=HOTLINE)
    assert act(web, CALLER, "ring", to=HOTLINE).status_code == 409
    assert len(scene.simulator.calls) == 1


def test_an_unknown_phone_is_not_found(web: Any) -> None:
    assert act(web, OLA, "answer").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**OWN, "Origin": "https://evil.example"},
        {**OWN, "Sec-Fetch-Site": "cross-site"},
    ],
    ids=["no header", "foreign origin", "cross-site"],
)
def test_requests_from_other_sites_change_nothing(scene: Scene, web: Any, headers: dict[str, str]) -> None:
    answer = web.post("/phones/act", json={"phone": CALLER, "action": "ring", "to": HOTLINE}, headers=headers)
    assert answer.status_code == 403
    assert scene.simulator.calls == []


def test_a_form_post_is_refused_even_with_the_header(web: Any) -> None:
    assert web.post("/phones/act", data={"phone": CALLER, "action": "ring"}, headers=OWN).status_code == 403


@pytest.mark.parametrize("body", ["[]", "{", '{"phone": 1}', "null"])
def test_a_body_that_makes_no_sense_is_refused(web: Any, body: str) -> None:
    answer = web.post("/phones/act", data=body, content_type="application/json", headers=OWN)
    assert answer.status_code == 400


def test_its_own_origin_is_accepted(web: Any) -> None:
    headers = {**OWN, "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    answer = web.post("/phones/act", json={"phone": CALLER, "action": "ring", "to": HOTLINE}, headers=headers)
    assert answer.status_code == 200


def test_every_language_has_every_word_with_the_same_blanks() -> None:
    for key in keys():
        blanks = {tuple(sorted(re.findall(r"{\w+}", texts_in(language)[key]))) for language in LANGUAGES}
        assert len(blanks) == 1, key


def test_a_wall_without_phones_says_so(scene: Scene) -> None:
    app = Flask("host")
    app.register_blueprint(create_blueprint(scene.simulator), url_prefix="/phones")
    assert "Det er ingen telefonar her enno." in app.test_client().get("/phones/").text
