"""The effects that ring somebody, and end ringing: paging calls, spoken alarms, tests of a telephone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select, update

from dispatcher.calls.model import FINAL_STATUSES
from dispatcher.cases.ledger import read_case
from dispatcher.cases.model import CaseState
from dispatcher.decision import NewEffect
from dispatcher.messages.sending import CLOCK_MARGIN, page_is_wanted
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect, add_effects
from dispatcher.paging.handle import page_failed, report_page_call
from dispatcher.services import Services
from dispatcher.settings import webhook
from dispatcher.store.tables import pages
from dispatcher.telephony.port import CallRecord, DeliveryError

log = structlog.get_logger()

RING_SECONDS = 30
# A paging call is a question and a key; longer than this nobody is on it.
LIMIT_SECONDS = 300
# When Twilio is asked how an unreported paging call ended, and how often (it may wait in a queue).
ASK_AFTER = timedelta(seconds=60)
MOST_ASKS = 15


def ring_page(services: Services, effect: Effect) -> Done | Dropped:
    """Ring somebody about a case, unless somebody has it meanwhile."""
    page_id = effect.data["page"]
    if not page_is_wanted(services, effect.case_id, page_id):
        return Dropped("somebody has the case")
    placed = _rung_before(services, effect) if effect.maybe_done else None
    if placed is None:
        placed = _place(services, effect.data, f"voice/page/{page_id}", f"voice/page/{page_id}/status")
    sid = placed.sid

    def record(connection: Connection) -> None:
        connection.execute(update(pages).where(pages.c.id == page_id, pages.c.sid.is_(None)).values(sid=sid))
        ask = _ask_page(page_id, sid, 0)
        add_effects(connection, (ask,), case_id=effect.case_id, now=services.clock.now())

    return Done(record=record)


def _ask_page(page_id: int, sid: str, number: int) -> NewEffect:
    data = {"page": page_id, "call": sid, "number": number}
    return NewEffect("ask-page", f"ask-page:{sid}:{number}", data, ASK_AFTER)


def ask_page(services: Services, effect: Effect) -> Done | Dropped:
    """Ask what became of a paging call whose callback has not come; until it is over, again and again."""
    page_id, sid, number = effect.data["page"], effect.data["call"], effect.data["number"]
    with services.db.read() as connection:
        outcome = connection.execute(
            select(pages.c.outcome).where(pages.c.id == page_id)
        ).scalar_one_or_none()
    if outcome is not None:
        return Dropped("reported meanwhile")
    status = services.telephony.get_call(sid).status
    if status in FINAL_STATUSES:
        report_page_call(services, page_id, status=status)
        return Done()
    if number + 1 >= MOST_ASKS:
        return Dropped("not over in time")
    again, now = _ask_page(page_id, sid, number + 1), services.clock.now()
    return Done(record=lambda connection: add_effects(connection, (again,), case_id=effect.case_id, now=now))


def _place(services: Services, data: Mapping[str, Any], path: str, status_path: str) -> CallRecord:
    return services.telephony.place_call(
        to=data["to"],
        from_=data["from"],
        url=webhook(services.settings, path),
        status_callback=webhook(services.settings, status_path),
        ring_seconds=RING_SECONDS,
        limit_seconds=LIMIT_SECONDS,
    )


def _rung_before(services: Services, effect: Effect) -> CallRecord | None:
    listed = services.telephony.list_calls(
        to=effect.data["to"], from_=effect.data["from"], since=effect.created_at - CLOCK_MARGIN
    )
    outbound = [call for call in listed if call.direction == "outbound-api"]
    with services.db.read() as connection:
        known = set(
            connection.execute(
                select(pages.c.sid).where(pages.c.sid.in_([call.sid for call in outbound]))
            ).scalars()
        )
    return next((call for call in outbound if call.sid not in known), None)


def page_call_failed(
    services: Services, connection: Connection, effect: Effect, error: DeliveryError
) -> None:
    """Act on a paging call that could not be placed at all."""
    page_failed(services, connection, effect.data["page"], code=error.code)


def ring_alarm(services: Services, effect: Effect) -> Done | Dropped:
    """Ring a coordinator; the alarm is spoken when the call is answered."""
    placed = _rung_before(services, effect) if effect.maybe_done else None
    if placed is None:
        _place(services, effect.data, f"voice/alarm/{effect.id}", f"voice/alarm/{effect.id}/status")
    return Done()


def alarm_call_failed(
    services: Services, connection: Connection, effect: Effect, error: DeliveryError
) -> None:
    """Say in the log, the last resort of this machine, that a coordinator could not be alarmed."""
    del services, connection
    log.critical("coordinator-not-alarmed", effect=effect.id, code=error.code)


def ring_test(services: Services, effect: Effect) -> Done | Dropped:
    """Ring somebody's own telephone to show that it works."""
    placed = _rung_before(services, effect) if effect.maybe_done else None
    if placed is None:
        _place(services, effect.data, f"voice/test/{effect.id}", f"voice/test/{effect.id}/status")
    return Done()


def stop_ringing(services: Services, effect: Effect) -> Done | Dropped:
    """End the paging calls of a case that still ring: somebody has it. One that was answered goes on."""
    ringing = select(pages.c.sid).where(
        pages.c.case_id == effect.data["case"],
        pages.c.channel == "call",
        pages.c.sid.is_not(None),
        pages.c.answered_at.is_(None),
        pages.c.outcome.is_(None),
    )
    with services.db.read() as connection:
        case = read_case(connection, effect.data["case"])
        sids = connection.execute(ringing).scalars().all()
    if case is None or case.state == CaseState.OPEN:
        return Dropped("the case is open again")
    for sid in sids:
        services.telephony.stop_ringing(sid)
    return Done()


def hang_up(services: Services, effect: Effect) -> Done | Dropped:
    """End a leg that its callee has passed by SMS."""
    services.telephony.hang_up(effect.data["call"])
    return Done()
