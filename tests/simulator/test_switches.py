"""The switches that no other test turns, and that every one of them is documented."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from simulator import Faults, RestFaultKind, Switches, personas
from simulator.faults import CallbackKind, Disturbance
from tests.simulator.scene import BASE, CALLER, HOTLINE, KARI, OLA, Scene, make_scene

DOCUMENT = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")


def with_switches(**chosen: Any) -> Scene:
    return make_scene(switches=Switches(seed=1, **chosen))


@pytest.mark.parametrize("name", [field.name for field in fields(Switches)])
def test_every_switch_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCUMENT
    assert f"{name}: " in (Switches.__doc__ or "")


@pytest.mark.parametrize(
    "name",
    [
        *personas.PERSONAS,
        *RestFaultKind,
        *CallbackKind,
        *(field.name for field in fields(Disturbance)),
        *(field.name for field in fields(Faults)),
    ],
)
def test_every_persona_and_every_fault_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCUMENT


def test_a_sequential_timeout_can_count_for_all_legs_together() -> None:
    rang: dict[bool, list[str]] = {}
    for per_leg in (True, False):
        scene = with_switches(timeout_is_per_leg=per_leg)
        scene.answer(
            "/voice",
            f'<Dial sequential="true" timeout="12"><Number>{KARI}</Number><Number>{OLA}</Number></Dial>',
        )
        scene.simulator.ring(CALLER, HOTLINE)
        scene.simulator.run_until_idle()
        rang[per_leg] = scene.rang()
    assert rang == {True: [KARI, OLA], False: [KARI]}


@pytest.mark.parametrize("status", ["canceled", "no-answer"])
def test_what_legs_given_up_are_called(status: Literal["canceled", "no-answer"]) -> None:
    scene = with_switches(loser_status=status)
    scene.answer("/voice", f"<Dial><Number>{KARI}</Number><Number>{OLA}</Number></Dial>")
    scene.phone(KARI, personas.human())
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert scene.statuses()[OLA] == status


@pytest.mark.parametrize("status", ["canceled", "no-answer", "completed"])
def test_what_a_dial_is_called_whose_caller_hung_up(status: str) -> None:
    scene = with_switches(abandoned_dial_status=status)
    scene.answer("/voice", f'<Dial action="/done">{KARI}</Dial>')
    scene.simulator.ring(CALLER, HOTLINE, by=personas.caller(hangs_up_after=6))
    scene.simulator.run_until_idle()
    assert scene.forms("/done")[0]["DialCallStatus"] == status


def test_answer_on_bridge_can_work_after_other_verbs_too() -> None:
    scene = with_switches(answers_second_dial_on_bridge=True)
    scene.answer("/voice", f'<Pause/><Dial answerOnBridge="true">{KARI}</Dial>')
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.advance(timedelta(seconds=8))
    assert call.status == "ringing"


def test_ringing_begins_and_ends_when_it_is_set_to() -> None:
    scene = with_switches(setup_seconds=4.0, extra_ring_seconds=0.0)
    scene.answer(
        "/voice",
        f'<Dial timeout="10"><Number statusCallback="/leg" statusCallbackEvent="ringing completed">{KARI}</Number></Dial>',
    )
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    ringing, over = scene.asked("/leg")
    assert over.at - ringing.at == timedelta(seconds=10)
    assert ringing.at - scene.asked("/voice")[0].at == timedelta(seconds=4.2)


def test_speech_callbacks_and_recordings_take_as_long_as_set() -> None:
    scene = with_switches(
        speech_signs_a_second=1.0,
        callback_seconds=3.0,
        recording_ready_seconds=60.0,
        recording_callback_seconds=5.0,
    )
    scene.answer(
        "/voice", '<Say>0123456789</Say><Record recordingStatusCallback="/recording" action="/done"/>'
    )
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    started = scene.asked("/voice")[0].at
    over = scene.asked("/done")[0].at
    assert over - started == timedelta(seconds=10 + 0.5 + 20)
    assert scene.asked("/status")[0].at - over == timedelta(seconds=3)
    assert scene.asked("/recording")[0].at - over == timedelta(seconds=65)


@pytest.mark.parametrize(("characters", "seconds"), [(135, 9.0), (60, 4.0), (3, 0.6)])
def test_by_default_fifteen_characters_are_spoken_in_a_second(characters: int, seconds: float) -> None:
    scene = make_scene()
    scene.answer("/voice", f"<Say>{'a' * characters}</Say><Redirect>/then</Redirect>")
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert scene.asked("/then")[0].at - scene.asked("/voice")[0].at == timedelta(seconds=seconds)


def test_calls_and_delivery_go_at_the_speed_set() -> None:
    from tests.simulator.conftest import client_of

    scene = with_switches(calls_per_second=0.5, sms_transit_seconds=30.0, sends_raw_dlr_date=False)
    twilio = client_of(scene)
    assert [twilio.calls.create(to=KARI, from_=HOTLINE, url=BASE).queue_time for _ in range(2)] == [
        "0",
        "2000",
    ]
    twilio.messages.create(to=KARI, from_=HOTLINE, body="x", status_callback=f"{BASE}/dlr")
    scene.simulator.run_until_idle()
    sent, delivered = scene.asked("/dlr")
    assert delivered.at - sent.at == timedelta(seconds=30)
    assert "RawDlrDoneDate" not in delivered.form


def test_soft_deleted_recordings_can_be_out_of_reach() -> None:
    from tests.simulator.conftest import client_of

    scene = with_switches(keeps_soft_deleted=False)
    scene.answer("/voice", "<Record/>")
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    twilio = client_of(scene)
    sid = scene.simulator.recordings[0].sid
    twilio.recordings(sid).delete()
    with pytest.raises(Exception, match="not found"):
        twilio.recordings(sid).fetch(include_soft_deleted=True)


def test_any_caller_id_may_be_shown_when_so_set() -> None:
    scene = with_switches(own_caller_id_only=False)
    scene.answer("/voice", f'<Dial callerId="+4799999999">{KARI}</Dial>')
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert scene.simulator.calls[1].from_ == "+4799999999"


def test_unsupported_and_foreign_numbers_fail_their_leg() -> None:
    scene = with_switches(unsupported_prefixes=("+47829",), call_countries=("+47",))
    scene.answer("/voice", "<Dial><Number>+4782900000</Number><Number>+4612345678</Number></Dial>")
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert [leg.status for leg in scene.simulator.calls[1:]] == ["failed", "failed"]
    assert scene.simulator.debugger.codes() == [13224, 13224]


def test_without_a_seed_identifiers_are_fresh_each_time() -> None:
    sids = {make_scene(switches=Switches()).simulator.ring(CALLER, HOTLINE).sid for _ in range(3)}
    assert len(sids) == 3
