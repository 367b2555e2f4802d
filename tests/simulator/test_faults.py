"""What goes wrong on request: the REST side, and callbacks that are late, doubled, shuffled or lost."""

import time
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException

from simulator import CallbackKind, Disturbance, Faults, RestFaultKind, Switches, personas
from simulator.server import LoopbackServer
from tests.simulator.scene import ACCOUNT, BASE, CALLER, HOTLINE, KARI, TOKEN, Scene, make_scene

EVENTS = "initiated ringing answered completed"


def send(twilio: Any) -> Any:
    return twilio.messages.create(to=KARI, from_=HOTLINE, body="Hei")


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (429, 20429), (500, 20500), (503, 20503)])
def test_the_next_requests_are_answered_with_an_error_and_do_nothing(
    scene: Scene, twilio: Any, status: int, code: int
) -> None:
    scene.simulator.faults.answer(status, times=2)
    for _ in range(2):
        with pytest.raises(TwilioRestException) as caught:
            send(twilio)
        assert (caught.value.status, caught.value.code) == (status, code)
    assert scene.simulator.messages == []
    assert send(twilio).status == "queued"


def test_a_fault_can_be_meant_for_one_resource_and_method(scene: Scene, twilio: Any) -> None:
    scene.simulator.faults.answer(500, resource="Messages", method="POST")
    assert twilio.calls.list() == []
    assert twilio.messages.list() == []
    with pytest.raises(TwilioRestException):
        send(twilio)


def test_a_lost_request_and_a_lost_answer_look_alike_but_only_one_was_done(scene: Scene, twilio: Any) -> None:
    for kind, done in ((RestFaultKind.LOST_REQUEST, 0), (RestFaultKind.LOST_ANSWER, 1)):
        scene.simulator.faults.strike(kind)
        with pytest.raises(requests.ReadTimeout):
            send(twilio)
        assert len(scene.simulator.messages) == done


def test_a_refused_connection_is_told_from_a_lost_one(scene: Scene, twilio: Any) -> None:
    scene.simulator.faults.strike(RestFaultKind.REFUSED)
    with pytest.raises(requests.ConnectionError):
        send(twilio)
    assert scene.simulator.messages == []


def test_a_slow_answer_comes_after_so_much_wall_time(scene: Scene, twilio: Any) -> None:
    scene.simulator.faults.strike(RestFaultKind.SLOW, seconds=0.05)
    started = time.monotonic()
    assert send(twilio).status == "queued"
    assert time.monotonic() - started >= 0.05


def test_over_a_real_socket_a_lost_answer_is_a_connection_that_breaks_off(scene: Scene) -> None:
    scene.simulator.faults.strike(RestFaultKind.LOST_ANSWER)
    with LoopbackServer(scene.simulator.app) as server:
        url = f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        form = {"To": KARI, "From": HOTLINE, "Body": "Hei"}
        with pytest.raises(requests.ConnectionError):
            requests.post(url, data=form, auth=(ACCOUNT, TOKEN), timeout=5)
        assert requests.post(url, data=form, auth=(ACCOUNT, TOKEN), timeout=5).status_code == 201
    assert len(scene.simulator.messages) == 2


def play(disturbance: Disturbance, *, seed: int = 1) -> Scene:
    scene = make_scene(switches=Switches(seed=seed), faults=Faults(callbacks=disturbance))
    scene.answer(
        "/voice",
        f'<Dial action="/done" record="true" recordingStatusCallback="/recording"><Number statusCallback="/leg" '
        f'statusCallbackEvent="{EVENTS}">{KARI}</Number></Dial>',
    )
    scene.phone(KARI, personas.human())
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    return scene


def sequence(scene: Scene) -> list[str]:
    return [form["SequenceNumber"] for form in scene.forms("/leg")]


def test_undisturbed_callbacks_come_once_and_in_order() -> None:
    assert sequence(play(Disturbance())) == ["0", "1", "2", "3"]


def test_callbacks_can_all_be_lost_and_the_call_goes_on() -> None:
    scene = play(Disturbance(dropped=1.0))
    assert sequence(scene) == []
    assert scene.forms("/recording") == scene.forms("/status") == []
    assert scene.forms("/done")[0]["DialCallStatus"] == "completed"


def test_callbacks_can_all_be_doubled() -> None:
    assert sorted(sequence(play(Disturbance(doubled=1.0)))) == ["0", "0", "1", "1", "2", "2", "3", "3"]


def test_late_callbacks_come_out_of_order_with_some_seed() -> None:
    orders = {
        tuple(sequence(play(Disturbance(late=0.5, latest_seconds=120), seed=seed))) for seed in range(6)
    }
    assert any(list(order) != sorted(order) for order in orders)
    assert all(sorted(order) == ["0", "1", "2", "3"] for order in orders)


def test_one_kind_of_callback_can_be_disturbed_alone() -> None:
    scene = play(Disturbance(dropped=1.0, kinds=frozenset({CallbackKind.RECORDING})))
    assert sequence(scene) == ["0", "1", "2", "3"]
    assert scene.forms("/recording") == []


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(min_value=0, max_value=2**32))
def test_however_callbacks_are_disturbed_the_call_itself_is_the_same(
    late: float, doubled: float, dropped: float, seed: int
) -> None:
    scene = play(Disturbance(late=late, doubled=doubled, dropped=dropped), seed=seed)
    plain = play(Disturbance(), seed=seed)
    assert scene.statuses() == plain.statuses()
    assert scene.forms("/done") == plain.forms("/done")


def test_a_callback_that_is_refused_is_warned_of(scene: Scene) -> None:
    from flask import Response

    scene.answer("/status", Response("no", status=500))
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert scene.simulator.debugger.codes() == [15003]
    assert scene.simulator.debugger.entries[0].is_warning


def test_a_callback_that_finds_no_connection_is_logged(scene: Scene) -> None:
    scene.simulator.add_number(
        HOTLINE, voice_url=f"{BASE}/voice", status_callback="https://elsewhere.example.no/status"
    )
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert scene.simulator.debugger.codes() == [11205]
