"""`provision`: the numbers lead here, the difference is shown first, and twice is once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from simulator import Simulator
from tests.hotline.rig import HOTLINE, ORGANISATION
from tests.vakttelefon.checking import FakeTelephony, incoming
from tests.vakttelefon.cli.shell import Shell, somebody_types
from tests.vakttelefon.cli.twilio import simulated_twilio
from vakttelefon.cli import asking
from vakttelefon.config import Config
from vakttelefon.provisioning import wanted_webhooks

BASE = "https://vakt.example.no/webhooks/twilio"
RETRY = "#rc=2&rp=ct,rt,5xx"


@pytest.fixture
def twilio(small_shell: Shell) -> Iterator[Simulator]:
    """A Twilio account with the hotline's number, which the shell's configuration names."""
    with simulated_twilio() as (simulator, url):
        small_shell.configure(api=url)
        small_shell.import_organisation()
        yield simulator


def number(simulator: Simulator) -> Any:
    return simulator.exchange.numbers[HOTLINE]


def test_every_address_is_set_with_the_retry_fragment(small_shell: Shell, twilio: Simulator) -> None:
    told = small_shell.ok("provision")
    assert f"voice_url: https://old.example.no/voice → {BASE}/voice{RETRY}" in told
    assert told.endswith(f"Set {HOTLINE}.\n")
    present = number(twilio)
    assert present.voice_url == f"{BASE}/voice{RETRY}"
    assert present.voice_fallback_url == f"{BASE}/voice/fallback{RETRY}"
    assert present.status_callback == f"{BASE}/call-status{RETRY}"
    assert present.sms_url == present.sms_fallback_url == f"{BASE}/sms{RETRY}"
    assert small_shell.acts()[-1] == "numbers-provisioned"


def test_twice_is_once(small_shell: Shell, twilio: Simulator) -> None:
    small_shell.ok("provision")
    changed_at = number(twilio).updated_at
    assert small_shell.ok("provision") == f"  {HOTLINE} (drift): nothing to change\n"
    assert number(twilio).updated_at == changed_at
    assert small_shell.acts().count("numbers-provisioned") == 1


def test_a_dry_run_and_a_no_change_nothing(
    small_shell: Shell, twilio: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "→" in small_shell.ok("provision", "--dry-run")
    somebody_types(monkeypatch, asking)
    assert "nothing was changed" in small_shell.refused("provision", typed="n\n")
    assert number(twilio).voice_url == "https://old.example.no/voice"
    small_shell.ok("provision", "--yes")
    assert number(twilio).voice_url == f"{BASE}/voice{RETRY}"


def test_an_application_that_would_win_is_taken_off(small_shell: Shell, twilio: Simulator) -> None:
    small_shell.ok("provision")
    number(twilio).voice_application_sid = "AP" + "0" * 32
    assert f"voice_application_sid: AP{'0' * 32} → (nothing)" in small_shell.ok("provision")
    assert number(twilio).voice_application_sid == ""


def test_a_number_of_somebody_elses_is_an_error_and_the_others_are_set(
    small_shell: Shell, twilio: Simulator
) -> None:
    more = ORGANISATION + (
        '\n[[hotlines]]\nid = "reserve"\nnumber = "+4721000001"\nname = "R"\nschedule = "drift"\nladder = "standard"\n'
    )
    small_shell.import_organisation(more)
    told = small_shell.refused("provision")
    assert told == (
        "twilio.account_sid: the account does not have +4721000001 (reserve):"
        " buy or move the number, or correct it in the organisation file"
    )
    assert number(twilio).voice_url == f"{BASE}/voice{RETRY}"


def test_wrong_credentials_and_nothing_imported_are_told(small_shell: Shell) -> None:
    assert "no organisation is imported" in small_shell.refused("provision")
    with simulated_twilio() as (_, url):
        small_shell.configure(api=url, token="wrong")
        small_shell.import_organisation()
        assert small_shell.refused("provision").startswith("twilio: ")


def test_a_real_number_is_never_pointed_at_loopback(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    telephony = FakeTelephony(numbers=[incoming()])
    monkeypatch.setattr("vakttelefon.wiring.telephony_of", lambda _config: telephony)
    small_shell.configure(public_url="http://localhost:8000")
    small_shell.import_organisation()
    assert small_shell.refused("provision").startswith(
        "public_url: Twilio cannot reach http://localhost:8000: write the https address"
    )
    assert telephony.configured == []


def test_the_fallback_somewhere_else_is_set_as_it_is_written() -> None:
    config = Config(public_url="https://vakt.example.no")
    elsewhere = "https://handler.example.net/twiml/EH1"
    config = replace(config, twilio=replace(config.twilio, fallback_url=elsewhere))
    assert wanted_webhooks(config).voice_fallback_url == elsewhere
