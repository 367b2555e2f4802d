"""Requests sent twice, and callbacks late, doubled, in any order or lost, change nothing about how a call ends."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dispatcher.store.tables import attempts, pages, recordings
from simulator import Faults, Switches
from simulator.faults import CallbackKind, Disturbance
from tests.simulation.stories import STORIES, play
from tests.simulation.theatre import Theatre

NAMES = (
    "the person on duty answers",
    "a private voicemail, then a human",
    "passed by key, then answered",
    "nobody answers and the caller leaves a message",
    "the caller hangs up at the greeting",
    "the caller hangs up while it rings",
    "the desk answers inside desk hours",
)
# Long enough for everything that is asked of Twilio when a callback stays away.
LATER_MINUTES = 19
ROUNDS = 3


@contextmanager
def _opened(url_of: Any, name: str, faults: Faults | None, seed: int) -> Iterator[Theatre]:
    # Hypothesis plays many calls within one test: each has its own folder and database.
    folder = Path(tempfile.mkdtemp(prefix="vakt-callbacks-"))
    theatre = Theatre.opened(
        url_of(folder), folder, at=STORIES[name].at, faults=faults, switches=Switches(seed=seed)
    )
    try:
        yield theatre
    finally:
        theatre.close()
        shutil.rmtree(folder)


def _ending(theatre: Theatre) -> dict[str, Any]:
    """Return all that matters of how a call ended: no identifiers, no instants."""
    case = theatre.case()
    with theatre.services.db.read() as connection:
        rung = connection.execute(
            select(attempts.c.dial, attempts.c.person, attempts.c.phone, attempts.c.outcome).order_by(
                attempts.c.dial, attempts.c.phone
            )
        ).all()
        paged = connection.execute(
            select(pages.c.round, pages.c.person, pages.c.channel, pages.c.phone, pages.c.outcome)
            .where(pages.c.round < ROUNDS)
            .order_by(pages.c.round, pages.c.person, pages.c.channel, pages.c.phone)
        ).all()
        recorded = connection.execute(
            select(recordings.c.kind, recordings.c.state, recordings.c.seconds)
        ).all()
    texts = Counter(
        (message.to, re.sub(r"\d\d[:.]\d\d", "hh:mm", message.body))
        for message in theatre.sms()
        if not re.search(r"runde [4-9]", message.body)
    )
    kinds = Counter(entry.kind for entry in case.timeline)
    once = ("call-received", "ticket-opened", "accepted", "acknowledged", "attempt", "call-ended", "recording-stored",
            "message-left", "ladder-exhausted", "alarm")  # fmt: skip
    return {
        "state": str(case.state),
        "by": case.acknowledged_by,
        "cases": theatre.case_count(),
        "attempts": [tuple(row) for row in rung],
        "recordings": [tuple(row) for row in recorded],
        "left at Twilio": [
            item.sid
            for item in theatre.simulator.recordings
            if item.status == "completed" and not item.is_deleted
        ],
        "has a ticket": case.ticket.id is not None,
        "texts": texts,
        "pages": [tuple(row) for row in paged],
        "timeline": {kind: kinds[kind] for kind in once},
    }


def _played(url_of: Any, name: str, faults: Faults | None, seed: int) -> dict[str, Any]:
    with _opened(url_of, name, faults, seed) as theatre:
        play(theatre, STORIES[name])
        theatre.run(minutes=LATER_MINUTES)
        assert theatre.transport.failures == []
        return _ending(theatre)


@pytest.fixture(scope="session")
def fresh_sqlite(migrated_sqlite: Path) -> Any:
    """Return what makes a migrated database in a folder."""

    def make(folder: Path) -> str:
        shutil.copyfile(migrated_sqlite, folder / "vakttelefon.db")
        return f"sqlite:///{folder / 'vakttelefon.db'}"

    @cache
    def plain(name: str) -> dict[str, Any]:
        return _played(make, name, None, 1)

    make.plain = plain  # type: ignore[attr-defined]
    return make


DISTURBED = st.builds(
    Disturbance,
    late=st.sampled_from((0.0, 0.5, 1.0)),
    latest_seconds=st.sampled_from((5.0, 45.0)),
    doubled=st.sampled_from((0.0, 0.5, 1.0)),
    dropped=st.sampled_from((0.0, 0.5, 1.0)),
    kinds=st.frozensets(
        st.sampled_from(
            (CallbackKind.CALL, CallbackKind.NUMBER, CallbackKind.RECORDING, CallbackKind.MESSAGE)
        ),
        min_size=1,
    ),
)
TWICE = st.sampled_from(("no", "use-first", "use-second"))


def _ends_alike(
    fresh: Any, name: str, twice: Literal["no", "use-first", "use-second"], disturbed: Disturbance, seed: int
) -> None:
    faults = Faults(callbacks=disturbed, doubled_webhooks=twice)
    assert _played(fresh, name, faults, seed) == fresh.plain(name)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(name=st.sampled_from(NAMES), twice=TWICE, disturbed=DISTURBED, seed=st.integers(1, 1000))
def test_a_disturbed_call_ends_as_the_plain_call_does(
    fresh_sqlite: Any,
    name: str,
    twice: Literal["no", "use-first", "use-second"],
    disturbed: Disturbance,
    seed: int,
) -> None:
    _ends_alike(fresh_sqlite, name, twice, disturbed, seed)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(NAMES), twice=TWICE, disturbed=DISTURBED, seed=st.integers(1, 1000))
def test_many_disturbed_calls_end_as_the_plain_call_does(
    fresh_sqlite: Any,
    name: str,
    twice: Literal["no", "use-first", "use-second"],
    disturbed: Disturbance,
    seed: int,
) -> None:
    _ends_alike(fresh_sqlite, name, twice, disturbed, seed)


@pytest.mark.parametrize("name", NAMES)
def test_a_call_without_any_callback_ends_as_the_plain_call_does(name: str, fresh_sqlite: Any) -> None:
    """Only what Twilio asks TwiML for arrives, each request twice; the rest is found by asking."""
    _ends_alike(fresh_sqlite, name, "use-second", Disturbance(dropped=1.0), 1)
