"""The effects that ring somebody, and end ringing: paging calls, spoken alarms, tests of a telephone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, func, select, update

from dispatcher.calls.model import FINAL_STATUSES
from dispatcher.cases.ledger import lock_caller, read_case
from dispatcher.cases.model import CaseState
from dispatcher.decision import NewEffect
from dispatcher.messages.sending import CLOCK_MARGIN, page_is_wanted
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect, add_effects
from dispatcher.outbox.retrying import HOURS
from dispatcher.paging.answers import page_failed, page_left_out, report_page_call
from dispatcher.services import Services
from dispatcher.settings import webhook
from dispatcher.store.tables import effects, pages
from dispatcher.telephony.port import DeliveryError

log = structlog.get_logger()

RING_SECONDS = 30
# A paging call is a question and a key; longer than this nobody is on it.
LIMIT_SECONDS = 300
# When Twilio is asked how an unreported paging call ended, and how often (it may wait in a queue).
ASK_AFTER = timedelta(seconds=60)
MOST_ASKS = 15
# How long a paging call may take from ringing to its end, and how old a page may be that is still tried.
ON_THE_LINE = timedelta(seconds=RING_SECONDS + LIMIT_SECONDS)
LONGEST_WAIT = HOURS.give_up_after


def ring_page(services: Services, effect: Effect) -> Done | Dropped:
    """Ring somebody about a case, unless somebody has it meanwhile."""
    page_id = effect.data["page"]
    if not page_is_wanted(services, effect.case_id, page_id):
        return Dropped("somebody has the case")
    sid = _placed_before(services, effect) if effect.maybe_done else None
    if sid is None:
        if not _take_line(services, effect):
            return _while_another_rings(services, effect)
        try:
            sid = _place(services, effect.data, f"voice/page/{page_id}", f"voice/page/{page_id}/status")
        except DeliveryError as error:
            if not error.ambiguous:
                _free_line(services, page_id)
            raise
    placed = sid

    def record(connection: Connection) -> None:
        now = services.clock.now()
        _remember(connection, effect, placed)
        handed = {"sid": func.coalesce(pages.c.sid, placed), "handed_at": now}
        connection.execute(update(pages).where(pages.c.id == page_id).values(handed))
        add_effects(connection, (_ask_page(page_id, placed, 0),), case_id=effect.case_id, now=now)

    return Done(record=record)


def _take_line(services: Services, effect: Effect) -> bool:
    """Take a telephone for this page; False while another page rings it or is spoken on it.

    One telephone gets one paging call at a time, and that call says how many cases wait.
    """
    page_id, phone, now = effect.data["page"], effect.data["to"], services.clock.now()
    taken = select(pages.c.id).where(
        pages.c.phone == phone,
        pages.c.created_at > now - LONGEST_WAIT,
        pages.c.channel == "call",
        pages.c.id != page_id,
        pages.c.outcome.is_(None),
        pages.c.ringing_at > now - ON_THE_LINE,
        pages.c.ringing_at <= now + CLOCK_MARGIN,
    )
    with services.db.write() as connection:
        lock_caller(connection, phone)
        if connection.execute(taken.limit(1)).first() is not None:
            return False
        connection.execute(update(pages).where(pages.c.id == page_id).values(ringing_at=now))
        return True


def _free_line(services: Services, page_id: int) -> None:
    with services.db.write() as connection:
        connection.execute(update(pages).where(pages.c.id == page_id).values(ringing_at=None))


def _while_another_rings(services: Services, effect: Effect) -> Dropped:
    """Leave the call out where the same page goes by SMS too; else try again until the telephone is free."""
    page_id = effect.data["page"]
    by_sms = pages.alias()
    with services.db.read() as connection:
        other = connection.execute(
            select(by_sms.c.id)
            .join(
                pages,
                (pages.c.case_id == by_sms.c.case_id)
                & (pages.c.round == by_sms.c.round)
                & (pages.c.person == by_sms.c.person),
            )
            .where(pages.c.id == page_id, by_sms.c.channel == "sms", by_sms.c.outcome.is_(None))
        ).first()
    if other is None:
        raise DeliveryError("the telephone is taken by another page")
    return Dropped("the telephone is taken", lambda connection: page_left_out(services, connection, page_id))


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


def _place(services: Services, data: Mapping[str, Any], path: str, status_path: str) -> str:
    """Place a call and return its identifier."""
    placed = services.telephony.place_call(
        to=data["to"],
        from_=data["from"],
        url=webhook(services.settings, path),
        status_callback=webhook(services.settings, status_path),
        ring_seconds=RING_SECONDS,
        limit_seconds=LIMIT_SECONDS,
    )
    return placed.sid


def _remember(connection: Connection, effect: Effect, sid: str) -> None:
    """Note which call is this effect's: it is never taken for another's."""
    connection.execute(update(effects).where(effects.c.id == effect.id).values(sid=sid))


def _placed_before(services: Services, effect: Effect) -> str | None:
    """Return the call that an earlier try of this effect placed, if Twilio has one that can be nobody else's.

    A call of another page, alarm or test to the same telephone is known by its identifier, or was placed
    before this effect was first tried.
    """
    with services.db.read() as connection:
        own = connection.execute(
            select(effects.c.sid, pages.c.sid)
            .outerjoin(pages, pages.c.id == effect.data.get("page"))
            .where(effects.c.id == effect.id)
        ).one_or_none()
    known_own = None if own is None else own[0] or own[1]
    if known_own is not None:
        return str(known_own)
    listed = services.telephony.list_calls(
        to=effect.data["to"], from_=effect.data["from"], since=effect.first_tried_at - CLOCK_MARGIN
    )
    sids = [call.sid for call in listed if call.direction == "outbound-api"]
    of_pages = select(pages.c.sid).where(pages.c.sid.in_(sids))
    of_effects = select(effects.c.sid).where(effects.c.sid.in_(sids))
    with services.db.read() as connection:
        others = set(connection.execute(of_pages.union(of_effects)).scalars())
    return next((sid for sid in reversed(sids) if sid not in others), None)


def page_call_failed(
    services: Services, connection: Connection, effect: Effect, error: DeliveryError
) -> None:
    """Act on a paging call that could not be placed at all."""
    page_failed(services, connection, effect.data["page"], code=error.code)


def ring_alarm(services: Services, effect: Effect) -> Done | Dropped:
    """Ring a coordinator; the alarm is spoken when the call is answered."""
    return _rung_once(services, effect, f"voice/alarm/{effect.id}")


def _rung_once(services: Services, effect: Effect, path: str) -> Done:
    sid = _placed_before(services, effect) if effect.maybe_done else None
    placed = sid or _place(services, effect.data, path, f"{path}/status")
    return Done(record=lambda connection: _remember(connection, effect, placed))


def alarm_call_failed(
    services: Services, connection: Connection, effect: Effect, error: DeliveryError
) -> None:
    """Say in the log, the last resort of this machine, that a coordinator could not be alarmed."""
    del services, connection
    log.critical("coordinator-not-alarmed", effect=effect.id, code=error.code)


def ring_test(services: Services, effect: Effect) -> Done | Dropped:
    """Ring somebody's own telephone to show that it works."""
    return _rung_once(services, effect, f"voice/test/{effect.id}")


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
