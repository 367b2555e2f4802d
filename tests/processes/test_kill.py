"""Whatever process is killed, and whenever: the case is there once with its story, and its pages were sent."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from simulator import personas
from simulator.facade import CallHandle
from simulator.faults import RestFaultKind
from simulator.handset import Handset, Sound
from simulator.personas import Persona
from tests.hotline.rig import CALLER, HOTLINE
from tests.processes.hall import KARI, Hall, wait_until


@dataclass(frozen=True)
class Step:
    """A moment of a call: who plays, and how one knows that it has come."""

    has_come: Callable[[Hall, CallHandle], bool]
    kari: Callable[[], Persona] = personas.no_answer
    message_seconds: float = 8.0
    hangs_up_after: float | None = None


def _heard(handset: Handset, sound: Sound) -> bool:
    return any(item.sound is sound for item in handset.heard)


def _karis_handset(hall: Hall) -> Handset | None:
    legs = [leg for leg in hall.simulator.calls if leg.to == KARI]
    return legs[-1].handset if legs else None


def _kari_heard(sound: Sound) -> Callable[[Hall, CallHandle], bool]:
    def has_come(hall: Hall, _call: CallHandle) -> bool:
        handset = _karis_handset(hall)
        return handset is not None and _heard(handset, sound)

    return has_come


def _has_accepted(hall: Hall, _call: CallHandle) -> bool:
    return hall.holds(lambda case: case.acknowledged_by == "kari")()


STEPS = {
    "after the first request": Step(lambda hall, _call: bool(hall.references())),
    "while it rings": Step(_kari_heard(Sound.RINGING)),
    "in the question": Step(
        _kari_heard(Sound.LISTENING), kari=lambda: personas.human(answers_after=1, think_seconds=10)
    ),
    "after the key": Step(_has_accepted, kari=lambda: personas.human(answers_after=1)),
    "in the talk": Step(
        lambda _hall, call: _heard(call.handset, Sound.CONNECTED), kari=lambda: personas.human(answers_after=1)
    ),
    "at the recorder": Step(lambda _hall, call: _heard(call.handset, Sound.BEEP)),
    "after the end": Step(lambda _hall, call: call.is_over, hangs_up_after=6),
    "while a page is answered": Step(
        lambda hall, _call: hall.page_calls(KARI) > 0 and _kari_heard(Sound.RINGING)(hall, _call), hangs_up_after=6
    ),
}  # fmt: skip


def _play(hall: Hall, name: str, *, web: bool, worker: bool) -> None:
    """Play a call, kill in the middle of it, start again, and see that nothing is lost and nothing doubled."""
    step = STEPS[name]
    hall.start()
    hall.cast(KARI, step.kari())
    call = hall.ring(
        personas.caller(
            talk_seconds=40, message_seconds=step.message_seconds, hangs_up_after=step.hangs_up_after
        )
    )
    wait_until(lambda: step.has_come(hall, call), f"the call is {name}")
    hall.kill(web=web, worker=worker)
    hall.start(web=web, worker=worker)
    wait_until(lambda: call.is_over, "the call is over")
    wait_until(
        hall.holds(lambda case: any(entry.kind == "call-ended" for entry in case.timeline)),
        "its end is known",
    )
    wait_until(
        hall.holds(lambda case: case.state == "acknowledged" or _was_paged(hall)), "it is taken or paged"
    )
    if hall.holds(lambda case: case.state == "open")():
        hall.simulator.text(KARI, HOTLINE, "ACK")
    wait_until(hall.holds(lambda case: case.acknowledged_by == "kari"), "Kari has the case")
    wait_until(lambda: hall.unfinished() == [], "everything due is done")
    _assert_whole(hall)


def _was_paged(hall: Hall) -> bool:
    texted = [body for (to, body) in hall.texts() if to == KARI and "V-1001" in body]
    return bool(texted) and hall.page_calls(KARI) > 0


def _assert_whole(hall: Hall) -> None:
    assert hall.references() == ["V-1001"]
    case = hall.case()
    assert case is not None
    kinds = [entry.kind for entry in case.timeline]
    assert kinds[0] == "call-received"
    for kind in ("call-received", "ticket-opened", "call-ended", "acknowledged"):
        assert kinds.count(kind) == 1, kinds
    assert case.ticket.id is not None
    doubled = {text: count for text, count in hall.texts().items() if count > 1}
    assert doubled == {}
    assert hall.page_calls(KARI) <= 1
    assert any("er registrert som V-1001" in body for (to, body) in hall.texts() if to == CALLER)
    assert any("Kari Nordmann har teke saka" in body for (to, body) in hall.texts() if to == CALLER)


def test_both_are_killed_while_it_rings(sqlite_url: str, open_hall: Callable[..., Hall]) -> None:
    _play(open_hall(sqlite_url, in_one=True), "while it rings", web=True, worker=True)


@pytest.mark.slow
@pytest.mark.parametrize("killed", ["web", "worker", "both"])
@pytest.mark.parametrize("name", STEPS)
def test_a_killed_process_loses_and_doubles_nothing(
    name: str, killed: str, sqlite_url: str, open_hall: Callable[..., Hall]
) -> None:
    _play(open_hall(sqlite_url), name, web=killed != "worker", worker=killed != "web")


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_both_killed_lose_and_double_nothing_on_postgresql(
    name: str, postgres_url: str, open_hall: Callable[..., Hall]
) -> None:
    _play(open_hall(postgres_url), name, web=True, worker=True)


@pytest.mark.slow
@pytest.mark.parametrize("resource", ["Messages", "Calls"])
def test_a_worker_killed_between_doing_and_recording_does_nothing_twice(
    resource: str, database_url: str, open_hall: Callable[..., Hall]
) -> None:
    """Twilio has taken the SMS or the call, and its answer never arrived: the next worker looks first."""
    hall = open_hall(database_url)
    hall.start()
    # Twilio does at once what it is asked, and answers only after the worker is dead.
    hall.simulator.faults.strike(RestFaultKind.SLOW, method="POST", resource=resource, seconds=3.0)
    call = hall.ring(personas.caller(hangs_up_after=3))
    if resource == "Messages":
        wait_until(lambda: bool(hall.texts()), "an SMS is handed over")
    else:
        wait_until(lambda: hall.page_calls(KARI) > 0, "a page is placed")
    hall.kill(web=False)
    hall.start(web=False)
    wait_until(lambda: call.is_over and _was_paged(hall), "Kari is paged")
    wait_until(lambda: hall.unfinished() == [], "everything due is done")
    hall.simulator.text(KARI, HOTLINE, "ACK")
    wait_until(hall.holds(lambda case: case.acknowledged_by == "kari"), "Kari has the case")
    wait_until(lambda: hall.unfinished() == [], "everything due is done")
    _assert_whole(hall)


@pytest.mark.parametrize("how", ["in one process", "apart"])
def test_sigterm_ends_everything_within_ten_seconds(
    how: str,
    sqlite_url: str,
    open_hall: Callable[..., Hall],
) -> None:
    hall = open_hall(sqlite_url, in_one=how == "in one process")
    hall.start()
    call = hall.ring(personas.caller(hangs_up_after=3))
    wait_until(lambda: call.is_over and bool(hall.references()), "a call has come in")
    assert hall.web.terminate() == 0
    if hall.worker is not None:
        assert hall.worker.terminate() == 0
    assert hall.references() == ["V-1001"]
    said = [line.split("]")[1].split()[0] for line in hall.web.output.splitlines() if " [info " in line]
    assert sorted(said) == (
        ["serving", "stopped"] if hall.worker is None else ["serving", "stopped", "stopped", "working"]
    )
