"""The cases that a command may mean: all of them counted, and as many read as an answer can name.

So an answer costs the same with ten cases waiting as with ten thousand.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from dispatcher.cases.ledger import count_cases, read_cases
from dispatcher.cases.model import Case, CaseState
from dispatcher.commands.grammar import Keyword
from dispatcher.store.tables import attempts, calls, cases, pages

# More than two segments can name.
MOST_NAMED: Final = 40
# A late ACK without a reference is told about the case it was probably meant for.
LATE: Final = timedelta(hours=24)

# Not by `!=`, which no index serves.
UNCLOSED: Final[ColumnElement[bool]] = cases.c.state.in_([CaseState.OPEN, CaseState.ACKNOWLEDGED])
UNTAKEN: Final[ColumnElement[bool]] = cases.c.state == CaseState.OPEN


@dataclass(frozen=True, slots=True)
class Candidates:
    """How many cases there are, and the newest of them."""

    count: int
    cases: tuple[Case, ...]

    @property
    def only(self) -> Case | None:
        """The case that is meant, where there is exactly one."""
        return self.cases[0] if self.count == 1 else None


def candidates(connection: Connection, *conditions: Any) -> Candidates:
    """Return the cases that meet SQL conditions on the table."""
    found = read_cases(connection, *conditions, limit=MOST_NAMED)
    many = len(found) == MOST_NAMED
    return Candidates(count_cases(connection, *conditions) if many else len(found), tuple(found))


def meant(connection: Connection, keyword: Keyword, *, person: str) -> Candidates:
    """Return the cases that a command without a reference may mean (contract section 4).

    ACK and PASS: the untaken ones that the sender was rung or paged for, else all untaken ones. The others:
    those that the sender has, else as ACK.
    """
    if keyword not in {Keyword.ACK, Keyword.PASS}:
        own = cases.c.acknowledged_by == person
        mine = candidates(connection, cases.c.state == CaseState.ACKNOWLEDGED, own)
        if mine.count:
            return mine
    alerted = candidates(connection, UNTAKEN, alerted_for(person))
    return alerted if alerted.count else candidates(connection, UNTAKEN)


def late_for(connection: Connection, *, person: str, now: datetime) -> Case | None:
    """Return the newest case of the last day that somebody was rung or paged for, whoever has it."""
    recent = cases.c.opened_at > now - LATE
    found = read_cases(connection, recent, alerted_for(person), limit=1)
    return found[0] if found else None


def alerted_lately(person: str, *, now: datetime) -> ColumnElement[bool]:
    """Return the condition that somebody was alerted for a case, and it is not closed or not a day old."""
    return and_(or_(UNCLOSED, cases.c.opened_at > now - LATE), alerted_for(person))


def alerted_for(person: str) -> ColumnElement[bool]:
    """Return the condition on a case that somebody was rung or paged for it.

    Asked for one case after another, along an index: of an EXISTS, PostgreSQL would gather everything that
    somebody was ever rung or paged for.
    """
    paged = select(pages.c.id).where(pages.c.case_id == cases.c.id, pages.c.person == person)
    rung = select(attempts.c.id).where(
        calls.c.case_id == cases.c.id, attempts.c.call_sid == calls.c.sid, attempts.c.person == person
    )
    found = (query.limit(1).correlate(cases).scalar_subquery().is_not(None) for query in (paged, rung))
    return or_(*found)
