"""`ring`: a test call through the worker that runs, or a plain word why not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatcher.store.tables import effects
from dispatcher.telephony.port import DeliveryError
from tests.hotline.rig import HOTLINE, KARI, ORGANISATION, Rig
from tests.vakttelefon.cli.shell import Shell
from vakttelefon.cli import ring as command


@pytest.fixture
def rig(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """An installation whose worker does what is due whenever the command waits."""
    rig = Rig(shell.database_url, tmp_path)
    rig.clock.instant = datetime.now(UTC) + timedelta(seconds=1)
    rig.worker.begin()
    monkeypatch.setattr(command, "sleep", lambda _seconds: rig.work())
    yield rig
    rig.close()


def test_the_first_phone_is_rung_from_the_hotline_and_the_voice_is_ours(shell: Shell, rig: Rig) -> None:
    told = shell.ok("ring", "ola")
    assert told == f"+4790000002 is being rung from {HOTLINE}: answer, and press 1.\n"
    (call,) = rig.telephony.placed
    assert (call["to"], call["from_"]) == ("+4790000002", HOTLINE)
    question = rig.twiml(call["url"], CallSid=call["sid"], CallStatus="in-progress")
    assert "1" in question.said
    thanks = rig.press(question, "1", leg=call["sid"])
    assert thanks.verbs()[-1] == "Hangup"


def test_another_phone_of_the_person_may_be_named(shell: Shell, rig: Rig) -> None:
    shell.ok("ring", "ola", "--phone", "+47 55 10 00 02", "--hotline", "drift")
    assert rig.telephony.placed[0]["to"] == "+4755100002"


def test_a_refusal_of_twilios_is_told(shell: Shell, rig: Rig) -> None:
    rig.telephony.refuse[KARI] = DeliveryError("the number cannot be called", permanent=True, code=21211)
    told = shell.refused("ring", "kari")
    assert told.startswith(f"{KARI}: was not rung: the number cannot be called")


def test_what_is_not_placed_in_time_is_withdrawn(
    shell: Shell, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "PATIENCE_SECONDS", 0.0)
    assert "did not get to it in time" in shell.refused("ring", "kari")
    assert shell.rows(effects)[-1]["state"] == "dropped"
    rig.work()
    assert rig.telephony.placed == []


def test_without_a_worker_nothing_is_queued(shell: Shell) -> None:
    shell.import_organisation()
    assert "no worker runs" in shell.refused("ring", "kari")
    assert shell.rows(effects) == []


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nobody",), 2, "nobody: the organisation has no such person: use one of kari, ola, siri, per, kim"),
        (("siri",), 1, "siri: has no phone: add one to the organisation file"),
        (("kari", "--phone", "113"), 2, '--phone: "113" is an emergency number'),
        (("kari", "--phone", "+4790000002"), 2, "--phone: +4790000002 is not a phone of kari"),
        (("kari", "--hotline", "x"), 2, "--hotline: there is no hotline x: use one of drift"),
    ],
)  # fmt: skip
def test_what_cannot_be_rung_is_told(
    small_shell: Shell, arguments: tuple[str, ...], code: int, told: str
) -> None:
    small_shell.import_organisation(ORGANISATION.replace('phones = ["+4790000003"]', "phones = []"))
    assert small_shell.refused("ring", *arguments, code=code).startswith(told)
