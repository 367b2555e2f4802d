"""The effects `sms` and `ask-sms`: handing a message over once, and asking what became of it."""

from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import Connection, select, update

from dispatcher.budgets.ledger import HELD_BACK, Outgoing, held_by
from dispatcher.budgets.limits import REASONS
from dispatcher.cases.ledger import apply_decision, read_case
from dispatcher.cases.model import CaseState
from dispatcher.decision import Decision, Entry, NewEffect
from dispatcher.messages.reports import final, not_delivered, react_to_lost, report_sms
from dispatcher.outbox.performing import Done, Dropped
from dispatcher.outbox.queue import Effect, add_effects
from dispatcher.paging.handle import locked_scene
from dispatcher.services import Services
from dispatcher.settings import webhook
from dispatcher.store.rows import insert_once
from dispatcher.store.tables import messages, pages
from dispatcher.telephony.port import DeliveryError, SentMessage

log = structlog.get_logger()

# An alert that lies undelivered at the operator for long is worse than none: the next round is on its way.
ALERT_VALIDITY_SECONDS = 300
TOLD_VALIDITY_SECONDS = 14_400
ASK_AFTER = timedelta(minutes=3)
# How far the provider's clock may be behind ours when we look for what we may have sent. No more than clocks
# that are set by the network differ: what was sent before is another effect's.
CLOCK_MARGIN = timedelta(seconds=2)


def send(services: Services, effect: Effect) -> Done | Dropped:
    """Send one SMS, unless it is no longer wanted; after a try that may have worked, look first."""
    data = effect.data
    if data["purpose"] == "page" and not page_is_wanted(services, effect.case_id, data["page"]):
        return Dropped("somebody has the case")
    sent = _sent_before(services, effect) if effect.maybe_done else None
    if sent is None:
        budget = _budget_against(services, effect)
        if budget is not None:
            log.info("sms-held-back", effect=effect.id, budget=budget)
            note = partial(_note_held_back, services, effect=effect, budget=budget)
            return Dropped(f"{HELD_BACK}{budget}", note)
        urgent = data["purpose"] in {"page", "alarm"}
        sent = services.telephony.send_sms(
            to=data["to"],
            from_=data["from"],
            body=data["body"],
            status_callback=webhook(services.settings, "sms-status"),
            validity_seconds=ALERT_VALIDITY_SECONDS if urgent else TOLD_VALIDITY_SECONDS,
        )
    message = sent
    return Done(record=lambda connection: _record(services, connection, effect, message))


def _budget_against(services: Services, effect: Effect) -> str | None:
    """Return the budget of strangers that holds an SMS back."""
    data = effect.data
    outgoing = Outgoing(data["purpose"], data["to"], data["from"], data["person"], effect.case_id)
    with services.db.read() as connection:
        return held_by(connection, services.settings.budgets, outgoing, now=services.clock.now())


def _note_held_back(services: Services, connection: Connection, *, effect: Effect, budget: str) -> None:
    scene = None if effect.case_id is None else locked_scene(services, connection, effect.case_id)
    if scene is None:
        return
    language, person = scene.case.language, effect.data["person"]
    name = scene.name(person, language) if person else scene.who_called(language)
    entry = Entry("held-back", None, {"what": "sms", "name": name, "reason": REASONS[budget]})
    apply_decision(connection, scene.case, Decision(entries=(entry,)), now=scene.now)


def page_is_wanted(services: Services, case_id: int | None, page_id: int) -> bool:
    """Whether a page may still be sent: the case is open, and no later page to the same person exists."""
    if case_id is None:
        return False
    with services.db.read() as connection:
        case = read_case(connection, case_id)
        if case is None or case.state != CaseState.OPEN:
            return False
        page = connection.execute(select(pages).where(pages.c.id == page_id)).one_or_none()
        if page is None:
            return False
        later = select(pages.c.id).where(
            pages.c.case_id == case_id,
            pages.c.person == page.person,
            pages.c.channel == page.channel,
            pages.c.round > page.round,
        )
        return connection.execute(later.limit(1)).first() is None


def _sent_before(services: Services, effect: Effect) -> SentMessage | None:
    data = effect.data
    since = effect.first_tried_at - CLOCK_MARGIN
    listed = services.telephony.list_sms(to=data["to"], from_=data["from"], since=since)
    alike = [message for message in listed if message.body == data["body"]]
    if not alike:
        return None
    with services.db.read() as connection:
        known = set(
            connection.execute(
                select(messages.c.sid).where(
                    messages.c.sid.in_([message.sid for message in alike]),
                    messages.c.effect_key.is_not(None),
                )
            ).scalars()
        )
    # the oldest first: a later one may be of an effect that was first tried later
    return next((message for message in reversed(alike) if message.sid not in known), None)


def _record(services: Services, connection: Connection, effect: Effect, sent: SentMessage) -> None:
    now, data = services.clock.now(), effect.data
    facts = {
        "from_number": data["from"],
        "to_number": data["to"],
        "body": data["body"],
        "purpose": data["purpose"],
        "case_id": effect.case_id,
        "person": data["person"],
        "page_id": data["page"],
        "effect_key": effect.key,
    }
    fresh = {
        "sid": sent.sid,
        "direction": "out",
        "status": sent.status,
        "error_code": sent.error_code,
        "created_at": now,
        "updated_at": now,
        **facts,
    }
    if data["page"] is not None:
        connection.execute(update(pages).where(pages.c.id == data["page"]).values(handed_at=now))
    if not insert_once(connection, messages, fresh):
        # Its delivery report was faster than we are.
        connection.execute(update(messages).where(messages.c.sid == sent.sid).values(**facts))
        status = connection.execute(select(messages.c.status).where(messages.c.sid == sent.sid)).scalar_one()
        if status in {"failed", "undelivered"}:
            react_to_lost(services, connection, sent.sid)
    if data["purpose"] in {"page", "alarm"}:
        ask = NewEffect("ask-sms", f"ask-sms:{sent.sid}", {"sid": sent.sid}, ASK_AFTER)
        add_effects(connection, (ask,), case_id=effect.case_id, now=now)


def failed(services: Services, connection: Connection, effect: Effect, error: DeliveryError) -> None:
    """Act on a message that could not be handed over at all."""
    data = effect.data
    not_delivered(
        services,
        connection,
        purpose=data["purpose"],
        person=data["person"],
        page=data["page"],
        case_id=effect.case_id,
        key=effect.key,
        from_=data["from"],
        body=data["body"],
        code=error.code,
    )


def struggling(services: Services, connection: Connection, effect: Effect) -> None:
    """Ring with an alarm that SMS has not taken for minutes; its SMS is tried on all the same."""
    if effect.data["purpose"] == "alarm":
        failed(services, connection, effect, DeliveryError("not handed over yet"))


def ask(services: Services, effect: Effect) -> Done | Dropped:
    """Ask what became of an alert whose delivery report has not come."""
    sid = effect.data["sid"]
    with services.db.read() as connection:
        status = connection.execute(
            select(messages.c.status).where(messages.c.sid == sid)
        ).scalar_one_or_none()
    if status is None or final(status):
        return Dropped("reported meanwhile")
    message = services.telephony.get_sms(sid)
    report_sms(services, sid=sid, status=message.status, error_code=message.error_code)
    return Done()
