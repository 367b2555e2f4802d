"""How fast the first webhook of a call is: the product against a bare route, on both databases.

The product checks the signature, commits a new case with its call, timeline and effects, and answers TwiML;
the bare route checks the signature and commits one row. Both run under the same gunicorn settings, on the
same engine and disk, with eight clients; rounds alternate and the median counts.
`python -m bench.webhook` prints the figures of docs/benchmarks.md.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.clients import CLIENTS, Timing, WrongAnswerError, new_calls, send_all
from bench.servers import BARE, WEB_ONLY, WITH_WORKER, Server, running
from bench.stores import KINDS, Store, fill, opened, stored, tickets_waiting
from roster.reading import read_organisation
from vakttelefon.wiring import example_organisation

# What each server's answer must hold: a greeting to be spoken and, from the product, what comes next.
EXPECTED = {BARE: b"</Say></Response>", WEB_ONLY: b"/voice/begin", WITH_WORKER: b"/voice/begin"}
AIM = 0.6
DRAIN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure."""

    rounds: int
    requests: int
    warm_up: int


FULL = Effort(rounds=5, requests=400, warm_up=80)
QUICK = Effort(rounds=1, requests=24, warm_up=8)


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of a server's rounds: requests per second, and milliseconds per request."""

    per_second: float
    median_ms: float
    p95_ms: float

    @classmethod
    def of(cls, timings: Sequence[Timing]) -> "Figures":
        """Take the median over rounds of each figure."""
        return cls(
            per_second=statistics.median(item.per_second for item in timings),
            median_ms=1000 * statistics.median(statistics.median(item.latencies) for item in timings),
            p95_ms=1000
            * statistics.median(item.latencies[int(len(item.latencies) * 0.95)] for item in timings),
        )


def measure(store: Store, folder: Path, effort: Effort) -> dict[str, Figures]:
    """Measure the three servers on one kind of database and check what they stored."""
    timings: dict[str, list[Timing]] = {BARE: [], WEB_ONLY: [], WITH_WORKER: []}
    servers: dict[str, Server] = {}

    def start(stack: ExitStack, name: str) -> None:
        url = store.create(name)
        fill(url)
        servers[name] = stack.enter_context(running(name, folder / name, url))
        _round(servers[name], effort.warm_up)

    with ExitStack() as stack:
        start(stack, BARE)
        start(stack, WEB_ONLY)
        for _ in range(effort.rounds):
            for name in (BARE, WEB_ONLY):
                timings[name].append(_round(servers[name], effort.requests))
    # By itself: while the others are measured its worker would take their processor.
    with ExitStack() as stack:
        start(stack, WITH_WORKER)
        for _ in range(effort.rounds):
            _drain(servers[WITH_WORKER])
            timings[WITH_WORKER].append(_round(servers[WITH_WORKER], effort.requests))
        _drain(servers[WITH_WORKER])
    for server in servers.values():
        _check_stored(server, effort.warm_up + effort.rounds * effort.requests)
    return {name: Figures.of(found) for name, found in timings.items()}


def _hotline() -> str:
    text = example_organisation().read_text(encoding="utf-8")
    return str(read_organisation(text, filename="organisation.toml").hotlines[0].number)


def _round(server: Server, requests: int) -> Timing:
    return send_all(server.address, new_calls(requests, hotline=_hotline()), expected=EXPECTED[server.name])


def _drain(server: Server) -> None:
    """Wait until the worker has opened every case's ticket, so that rounds do not load one another."""
    until = time.monotonic() + DRAIN_SECONDS
    while tickets_waiting(server.database_url):
        if time.monotonic() > until:
            message = f"the worker has not opened all tickets within {DRAIN_SECONDS} s"
            raise WrongAnswerError(message)
        time.sleep(0.2)


def _check_stored(server: Server, requests: int) -> None:
    """See that every request that was answered is in the database, whole."""
    found = stored(server.database_url)
    whole = (
        found.bare == requests
        if server.name == BARE
        else (found.cases, found.calls, found.received, found.effects) == (requests,) * 3 + (2 * requests,)
    )
    if not whole:
        message = f"{server.name}: {requests} requests were answered, and the database holds {found}"
        raise WrongAnswerError(message)


def _print(figures: dict[str, Figures]) -> None:
    bare = figures[BARE].per_second
    names = {
        BARE: "bare route, one row",
        WEB_ONLY: "product, --web-only",
        WITH_WORKER: "product, worker in the process",
    }
    print(f"{'':32}{'req/s':>8}{'median ms':>11}{'p95 ms':>9}{'of bare':>9}")
    for name, item in figures.items():
        share = item.per_second / bare
        print(f"{names[name]:32}{item.per_second:8.0f}{item.median_ms:11.1f}{item.p95_ms:9.1f}{share:9.2f}")
    ratio = figures[WEB_ONLY].per_second / bare
    print(f"ratio {ratio:.2f} (the aim is {AIM} or more)\n")


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load before {load:.1f},"
        f" {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for and print it; 0 when every answer and row was right."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhook", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few requests only, to see that it works")
    parser.add_argument("--database", choices=KINDS, action="append", help="only this one (may be repeated)")
    asked = parser.parse_args(arguments)
    effort = QUICK if asked.quick else FULL
    print(_machine())
    print(f"{CLIENTS} clients, {effort.requests} requests a round, medians of {effort.rounds} rounds\n")
    for kind in asked.database or KINDS:
        with tempfile.TemporaryDirectory(prefix="vakt-bench-") as folder, opened(kind, Path(folder)) as store:
            print(store.said, flush=True)
            try:
                _print(measure(store, Path(folder), effort))
            except (WrongAnswerError, OSError, RuntimeError) as error:
                print(f"bench: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
