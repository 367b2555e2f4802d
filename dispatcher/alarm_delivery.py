"""The effect `alarm`: which coordinators are told now, by which channel, and what is held back.

- Alarms of one kind about the same person, or about the installation, are told once an hour to each receiver:
  sixty minutes after the last one, not at the turn of the clock's hour.
- Alarms about cases that wait become one once several came within the hour: how many wait, and the oldest.
  What came after it is told in the next one, an hour later.
- Alarms about different persons are never held back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dispatcher.alarms import alarm_call
from dispatcher.cases.ledger import apply_decision, lock_case
from dispatcher.cases.model import CaseState, reference_of
from dispatcher.decision import Decision, Entry, NewEffect
from dispatcher.messages.outbound import sms
from dispatcher.messages.segments import fit_two_segments
from dispatcher.outbox.performing import Done
from dispatcher.outbox.queue import Effect, add_effects
from dispatcher.people import coordinators, language_of, phones_of, texting_phone
from dispatcher.services import Services
from dispatcher.store.tables import alarms, cases
from dispatcher.store.windows import within
from dispatcher.texts.catalogue import text
from roster.organisation import Organisation

HOUR: Final = timedelta(hours=1)
# Kinds that all say that cases wait: together they are several, and one text can tell of all.
WAITING: Final = frozenset({"alarm.ladder-exhausted", "alarm.nobody-on-rung", "alarm.page-failed"})
MANY: Final = "alarm.cases-wait"


@dataclass(frozen=True, slots=True)
class _Alarm:
    """What one receiver is told."""

    template: str
    values: Mapping[str, Any]


def tell_coordinators(services: Services, effect: Effect) -> Done:
    """Queue an alarm to every coordinator who was not told the same within the hour."""
    return Done(record=lambda connection: _fan_out(services, connection, effect))


def _fan_out(services: Services, connection: Connection, effect: Effect) -> None:
    organisation = services.organisations.current(connection)
    if organisation is None:
        return
    now, several = services.clock.now(), services.settings.budgets.alarms_about_cases_per_hour
    receivers = coordinators(organisation)
    if "receiver" in effect.data:
        receivers = tuple(item for item in receivers if item == effect.data["receiver"])
    told = False
    for receiver in receivers:
        alarm = _due(connection, effect, receiver, now, several=several)
        if alarm is None:
            continue
        told = True
        queued = _by_every_channel(organisation, effect, receiver, alarm)
        if alarm.template == MANY:
            queued += (_what_comes_later(effect, receiver, now),)
        add_effects(connection, queued, case_id=effect.case_id, now=now)
    case = lock_case(connection, effect.case_id) if effect.case_id is not None else None
    if case is None or "receiver" in effect.data:
        return
    words = text(effect.data["template"], case.language, **effect.data["values"])
    name = text("party.coordinators", case.language)
    entry = (
        Entry("alarm", None, {"what": words})
        if told
        else Entry("held-back", None, {"what": "alarm", "name": name, "reason": "told-already"})
    )
    apply_decision(connection, case, Decision(entries=(entry,)), now=now)


def _due(
    connection: Connection, effect: Effect, receiver: str, now: datetime, *, several: int
) -> _Alarm | None:
    """Return what a receiver is told of an alarm now, or None where it is held back.

    `several`: so many about cases are told one by one within an hour; then they become one.
    """
    data = effect.data
    template, about = data["template"], data["about"]
    alarm = _Alarm(template, data["values"])
    if template == MANY:
        held = connection.execute(select(alarms.c.held).where(*_row(MANY, "", receiver))).scalar_one_or_none()
        return _summary(connection, receiver, now) if held else None
    about_case = about is None and effect.case_id is not None
    subject = str(effect.case_id) if about_case else about or ""
    if not about_case:
        return alarm if _claim(connection, template, subject, receiver, now) else None
    kinds = WAITING if template in WAITING else frozenset({template})
    if _told_lately(connection, kinds, receiver, now) < several:
        return alarm if _claim(connection, template, subject, receiver, now) else None
    return _summary(connection, receiver, now) if template in WAITING else None


def _row(kind: str, subject: str, receiver: str) -> tuple[Any, ...]:
    return alarms.c.kind == kind, alarms.c.subject == subject, alarms.c.receiver == receiver


def _told_lately(connection: Connection, kinds: frozenset[str], receiver: str, now: datetime) -> int:
    return connection.execute(
        select(func.count())
        .select_from(alarms)
        .where(
            alarms.c.receiver == receiver,
            alarms.c.kind.in_(sorted(kinds)),
            within(alarms.c.told_at, HOUR, now=now),
        )
    ).scalar_one()


def _claim(connection: Connection, kind: str, subject: str, receiver: str, now: datetime) -> bool:
    """Note that a receiver is told this now; False where that was so within the hour, and is counted."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = {"kind": kind, "subject": subject, "receiver": receiver, "told_at": now, "held": 0}
    claimed = connection.execute(
        dialect.insert(alarms)
        .values(row)
        .on_conflict_do_update(
            index_elements=[alarms.c.kind, alarms.c.subject, alarms.c.receiver],
            set_={"told_at": now, "held": 0},
            where=not_(within(alarms.c.told_at, HOUR, now=now)),
        )
        .returning(alarms.c.told_at)
    ).first()
    if claimed is None:
        connection.execute(
            update(alarms).where(*_row(kind, subject, receiver)).values(held=alarms.c.held + 1)
        )
    return claimed is not None


def _summary(connection: Connection, receiver: str, now: datetime) -> _Alarm | None:
    waiting = (cases.c.state == CaseState.OPEN) & cases.c.page_round.is_not(None)
    count, oldest = connection.execute(select(func.count(), func.min(cases.c.id)).where(waiting)).one()
    if not count or not _claim(connection, MANY, "", receiver, now):
        return None
    return _Alarm(MANY, {"count": str(count), "reference": reference_of(oldest)})


def _what_comes_later(effect: Effect, receiver: str, now: datetime) -> NewEffect:
    """Return the effect that tells a receiver, an hour after a summary, of what was held back since."""
    data = {"template": MANY, "from": effect.data["from"], "about": None, "values": {}, "receiver": receiver}
    return NewEffect("alarm", f"alarm:later:{receiver}:{now.isoformat()}", data, HOUR)


def _by_every_channel(
    organisation: Organisation, effect: Effect, receiver: str, alarm: _Alarm
) -> tuple[NewEffect, ...]:
    """Return an alarm's SMS (a call where there is no mobile) and mail, in the receiver's language."""
    words = text(alarm.template, language_of(organisation, receiver), **alarm.values)
    body, key, from_ = fit_two_segments(words), f"{effect.id}:{receiver}", effect.data["from"]
    queued: list[NewEffect] = []
    phones = phones_of(organisation, receiver)
    mobile = texting_phone(phones)
    if mobile is not None:
        queued.append(
            sms(key=f"alarm:{key}", to=mobile, from_=from_, body=body, purpose="alarm", person=receiver)
        )
    elif phones:
        queued.append(alarm_call(key=key, person=receiver, phone=phones[0], from_=from_, body=body))
    known = organisation.person(receiver)
    if known is not None and known.email:
        data = {"template": alarm.template, "values": dict(alarm.values), "person": receiver}
        queued.append(NewEffect("alarm-mail", f"alarm-mail:{key}", data))
    return tuple(queued)
