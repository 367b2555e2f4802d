"""The effects that ring somebody: `page-call`, `alarm-call`, `test-call`, and `hang-up`."""

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import Connection, select, update

from dispatcher.messages.sending import page_is_wanted
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect
from dispatcher.paging.handle import page_failed
from dispatcher.services import Services
from dispatcher.settings import webhook
from dispatcher.store.tables import pages
from dispatcher.telephony.port import CallRecord, DeliveryError

log = structlog.get_logger()

RING_SECONDS = 30
# A paging call is a question and a key; longer than this nobody is on it.
LIMIT_SECONDS = 300


def ring_page(services: Services, effect: Effect) -> Done | Dropped:
    """Ring somebody about a case, unless somebody has it meanwhile."""
    page_id = effect.data["page"]
    if not page_is_wanted(services, effect.case_id, page_id):
        return Dropped("somebody has the case")
    placed = _rung_before(services, effect) if effect.maybe_done else None
    if placed is None:
        placed = _place(services, effect.data, f"voice/page/{page_id}", f"voice/page/{page_id}/status")
    sid = placed.sid
    return Done(
        record=lambda connection: _note_sid(connection, page_id, sid),
    )


def _note_sid(connection: Connection, page_id: int, sid: str) -> None:
    connection.execute(update(pages).where(pages.c.id == page_id, pages.c.sid.is_(None)).values(sid=sid))


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
        to=effect.data["to"], from_=effect.data["from"], since=effect.created_at
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


def hang_up(services: Services, effect: Effect) -> Done | Dropped:
    """End a leg that its callee has passed by SMS."""
    services.telephony.hang_up(effect.data["call"])
    return Done()
