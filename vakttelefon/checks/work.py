"""Checks of the work in hand: the worker, effects that failed or wait, the ticket system."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from dispatcher.outbox.queue import EffectState
from dispatcher.quality.readiness import WORKER_SILENCE
from dispatcher.store.tables import effects, workers
from dispatcher.telephony.port import DeliveryError
from dispatcher.tickets.builtin import BuiltinTickets
from vakttelefon.checks.findings import Finding, fail, ok, warn
from vakttelefon.checks.site import Site

LOOK_BACK = timedelta(days=1)
# An effect is begun within a second of being due; much later, and the worker does not keep up.
LATE = timedelta(seconds=60)


def check_worker(site: Site) -> Iterator[Finding]:
    """Find out whether a worker runs now."""
    if site.database is None:
        return
    with site.database.read() as connection:
        seen_at = connection.execute(select(func.max(workers.c.seen_at))).scalar_one()
    if seen_at is None or site.now - seen_at > WORKER_SILENCE:
        seconds = int(WORKER_SILENCE.total_seconds())
        yield warn(
            "worker",
            f"none was seen in the last {seconds} s",
            "start `vakttelefon serve` or `vakttelefon worker`",
        )
    else:
        yield ok("worker", "runs")


def check_effects(site: Site) -> Iterator[Finding]:
    """Find pages, SMS and other effects that were given up in the last day, or are late."""
    if site.database is None:
        return
    failed = (effects.c.state == EffectState.FAILED) & (effects.c.finished_at >= site.now - LOOK_BACK)
    late = (effects.c.state == EffectState.PENDING) & (effects.c.due_at < site.now - LATE)
    with site.database.read() as connection:
        by_kind = connection.execute(
            select(effects.c.kind, func.count())
            .where(failed)
            .group_by(effects.c.kind)
            .order_by(effects.c.kind)
        ).all()
        waiting = connection.execute(select(func.count()).where(late)).scalar_one()
    if by_kind:
        told = ", ".join(f"{count} {kind}" for kind, count in by_kind)
        yield warn(
            "effects",
            f"given up in the last day: {told}",
            "the timeline of each case says why: `vakttelefon cases list`",
        )
    if waiting:
        yield warn(
            "effects",
            f"{waiting} should have gone out more than a minute ago",
            "see that a worker runs and that Twilio can be reached",
        )
    if not by_kind and not waiting:
        yield ok("effects", "none given up in the last day, none late")


def check_tickets(site: Site) -> Iterator[Finding]:
    """Find out whether the ticket system would take a ticket now."""
    if site.database is None:
        return
    system = site.config.tickets.system
    try:
        BuiltinTickets(site.database).check()
    except DeliveryError as error:
        yield fail("tickets", f"{system}: {error}", "see that it runs; cases are filed once it does")
    else:
        yield ok("tickets", f"{system} takes tickets")
