"""The demo tells its whole story, and notices when a step does not go as it should."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
import requests
import structlog

import dispatcher.calls.decide
import dispatcher.commands.handle
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision
from dispatcher.effects import HANDLERS
from dispatcher.outbox.performing import Dropped, Handler
from dispatcher.paging.handle import run_round
from dispatcher.worker import Worker
from vakttelefon.demo.installation import installed
from vakttelefon.demo.run import run_demo

Breaks = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Undo the demo's own set-up of the log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _without_effect(kind: str) -> Breaks:
    def breaks(patch: pytest.MonkeyPatch) -> None:
        handlers: Mapping[str, Handler] = MappingProxyType(
            {**HANDLERS, kind: Handler(lambda _services, _effect: Dropped("broken"))}
        )
        patch.setitem(Worker.__init__.__kwdefaults__ or {}, "handlers", handlers)

    return breaks


def _silence_accepts(patch: pytest.MonkeyPatch) -> None:
    real = dispatcher.calls.decide.callee_pressed

    def pressed(situation: Any, attempt: Any, *, digits: str, **more: Any) -> Any:
        return real(situation, attempt, digits=digits or "1", **more)

    patch.setattr(dispatcher.calls.decide, "callee_pressed", pressed)


def _one_round_only(patch: pytest.MonkeyPatch) -> None:
    real = run_round
    seen: set[int] = set()

    def once(services: Any, connection: Any, case_id: int) -> None:
        if case_id not in seen:
            seen.add(case_id)
            real(services, connection, case_id)

    patch.setattr("dispatcher.effects.run_round", once)


def _untold(template: str) -> Breaks:
    def breaks(patch: pytest.MonkeyPatch) -> None:
        real = Scene.to_caller

        def to_caller(self: Scene, wanted: str, **values: Any) -> Any:
            return () if wanted == template else real(self, wanted, **values)

        patch.setattr(Scene, "to_caller", to_caller)

    return breaks


def _no_decision(module: Any, name: str) -> Breaks:
    return lambda patch: patch.setattr(module, name, lambda *_facts, **_more: Decision())


def _play(started: list[str]) -> int:
    return run_demo(once=True, port=0, tell=started.append)


def test_the_story_goes_as_it_should() -> None:
    """Every step of the storyline is checked, and the exit code is 0."""
    told: list[str] = []
    assert _play(told) == 0
    assert sum(line.startswith("✓") for line in told) > 15
    assert not any(line.startswith("✗") for line in told)


_BROKEN = [
    (_silence_accepts, "does not count as an answer"),
    (_untold("sms.receipt"), "case number by SMS"),
    (_one_round_only, "rung by rung"),
]
_BROKEN_TOO = [
    (_without_effect("ticket"), "stub ticket"),
    (_without_effect("recording-fetch"), "recorded, encrypted and filed"),
    (_without_effect("recording-delete"), "deleted at Twilio"),
    (_untold("sms.taken"), "told who has the case"),
    (_no_decision(dispatcher.commands.handle, "assess"), "URGENT"),
    (_no_decision(dispatcher.commands.handle, "note"), "NOTE"),
    (_no_decision(dispatcher.commands.handle, "close"), "DONE"),
    (_no_decision(dispatcher.calls.decide, "case_alarm"), "coordinator"),
    (_no_decision(dispatcher.commands.handle, "acknowledge"), "ACK"),
]


@pytest.mark.parametrize(
    ("breaks", "step"),
    [
        *(pytest.param(breaks, step, id=step) for breaks, step in _BROKEN),
        *(pytest.param(breaks, step, id=step, marks=pytest.mark.slow) for breaks, step in _BROKEN_TOO),
    ],
)
def test_a_broken_step_is_noticed(breaks: Breaks, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is 1, and the step that did not go as it should is named."""
    breaks(monkeypatch)
    told: list[str] = []
    assert _play(told) == 1
    (failed,) = [line for line in told if line.startswith("✗")]
    assert step in failed


def test_the_wall_marks_the_telephones_of_whoever_is_on_duty_at_the_moment() -> None:
    with installed(port=0) as demo:

        def marked(language: str) -> dict[str, list[str]]:
            answer = requests.get(f"{demo.web.url}/phones/state?lang={language}", timeout=10).json()
            return {phone["number"]: phone["marks"] for phone in answer["phones"] if phone["marks"]}

        assert marked("nn") == {number: ["På vakt"] for number in demo.cast.on_duty.phones}
        assert {label for labels in marked("en").values() for label in labels} == {"On duty"}
        before = marked("nn")
        demo.simulator.clock.move_to(demo.simulator.clock.now() + timedelta(days=7))
        assert marked("nn")
        assert marked("nn").keys() != before.keys()
