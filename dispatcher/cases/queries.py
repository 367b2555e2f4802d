"""The read side of cases: one case with its whole story, and lists, newest first.

Lists are paged by key (`opened_at`, `id`) along an index, so the last page of a million cases costs what the
first one does. One page is one query, one case is five, whatever their size.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, literal, select, tuple_

from dispatcher.calls.model import Outcome
from dispatcher.cases.cursors import Place, read_cursor, write_cursor
from dispatcher.cases.entries import entry_text
from dispatcher.cases.model import CaseState, Source, Urgency, reference_of
from dispatcher.cases.views import (
    AttemptView,
    CallView,
    CaseDetail,
    CaseItem,
    EntryView,
    Page,
    RecordingView,
    TicketView,
)
from dispatcher.store.tables import attempts, calls, cases, recordings, timeline
from dispatcher.store.types import UtcDateTime

DEFAULT_LIMIT: Final = 50
MOST_PER_PAGE: Final = 500

# Paging calls are timeline entries, never `calls` (contract section 2).
_DIRECTIONS: Final = ("inbound", "callback")
_REFERENCE: Final = re.compile(r"(?:V-?)?0*([1-9][0-9]{0,9})", re.ASCII | re.IGNORECASE)
_LARGEST_ID: Final = 2**31 - 1

_ITEM_COLUMNS: Final = (
    cases.c.id,
    cases.c.state,
    cases.c.urgency,
    cases.c.source,
    cases.c.hotline,
    cases.c.caller,
    cases.c.municipality,
    cases.c.opened_at,
    cases.c.acknowledged_at,
    cases.c.acknowledged_by,
    cases.c.closed_at,
    cases.c.ticket_system,
    cases.c.ticket_id,
    cases.c.ticket_url,
)


def parse_reference(text: str) -> int | None:
    """Return the number of a case named `V-1042`, `v1042` or `1042`; None for anything else."""
    match = _REFERENCE.fullmatch(text.strip())
    if match is None:
        return None
    number = int(match[1])
    return number if number <= _LARGEST_ID else None


def list_cases(
    connection: Connection,
    *,
    state: CaseState | None = None,
    urgency: Urgency | None = None,
    since: datetime | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page:
    """Return cases that were opened at or after `since`, newest first, `limit` (1 to 500) at a time.

    Raises:
        CursorError: the cursor was not given out by this list.
    """
    after = None if cursor is None else read_cursor(cursor)
    query = page_query(state=state, urgency=urgency, since=since, after=after, limit=limit + 1)
    rows = connection.execute(query).all()
    shown = rows[:limit]
    more = len(rows) > limit
    last = Place(opened_at=shown[-1].opened_at, case_id=shown[-1].id) if more else None
    return Page(
        cases=tuple(CaseItem(**_item(row)) for row in shown),
        next=None if last is None else write_cursor(last),
    )


def page_query(
    *,
    state: CaseState | None,
    urgency: Urgency | None,
    since: datetime | None,
    after: Place | None,
    limit: int,
) -> Select[Any]:
    """Return the query of one page; every combination of filters walks an index and sorts nothing."""
    query = select(*_ITEM_COLUMNS).order_by(cases.c.opened_at.desc(), cases.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(cases.c.state == state.value)
    if urgency is not None:
        query = query.where(cases.c.urgency == urgency.value)
    if since is not None:
        query = query.where(cases.c.opened_at >= since)
    if after is not None:
        here = tuple_(literal(after.opened_at, UtcDateTime()), literal(after.case_id))
        query = query.where(tuple_(cases.c.opened_at, cases.c.id) < here)
    return query


def case_detail(connection: Connection, reference: str, language: str) -> CaseDetail | None:
    """Return a case with calls, attempts, recordings and timeline; None when there is no such case.

    `language` (nn, nb, en) is that of the timeline's sentences.
    """
    case_id = parse_reference(reference)
    if case_id is None:
        return None
    row = connection.execute(select(*_ITEM_COLUMNS).where(cases.c.id == case_id)).one_or_none()
    if row is None:
        return None
    return CaseDetail(
        **_item(row), calls=_calls(connection, case_id), timeline=_timeline(connection, case_id, language)
    )


def _item(row: Any) -> dict[str, Any]:
    values = dict(row._mapping)
    values["state"] = CaseState(values["state"])
    values["urgency"] = Urgency(values["urgency"])
    values["source"] = Source(values["source"])
    ticket = TicketView(
        system=values.pop("ticket_system"), id=values.pop("ticket_id"), url=values.pop("ticket_url")
    )
    return {"reference": reference_of(values.pop("id")), **values, "ticket": ticket}


def _calls(connection: Connection, case_id: int) -> tuple[CallView, ...]:
    of_case = (calls.c.case_id == case_id) & calls.c.direction.in_(_DIRECTIONS)
    rung: defaultdict[str, list[AttemptView]] = defaultdict(list)
    for row in connection.execute(
        select(attempts.c.call_sid, attempts.c.person, attempts.c.outcome, attempts.c.dialled_at)
        .join(calls, calls.c.sid == attempts.c.call_sid)
        .where(of_case)
        .order_by(attempts.c.dialled_at, attempts.c.id)
    ):
        outcome = None if row.outcome is None else Outcome(row.outcome)
        rung[row.call_sid].append(AttemptView(person=row.person, outcome=outcome, at=row.dialled_at))
    recorded: defaultdict[str, list[RecordingView]] = defaultdict(list)
    for row in connection.execute(
        select(recordings.c.call_sid, recordings.c.sid, recordings.c.seconds, recordings.c.state)
        .where(recordings.c.case_id == case_id)
        .order_by(recordings.c.created_at, recordings.c.sid)
    ):
        recorded[row.call_sid].append(
            RecordingView(sid=row.sid, seconds=row.seconds or 0, stored=row.state == "stored")
        )
    return tuple(
        CallView(
            sid=row.sid,
            status=row.status,
            attempts=tuple(rung[row.sid]),
            recordings=tuple(recorded[row.sid]),
        )
        for row in connection.execute(
            select(calls.c.sid, calls.c.status).where(of_case).order_by(calls.c.started_at, calls.c.sid)
        )
    )


def _timeline(connection: Connection, case_id: int, language: str) -> tuple[EntryView, ...]:
    return tuple(
        EntryView(at=row.at, kind=row.kind, by=row.by, text=_sentence(row.kind, row.data, language))
        for row in connection.execute(
            select(timeline.c.at, timeline.c.kind, timeline.c.by, timeline.c.data)
            .where(timeline.c.case_id == case_id)
            .order_by(timeline.c.id)
        )
    )


def _sentence(kind: str, data: Mapping[str, Any], language: str) -> str:
    try:
        return entry_text(kind, data, language)
    except KeyError:
        # Written by another version of the program: the rest of the case must still be readable.
        return ", ".join([kind, *(f"{name}: {value}" for name, value in data.items())])
