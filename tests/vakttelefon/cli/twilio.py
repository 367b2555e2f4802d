"""A simulated Twilio on a loopback port, for commands that really ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from simulator import HttpTransport, Simulator, Switches, VirtualClock
from simulator.server import LoopbackServer
from tests.hotline.rig import ACCOUNT, HOTLINE, TOKEN


@contextmanager
def simulated_twilio(*, hotline: bool = True) -> Iterator[tuple[Simulator, str]]:
    """Give a simulator with an unconfigured hotline number, and its address."""
    simulator = Simulator(
        ACCOUNT,
        TOKEN,
        clock=VirtualClock(datetime.now(UTC)),
        transport=HttpTransport(),
        switches=Switches(seed=1),
    )
    if hotline:
        simulator.add_number(HOTLINE, voice_url="https://old.example.no/voice", name="Vakttelefonen")
    with LoopbackServer(simulator.app) as server:
        yield simulator, server.url
