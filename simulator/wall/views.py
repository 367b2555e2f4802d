"""The pages of the wall of phones: the wall, its state, and what is done on it.

The POSTs are safe from other sites: they take JSON only, with a header of their own, and refuse a
foreign `Origin`. They change nothing but the simulation.
"""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from simulator.facade import Simulator
from simulator.personas import PERSONAS, silent_caller
from simulator.phones import Phone
from simulator.wall.state import persona_key, wall_state
from simulator.wall.texts import DEFAULT_LANGUAGE, LANGUAGES, texts_in

MOST_SIGNS = 1600
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
_LANGUAGE_NAMES = {"nn": "Nynorsk", "nb": "Bokmål", "en": "English"}

Act = Callable[[Simulator, Phone, Mapping[str, str]], str]


def create_blueprint(simulator: Simulator, *, timezone: str = "Europe/Oslo") -> Blueprint:
    """Make the wall of phones of a simulator, to be mounted anywhere (`/phones`).

    `timezone` is the zone of the times shown. Mount it where no token check of the application's own
    refuses its POSTs: it has its own protection.
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
            keys=KEYS,
            clock=wall_state(simulator, words, zone)["clock"],
        )

    @wall.get("/state")
    def state() -> ResponseReturnValue:
        answer = wall_state(simulator, texts_in(language()), zone)
        if request.args.get("version") == answer["version"]:
            answer = {"version": answer["version"], "clock": answer["clock"]}
        response = jsonify(answer)
        response.headers["Cache-Control"] = "no-store"
        return response

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


def _send_sms(_simulator: Simulator, phone: Phone, wish: Mapping[str, str]) -> str:
    to, text = wish.get("to", ""), wish.get("text", "").strip()
    if not text:
        return "empty-text"
    if len(text) > MOST_SIGNS:
        return "long-text"
    if to not in _simulator.exchange.numbers and to not in _simulator.exchange.phones:
        return "no-number"
    phone.text(to, text)
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
}
