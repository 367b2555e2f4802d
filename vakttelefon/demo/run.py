"""Running the demo: the story, then the same installation live for whoever wants to ring it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from simulator import personas
from vakttelefon.demo.installation import (
    ADMIN,
    ADMIN_PASSWORD,
    TECHNICIAN_PASSWORD,
    Installation,
    installed,
)
from vakttelefon.demo.story import BrokenStepError, tell_story

Tell = Callable[[str], None]


def run_demo(
    *,
    once: bool,
    port: int,
    tell: Tell,
    wait: Callable[[], None] | None = None,
    started_at: datetime | None = None,
) -> int:
    """Play the story and return the exit code: 0 when every step went as it should.

    Unless `once`, keep serving until interrupted (or until `wait` returns).
    """
    with installed(port=0 if once else _free_port(port), started_at=started_at) as installation:
        try:
            steps = tell_story(installation, tell)
        except BrokenStepError as error:
            tell(f"✗ {error}")
            tell("\nThe story broke off here. This is a fault: please report it.")
            return 1
        tell(f"\nAll {steps} steps went as they should.")
        if once:
            return 0
        _serve_on(installation, tell, wait or threading.Event().wait)
    return 0


def _free_port(wanted: int) -> int:
    """Return the port that is wanted, or 0 (any) where something listens on it already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


@contextmanager
def live(on: Installation, *, speed: float = 1.0) -> Iterator[None]:
    """Let time run, with every phone in the hands of whoever sits at the browser.

    Args:
        on: The installation; its worker runs too, until the end.
        speed: Seconds of the installation's clock to one of the wall's.
    """
    for phone in on.simulator.phones:
        phone.persona = personas.manual()
    thread = threading.Thread(target=on.worker.run, name="worker")
    thread.start()
    on.simulator.start_live(speed=speed)
    try:
        yield
    finally:
        on.simulator.stop_live()
        on.worker.stop()
        thread.join()


def _serve_on(on: Installation, tell: Tell, wait: Callable[[], object]) -> None:
    with live(on):
        tell(
            f"""
Now it is yours: ring the hotline, answer, press keys, send SMS.

  The wall of phones   {on.web.url}/phones/
  The admin page       {on.web.url}/admin/
      administrator    {ADMIN} / {ADMIN_PASSWORD}
      technicians      {", ".join(person.id for person in on.organisation.people)} / {TECHNICIAN_PASSWORD}

Ctrl-C ends the demo and removes everything it made."""
        )
        try:
            wait()
        except KeyboardInterrupt:
            tell("\nEnding.")
