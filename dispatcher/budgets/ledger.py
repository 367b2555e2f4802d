"""What was handed over within the last hour, counted for the budgets."""

from collections import Counter
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, case, func, select

from dispatcher.budgets.limits import ALARMS, TO_CALLERS, TO_THE_DUTY, Budgets, budgets_of, used_up
from dispatcher.cases.ledger import read_case
from dispatcher.cases.model import CaseState
from dispatcher.outbox.queue import EffectState
from dispatcher.store.tables import alarms, cases, effects, messages
from dispatcher.store.windows import within
from roster.phones import PhoneNumber, calling_code

HOUR: Final = timedelta(hours=1)
# A country that was first served within a day is still new: a flood makes no country a known one.
NEW_FOR: Final = timedelta(days=1)
HELD_BACK: Final = "held back: "
_SENT: Final = messages.c.direction == "out"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An SMS that is about to be handed over."""

    purpose: str
    to: str
    from_: str
    person: str | None
    case_id: int | None


def held_by(connection: Connection, budgets: Budgets, sms: Outgoing, *, now: datetime) -> str | None:
    """Return the budget that holds an SMS back, None where it may go."""
    if sms.purpose not in {"caller", "told"}:
        return None
    about = None if sms.case_id is None else read_case(connection, sms.case_id)
    code = calling_code(PhoneNumber(sms.to))
    abroad = code != calling_code(PhoneNumber(sms.from_))
    names = budgets_of(
        sms.purpose,
        known=about is not None and (about.state != CaseState.OPEN or about.municipality is not None),
        abroad=abroad,
        new_country=sms.purpose == "caller" and abroad and _is_new(connection, code, now),
    )
    counted = (
        _to_callers(connection, sms, code, now) if sms.purpose == "caller" else _told(connection, sms, now)
    )
    return used_up(budgets, {name: counted[name] for name in names})


def _to_callers(connection: Connection, sms: Outgoing, code: str, now: datetime) -> dict[str, int]:
    def those(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = connection.execute(
        select(
            those(messages.c.to_number == sms.to),
            those(messages.c.to_number.like(f"{code}%")),
            those(messages.c.from_number == sms.from_),
            func.count(),
        ).where(_SENT, messages.c.purpose == "caller", within(messages.c.created_at, HOUR, now=now))
    ).one()
    number, country, hotline, everything = (int(value) for value in row)
    return dict(zip(TO_CALLERS, (number, country, country, country, hotline, everything), strict=True))


def _is_new(connection: Connection, code: str, now: datetime) -> bool:
    """Whether nothing was sent to a country before the last day. Codes are such that none begins another."""
    after = code[:-1] + chr(ord(code[-1]) + 1)
    served = select(messages.c.id).where(
        messages.c.to_number >= code,
        messages.c.to_number < after,
        _SENT,
        messages.c.purpose == "caller",
        messages.c.created_at <= now - NEW_FOR,
    )
    return connection.execute(served.limit(1)).first() is None


def _told(connection: Connection, sms: Outgoing, now: datetime) -> dict[str, int]:
    lately = (_SENT, messages.c.purpose == "told", within(messages.c.created_at, HOUR, now=now))
    to_person = select(func.count()).select_from(messages).where(*lately, messages.c.person == sms.person)
    about_case = connection.execute(to_person.where(messages.c.case_id == sms.case_id)).scalar_one()
    untaken = select(cases.c.id).where(cases.c.state == CaseState.OPEN, cases.c.municipality.is_(None))
    about_untaken = connection.execute(to_person.where(messages.c.case_id.in_(untaken))).scalar_one()
    return dict(zip(TO_THE_DUTY, (about_case, about_untaken), strict=True))


@dataclass(frozen=True, slots=True)
class BudgetFigure:
    """A budget and its last hour: what it allows, the most that was used up, and what was held back.

    The most is that of any one number, country, hotline, case or person; without saying which.
    """

    name: str
    limit: int
    used: int
    held_back: int


def budget_figures(connection: Connection, budgets: Budgets, *, now: datetime) -> tuple[BudgetFigure, ...]:
    """Return how far each budget is used up; no numbers, no names."""
    used, held = _most_used(connection, now), _held_back(connection, now)
    return tuple(
        BudgetFigure(item.name, getattr(budgets, item.name), used[item.name], held[item.name])
        for item in fields(budgets)
    )


def _most_used(connection: Connection, now: datetime) -> Counter[str]:
    lately = (_SENT, within(messages.c.created_at, HOUR, now=now))
    rows = connection.execute(
        select(messages.c.to_number, messages.c.from_number, func.count())
        .where(*lately, messages.c.purpose == "caller")
        .group_by(messages.c.to_number, messages.c.from_number)
    ).all()
    counted: dict[str, Counter[str]] = {name: Counter() for name in (*TO_CALLERS, *TO_THE_DUTY)}
    for to, from_, count in rows:
        code = calling_code(PhoneNumber(to))
        is_home = code == calling_code(PhoneNumber(from_))
        counted["caller_sms_per_number_per_hour"][to] += count
        country = "caller_sms_per_country_per_hour" if is_home else "caller_sms_abroad_per_hour"
        counted[country][code] += count
        if not is_home and _is_new(connection, code, now):
            counted["caller_sms_new_country_per_hour"][code] += count
        counted["caller_sms_per_hotline_per_hour"][from_] += count
        counted["caller_sms_per_hour"][""] += count
    told = connection.execute(
        select(messages.c.person, messages.c.case_id, cases.c.state, cases.c.municipality, func.count())
        .join(cases, cases.c.id == messages.c.case_id)
        .where(*lately, messages.c.purpose == "told")
        .group_by(messages.c.person, messages.c.case_id, cases.c.state, cases.c.municipality)
    )
    for person, case_id, state, municipality, count in told:
        counted["told_per_case_per_hour"][f"{case_id}:{person}"] += count
        if state == CaseState.OPEN and municipality is None:
            counted["told_per_person_per_hour"][str(person)] += count
    most = Counter({name: max(counts.values(), default=0) for name, counts in counted.items()})
    one_by_one = connection.execute(
        select(alarms.c.receiver, alarms.c.kind, func.count())
        .where(within(alarms.c.told_at, HOUR, now=now), alarms.c.subject != "")
        .group_by(alarms.c.receiver, alarms.c.kind)
    )
    most[ALARMS] = max((count for _receiver, _kind, count in one_by_one), default=0)
    return most


def _held_back(connection: Connection, now: datetime) -> Counter[str]:
    rows = connection.execute(
        select(effects.c.error, func.count())
        .where(
            effects.c.state == EffectState.DROPPED,
            within(effects.c.due_at, HOUR, now=now),
            effects.c.error.like(f"{HELD_BACK}%"),
        )
        .group_by(effects.c.error)
    )
    held = Counter({reason.removeprefix(HELD_BACK): count for reason, count in rows})
    alarms_held = select(func.sum(alarms.c.held)).where(within(alarms.c.told_at, HOUR, now=now))
    held[ALARMS] = connection.execute(alarms_held).scalar_one() or 0
    return held
