"""What gunicorn's heartbeat tells of, and when the serving process ends."""

import os
from typing import Any

import pytest

from vakttelefon import web
from vakttelefon.web import HOPELESS_SECONDS, WebWorker


class StillServer:
    """A server that serves nobody: each of its turns is one look at how long webhooks wait for a thread."""

    def __init__(self, waits: list[float], worker: "CountingWorker") -> None:
        self.lanes = self
        self.finished = False
        self._waits = waits
        self._worker = worker

    def calls_wait_seconds(self) -> float:
        return self._waits.pop(0)

    def turn(self, _seconds: float) -> None:
        self._worker.alive = bool(self._waits)

    def finish(self, _until: float) -> None:
        self.finished = True


class CountingWorker(WebWorker):
    """Gunicorn's worker without gunicorn; it counts its heartbeats."""

    def __init__(self) -> None:
        self.alive, self.ppid, self.beats, self.told_to_end = True, os.getppid(), 0, 0
        self.app: Any = self

    def notify(self) -> None:
        self.beats += 1

    def end_soon(self) -> None:
        self.told_to_end += 1

    def serve(self, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> StillServer:
        """Run, with webhooks that wait this long at each turn."""
        server = StillServer(waits, self)
        monkeypatch.setattr(self, "_open", lambda: server)
        monkeypatch.setattr(web.threading, "Timer", StillTimer)  # type: ignore[attr-defined]
        self.run()
        return server


class StillTimer:
    """A last resort that is never needed."""

    daemon = False

    def __init__(self, *_given: object) -> None: ...

    def start(self) -> None: ...


def test_the_heart_stops_while_webhooks_wait_in_vain_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = CountingWorker()
    worker.serve(monkeypatch, [0.0, 14.0, HOPELESS_SECONDS, HOPELESS_SECONDS + 20.0, 0.0])
    assert worker.beats == 3


def test_at_the_end_effects_are_told_before_the_last_requests_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = CountingWorker()
    server = worker.serve(monkeypatch, [0.0])
    assert worker.told_to_end == 1
    assert server.finished


def test_a_process_without_its_master_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = CountingWorker()
    worker.ppid = os.getppid() + 1
    server = worker.serve(monkeypatch, [0.0, 0.0, 0.0])
    assert worker.beats == 0
    assert server.finished
