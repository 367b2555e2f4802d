"""Cases as they are read: detail, lists, cursors, and the plans of their queries."""

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Select, insert, text

from dispatcher.calls.model import Outcome
from dispatcher.cases.cursors import CursorError, Place, read_cursor, write_cursor
from dispatcher.cases.model import CaseState, Urgency
from dispatcher.cases.queries import case_detail, list_cases, page_query, parse_reference
from dispatcher.cases.views import as_json
from dispatcher.store.engine import Database
from dispatcher.store.tables import attempts, calls, cases, recordings, timeline

NIGHT = datetime(2026, 11, 14, 2, 40, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database of each kind for all tests here: every test rolls back what it wrote."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("queries") / "cases.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
        database = Database(f"sqlite:///{file}")
        yield database
        database.close()
        return
    server = request.getfixturevalue("postgres_server")
    name = server.create(migrated=True)
    database = Database(server.url(name))
    yield database
    database.close()
    server.drop(name)


@pytest.fixture
def connection(store: Database) -> Iterator[Connection]:
    with store.engine.execution_options(writes=True).connect() as connection:
        yield connection
        connection.rollback()


def add_case(connection: Connection, **values: Any) -> int:
    row = {
        "state": "open",
        "urgency": "unassessed",
        "source": "call",
        "hotline": "drift",
        "language": "nn",
        "caller": "+4799900001",
        "municipality": "fjordvik",
        "opened_at": NIGHT,
        "ticket_system": "builtin",
        "ticket_entry": 0,
    } | values
    return int(connection.execute(insert(cases).values(row).returning(cases.c.id)).scalar_one())


def add_call(connection: Connection, case_id: int, sid: str, **values: Any) -> None:
    row = {
        "sid": sid,
        "case_id": case_id,
        "direction": "inbound",
        "from_raw": "+4799900001",
        "to_raw": "+4721000000",
        "status": "completed",
        "phase": "over",
        "recorded": True,
        "rung": 0,
        "dial": 0,
        "started_at": NIGHT,
    } | values
    connection.execute(insert(calls).values(row))


def add_attempt(connection: Connection, call_sid: str, person: str, outcome: str | None, dial: int) -> None:
    connection.execute(
        insert(attempts).values(
            call_sid=call_sid,
            dial=dial,
            rung=0,
            person=person,
            phone="+4799900009",
            screened=True,
            ring_seconds=25,
            dialled_at=NIGHT + timedelta(seconds=30 * dial),
            outcome=outcome,
        )
    )


def test_a_case_reads_back_with_exactly_the_fields_of_the_contract(connection: Connection) -> None:
    case_id = add_case(
        connection,
        state="acknowledged",
        acknowledged_at=NIGHT + timedelta(minutes=1),
        acknowledged_by="kari",
        ticket_id="17",
    )
    add_call(connection, case_id, "CA1")
    add_call(connection, case_id, "CA0-page", direction="paging")
    add_attempt(connection, "CA1", "ola", "voicemail", 0)
    add_attempt(connection, "CA1", "kari", "accepted", 1)
    add_attempt(connection, "CA1", "desk", None, 2)
    connection.execute(
        insert(recordings).values(
            sid="RE1",
            case_id=case_id,
            call_sid="CA1",
            kind="conversation",
            state="stored",
            seconds=42,
            created_at=NIGHT,
        )
    )
    connection.execute(
        insert(timeline).values(
            case_id=case_id, at=NIGHT, kind="call-received", by=None, data={"raw": "+4799900001"}
        )
    )
    connection.execute(
        insert(timeline).values(
            case_id=case_id, at=NIGHT, kind="acknowledged", by="kari", data={"name": "Kari"}
        )
    )

    detail = case_detail(connection, f"v{case_id}", "en")

    assert as_json(detail) == {
        "reference": f"V-{case_id}",
        "state": "acknowledged",
        "urgency": "unassessed",
        "source": "call",
        "hotline": "drift",
        "caller": "+4799900001",
        "municipality": "fjordvik",
        "opened_at": "2026-11-14T02:40:00+00:00",
        "acknowledged_at": "2026-11-14T02:41:00+00:00",
        "acknowledged_by": "kari",
        "closed_at": None,
        "ticket": {"system": "builtin", "id": "17", "url": None},
        "calls": [
            {
                "sid": "CA1",
                "status": "completed",
                "attempts": [
                    {"person": "ola", "outcome": "voicemail", "at": "2026-11-14T02:40:00+00:00"},
                    {"person": "kari", "outcome": "accepted", "at": "2026-11-14T02:40:30+00:00"},
                ],
                "recordings": [{"sid": "RE1", "seconds": 42, "stored": True}],
            }
        ],
        "timeline": [
            {
                "at": "2026-11-14T02:40:00+00:00",
                "kind": "call-received",
                "by": None,
                "text": "Call received from +4799900001",
            },
            {
                "at": "2026-11-14T02:40:00+00:00",
                "kind": "acknowledged",
                "by": "kari",
                "text": "Kari took the case",
            },
        ],
    }


def test_a_timeline_kind_of_a_newer_program_does_not_hide_the_case(connection: Connection) -> None:
    case_id = add_case(connection)
    connection.execute(
        insert(timeline).values(case_id=case_id, at=NIGHT, kind="teleported", by=None, data={"to": "moon"})
    )
    detail = case_detail(connection, str(case_id), "nn")
    assert detail is not None
    assert detail.timeline[0].text == "teleported, to: moon"


def test_a_recording_that_is_not_here_yet_is_not_stored(connection: Connection) -> None:
    case_id = add_case(connection)
    add_call(connection, case_id, "CA1")
    for number, state in enumerate(("pending", "missing", "purged")):
        connection.execute(
            insert(recordings).values(
                sid=f"RE{number}",
                case_id=case_id,
                call_sid="CA1",
                kind="message",
                state=state,
                created_at=NIGHT,
            )
        )
    detail = case_detail(connection, str(case_id), "nn")
    assert detail is not None
    assert [item.stored for item in detail.calls[0].recordings] == [False, False, False]


@pytest.mark.parametrize(
    "name", ["V-1", "v999999999999", "Ø-1001", "", "V-", "-1001", "V--1001", "V-9999999"]
)
def test_a_name_of_no_case_finds_none(connection: Connection, name: str) -> None:
    assert case_detail(connection, name, "nn") is None


def test_every_way_of_writing_a_reference_means_the_same_case() -> None:
    assert {parse_reference(name) for name in ("V-1042", "v1042", "1042", " v-1042 ", "V-01042")} == {1042}
    assert [parse_reference(name) for name in ("V 1042", "W-1042", "10.42", "٢", "V-0", "2147483648")] == [
        None
    ] * 6


def fill(connection: Connection, count: int) -> list[int]:
    chance = random.Random(4)
    ids = []
    for number in range(count):
        # Several cases share an instant, so that the id has to decide.
        opened_at = NIGHT + timedelta(minutes=chance.randrange(count // 3))
        ids.append(
            add_case(
                connection,
                state=("open", "acknowledged", "closed")[number % 3],
                urgency=("unassessed", "routine", "urgent")[number % 2],
                opened_at=opened_at,
            )
        )
    return ids


@pytest.mark.parametrize("limit", [1, 7, 60, 500])
def test_following_the_cursor_visits_every_case_once_newest_first(connection: Connection, limit: int) -> None:
    ids = fill(connection, 60)
    seen, cursor = [], None
    while True:
        page = list_cases(connection, limit=limit, cursor=cursor)
        seen += list(page.cases)
        cursor = page.next
        if cursor is None:
            break
    assert sorted(parse_reference(item.reference) or 0 for item in seen) == sorted(ids)
    keys = [(item.opened_at, parse_reference(item.reference) or 0) for item in seen]
    assert keys == sorted(keys, reverse=True)


def test_filters_hold_together_and_since_includes_its_instant(connection: Connection) -> None:
    fill(connection, 60)
    since = NIGHT + timedelta(minutes=7)
    everything = list_cases(connection, limit=500).cases
    found = list_cases(
        connection, state=CaseState.OPEN, urgency=Urgency.ROUTINE, since=since, limit=500
    ).cases
    assert found == tuple(
        item
        for item in everything
        if item.state == "open" and item.urgency == "routine" and item.opened_at >= since
    )
    newest = everything[0].opened_at
    assert {item.opened_at for item in list_cases(connection, since=newest).cases} == {newest}


def rendered(query: Select[Any], connection: Connection) -> str:
    """The query with its values in it, as EXPLAIN wants it."""
    compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
    return str(compiled).replace(":", r"\:")


@pytest.mark.parametrize(
    ("state", "urgency", "since", "after"),
    list(
        product(
            (None, CaseState.OPEN, CaseState.CLOSED),
            (None, Urgency.URGENT),
            (None, NIGHT),
            (None, Place(opened_at=NIGHT, case_id=1001)),
        )
    ),
)
def test_every_filter_walks_an_index_and_sorts_nothing(
    connection: Connection,
    state: CaseState | None,
    urgency: Urgency | None,
    since: datetime | None,
    after: Place | None,
) -> None:
    query = page_query(state=state, urgency=urgency, since=since, after=after, limit=51)
    if connection.dialect.name == "postgresql":
        # A small table is scanned and sorted whatever indexes there are: the planner has to be told what a
        # full one is like. With an index in the right order it then needs no sort at all.
        for way in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            connection.exec_driver_sql(f"SET LOCAL {way} = off")
        told = " ".join(
            row[0] for row in connection.execute(text("EXPLAIN " + str(rendered(query, connection))))
        )
        assert "ix_cases_" in told
        assert "Sort Key" not in told
        return
    plan = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {rendered(query, connection)}"))]
    assert len(plan) == 1
    assert "USING INDEX ix_cases_" in plan[0]
    if state is not None and urgency is not None:
        assert "ix_cases_state_urgency_opened_at_id" in plan[0]
    narrowed = state or urgency or since or after
    assert plan[0].startswith("SEARCH" if narrowed else "SCAN")


@given(
    opened_at=st.datetimes(
        min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)
    ),
    case_id=st.integers(min_value=1, max_value=2**31 - 1),
)
def test_a_cursor_reads_back_as_the_place_it_was_made_of(opened_at: datetime, case_id: int) -> None:
    place = Place(opened_at=opened_at, case_id=case_id)
    assert read_cursor(write_cursor(place)) == place


@settings(max_examples=200)
@given(position=st.integers(min_value=0, max_value=29), sign=st.sampled_from("ABCxyz019-_"))
def test_a_cursor_with_any_letter_changed_is_refused(position: int, sign: str) -> None:
    cursor = write_cursor(Place(opened_at=NIGHT, case_id=1042))
    changed = cursor[:position] + sign + cursor[position + 1 :]
    if changed == cursor:
        assert read_cursor(changed).case_id == 1042
        return
    with pytest.raises(CursorError, match="no cursor of this list"):
        read_cursor(changed)


@given(cursor=st.text())
def test_any_text_is_refused_as_a_cursor_without_a_traceback(cursor: str) -> None:
    with pytest.raises(CursorError):
        read_cursor(cursor)


def test_an_attempt_has_an_outcome_of_the_contract(connection: Connection) -> None:
    case_id = add_case(connection)
    add_call(connection, case_id, "CA1")
    for dial, outcome in enumerate(Outcome):
        add_attempt(connection, "CA1", "kari", outcome.value, dial)
    detail = case_detail(connection, str(case_id), "nb")
    assert detail is not None
    assert [item.outcome for item in detail.calls[0].attempts] == list(Outcome)
