"""`check` finds what is wrong outside this machine: Twilio, its numbers, addresses, the time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatcher.telephony.port import DeliveryError
from tests.hotline.rig import HOTLINE
from tests.vakttelefon.checking import FALLBACK, NOW, Installation, changed, incoming
from tests.vakttelefon.cli.twilio import simulated_twilio
from vakttelefon.checks import Level
from vakttelefon.checks.looking import Answer, certificate_ends, look


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"account_sid": ""}, "account_sid"),
        ({"auth_tokens": ()}, "auth_token"),
        ({"account_sid": "", "auth_tokens": ()}, "account_sid and auth_token"),
    ],
)
def test_missing_credentials_fail(installation: Installation, values: dict[str, Any], missing: str) -> None:
    found = installation.trouble(changed(installation.shell.config, "twilio", **values))
    assert (found.level, found.name) == (Level.FAIL, "twilio")
    assert found.what == f"credentials are missing: [twilio] {missing}"


def test_wrong_credentials_and_an_unreachable_twilio_fail_and_hide_nothing(
    installation: Installation,
) -> None:
    installation.telephony.refusal = DeliveryError("the credentials are refused (HTTP 401, code 20003)")
    found = installation.troubles()
    assert [(each.level, each.name) for each in found] == [(Level.FAIL, "twilio"), (Level.FAIL, "numbers")]
    assert "20003" in found[0].what


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("http://vakt.example.no", Level.FAIL),
        ("http://10.0.0.5:8000", Level.FAIL),
        ("http://localhost:8000", Level.WARN),
        ("http://127.0.0.1:8000", Level.WARN),
        ("https://localhost", Level.WARN),
    ],
)
def test_a_public_url_that_is_not_https_fails_and_loopback_warns(
    installation: Installation, url: str, level: Level
) -> None:
    config = replace(installation.shell.config, public_url=url)
    installation.telephony.numbers = [incoming(config)]
    found = installation.trouble(config)
    assert (found.level, found.name) == (level, "public-url")


@pytest.mark.parametrize(
    ("answer", "level", "words"),
    [
        (Answer(None, failure="no connection"), Level.WARN, "no connection from here"),
        (Answer(502), Level.WARN, "answers HTTP 502"),
        (
            Answer(None, failure="its certificate is not accepted", is_refused_certificate=True),
            Level.FAIL,
            "Twilio refuses it too",
        ),
    ],
)
def test_a_public_url_that_does_not_answer_is_found(
    installation: Installation, answer: Answer, level: Level, words: str
) -> None:
    installation.answers["https://vakt.example.no/healthz"] = answer
    found = installation.trouble()
    assert (found.level, found.name) == (level, "public-url")
    assert words in found.what


def test_a_certificate_that_ends_within_two_weeks_warns(installation: Installation) -> None:
    installation.certificate = NOW + timedelta(days=13)
    assert installation.trouble().what == "the certificate of vakt.example.no ends on 2026-12-08"
    installation.certificate = None
    assert installation.troubles() == []


@pytest.mark.parametrize(
    ("fallback", "public_url", "level"),
    [
        ("", "https://vakt.example.no", Level.FAIL),
        ("https://VAKT.example.no/plan-b", "https://vakt.example.no", Level.FAIL),
        ("https://vakt.example.no:8443/plan-b", "https://vakt.example.no", Level.FAIL),
        ("", "http://localhost:8000", Level.WARN),
    ],
)
def test_no_fallback_that_would_outlive_this_machine_is_found(
    installation: Installation, fallback: str, public_url: str, level: Level
) -> None:
    config = changed(
        replace(installation.shell.config, public_url=public_url), "twilio", fallback_url=fallback
    )
    installation.telephony.numbers = [incoming(config)]
    found = [each for each in installation.troubles(config) if each.name == "fallback"]
    assert [each.level for each in found] == [level]


@pytest.mark.parametrize(
    ("answer", "is_fine"),
    [(Answer(200), True), (Answer(403), True), (Answer(404), False), (Answer(None, failure="x"), False)],
)
def test_a_fallback_that_does_not_answer_warns(
    installation: Installation, answer: Answer, *, is_fine: bool
) -> None:
    installation.answers[FALLBACK] = answer
    assert [(each.level, each.name) for each in installation.troubles()] == (
        [] if is_fine else [(Level.WARN, "fallback")]
    )


@pytest.mark.parametrize(
    "field_name",
    ["voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url", "voice_method"],
)
def test_a_number_whose_webhooks_differ_fails(installation: Installation, field_name: str) -> None:
    wrong = incoming(installation.shell.config, **{field_name: "https://old.example.no"})
    installation.telephony.numbers = [wrong]
    found = installation.trouble()
    assert (found.level, found.name, found.remedy) == (Level.FAIL, "numbers", "run `vakttelefon provision`")
    assert f"{field_name}: https://old.example.no → " in found.what


def test_a_number_that_the_account_lacks_fails(installation: Installation) -> None:
    installation.telephony.numbers = []
    found = installation.trouble()
    assert (found.level, found.what) == (Level.FAIL, f"{HOTLINE} (drift) is no number of the account")


@pytest.mark.parametrize("field_name", ["voice_application_sid", "trunk_sid"])
def test_an_application_or_trunk_that_wins_over_the_addresses_fails(
    installation: Installation, field_name: str
) -> None:
    installation.telephony.numbers = [incoming(installation.shell.config, **{field_name: "XX1"})]
    found = installation.trouble()
    assert found.level is Level.FAIL
    assert f"{field_name} XX1, which wins over its addresses" in found.what


@pytest.mark.parametrize(("seconds", "told"), [(90, "ahead of"), (-3700, "behind")])
def test_a_clock_that_differs_from_twilios_warns(installation: Installation, seconds: int, told: str) -> None:
    api = "https://api.twilio.com"
    installation.answers[api] = Answer(200, NOW - timedelta(seconds=seconds))
    assert installation.trouble().what == f"is {abs(seconds)} s {told} Twilio's"
    installation.answers[api] = Answer(None, failure="no connection")
    assert installation.trouble().level is Level.WARN
    installation.answers[api] = Answer(200, NOW - timedelta(seconds=60))
    assert installation.troubles() == []


def test_looking_at_an_address_tells_status_time_or_failure() -> None:
    with simulated_twilio() as (_, url):
        answer = look(f"{url}/nowhere")
        assert answer.status in {401, 404}
        assert answer.date is not None
        assert abs(answer.date - datetime.now(UTC)) < timedelta(minutes=1)
        # it speaks no TLS
        assert look(url.replace("http:", "https:")).status is None
        port = int(url.rpartition(":")[2])
        assert certificate_ends("127.0.0.1", port) is None
    assert look(url).failure.startswith("no connection")
    assert look("http://127.0.0.1:99999").failure.startswith("no connection")
