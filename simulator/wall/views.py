"""The pages of the wall of phones: the wall, its state, and what is done on it.

The POSTs are safe from other sites: they take JSON only, with a header of their own, and refuse a
foreign `Origin`. They change nothing but the simulation.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import get_args
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from simulator.facade import Simulator
from simulator.personas import PERSONAS, silent_caller
from simulator.phones import Attachment, Phone, When
from simulator.wall.state import PICTURES, find_picture, persona_key, wall_state
from simulator.wall.texts import DEFAULT_LANGUAGE, LANGUAGES, texts_in

MOST_SIGNS = 1600
MOST_PICTURE_SIGNS = 900_000
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
_WHENS: dict[str, When] = {when: when for when in get_args(When)}
_LANGUAGE_NAMES = {"nn": "Nynorsk", "nb": "Bokmål", "en": "English"}

Act = Callable[[Simulator, Phone, Mapping[str, str]], str]
Marks = Callable[[str], Iterable[tuple[str, str]]]
"""Gives, for a language of the wall, numbers with the label that their phones are to carry."""


def create_blueprint(
    simulator: Simulator, *, timezone: str = "Europe/Oslo", marks: Marks = lambda _language: ()
) -> Blueprint:
    """Make the wall of phones of a simulator, to be mounted anywhere (`/phones`).

    `timezone` is the zone of the times shown; `marks` is asked again and again what to write on which phone
    ("On duty"). Mount it where no token check of the application's own refuses its POSTs: it has its own
    protection.
    """
    zone = ZoneInfo(timezone)
    wall = Blueprint(
        "phones", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )

    def language() -> str:
        chosen = request.args.get("lang", DEFAULT_LANGUAGE)
        return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE

    @wall.get("/")
    def page() -> ResponseReturnValue:
        words = texts_in(language())
        with simulator.engine.lock:
            phones = [(phone, persona_key(phone.persona.label)) for phone in simulator.phones]
        return render_template(
            "phones/wall.html",
            words=words,
            language=language(),
            languages=[(code, _LANGUAGE_NAMES[code]) for code in LANGUAGES],
            phones=phones,
            numbers=simulator.numbers,
            personas=[(key, words[f"persona-{key}"]) for key in PERSONAS],
            forwards=_WHENS,
            keys=KEYS,
            clock=wall_state(simulator, words, zone)["clock"],
        )

    @wall.get("/state")
    def state() -> ResponseReturnValue:
        answer = wall_state(simulator, texts_in(language()), zone, marks(language()))
        if request.args.get("version") == answer["version"]:
            answer = {"version": answer["version"], "clock": answer["clock"]}
        response = jsonify(answer)
        response.headers["Cache-Control"] = "no-store"
        return response

    @wall.get("/pictures/<sid>")
    def picture(sid: str) -> ResponseReturnValue:
        media = find_picture(simulator, sid)
        if media is None:
            abort(404)
        return Response(
            media.data, content_type=media.content_type, headers={"X-Content-Type-Options": "nosniff"}
        )

    @wall.post("/act")
    def act() -> ResponseReturnValue:
        words = texts_in(language())
        if not _is_own_request():
            return _refusal(words, "foreign", 403)
        wish = request.get_json(silent=True)
        if not isinstance(wish, dict) or not all(isinstance(value, str) for value in wish.values()):
            return _refusal(words, "no-action", 400)
        with simulator.engine.lock:
            phone = simulator.exchange.phones.get(wish.get("phone", ""))
            if phone is None:
                return _refusal(words, "no-phone", 404)
            deed = _ACTS.get(wish.get("action", ""))
            if deed is None:
                return _refusal(words, "no-action", 400)
            reason = deed(simulator, phone, wish)
        if reason:
            return _refusal(words, reason, 409)
        return jsonify(ok=True)

    return wall


def _is_own_request() -> bool:
    """Tell whether a POST was made by the wall's own page."""
    if request.headers.get("X-Phones") != "1" or not request.is_json:
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host


def _refusal(words: Mapping[str, str], reason: str, status: int) -> tuple[Response, int]:
    return jsonify(error=words["refused"].format(reason=words[reason])), status


def _ring(simulator: Simulator, phone: Phone, wish: Mapping[str, str]) -> str:
    to = wish.get("to", "")
    if to not in simulator.exchange.numbers:
        return "no-number"
    if phone.handset is not None:
        return "engaged"
    simulator.ring(phone.number, to, by=silent_caller())
    return ""


def _answer(_simulator: Simulator, phone: Phone, _wish: Mapping[str, str]) -> str:
    return "" if phone.answer() else "not-ringing"


def _decline(_simulator: Simulator, phone: Phone, _wish: Mapping[str, str]) -> str:
    return "" if phone.decline() else "not-ringing"


def _hang_up(_simulator: Simulator, phone: Phone, _wish: Mapping[str, str]) -> str:
    return "" if phone.hang_up() else "no-call"


def _press(_simulator: Simulator, phone: Phone, wish: Mapping[str, str]) -> str:
    key = wish.get("key", "")
    if key not in KEYS:
        return "bad-key"
    return "" if phone.press(key) else "no-call"


def _say(_simulator: Simulator, phone: Phone, wish: Mapping[str, str]) -> str:
    text = wish.get("text", "").strip()
    if not text:
        return "empty-text"
    if len(text) > MOST_SIGNS:
        return "long-text"
    return "" if phone.speak(max(2.0, len(text) / 12), text) else "no-call"


def _send_sms(simulator: Simulator, phone: Phone, wish: Mapping[str, str]) -> str:
    to, text = wish.get("to", ""), wish.get("text", "").strip()
    picture = wish.get("picture", "")
    attached = _picture(picture) if picture else None
    if picture and attached is None:
        return "bad-picture"
    if not text and attached is None:
        return "empty-text"
    if len(text) > MOST_SIGNS:
        return "long-text"
    if not _is_known(simulator, to):
        return "no-number"
    phone.text(to, text, [attached] if attached else [])
    return ""


def _is_known(simulator: Simulator, number: str) -> bool:
    """Tell whether a number is the account's or a phone's on the wall."""
    return number in simulator.exchange.numbers or number in simulator.exchange.phones


def _picture(url: str) -> Attachment | None:
    """Return the picture of a `data:` URL, or None when it is none or too large."""
    head, _, content = url.partition(",")
    kind = head.removeprefix("data:").removesuffix(";base64")
    if kind not in PICTURES or head != f"data:{kind};base64" or len(content) > MOST_PICTURE_SIGNS:
        return None
    try:
        return kind, base64.b64decode(content, validate=True)
    except ValueError:
        # no base64, or signs that it never has
        return None


def _forward(simulator: Simulator, phone: Phone, wish: Mapping[str, str]) -> str:
    to, when = wish.get("to", ""), _WHENS.get(wish.get("when", "always"))
    if when is None:
        return "no-action"
    if to == phone.number:
        return "own-forward"
    if to and not _is_known(simulator, to):
        return "no-number"
    simulator.forward(phone.number, to or None, when=when)
    return ""


def _auto_reply(simulator: Simulator, phone: Phone, wish: Mapping[str, str]) -> str:
    text = wish.get("text", "").strip()
    if len(text) > MOST_SIGNS:
        return "long-text"
    simulator.autorespond(phone.number, text or None)
    return ""


def _choose_persona(_simulator: Simulator, phone: Phone, wish: Mapping[str, str]) -> str:
    make = PERSONAS.get(wish.get("persona", ""))
    if make is None:
        return "no-persona"
    phone.persona = make()
    return ""


_ACTS: dict[str, Act] = {
    "ring": _ring,
    "answer": _answer,
    "decline": _decline,
    "hang-up": _hang_up,
    "press": _press,
    "say": _say,
    "send-sms": _send_sms,
    "persona": _choose_persona,
    "forward": _forward,
    "auto-reply": _auto_reply,
}
