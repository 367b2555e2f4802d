"""Calls may be without a case since there are loops: what hangs on the others survives that migration."""

from pathlib import Path

from sqlalchemy import select

from dispatcher.store.engine import Database
from dispatcher.store.migrate import upgrade
from dispatcher.store.tables import attempts, calls, recordings
from tests.dispatcher.test_migrations import at_version

# A case with a call, a telephone rung for it and a recording, as version 0002 had them.
FILLED = (
    (
        "INSERT INTO cases (id, state, urgency, source, language, opened_at, ticket_system, ticket_entry)"
        " VALUES (1001, 'open', 'unassessed', 'call', 'nn', '2026-11-26 12:00:00.000000', 'builtin', 0)"
    ),
    (
        "INSERT INTO calls (sid, case_id, direction, from_raw, to_raw, status, phase, recorded, rung, dial,"
        " started_at) VALUES ('CA1', 1001, 'inbound', '+4791000001', '+4721000000', 'completed', 'over', 1, 0,"
        " 0, '2026-11-26 12:00:00.000000')"
    ),
    (
        "INSERT INTO attempts (call_sid, dial, rung, person, phone, screened, ring_seconds, dialled_at,"
        " leg_sequence) VALUES ('CA1', 0, 0, 'kari', '+4790000001', 1, 25, '2026-11-26 12:00:00.000000', -1)"
    ),
    (
        "INSERT INTO recordings (sid, case_id, call_sid, kind, state, created_at)"
        " VALUES ('RE1', 1001, 'CA1', 'message', 'pending', '2026-11-26 12:00:00.000000')"
    ),
)


def test_calls_keep_everything_that_hangs_on_them_when_they_may_be_without_a_case(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vakt.db"
    at_version(url, "0002")
    database = Database(url)
    with database.write() as connection:
        for statement in FILLED:
            connection.exec_driver_sql(statement)
    database.close()
    upgrade(url)
    database = Database(url)
    with database.read() as connection:
        call = connection.execute(select(calls)).one()
        assert (call.sid, call.case_id, call.is_loop, call.forwarded_raw) == ("CA1", 1001, False, "")
        assert connection.execute(select(attempts.c.call_sid, attempts.c.looped_at)).all() == [("CA1", None)]
        assert connection.execute(select(recordings.c.call_sid)).all() == [("CA1",)]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE calls SET case_id = NULL, is_loop = 1")
    database.close()
