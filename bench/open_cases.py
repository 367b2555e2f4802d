"""What a night of many cases costs: every command and event inside the one writing transaction, timed.

Ten thousand cases that are not closed, all of them paged to the sender, and a hundred thousand old ones: then
each command, a call that joins a case, and a round of paging. On SQLite every other writer waits meanwhile,
so the aim is 50 ms for the median of each. `python -m bench.open_cases` prints the table of
docs/benchmarks.md.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text

from bench.stores import KINDS, Store, fill, opened
from dispatcher.calls.handle import Incoming, end_call, receive_call
from dispatcher.clock import SystemClock
from dispatcher.messages.inbound import receive_sms
from dispatcher.messages.received import Texted
from dispatcher.organisations import Organisations
from dispatcher.recordings.vault import Vault
from dispatcher.services import Services
from dispatcher.settings import Settings
from dispatcher.store.engine import Database
from dispatcher.store.tables import attempts, calls, cases, deadlines, messages, pages, timeline
from dispatcher.telephony.twilio_rest import TwilioTelephony
from dispatcher.tickets.builtin import BuiltinTickets
from dispatcher.worker import Worker
from roster.organisation import Organisation

AIM_MS = 50.0
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Effort:
    """How many cases, and how often each thing is timed."""

    waiting: int
    old: int
    times: int


FULL = Effort(waiting=10_000, old=100_000, times=9)
QUICK = Effort(waiting=200, old=500, times=2)


def _in_batches(connection: Connection, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            connection.execute(insert(table), batch)
            batch.clear()
    if batch:
        connection.execute(insert(table), batch)


def fill_with_cases(
    connection: Connection, organisation: Organisation, effort: Effort, now: datetime
) -> None:
    """Store old and waiting cases with their calls, attempts, pages, messages, entries and deadlines."""
    person, hotline = organisation.people[0], organisation.hotlines[0]
    numbers = range(1001, 1001 + effort.old + effort.waiting)

    def opened_at(number: int) -> datetime:
        if number < 1001 + effort.old:
            return now - timedelta(days=700) + timedelta(minutes=8 * (number - 1001))
        return now - timedelta(seconds=2 * (numbers.stop - number))

    def is_old(number: int) -> bool:
        return number < 1001 + effort.old

    def sid(kind: str, number: int) -> str:
        return f"{kind}{number:032x}"

    def caller(number: int) -> str:
        return f"+4791{number % 20_000:06d}"

    _in_batches(
        connection,
        cases,
        (
            {
                "id": number,
                "state": "closed" if is_old(number) else "open",
                "urgency": "routine" if is_old(number) else "unassessed",
                "source": "call",
                "hotline": hotline.id,
                "language": "nn",
                "caller": caller(number),
                "opened_at": opened_at(number),
                "closed_at": opened_at(number) + timedelta(hours=1) if is_old(number) else None,
                "closed_by": person.id if is_old(number) else None,
                "page_round": 1,
                "ticket_system": "builtin",
                "ticket_entry": 0,
            }
            for number in numbers
        ),
    )
    _in_batches(
        connection,
        calls,
        (
            {
                "sid": sid("CA", number),
                "case_id": number,
                "direction": "inbound",
                "from_raw": caller(number),
                "to_raw": hotline.number,
                "status": "completed",
                "phase": "over",
                "recorded": False,
                "rung": 0,
                "dial": 1,
                "started_at": opened_at(number),
                "ended_at": opened_at(number) + timedelta(minutes=1),
            }
            for number in numbers
        ),
    )
    _in_batches(
        connection,
        attempts,
        (
            {
                "call_sid": sid("CA", number),
                "dial": 1,
                "rung": 0,
                "person": person.id,
                "phone": person.phones[0],
                "screened": True,
                "ring_seconds": 25,
                "dialled_at": opened_at(number),
                "leg_sequence": 1,
                "leg_status": "no-answer",
                "outcome": "no-answer",
            }
            for number in numbers
        ),
    )
    _in_batches(
        connection,
        pages,
        (
            {
                "case_id": number,
                "round": 0,
                "person": person.id,
                "channel": channel,
                "phone": person.phones[0],
                "created_at": opened_at(number) + timedelta(minutes=1),
                "outcome": None if channel == "sms" else "no-answer",
            }
            for number in numbers
            for channel in ("sms", "call")
        ),
    )
    _in_batches(
        connection,
        messages,
        (
            {
                "sid": sid("SM", number),
                "direction": "out",
                "from_number": hotline.number,
                "to_number": caller(number),
                "body": "Saka di er registrert",
                "purpose": "caller",
                "case_id": number,
                "status": "delivered",
                "created_at": opened_at(number),
                "updated_at": opened_at(number),
            }
            for number in numbers
        ),
    )
    _in_batches(
        connection,
        timeline,
        (
            {"case_id": number, "at": opened_at(number), "kind": "call-received", "data": {"hotline": "x"}}
            for number in numbers
        ),
    )
    _in_batches(
        connection,
        deadlines,
        (
            {
                "kind": "page",
                "key": f"page:{number}",
                "data": {"case": number},
                "due_at": now + timedelta(minutes=5),
            }
            for number in numbers
            if not is_old(number)
        ),
    )
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT setval('cases_id_seq', {numbers.stop})"))


@contextmanager
def installation(store: Store, folder: Path, effort: Effort, now: datetime) -> Iterator[Services]:
    """Give an installation filled with cases."""
    url = store.create("open_cases")
    fill(url)
    with closing(Database(url)) as db:
        services = Services(
            db=db,
            clock=SystemClock(),
            settings=Settings(public_url="https://vakt.example.no", spool=folder / "spool"),
            # the discard port: nothing here asks Twilio for anything
            telephony=TwilioTelephony("", "", api_base_url="http://127.0.0.1:9"),
            tickets=BuiltinTickets(db),
            vault=Vault(folder / "recordings", bytes(32)),
            organisations=Organisations(db),
        )
        organisation = services.organisations.current()
        assert organisation is not None
        with db.write() as connection:
            fill_with_cases(connection, organisation, effort, now)
        if not db.is_sqlite:
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
        yield services


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds by the clock, and of this process's processor time: what is left on a busy machine."""

    milliseconds: float
    busy: float


def measured(services: Services, effort: Effort) -> dict[str, Cost]:
    """Return the median cost of each thing that happens inside a writing transaction."""
    organisation = services.organisations.current()
    assert organisation is not None
    hotline, person = organisation.hotlines[0].number, organisation.people[0].phones[0]
    numbers = count(1)
    waiting = count(1001 + effort.old)
    worker = Worker(services)

    def command(body: str) -> Callable[[], None]:
        def send() -> None:
            named = body.replace("CASE", f"V-{next(waiting)}")
            receive_sms(services, Texted(f"SM{next(numbers):032d}", person, hotline, named))

        return send

    def report(*, from_: str | None = None) -> None:
        number = next(numbers)
        texted = Texted(f"SM{number:032d}", from_ or f"+4792{number:06d}", hotline, "Alt er framleis nede")
        receive_sms(services, texted)

    def call(*, from_: str | None = None) -> None:
        number = next(numbers)
        _ring(services, f"CA{number:032d}", from_ or f"+4793{number:06d}", hotline)

    def due(*, most: int) -> Callable[[], None]:
        def decide() -> None:
            with services.db.write() as connection:
                connection.execute(
                    deadlines.update()
                    .where(deadlines.c.key == f"page:{next(waiting)}")
                    .values(due_at=services.clock.now())
                )
            worker.decide_deadlines(most=most)

        return decide

    joined = f"+4791{(1001 + effort.old + effort.waiting - 1) % 20_000:06d}"
    what: dict[str, Callable[[], None]] = {
        "LIST": command("LIST"),
        "ACK, of many": command("ACK"),
        "DONE, of many": command("DONE ordna"),
        "NOTE, of many": command("NOTE ser på det"),
        "ACK V-n": command("ACK CASE"),
        "NOTE V-n": command("NOTE CASE ser på det"),
        "URGENT V-n": command("URGENT CASE fleire utan nett"),
        "DONE V-n": command("DONE CASE ordna"),
        "PASS V-n": command("PASS CASE"),
        "LIST, with some taken": command("LIST"),
        "a stranger's SMS": report,
        "an SMS that joins a case": partial(report, from_=joined),
        "a call": call,
        "a call that joins a case": partial(call, from_=joined),
        "a round of paging": due(most=1),
    }
    return {name: _median([_timed(act) for _ in range(effort.times)]) for name, act in what.items()}


def _ring(services: Services, sid: str, from_: str, to: str) -> None:
    incoming = Incoming(sid, from_, to)
    receive_call(services, incoming)
    end_call(services, incoming, status="completed", duration=4)


def _timed(act: Callable[[], None]) -> Cost:
    began, busy = time.perf_counter(), time.process_time()
    act()
    return Cost(1000 * (time.perf_counter() - began), 1000 * (time.process_time() - busy))


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.milliseconds for cost in costs), statistics.median(cost.busy for cost in costs)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure on each kind of database and print the table; 1 where something misses the aim."""
    parser = argparse.ArgumentParser(prog="python -m bench.open_cases", description=__doc__)
    parser.add_argument("--database", choices=KINDS, action="append", help="only this kind")
    parser.add_argument("--quick", action="store_true", help="few cases: to see that it works")
    options = parser.parse_args(arguments)
    effort = QUICK if options.quick else FULL
    missed = False
    for kind in options.database or KINDS:
        with tempfile.TemporaryDirectory(prefix="vakt-bench-") as name, opened(kind, Path(name)) as store:
            print(f"{store.said}; {effort.waiting} cases not closed, {effort.old} old ones")
            with installation(store, Path(name), effort, datetime.now(UTC)) as services:
                for what, cost in measured(services, effort).items():
                    mark = "" if cost.milliseconds <= AIM_MS else "  (over the aim)"
                    missed = missed or bool(mark)
                    print(f"{what:28}{cost.milliseconds:9.1f} ms {cost.busy:9.1f} ms busy{mark}")
    return 1 if missed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
