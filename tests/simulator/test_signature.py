"""The signature: Twilio's own test vector, and agreement with Twilio's validator."""

from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from simulator.signature import sign, signed_form_of
from tests.simulator.scene import BASE, CALLER, HOTLINE, TOKEN, Scene, make_scene


def test_the_published_vector() -> None:
    params = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert sign(url, params, token="12345") == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=6))
def test_twilios_validator_accepts_every_signature(params: dict[str, str]) -> None:
    url = f"{BASE}/voice?a=%C3%A5&b="
    assert RequestValidator(TOKEN).validate(url, params, sign(url, params.items(), token=TOKEN))


def test_user_fragment_and_https_port_are_not_signed() -> None:
    assert signed_form_of("https://u:p@example.com:8443/a?b=1#rc=2") == "https://example.com/a?b=1"
    assert signed_form_of("https://example.com:8443/a", keeps_port=True) == "https://example.com:8443/a"
    assert signed_form_of("http://example.com:8080/a") == "http://example.com:8080/a"


def test_every_webhook_of_a_call_is_accepted_by_twilios_validator(scene: Scene) -> None:
    scene.answer("/voice", '<Gather action="/key?name=K%C3%A5re&amp;x="><Say>Hi</Say></Gather>')
    scene.simulator.ring(CALLER, HOTLINE, caller_id="Ærleg ☎")
    scene.simulator.run_until_idle()
    validator = RequestValidator(TOKEN)
    assert len(scene.requests) == 2
    for request in scene.requests:
        signature = request.headers["X-Twilio-Signature"]
        assert validator.validate(BASE + request.raw_uri, request.form, signature)
        assert not RequestValidator("another").validate(BASE + request.raw_uri, request.form, signature)


def test_a_get_webhook_carries_its_parameters_in_the_query_and_is_signed_over_it() -> None:
    scene = make_scene()
    scene.simulator.exchange.numbers[HOTLINE].voice_method = "GET"
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    request = scene.asked("/voice")[0]
    assert (request.method, request.form, request.query["From"]) == ("GET", {}, CALLER)
    assert "CallToken" not in request.query
    assert RequestValidator(TOKEN).validate(BASE + request.raw_uri, {}, request.headers["X-Twilio-Signature"])
