"""When a new page begins while everything else is slow at once, in a real worker process.

A Twilio on loopback takes seven seconds for each of a thousand SMS that wait, sends eight recordings of an
hour at a thousand bytes a second, and drips its answers to everything else byte by byte, so that no such
request ever ends well. Then new cases come in: how long until the first request of a page, a paging call, a
receipt and a reply reaches it. `python -m bench.lanes` prints the figures of docs/benchmarks.md.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

from sqlalchemy import insert

from bench.servers import ROOT, write_config
from bench.stores import KINDS, Store, fill, opened
from dispatcher.calls.handle import Incoming, receive_call
from dispatcher.decision import NewEffect
from dispatcher.messages.inbound import receive_sms
from dispatcher.messages.outbound import sms
from dispatcher.messages.received import Texted
from dispatcher.outbox.queue import add_effects
from dispatcher.recordings.ledger import expect_recording
from dispatcher.services import Services
from dispatcher.store.tables import pages
from vakttelefon.config import load_config
from vakttelefon.wiring import build_services

AIM_SECONDS = 2.0
# What is begun within the aim or not at all is told as this.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How much waits, and how many new cases come in, how many seconds apart."""

    waiting: int
    recordings: int
    questions: int
    new_cases: int
    apart_seconds: float

    @property
    def said(self) -> str:
        """Say what waits."""
        return f"{self.waiting} SMS at 7 s, {self.recordings} recordings, all else drips"


FULL = Effort(waiting=1_000, recordings=8, questions=100, new_cases=10, apart_seconds=4.0)
QUICK = Effort(waiting=100, recordings=8, questions=20, new_cases=2, apart_seconds=0.5)


@dataclass
class SlowTwilio:
    """What the Twilio of this bench has heard: when, and from which request."""

    heard: list[tuple[float, str, dict[str, str]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def note(self, path: str, form: dict[str, str]) -> None:
        """Note a request at the instant at which it has come."""
        with self.lock:
            self.heard.append((time.monotonic(), path, form))

    def first(self, path: str, since: float, **values: str) -> float | None:
        """Return how many seconds after `since` the first such request came."""
        with self.lock:
            found = [
                at - since
                for at, where, form in self.heard
                if at >= since and where.endswith(path) and all(form.get(k) == v for k, v in values.items())
            ]
        return min(found, default=None)

    def count(self, path: str) -> int:
        """Count requests by the end of their path."""
        with self.lock:
            return sum(where.endswith(path) for _at, where, _form in self.heard)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    twilio: ClassVar[SlowTwilio]

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        path = self.path.split("?", 1)[0]
        self.twilio.note(path, form)
        with suppress(OSError):
            if path.endswith(".wav"):
                self._audio()
            elif form.get("To", "").startswith("+4799"):
                self.twilio.over.wait(7.0)
                self._message(form)
            else:
                self._drip()

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _audio(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(3_600_000))
        self.end_headers()
        while not self.twilio.over.wait(1.0):
            self.wfile.write(b"x" * 1_000)
            self.wfile.flush()

    def _message(self, form: dict[str, str]) -> None:
        now = formatdate(usegmt=False)
        document = {
            "sid": f"SM{next(self.twilio.numbers):032x}",
            "to": form["To"],
            "body": form["Body"],
            "status": "queued",
            "direction": "outbound-api",
            "error_code": None,
            "date_created": now,
        }
        answer = json.dumps(document).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 201 Created\r\nX-Padding: ")
        while not self.twilio.over.wait(0.5):
            self.wfile.write(b"x")
            self.wfile.flush()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


@contextmanager
def slow_twilio() -> Iterator[tuple[SlowTwilio, str]]:
    """Run the Twilio of this bench; yields what it hears, and its address."""
    twilio = SlowTwilio()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"twilio": twilio}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield twilio, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        twilio.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def working(store: Store, folder: Path, api: str, effort: Effort) -> Iterator[Services]:
    """Give an installation in which all that is slow waits already, with its worker process running."""
    url = store.create("lanes")
    fill(url)
    file = write_config(folder / "lanes", database_url=url, port=1)
    written = file.read_text(encoding="utf-8").replace("http://127.0.0.1:9", api)
    file.write_text(written, encoding="utf-8")
    services = build_services(load_config(file, environ={}))
    with closing(services.db):
        _make_wait(services, effort)
        process = subprocess.Popen(
            [sys.executable, "-m", "vakttelefon", "worker", "--config", str(file)], cwd=ROOT
        )
        try:
            yield services
        finally:
            process.terminate()
            began = time.monotonic()
            code = process.wait(timeout=30)
            print(f"SIGTERM in the middle of it: exit {code} after {time.monotonic() - began:.1f} s")


def _make_wait(services: Services, effort: Effort) -> None:
    organisation = services.organisations.current()
    assert organisation is not None
    hotline, now = organisation.hotlines[0].number, services.clock.now()
    call = "CA" + "0" * 32
    receive_call(services, Incoming(call, "+4791999999", hotline))
    with services.db.write() as connection:
        purposes = ("caller", "caller", "caller", "told")
        new = [
            sms(
                key=f"bench:{number}",
                to=f"+4799{number:06d}",
                from_=hotline,
                body="Saka di er registrert",
                purpose=purposes[number % 4],
            )
            for number in range(effort.waiting)
        ]
        new += [
            NewEffect("ask-call", f"ask-call:{number}", {"call": call, "number": 0, "over": False})
            for number in range(effort.questions)
        ]
        add_effects(connection, new, case_id=1001, now=now)
        for number in range(effort.recordings):
            expect_recording(
                connection,
                sid=f"RE{number:032x}",
                call_sid=call,
                case_id=1001,
                kind="conversation",
                seconds=3_600,
                now=now,
            )
        # pages of other cases that were tried before, and drip again and again
        person = organisation.people[0]
        for number in range(50):
            page = connection.execute(
                insert(pages)
                .values(
                    case_id=1001,
                    round=number,
                    person=person.id,
                    channel="call",
                    phone=person.phones[0],
                    created_at=now - timedelta(hours=2),
                )
                .returning(pages.c.id)
            ).scalar_one()
            again = NewEffect(
                "page-call",
                f"page-call:{page}:again",
                {"to": person.phones[0], "from": hotline, "page": page, "case": 1001},
            )
            add_effects(connection, [again], case_id=1001, now=now)


@dataclass(frozen=True, slots=True)
class Begun:
    """Seconds from an SMS that opens a case to the first request for each thing that follows from it."""

    page: float
    page_call: float
    receipt: float
    reply: float


def new_case(services: Services, twilio: SlowTwilio, number: int) -> Begun:
    """Let a stranger's SMS open a case and somebody of the roster send a command; see what begins when."""
    organisation = services.organisations.current()
    assert organisation is not None
    hotline, asker = organisation.hotlines[0].number, organisation.people[-1]
    people = {phone for person in organisation.people for phone in person.phones}
    caller, began = f"+4792{number:06d}", time.monotonic()
    words = f"Alt er nede hos oss, nummer {number}"
    receive_sms(services, Texted(f"SM1{number:031d}", caller, hotline, words))
    receive_sms(services, Texted(f"SM2{number:031d}", asker.phones[0], hotline, "KVEN"))

    def page() -> float | None:
        with twilio.lock:
            found = [
                at - began
                for at, _path, form in twilio.heard
                if at >= began and f"nummer {number}" in form.get("Body", "") and form.get("To") in people
            ]
        return min(found, default=None)

    wanted: dict[str, Callable[[], float | None]] = {
        "page": page,
        "page_call": partial(twilio.first, "/Calls.json", began),
        "receipt": partial(twilio.first, "/Messages.json", began, To=caller),
        "reply": partial(twilio.first, "/Messages.json", began, To=asker.phones[0]),
    }
    pause = threading.Event()
    while time.monotonic() - began < PATIENCE_SECONDS and any(look() is None for look in wanted.values()):
        pause.wait(0.02)
    return Begun(**{name: look() or PATIENCE_SECONDS for name, look in wanted.items()})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure on each kind of database and print when things begin; 1 where a page misses the aim."""
    parser = argparse.ArgumentParser(prog="python -m bench.lanes", description=__doc__)
    parser.add_argument("--database", choices=KINDS, action="append", help="only this kind")
    parser.add_argument("--quick", action="store_true", help="a tenth of it: to see that it works")
    options = parser.parse_args(arguments)
    effort = QUICK if options.quick else FULL
    missed = False
    for kind in options.database or KINDS:
        with (
            tempfile.TemporaryDirectory(prefix="vakt-bench-") as name,
            opened(kind, Path(name)) as store,
            slow_twilio() as (twilio, api),
        ):
            print(
                f"{store.said}; {effort.waiting} SMS at 7 s, {effort.recordings} recordings, all else drips"
            )
            with working(store, Path(name), api, effort) as services:
                pause = threading.Event()
                while not twilio.count("/Messages.json"):
                    pause.wait(0.1)
                begun = []
                for number in range(effort.new_cases):
                    pause.wait(effort.apart_seconds)
                    begun.append(new_case(services, twilio, number))
                downloads = twilio.count(".wav")
            for what in ("page", "page_call", "receipt", "reply"):
                seconds = [getattr(item, what) for item in begun]
                print(f"{what:10} median {statistics.median(seconds):5.2f} s, worst {max(seconds):5.2f} s")
            print(f"downloads  {downloads} begun of {effort.recordings} recordings")
            # A telephone gets one paging call at a time: calls to the same person wait for one another.
            missed = missed or max(item.page for item in begun) > AIM_SECONDS
    return 1 if missed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
