"""Forged requests: none of them passes Twilio's own validator, and the genuine one does."""

from typing import Any

import pytest
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from simulator import Simulator, Switches, VirtualClock, WsgiTransport
from simulator.forgery import Tap, forgeries
from simulator.transport import HttpRequest
from tests.simulator.scene import ACCOUNT, BASE, CALLER, EVENING, HOTLINE, TOKEN, twiml


@pytest.fixture
def tap() -> Tap:
    app = Flask("careful application")
    validator = RequestValidator(TOKEN)

    @app.post("/<path:path>")
    def voice(path: str) -> Any:
        url = BASE + request.environ["RAW_URI"]
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(url, request.form, signature) or request.form["AccountSid"] != ACCOUNT:
            return Response("no", status=403)
        return twiml("<Say>Hello</Say>")

    return Tap(WsgiTransport(app, BASE))


def genuine(tap: Tap) -> HttpRequest:
    simulator = Simulator(
        ACCOUNT, TOKEN, clock=VirtualClock(EVENING), transport=tap, switches=Switches(seed=1)
    )
    simulator.add_number(HOTLINE, voice_url=f"{BASE}/voice")
    assert simulator.ring(CALLER, HOTLINE).heard == []
    simulator.run_until_idle()
    assert simulator.calls[0].handset.texts == ["Hello"]
    return tap.requests[0]


def test_a_careful_application_refuses_every_forgery(tap: Tap) -> None:
    made = forgeries(genuine(tap), token=TOKEN, account_sid=ACCOUNT)
    assert len(made) >= 15
    assert {what: tap.transport.send(forged).status for what, forged in made.items()} == dict.fromkeys(
        made, 403
    )


def test_each_forgery_differs_from_the_genuine_request(tap: Tap) -> None:
    original = genuine(tap)
    made = forgeries(original, token=TOKEN, account_sid=ACCOUNT)
    assert all(forged != original for forged in made.values())
    assert tap.transport.send(original).status == 200


def test_a_request_without_an_account_gets_a_foreign_one(tap: Tap) -> None:
    original = HttpRequest("POST", f"{BASE}/voice", {"X-Twilio-Signature": "x"}, b"From=1")
    made = forgeries(original, token=TOKEN, account_sid=ACCOUNT)
    assert b"AccountSid=ACf" in made["another account, rightly signed"].body
