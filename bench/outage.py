"""What callers meet while the database is away: thirty calls during each trouble, against a real process.

The trouble begins, thirty calls come in at the same instant, each with the request that follows it, and the
trouble ends. Counted are the slowest answer, how many callers were led to a human or a recorder, and the
cases afterwards. `python -m bench.outage` prints the figures; exit status 1 tells of a call that was not led
on in time, or of a case too many or too few.
"""

import argparse
import http.client
import os
import secrets
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from bench.servers import ACCOUNT, PUBLIC_URL, TOKEN, WITH_WORKER, Server, running
from bench.stores import KINDS, Store, fill, opened
from dispatcher.store.engine import Database
from dispatcher.store.tables import calls, cases
from roster.reading import read_organisation
from vakttelefon.wiring import example_organisation

CALLS = 30
AIM_SECONDS = 5.0
# So long each trouble lasts where nothing else is asked for.
HOLD_SECONDS = 60.0
MEND_SECONDS = 120.0
_LEADS_ON = (b"<Dial", b"<Record", b"<Gather", b"<Redirect")
_VOICE = "/webhooks/twilio/voice"


@dataclass(frozen=True, slots=True)
class Figures:
    """What thirty calls met during one trouble."""

    trouble: str
    slowest: float
    slowest_health: float
    led_on: int
    cases: int
    mended_after: float
    readiness: int

    @property
    def as_it_should(self) -> bool:
        """Whether every caller was led on in time and has one case."""
        in_time = max(self.slowest, self.slowest_health) <= AIM_SECONDS
        return in_time and self.led_on == 2 * CALLS and self.cases == CALLS and self.readiness == 503


@contextmanager
def _frozen(url: str) -> Iterator[None]:
    with closing(psycopg.connect(_plain(url))) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    master = int((Path((row or ("",))[0]) / "postmaster.pid").read_text().splitlines()[0])
    pids = [master, *map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split())]
    _send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _send(pids, signal.SIGCONT)


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def _table_locked(url: str) -> Iterator[None]:
    with closing(psycopg.connect(_plain(url))) as connection:
        connection.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@contextmanager
def _file_locked(url: str) -> Iterator[None]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def _file_gone(url: str) -> Iterator[None]:
    file = Path(url.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".aside"))
    yield
    file.with_suffix(".aside").rename(file)


Trouble = Callable[[str], AbstractContextManager[None]]
TROUBLES: dict[str, dict[str, Trouble]] = {
    "sqlite": {"SQLite locked by another process": _file_locked, "SQLite's file moved away": _file_gone},
    "postgresql": {"PostgreSQL frozen (SIGSTOP)": _frozen, "PostgreSQL, a table locked": _table_locked},
}


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class _Line:
    """Signed requests to a server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._validator = RequestValidator(TOKEN)

    def post(self, path: str, form: dict[str, str]) -> tuple[float, bytes]:
        """Post a webhook and return the seconds it took and its answer; whatever is no answer is empty."""
        form = {"AccountSid": ACCOUNT, **form}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self._validator.compute_signature(PUBLIC_URL + path, form),
        }
        return self._ask("POST", path, urlencode(form), headers)[1:]

    def get(self, path: str) -> tuple[int, float]:
        """Return the status of a page, 0 for no answer, and the seconds it took."""
        return self._ask("GET", path, None, {})[:2]

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, float, bytes]:
        began = time.monotonic()
        with closing(http.client.HTTPConnection(*self._server.address, timeout=4 * AIM_SECONDS)) as line:
            try:
                line.request(method, path, body, headers)
                answer = line.getresponse()
                status, content = answer.status, answer.read()
            except OSError:
                status, content = 0, b""
        return status, time.monotonic() - began, content


def play(store: Store, folder: Path, trouble: str, *, hold: float) -> Figures:
    """Play one trouble of `hold` seconds against a process of its own."""
    url = store.create(secrets.token_hex(4))
    fill(url)
    number = read_organisation(example_organisation().read_text("utf-8"), filename="").hotlines[0].number
    with running(WITH_WORKER, folder / secrets.token_hex(4), url) as server:
        line = _Line(server)
        _await(lambda: line.get("/readyz")[0] == 200)
        line.post(_VOICE, _call(0, number))
        sids = [_call(index + 1, number) for index in range(CALLS)]
        with TROUBLES[store.kind][trouble](url):
            ends_at = time.monotonic() + hold
            answers = _at_once([partial(line.post, _VOICE, form) for form in sids])
            begun = [{**form, "Digits": ""} for form in sids]
            answers += _at_once([partial(line.post, f"{_VOICE}/begin", form) for form in begun])
            readiness, took = line.get("/readyz")
            health = [took, line.get("/healthz")[1]]
            while time.monotonic() < ends_at:
                took, _answer = line.post(f"{_VOICE}/screen/1", {**sids[0], "CallStatus": "in-progress"})
                health += [took, line.get("/healthz")[1]]
                threading.Event().wait(min(1.0, hold))
        began = time.monotonic()
        wanted = {form["CallSid"] for form in sids}
        _await(lambda: wanted <= _stored_calls(url) and line.get("/readyz")[0] == 200)
        return Figures(
            trouble=trouble,
            slowest=max(seconds for seconds, _ in answers),
            slowest_health=max(health),
            led_on=sum(any(sign in answer for sign in _LEADS_ON) for _, answer in answers),
            cases=_count_cases(url) - 1,
            mended_after=time.monotonic() - began,
            readiness=readiness,
        )


def _call(index: int, number: str) -> dict[str, str]:
    sid = f"CA{secrets.token_hex(16)}"
    return {"CallSid": sid, "From": f"+47910{index:05}", "To": number, "CallStatus": "ringing"}


def _at_once(requests: list[Callable[[], tuple[float, bytes]]]) -> list[tuple[float, bytes]]:
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(lambda request: request(), requests))


def _await(holds: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + MEND_SECONDS
    while not holds() and time.monotonic() < ends_at:
        threading.Event().wait(0.1)


def _stored_calls(url: str) -> set[str]:
    with closing(Database(url)) as db, db.read() as connection:
        return set(connection.execute(select(calls.c.sid)).scalars())


def _count_cases(url: str) -> int:
    with closing(Database(url)) as db, db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(cases)).scalar_one())


def tell(figures: Figures) -> str:
    """Return one line of the table."""
    return (
        f"{figures.trouble:34} {figures.slowest:7.1f} s"
        f" {figures.led_on:6}/{2 * CALLS} {figures.cases:5}/{CALLS}"
        f" {figures.mended_after:7.1f} s {figures.readiness:7} {figures.slowest_health:9.1f} s"
        f"  {'ok' if figures.as_it_should else 'MISSED'}"
    )


HEADING = (
    f"{'trouble':34} {'slowest':>9} {'led on':>9} {'cases':>8} {'mended':>9} {'/readyz':>7} {'others':>11}"
)


def main(arguments: list[str] | None = None) -> int:
    """Play every trouble and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.outage", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--database", choices=KINDS, action="append", help="default: both")
    parser.add_argument("--hold", type=float, default=HOLD_SECONDS, metavar="SECONDS")
    asked = parser.parse_args(arguments)
    print(HEADING)
    fine = True
    for kind in asked.database or KINDS:
        with tempfile.TemporaryDirectory(prefix="vakt-outage-") as name, opened(kind, Path(name)) as store:
            for trouble in TROUBLES[kind]:
                figures = play(store, Path(name), trouble, hold=asked.hold)
                print(tell(figures), flush=True)
                fine = fine and figures.as_it_should
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
