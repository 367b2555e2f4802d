"""Fetching TwiML: retries, redirects, cookies, the fallback, and what Twilio logs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import pytest
from flask import Response, redirect

from simulator import Switches
from simulator.flow.session import APPLICATION_ERROR
from tests.simulator.scene import BASE, CALLER, HOTLINE, Request, Scene, make_scene, twiml


def ring(scene: Scene) -> list[str]:
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    return call.heard


def with_url(fragment: str) -> Scene:
    scene = make_scene(voice_url=f"{BASE}/voice#{fragment}")
    scene.answer("/voice", "<Say>Hello</Say>")
    return scene


def fallback(scene: Scene, url: str = f"{BASE}/fallback") -> None:
    scene.simulator.exchange.numbers[HOTLINE].voice_fallback_url = url
    scene.answer("/fallback", "<Say>Plan B</Say>")


def status(code: int) -> Response:
    return Response("no", status=code, mimetype="text/plain")


def failing(times: int, code: int = 500) -> Callable[[dict[str, str]], Response]:
    left = [times]

    def answer(_form: dict[str, str]) -> Response:
        left[0] -= 1
        return status(code) if left[0] >= 0 else twiml("<Say>Hello</Say>")

    return answer


def test_the_headers_that_twilio_sends(scene: Scene) -> None:
    ring(scene)
    headers = scene.asked("/voice")[0].headers
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["X-Home-Region"] == "us1"
    assert headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert headers["I-Twilio-Idempotency-Token"]


def test_one_connect_failure_is_retried_by_default_and_two_are_not() -> None:
    scene = with_url("")
    scene.simulator.faults.webhook_outages = 1
    assert ring(scene) == ["Hello"]
    scene.simulator.faults.webhook_outages = 2
    assert ring(scene) == [APPLICATION_ERROR]
    assert scene.simulator.debugger.codes() == [11205]


def test_an_error_answer_and_a_timeout_are_not_retried_by_default() -> None:
    scene = with_url("")
    scene.answer("/voice", failing(1))
    assert ring(scene) == [APPLICATION_ERROR]
    scene = with_url("")
    scene.simulator.faults.webhook_timeouts = 1
    assert ring(scene) == [APPLICATION_ERROR]
    assert scene.simulator.debugger.codes() == [11203]


def test_the_retry_policy_of_the_fragment_is_obeyed_and_never_sent() -> None:
    scene = with_url("rc=2&rp=ct,rt,5xx")
    scene.answer("/voice", failing(2))
    assert ring(scene) == ["Hello"]
    assert len(scene.asked("/voice")) == 3
    assert all("#" not in request.raw_uri for request in scene.requests)


def test_four_hundreds_are_retried_only_when_asked_for() -> None:
    scene = with_url("rc=1&rp=5xx")
    scene.answer("/voice", failing(1, 404))
    assert ring(scene) == [APPLICATION_ERROR]
    scene = with_url("rc=1&rp=4xx")
    scene.answer("/voice", failing(1, 404))
    assert ring(scene) == ["Hello"]


def test_a_timeout_takes_virtual_time_and_all_attempts_share_fifteen_seconds() -> None:
    scene = with_url("rc=5&rp=rt&rt=4000")
    scene.simulator.faults.webhook_timeouts = 5
    started_at = scene.clock.now()
    call = scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until(lambda: bool(call.heard))
    assert scene.clock.now() - started_at == timedelta(seconds=15)
    assert call.heard == [APPLICATION_ERROR]


@pytest.mark.parametrize("is_constant", [True, False])
def test_whether_retries_carry_the_same_idempotency_token_is_a_switch(*, is_constant: bool) -> None:
    scene = with_url("rc=1&rp=5xx")
    scene.simulator.switches = Switches(seed=1, constant_idempotency_token=is_constant)
    scene.answer("/voice", failing(1))
    ring(scene)
    tokens = {request.headers["I-Twilio-Idempotency-Token"] for request in scene.asked("/voice")}
    assert (len(tokens) == 1) is is_constant


def test_a_malformed_fragment_is_warned_of_and_the_call_goes_on() -> None:
    scene = with_url("rc=99")
    assert ring(scene) == ["Hello"]
    assert scene.simulator.debugger.codes() == [11243]


def test_redirects_are_followed_without_the_body_and_relative_urls_start_from_the_end(scene: Scene) -> None:
    scene.answer("/voice", lambda _: redirect("/elsewhere/doc", 302))  # type: ignore[arg-type, return-value]
    scene.answer("/elsewhere/doc", "<Redirect>next</Redirect>")
    scene.answer("/elsewhere/next", "<Say>There</Say>")
    assert ring(scene) == ["There"]
    request: Request = scene.asked("/elsewhere/doc")[0]
    assert (request.method, request.form) == ("GET", {})
    assert scene.forms("/elsewhere/next")[0]["From"] == CALLER


def test_more_than_ten_redirects_are_too_many(scene: Scene) -> None:
    scene.answer("/voice", lambda _: redirect("/voice", 302))  # type: ignore[arg-type, return-value]
    assert ring(scene) == [APPLICATION_ERROR]
    assert scene.simulator.debugger.codes() == [11215]
    assert len(scene.asked("/voice")) == 11


def test_cookies_are_kept_for_the_call_and_not_for_the_next_one(scene: Scene) -> None:
    def voice(_form: dict[str, str]) -> Response:
        answer = twiml("<Redirect>/next</Redirect>")
        answer.set_cookie("step", "one")
        return answer

    scene.answer("/voice", voice)
    ring(scene)
    ring(scene)
    assert [request.cookies for request in scene.asked("/next")] == [{"step": "one"}] * 2
    assert [request.cookies for request in scene.asked("/voice")] == [{}, {}]


def test_the_fallback_is_told_the_error_and_takes_over(scene: Scene) -> None:
    fallback(scene)
    scene.answer("/voice", lambda _: status(500))
    assert ring(scene) == ["Plan B"]
    form = scene.forms("/fallback")[0]
    assert (form["ErrorCode"], form["ErrorUrl"], form["From"]) == ("11200", f"{BASE}/voice", CALLER)


def test_whether_the_fallback_is_told_the_error_is_a_switch(scene: Scene) -> None:
    scene.simulator.switches = Switches(seed=1, sends_fallback_error=False)
    fallback(scene)
    scene.answer("/voice", lambda _: status(500))
    ring(scene)
    assert "ErrorCode" not in scene.forms("/fallback")[0]


def test_the_fallback_also_covers_later_requests_of_the_call(scene: Scene) -> None:
    fallback(scene)
    scene.answer("/voice", "<Say>Hello</Say><Redirect>/broken</Redirect>")
    scene.answer("/broken", lambda _: Response("<Response><Say>", mimetype="text/xml"))
    assert ring(scene) == ["Hello", "Plan B"]
    assert scene.forms("/fallback")[0]["ErrorCode"] == "12100"


def test_a_fallback_that_fails_as_well_ends_in_the_application_error(scene: Scene) -> None:
    fallback(scene, "not a url")
    scene.answer("/voice", lambda _: status(500))
    assert ring(scene) == [APPLICATION_ERROR]
    assert scene.simulator.debugger.codes() == [11200, 11100]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response("\n<?xml version='1.0'?><Response/>", mimetype="text/xml"), 12100),
        (Response("<Answer/>", mimetype="text/xml"), 12102),
        (Response("{}", mimetype="application/json"), 12300),
        (Response("<Response>" + " " * 70_000 + "</Response>", mimetype="text/xml"), 11750),
    ],
)
def test_documents_that_twilio_gives_up_on(scene: Scene, answer: Response, code: int) -> None:
    scene.answer("/voice", answer)
    assert ring(scene) == [APPLICATION_ERROR]
    assert code in scene.simulator.debugger.codes()


@pytest.mark.parametrize(("use", "said"), [("use-first", "answer 1"), ("use-second", "answer 2")])
def test_every_request_can_be_sent_twice_and_either_answer_used(
    scene: Scene, use: Literal["use-first", "use-second"], said: str
) -> None:
    count = [0]

    def voice(_form: dict[str, str]) -> str:
        count[0] += 1
        return f"<Say>answer {count[0]}</Say>"

    scene.answer("/voice", voice)
    scene.simulator.faults.doubled_webhooks = use
    assert ring(scene) == [said]
    first, second = scene.asked("/voice")
    assert (first.form, first.headers) == (second.form, second.headers)


def test_an_application_that_raises_is_answered_for_with_500_and_its_error_is_kept(scene: Scene) -> None:
    def voice(_form: dict[str, str]) -> str:
        raise ZeroDivisionError

    scene.answer("/voice", voice)
    assert ring(scene) == [APPLICATION_ERROR]


def test_an_address_that_nothing_answers_is_a_connection_failure(scene: Scene) -> None:
    scene.answer("/voice", "<Redirect>https://elsewhere.example.no/x</Redirect>")
    assert ring(scene) == [APPLICATION_ERROR]
    assert 11205 in scene.simulator.debugger.codes()


def test_a_webhook_can_take_virtual_time() -> None:
    scene = make_scene(switches=Switches(seed=1, webhook_seconds=2.0))
    scene.answer("/voice", "<Say>Hello</Say>")
    started_at = scene.clock.now()
    ring(scene)
    assert scene.asked("/voice")[0].at - started_at == timedelta(seconds=2)


def test_user_and_password_of_a_url_become_basic_credentials() -> None:
    scene = make_scene(voice_url=BASE.replace("://", "://kari:hem%20meleg@") + "/voice")
    ring(scene)
    assert scene.asked("/voice")[0].headers["Authorization"] == "Basic a2FyaTpoZW0gbWVsZWc="
