"""Live: events run on a thread of their own as time passes, webhooks outside the lock."""

import threading

from simulator import Entry, EntryKind, personas
from tests.simulator.conftest import client_of
from tests.simulator.scene import CALLER, HOTLINE, KARI, Scene

PATIENCE = 20.0


def when(scene: Scene, kind: EntryKind, *, who: str) -> threading.Event:
    happened = threading.Event()

    def listen(entry: Entry) -> None:
        if entry.kind is kind and entry.who == who:
            happened.set()

    scene.simulator.journal.listen(listen)
    return happened


def test_a_call_plays_by_itself_at_many_times_wall_speed(scene: Scene) -> None:
    scene.answer("/voice", f'<Say>Hello</Say><Dial action="/done"><Number>{KARI}</Number></Dial>')
    scene.phone(KARI, personas.human())
    over = when(scene, EntryKind.ENDED, who=CALLER)
    with scene.simulator as simulator:
        simulator.start_live(speed=500)
        call = simulator.ring(CALLER, HOTLINE)
        assert over.wait(PATIENCE)
        assert call.status == "completed"
    assert not simulator.clock.is_running
    assert len(scene.forms("/done")) == 1


def test_the_application_may_ask_the_rest_side_while_its_webhook_is_fetched(scene: Scene) -> None:
    client = client_of(scene)
    seen: list[str] = []

    def voice(form: dict[str, str]) -> str:
        thread = threading.Thread(
            target=lambda: seen.append(str(client.calls(form["CallSid"]).fetch().status))
        )
        thread.start()
        thread.join(PATIENCE)
        return "<Say>Hello</Say>"

    scene.answer("/voice", voice)
    over = when(scene, EntryKind.ENDED, who=CALLER)
    with scene.simulator as simulator:
        simulator.start_live(speed=500)
        simulator.ring(CALLER, HOTLINE)
        assert over.wait(PATIENCE)
    assert seen == ["ringing"]


def test_phones_are_acted_for_from_other_threads(scene: Scene) -> None:
    scene.answer("/voice", f"<Dial>{KARI}</Dial>")
    kari = scene.phone(KARI)
    rings = when(scene, EntryKind.RINGING, who=KARI)
    talks = when(scene, EntryKind.CONNECTED, who=CALLER)
    over = when(scene, EntryKind.ENDED, who=KARI)
    with scene.simulator as simulator:
        simulator.start_live(speed=20)
        simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
        assert rings.wait(PATIENCE)
        assert kari.answer()
        assert talks.wait(PATIENCE)
        assert kari.hang_up()
        assert over.wait(PATIENCE)
    assert kari.state == "idle"


def test_starting_twice_and_stopping_twice_is_harmless(scene: Scene) -> None:
    scene.simulator.start_live()
    scene.simulator.start_live()
    scene.simulator.stop_live()
    scene.simulator.stop_live()
    assert not scene.simulator.clock.is_running
