"""An incoming call: what is sent, when it counts as answered, and how it ends."""

from datetime import timedelta
from typing import Literal

import pytest

from simulator import Switches, personas
from simulator.flow.session import APPLICATION_ERROR
from simulator.numbers import ANONYMOUS, WITHHELD
from tests.simulator.scene import ACCOUNT, BASE, CALLER, HOTLINE, KARI, Scene, make_scene


def test_the_first_request_carries_the_full_set_of_parameters(scene: Scene) -> None:
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    form = scene.forms("/voice")[0]
    assert {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": CALLER,
        "Caller": CALLER,
        "To": HOTLINE,
        "Called": HOTLINE,
        "FromCountry": "",
        "CalledZip": "",
    }.items() <= form.items()
    assert "parentCallInfoToken" in form["CallToken"]
    assert not {"ParentCallSid", "ForwardedFrom", "CallerName", "StirVerstat"} & form.keys()


@pytest.mark.parametrize(("geo", "value"), [("blank", ""), ("country", "NO"), ("absent", None)])
def test_geographic_fields_are_blank_filled_or_absent(
    geo: Literal["blank", "country", "absent"], value: str | None
) -> None:
    scene = make_scene(switches=Switches(seed=1, geo_fields=geo))
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert scene.forms("/voice")[0].get("FromCountry") == value


@pytest.mark.parametrize(
    "shown",
    [*WITHHELD, "anonymous", "unknown", "", "sip:kari@example.no", "+4712", "Ærlend ☎", "client:kari"],
)
def test_any_caller_id_is_passed_on_as_it_is(scene: Scene, shown: str) -> None:
    scene.answer("/voice", "<Say>Hello</Say>")
    call = scene.simulator.ring(CALLER, HOTLINE, caller_id=shown)
    scene.simulator.run_until_idle()
    assert scene.forms("/voice")[0]["From"] == scene.forms("/voice")[0]["Caller"] == shown
    assert call.heard == ["Hello"]


def test_a_forwarded_call_says_so(scene: Scene) -> None:
    scene.simulator.ring(CALLER, HOTLINE, forwarded_from="+4756000000", caller_id=ANONYMOUS)
    scene.simulator.run_until_idle()
    assert scene.forms("/voice")[0]["ForwardedFrom"] == "+4756000000"


def test_the_end_of_a_call_is_told_to_the_number(scene: Scene) -> None:
    scene.answer("/voice", '<Say>Hello</Say><Pause length="70"/>')
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    told = scene.forms("/status")
    assert len(told) == 1
    assert (told[0]["CallSid"], told[0]["CallStatus"]) == (call.sid, "completed")
    assert (told[0]["CallDuration"], told[0]["Duration"]) == ("71", "2")
    assert told[0]["Timestamp"] == "Wed, 25 Nov 2026 20:01:10 +0000"


def test_the_first_sound_answers_and_a_pause_before_it_does_not(scene: Scene) -> None:
    scene.answer("/voice", '<Pause length="5"/><Say>Hello</Say>')
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.advance(timedelta(seconds=4))
    assert call.status == "ringing"
    scene.simulator.advance(timedelta(seconds=1))
    assert call.status == "in-progress"


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_reject_as_the_first_verb_ends_unanswered(scene: Scene, reason: str, status: str) -> None:
    scene.answer("/voice", f'<Reject reason="{reason}"/>')
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert (call.status, call.leg.is_answered) == (status, False)


def test_reject_later_on_is_only_a_hang_up(scene: Scene) -> None:
    scene.answer("/voice", "<Say>Hello</Say><Reject/>")
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert (call.status, scene.simulator.debugger.codes()) == ("completed", [13710])


@pytest.mark.parametrize("verbs", ["<Hangup/>", ""])
def test_hangup_first_and_an_empty_document_answer_and_complete(scene: Scene, verbs: str) -> None:
    scene.answer("/voice", verbs)
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert (call.status, call.leg.is_answered) == ("completed", True)


@pytest.mark.parametrize("status", ["no-answer", "canceled", "completed"])
def test_what_an_abandoned_call_is_called_is_a_switch(
    status: Literal["no-answer", "canceled", "completed"],
) -> None:
    scene = make_scene(switches=Switches(seed=1, abandoned_inbound_status=status))
    scene.answer("/voice", f'<Dial answerOnBridge="true" action="/done">{KARI}</Dial>')
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.caller(hangs_up_after=6))
    scene.simulator.run_until_idle()
    assert (call.status, call.leg.is_answered) == (status, False)
    assert scene.forms("/status")[0]["CallStatus"] == status


def test_a_caller_who_is_gone_before_the_first_answer_is_heard_still_leaves_a_status(scene: Scene) -> None:
    scene.simulator.switches = Switches(seed=1, webhook_seconds=3.0)
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.caller(hangs_up_after=1))
    scene.simulator.run_until_idle()
    assert call.status == "no-answer"
    assert len(scene.asked("/status")) == 1


def test_a_number_whose_voice_goes_elsewhere_does_not_ask_the_application(scene: Scene) -> None:
    scene.simulator.exchange.numbers[HOTLINE].trunk_sid = "TK" + "0" * 32
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert (call.status, scene.forms("/voice")) == ("failed", [])


def test_a_foreign_number_cannot_be_called(scene: Scene) -> None:
    with pytest.raises(ValueError, match="add_number"):
        scene.simulator.ring(CALLER, "+4721999999")


def test_numbers_and_phones_have_to_be_in_e164(scene: Scene) -> None:
    with pytest.raises(ValueError, match=r"\+47"):
        scene.simulator.add_phone("90000001", "Kari")
    with pytest.raises(ValueError, match=r"\+47"):
        scene.simulator.add_number("21000000")


def test_relative_urls_are_relative_to_the_document_they_stand_in(scene: Scene) -> None:
    scene.answer("/voice", "<Redirect>deep/one</Redirect>")
    scene.answer("/deep/one", "<Redirect>../two?x=1</Redirect>")
    scene.answer("/two", f"<Redirect>{BASE}/three</Redirect>")
    scene.answer("/three", "<Say>there</Say>")
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert call.heard == ["there"]


def test_documents_that_redirect_to_themselves_for_ever_are_stopped(scene: Scene) -> None:
    scene.answer("/voice", "<Redirect/>")
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert call.is_over
    assert "redirects to itself" in scene.simulator.debugger.entries[-1].message


def test_a_caller_may_hang_up_on_hearing_something(scene: Scene) -> None:
    scene.answer("/voice", "<Say>One</Say><Say>Two is long enough</Say><Say>Three</Say>")
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.caller(hangs_up_on="two"))
    scene.simulator.run_until_idle()
    assert call.heard == ["One", "Two is long enough"]
    assert APPLICATION_ERROR not in call.heard


def test_the_same_seed_plays_the_same_call_again() -> None:
    def play() -> tuple[str, list[str]]:
        scene = make_scene()
        scene.answer("/voice", f"<Say>Hello</Say><Dial>{KARI}</Dial>")
        scene.phone(KARI, personas.human())
        scene.simulator.ring(CALLER, HOTLINE)
        scene.simulator.run_until_idle()
        return scene.simulator.journal.screenplay(machines=True), [leg.sid for leg in scene.simulator.calls]

    assert play() == play()
