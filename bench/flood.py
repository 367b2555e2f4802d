"""An hour in which strangers flood the hotline with SMS and calls, and a real caller in the middle of it.

The whole product runs on a virtual clock against the simulated Twilio. `python -m bench.flood` prints what
was sent to whom, by purpose and receiver, and how soon somebody of the duty was paged for the real case; it
ends with 1 where that took longer than five seconds.
"""

import argparse
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import select

from dispatcher.store.migrate import upgrade
from dispatcher.store.tables import cases, messages
from simulator import personas
from tests.hotline.rig import CALLER
from tests.simulation.theatre import (
    KARI,
    KIM,
    NAMES,
    OLA,
    OLAS_DESK_PHONE,
    PER,
    SIRI,
    Theatre,
)

AIM_SECONDS = 5.0
ON_DUTY = frozenset({KARI, OLA, OLAS_DESK_PHONE, PER, SIRI})
PEOPLE = (KARI, OLA, OLAS_DESK_PHONE, SIRI, PER, KIM)


@dataclass(frozen=True, slots=True)
class Flood:
    """How much strangers send within `minutes`."""

    texts: int
    calls: int
    minutes: int = 60


FULL = Flood(texts=1000, calls=300)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: SMS and calls by purpose and receiver, and seconds to the first page of the real case.

    Strangers are one receiver. `paged_after` is None where nobody was paged for it.
    """

    sent: Counter[tuple[str, str]]
    cases: int
    held_back: Counter[str]
    paged_after: float | None


def play(theatre: Theatre, flood: Flood) -> Outcome:
    """Let the hour pass, and return what came of it."""
    begins, dice = theatre.services.clock.now(), random.Random(7)
    seconds = flood.minutes * 60
    for number in range(flood.texts):
        theatre.simulator.at(
            begins + timedelta(seconds=seconds * number / flood.texts),
            partial(theatre.text, _stranger(dice), f"alt er nede {number}"),
        )
    for number in range(flood.calls):
        theatre.simulator.at(
            begins + timedelta(seconds=seconds * (number + 0.5) / flood.calls),
            partial(_ring, theatre, _stranger(dice), dice.uniform(2, 20)),
        )
    theatre.run(minutes=flood.minutes / 2, seconds=0.3)
    real = theatre.ring(by=personas.caller(hangs_up_after=12.0))
    theatre.simulator.run_until(lambda: real.is_over, timedelta(minutes=2))
    gone_at = theatre.services.clock.now()
    theatre.run(seconds=seconds - (gone_at - begins).total_seconds())
    return _outcome(theatre, gone_at)


def _ring(theatre: Theatre, caller: str, seconds: float) -> None:
    theatre.ring(by=personas.caller(hangs_up_after=seconds), caller=caller)


def _stranger(dice: random.Random) -> str:
    """Half of them write once, others again and again, some from abroad."""
    match dice.randrange(4):
        case 0:
            return f"+4792{dice.randrange(40):06d}"
        case 1:
            return f"+37120{dice.randrange(10**6):06d}"
        case _:
            return f"+4793{dice.randrange(10**6):06d}"


def _outcome(theatre: Theatre, gone_at: datetime) -> Outcome:
    sent: Counter[tuple[str, str]] = Counter()
    with theatre.services.db.read() as connection:
        out = connection.execute(
            select(messages.c.purpose, messages.c.to_number).where(messages.c.direction == "out")
        ).all()
        opened = connection.execute(select(cases.c.id, cases.c.caller).order_by(cases.c.id)).all()
    for purpose, number in out:
        sent[(f"SMS {purpose}", _receiver(number))] += 1
    for number in theatre.rung():
        sent[("call", _receiver(number))] += 1
    real = next(f"V-{row.id}" for row in opened if row.caller == CALLER)
    pages = [
        message.created_at
        for message in theatre.sms()
        if message.to in ON_DUTY and real in message.body and message.created_at >= gone_at
    ]
    return Outcome(sent, len(opened), _held_back(theatre), _seconds(gone_at, pages))


def _seconds(gone_at: datetime, pages: Sequence[datetime]) -> float | None:
    return (min(pages) - gone_at).total_seconds() if pages else None


def _receiver(number: str) -> str:
    if number in PEOPLE:
        return NAMES[number]
    return "the real caller" if number == CALLER else "strangers"


def _held_back(theatre: Theatre) -> Counter[str]:
    text = theatre.app.test_client().get("/metrics").get_data(as_text=True)
    lines = [line for line in text.splitlines() if line.startswith("vakttelefon_budget_held_back{")]
    return Counter({line.split('"')[1]: int(float(line.split()[-1])) for line in lines})


def table(flood: Flood, outcome: Outcome) -> str:
    """Return the table in Markdown."""
    receivers = [*dict.fromkeys(NAMES[number] for number in PEOPLE), "the real caller", "strangers"]
    purposes = sorted({purpose for purpose, _receiver in outcome.sent})
    lines = [
        (
            f"{flood.texts} SMS and {flood.calls} calls by strangers within {flood.minutes} minutes: "
            f"{outcome.cases} cases."
        ),
        "",
        f"| to | {' | '.join(purposes)} |",
        f"|---|{'---:|' * len(purposes)}",
    ]
    lines += [
        f"| {name} | {' | '.join(str(outcome.sent[(purpose, name)]) for purpose in purposes)} |"
        for name in receivers
    ]
    lines += ["", "Held back in the last hour:"]
    lines += [f"- `{name}`: {count}" for name, count in outcome.held_back.items() if count] or ["- nothing"]
    told = "nobody" if outcome.paged_after is None else f"somebody after {outcome.paged_after:.1f} s"
    return "\n".join([*lines, "", f"Paged for the real case, whose caller hung up: {told}."])


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the hour and print the table."""
    parser = argparse.ArgumentParser(description="An hour of flood, and what was sent to whom.")
    parser.add_argument("--texts", type=int, default=FULL.texts, help="SMS by strangers")
    parser.add_argument("--calls", type=int, default=FULL.calls, help="calls by strangers")
    parser.add_argument("--minutes", type=int, default=FULL.minutes, help="within so many minutes")
    options = parser.parse_args(arguments)
    flood = Flood(options.texts, options.calls, options.minutes)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'flood.db'}"
        upgrade(url)
        theatre = Theatre.opened(url, folder)
        try:
            outcome = play(theatre, flood)
        finally:
            theatre.close()
    print(table(flood, outcome))
    print(f"\n(played in {time.perf_counter() - began:.0f} s)")
    return 0 if outcome.paged_after is not None and outcome.paged_after <= AIM_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
