"""Calls from the account to one of its own numbers."""

from datetime import timedelta
from typing import Any

from simulator import personas
from tests.simulator.scene import BASE, CALLER, HOTLINE, KARI, Scene

SECOND = "+4721000001"


def test_dialling_an_own_number_runs_its_voice_webhook(scene: Scene) -> None:
    scene.simulator.add_number(SECOND, voice_url=f"{BASE}/second", status_callback=f"{BASE}/second-status")
    scene.answer("/voice", f'<Dial action="/done">{SECOND}</Dial>')
    scene.answer("/second", '<Pause length="3"/><Say>The desk</Say><Pause length="5"/>')
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.run_until_idle()
    assert call.heard == ["The desk"]
    second = scene.forms("/second")[0]
    assert (second["Direction"], second["From"], second["To"]) == ("inbound", CALLER, SECOND)
    assert scene.forms("/done")[0]["DialCallStatus"] == "completed"
    assert scene.forms("/second-status")[0]["CallStatus"] == "completed"


def test_an_own_number_that_rejects_is_busy_to_the_dial(scene: Scene) -> None:
    scene.simulator.add_number(SECOND, voice_url=f"{BASE}/second")
    scene.answer("/voice", f'<Dial action="/done">{SECOND}</Dial>')
    scene.answer("/second", "<Reject/>")
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert scene.forms("/done")[0]["DialCallStatus"] == "busy"


def test_both_ends_of_an_own_call_end_together_and_hear_each_other(scene: Scene, twilio: Any) -> None:
    scene.simulator.add_number(SECOND, voice_url=f"{BASE}/second")
    scene.answer("/second", f"<Dial>{KARI}</Dial>")
    scene.answer("/page", "<Pause length='8'/><Say>Out of the page</Say><Pause length='60'/>")
    scene.phone(KARI, personas.human(answers_after=1))
    call = twilio.calls.create(to=SECOND, from_=HOTLINE, url=f"{BASE}/page")
    scene.simulator.advance(timedelta(seconds=15))
    kari = scene.simulator.calls[2]
    assert (kari.to, kari.handset.texts) == (KARI, ["Out of the page"])
    twilio.calls(call.sid).update(status="completed")
    scene.simulator.run_until_idle()
    assert {leg.status for leg in scene.simulator.calls} == {"completed"}
