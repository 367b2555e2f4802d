"""Real processes of the product on a real database, and a simulated Twilio that reaches them over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from dispatcher.cases.queries import case_detail
from dispatcher.cases.views import CaseDetail
from dispatcher.organisations import save_version
from dispatcher.recordings.vault import make_key_file
from dispatcher.store.engine import Database
from dispatcher.store.tables import cases, effects
from roster.reading import read_organisation
from simulator import Simulator, Switches, VirtualClock, personas
from simulator.facade import CallHandle
from simulator.personas import Behaviour, Persona
from simulator.server import LoopbackServer
from simulator.transport import HttpTransport
from tests.hotline.rig import ACCOUNT, CALLER, HOTLINE, ORGANISATION, TOKEN

KARI, OLA, PER, KIM = "+4790000001", "+4790000002", "+4790000004", "+4790000005"
# Everybody's week, so that Kari is on duty whatever the date; the desk is never open.
ALWAYS_KARI = (
    ORGANISATION.replace('people = ["kari", "ola", "siri"]\n  rotation', 'people = ["kari"]\n  rotation')
    .replace("start = 2026-11-23T08:00:00", "start = 2020-01-06T08:00:00")
    .replace('desk_number = "+4756000000"\n', "")
    .replace("seconds = 25", "seconds = 8")
    .replace("seconds = 20", "seconds = 8")
)
# Virtual seconds for each wall second: long enough for a process to start within a conversation.
SPEED = 4.0
PATIENCE_SECONDS = 100.0
QUICK = Switches(
    seed=1,
    setup_seconds=0.2,
    extra_ring_seconds=0.0,
    speech_signs_a_second=200.0,
    calls_per_second=20.0,
    sms_transit_seconds=0.5,
    recording_ready_seconds=1.0,
)


def wait_until(holds: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something holds of processes, which tell nobody when it does."""
    ends_at = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < ends_at, f"it did not come about that {what}"
        pause.wait(0.05)


@dataclass
class Program:
    """One process of the product, in a process group of its own."""

    arguments: tuple[str, ...]
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("VAKTTELEFON_")}
        with (self.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 (our own program)
                [sys.executable, "-m", "vakttelefon", *self.arguments, "--config", "config.toml"],
                cwd=self.folder,
                env={**environ, "PYTHONPATH": os.pathsep.join(item for item in sys.path if item)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """Return what every process in this folder has printed."""
        return (self.folder / "output.txt").read_text(encoding="utf-8")

    def kill(self) -> None:
        """Kill it and every process it has started, with no chance to tidy up."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def terminate(self) -> int:
        """Ask it to end, and return its exit code; longer than ten seconds is a failure."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=10)
        self.process = None
        return code


@dataclass
class Hall:
    """An installation with its processes and the world around it."""

    folder: Path
    url: str
    simulator: Simulator
    port: int
    db: Database
    web: Program
    worker: Program | None
    pressed: list[str] = field(default_factory=list)

    def start(self, *, web: bool = True, worker: bool = True) -> None:
        """Start processes and wait until they are there."""
        if worker and self.worker is not None:
            self.worker.start()
        if web:
            self.web.start()
            wait_until(self._listens, "the web process listens")

    def kill(self, *, web: bool = True, worker: bool = True) -> None:
        """Kill processes as if the power had failed."""
        if web:
            self.web.kill()
            # Its children die an instant after it, and until then they would pass for the new one.
            wait_until(lambda: not self._listens(), "nobody listens any more")
        if worker and self.worker is not None:
            self.worker.kill()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def cast(self, number: str, persona: Persona) -> None:
        """Give a phone to a persona."""
        self.simulator.phone(number).persona = persona

    def ring(self, by: Behaviour) -> CallHandle:
        """Let the caller ring the hotline."""
        return self.simulator.ring(CALLER, HOTLINE, by=by)

    def references(self) -> list[str]:
        """Return the references of all cases."""
        with self.db.read() as connection:
            return [f"V-{number}" for number in connection.execute(select(cases.c.id)).scalars()]

    def case(self) -> CaseDetail | None:
        """Return the first case."""
        with self.db.read() as connection:
            return case_detail(connection, "V-1001", "nn")

    def holds(self, check: Callable[[CaseDetail], bool]) -> Callable[[], bool]:
        """Return a check of the case that has to exist."""

        def held() -> bool:
            case = self.case()
            return case is not None and check(case)

        return held

    def texts(self) -> Counter[tuple[str, str]]:
        """Return how often each SMS was sent to whom."""
        return Counter(
            (message.to, message.body)
            for message in self.simulator.messages
            if message.direction != "inbound"
        )

    def page_calls(self, number: str) -> int:
        """Return how often a phone was rung by REST."""
        return sum(leg.direction == "outbound-api" and leg.to == number for leg in self.simulator.calls)

    def unfinished(self) -> list[str]:
        """Return the keys of effects that are due or in somebody's hand."""
        with self.db.read() as connection:
            return list(
                connection.execute(
                    select(effects.c.key).where(
                        (effects.c.state == "claimed")
                        | ((effects.c.state == "pending") & (effects.c.due_at <= datetime.now(UTC)))
                    )
                ).scalars()
            )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def make_hall(folder: Path, url: str, *, in_one: bool) -> tuple[Hall, LoopbackServer]:
    """Make an installation on a migrated database, not yet started; `in_one`: web and worker in one process."""
    port = free_port()
    # A minute ahead, so that nothing of Twilio's seems to lie before what asked for it.
    clock = VirtualClock(datetime.now(UTC) + timedelta(minutes=1))
    simulator = Simulator(ACCOUNT, TOKEN, clock=clock, transport=HttpTransport(), switches=QUICK)
    rest = LoopbackServer(simulator.app)
    rest.start()
    (folder / "config.toml").write_text(
        f"""public_url = "http://127.0.0.1:{port}"
[server]
port = {port}
[database]
url = "{url}"
[twilio]
account_sid = "{ACCOUNT}"
auth_token = "{TOKEN}"
api_base_url = "{rest.url}"
[log]
level = "INFO"
""",
        encoding="utf-8",
    )
    make_key_file(folder / "var" / "recording.key")
    make_key_file(folder / "var" / "web.key")
    db = Database(url)
    with db.write() as connection:
        organisation = read_organisation(ALWAYS_KARI, filename="organisation.toml")
        save_version(connection, organisation, replaces=None, at=datetime.now(UTC), actor="test")
    base = f"http://127.0.0.1:{port}/webhooks/twilio"
    simulator.add_number(
        HOTLINE,
        voice_url=f"{base}/voice",
        voice_fallback_url=f"{base}/voice/fallback",
        status_callback=f"{base}/call-status",
        sms_url=f"{base}/sms",
        name="Vakttelefonen",
    )
    for number in (CALLER, KARI, OLA, PER, KIM):
        simulator.add_phone(number, number, personas.no_answer())
    web = Program(("serve",) if in_one else ("serve", "--web-only"), folder)
    worker = None if in_one else Program(("worker",), folder)
    simulator.start_live(speed=SPEED)
    return Hall(folder, url, simulator, port, db, web, worker), rest
