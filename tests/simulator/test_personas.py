"""The personas, the phones, and the journal that tells what they did."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from simulator import EntryKind, Sound, Switches, personas
from simulator.engine import Script, Sleep
from simulator.handset import Handset
from tests.simulator.scene import CALLER, HOTLINE, KARI, Scene

SCREEN = '<Gather numDigits="1" action="/key" timeout="20"><Say>Press 1</Say></Gather><Redirect/>'


@pytest.fixture
def screened(scene: Scene) -> Scene:
    scene.answer("/voice", f'<Dial action="/done" timeout="25"><Number url="/screen">{KARI}</Number></Dial>')
    scene.answer("/screen", SCREEN)
    scene.answer(
        "/key", lambda form: {"1": "", "2": "<Hangup/>"}.get(form["Digits"], "<Redirect>/screen</Redirect>")
    )
    return scene


def outcome(scene: Scene, persona: personas.Persona) -> tuple[str, str, list[str]]:
    scene.phone(KARI, persona)
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    done = scene.forms("/done")[0]
    return done["DialCallStatus"], done["DialBridged"], [form["Digits"] for form in scene.forms("/key")]


@pytest.mark.parametrize(
    ("persona", "expected"),
    [
        (personas.human(), ("completed", "true", ["1"])),
        (personas.passes_on(), ("completed", "false", ["2"])),
        (personas.wrong_key_first(), ("completed", "true", ["7", "1"])),
        (personas.slow(), ("completed", "true", ["1"])),
        (personas.voicemail(), ("completed", "false", [])),
        (personas.hangs_up_at_once(), ("completed", "false", [])),
        (personas.declines(), ("busy", "false", [])),
        (personas.busy(), ("busy", "false", [])),
        (personas.no_answer(), ("no-answer", "false", [])),
        (personas.unreachable(), ("failed", "false", [])),
    ],
    ids=lambda value: value.label if isinstance(value, personas.Persona) else None,
)
def test_each_persona_does_what_it_is_called(
    screened: Scene, persona: personas.Persona, expected: tuple[str, str, list[str]]
) -> None:
    assert outcome(screened, persona) == expected


def test_voicemail_stays_connected_for_a_minute_and_presses_nothing(screened: Scene) -> None:
    outcome(screened, personas.voicemail())
    leg = screened.simulator.calls[1]
    assert leg.duration_seconds == 60


def test_a_human_may_press_nothing_at_one_prompt_and_a_key_at_the_next(screened: Scene) -> None:
    assert outcome(screened, personas.human(keys=(None, "1"))) == ("completed", "true", ["1"])


def test_a_manual_phone_does_what_it_is_told_and_says_whether_it_could(screened: Scene) -> None:
    kari = screened.phone(KARI)
    simulator = screened.simulator
    assert not any([kari.answer(), kari.decline(), kari.press("1"), kari.hang_up(), kari.speak(1)])
    simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    simulator.advance(timedelta(seconds=2))
    assert kari.state == "ringing"
    assert kari.answer()
    assert not kari.answer()
    assert not kari.decline()
    simulator.advance(timedelta(seconds=2))
    assert kari.state == "in-call"
    assert not kari.press("A")
    assert kari.press("1")
    simulator.advance(timedelta(seconds=2))
    assert simulator.calls[0].peer is kari.handset.leg
    assert simulator.phone(CALLER).state == "in-call"
    assert kari.hang_up()
    simulator.advance(timedelta(seconds=1))
    assert kari.state == "idle"
    assert kari.last_handset.leg.status == "completed"


def test_hanging_up_a_ringing_phone_declines_the_call(screened: Scene) -> None:
    kari = screened.phone(KARI)
    screened.simulator.ring(CALLER, HOTLINE)
    screened.simulator.advance(timedelta(seconds=2))
    assert kari.hang_up()
    screened.simulator.run_until_idle()
    assert screened.statuses()[KARI] == "busy"


def test_words_spoken_are_heard_at_the_other_end(scene: Scene) -> None:
    scene.answer("/voice", f"<Dial>{KARI}</Dial>")
    scene.phone(KARI, personas.human(answers_after=1))
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    scene.simulator.advance(timedelta(seconds=5))
    call.speak(3, "Straumen er borte")
    assert scene.simulator.calls[1].handset.texts == ["Straumen er borte"]


def test_somebody_who_withholds_an_answer_until_asked_twice_can_be_scripted(scene: Scene) -> None:
    def behave(handset: Handset) -> Script[None]:
        yield Sleep(2)
        handset.answer()
        heard = yield from handset.next_sound(30)
        while heard is not None and "again" not in heard.text:
            heard = yield from handset.next_sound(30)
        handset.press("1")

    scene.answer("/voice", f'<Dial><Number url="/screen">{KARI}</Number></Dial>')
    scene.answer(
        "/screen", '<Say>Hello</Say><Gather numDigits="1" action="/key"><Say>and again</Say></Gather>'
    )
    scene.phone(KARI, personas.Persona("scripted", behaviour=behave))
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert scene.forms("/key")[0]["Digits"] == "1"


def test_waiting_for_a_sound_ends_after_its_time(scene: Scene) -> None:
    waited: list[object] = []

    def behave(handset: Handset) -> Script[None]:
        while True:
            heard = yield from handset.next_sound(5)
            if heard is None:
                waited.append(scene.clock.now())
                handset.hang_up()
                return

    scene.answer("/voice", '<Pause length="60"/>')
    scene.simulator.ring(CALLER, HOTLINE, by=behave)
    scene.simulator.run_until_idle()
    assert len(waited) == 1


@pytest.mark.parametrize(
    "on",
    ["second", Sound.SAID, lambda heard: heard.text.startswith("second")],
    ids=["words", "sound", "test"],
)
def test_a_caller_leaves_on_words_on_a_sound_or_on_a_test(scene: Scene, on: object) -> None:
    scene.answer("/voice", "<Say>first</Say><Say>second</Say><Say>third</Say>")
    call = scene.simulator.ring(CALLER, HOTLINE, by=personas.caller(hangs_up_on=on))  # type: ignore[arg-type]
    scene.simulator.run_until_idle()
    assert call.heard == (["first"] if on is Sound.SAID else ["first", "second"])


def test_call_waiting_lets_a_phone_in_a_call_ring_again(scene: Scene) -> None:
    scene.simulator.switches = Switches(seed=1, call_waiting=True)
    scene.answer("/voice", f"<Dial>{KARI}</Dial>")
    kari = scene.phone(KARI)
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.advance(timedelta(seconds=2))
    kari.answer()
    scene.simulator.ring("+4791000002", HOTLINE)
    scene.simulator.advance(timedelta(seconds=2))
    assert [handset.leg.status for handset in kari.handsets] == ["in-progress", "ringing"]


def test_the_screenplay_reads_who_did_what_when_in_local_time(screened: Scene) -> None:
    screened.answer("/done", "<Say>Ha det</Say>")
    screened.phone(KARI, personas.human())
    screened.simulator.add_phone(CALLER, "Anne")
    screened.simulator.ring(CALLER, HOTLINE)
    screened.simulator.run_until_idle()
    journal = screened.simulator.journal
    play = journal.screenplay(zone=ZoneInfo("Europe/Oslo")).splitlines()
    assert play[0] == "--- 2026-11-25 ---"
    assert play[1].split(maxsplit=1) == [
        "21:00:00",
        "Anne (+4791000001)           calls Hotline (+4721000000)",
    ]
    assert any(line.endswith("presses 1") for line in play)
    assert any("is connected with Phone 01 (+4790000001)" in line for line in play)
    assert not any("POST" in line for line in play)
    assert "POST /voice -> 200" in journal.screenplay(machines=True)
    assert len(journal.screenplay(since=len(journal) - 1).splitlines()) <= 2
    assert journal.of(EntryKind.PRESSES, who=KARI)[0].details["key"] == "1"
    assert len(list(journal)) == len(journal)


def test_every_persona_by_name_can_be_made() -> None:
    assert {name: make().label for name, make in personas.PERSONAS.items()}["voicemail"] == "voicemail"
