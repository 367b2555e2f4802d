"""Deleting what has been kept long enough, and keeping the rest."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from dispatcher import retention
from dispatcher.settings import Retention
from dispatcher.store.tables import metadata
from tests.hotline.rig import HOTLINE, KARI, Rig, sid


def rows(rig: Rig, name: str) -> int:
    with rig.db.read() as connection:
        counted: int = connection.execute(
            select(func.count()).select_from(metadata.tables[name])
        ).scalar_one()
    return counted


def test_messages_and_closed_cases_are_deleted_when_their_days_are_over(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(retention=Retention(cases_days=30, messages_days=10, audit_days=30))
    rig.worker.begin()
    rig.text("+4792000001", "Straumen er borte")
    rig.work()
    rig.text(KARI, "DONE ok")
    rig.work()
    rig.ring(sid("CA", 1))
    rig.text(KARI, "ACK V-1002")
    rig.hang_up(sid("CA", 1))
    rig.advance(days=9)
    assert "Straumen" in rig.case().timeline[0].text
    rig.advance(days=3)
    assert rows(rig, "messages") == 0
    assert "Straumen" not in rig.case().timeline[0].text
    rig.advance(days=20)
    with pytest.raises(AssertionError):
        rig.case("V-1001")
    assert rig.case("V-1002").state == "acknowledged"
    assert rows(rig, "tickets") == 1


def test_zero_days_keep_everything_for_ever(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(retention=Retention())
    rig.worker.begin()
    rig.text("+4792000001", "Straumen er borte")
    rig.text(KARI, "DONE ok")
    rig.advance(days=40)
    assert rig.case().state == "closed"
    assert rows(rig, "messages") > 0


def places_of(rig: Rig, words: str) -> set[str]:
    """Return every column of the database, and every file of the spool, in which some words stand."""
    with rig.db.read() as connection:
        columns = {
            f"{table.name}.{name}"
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            for name, value in row._mapping.items()
            if words in str(value)
        }
    spool = rig.services.settings.spool
    return columns | {path.suffix for path in spool.glob("*") if path.is_file() and words in path.read_text()}


def test_a_callers_words_go_from_everywhere_after_their_days_whatever_became_of_the_case(
    make_rig: Callable[..., Rig],
) -> None:
    """Closed, or taken and forgotten; what the duty noted itself stays as long as the case."""
    rig = make_rig(retention=Retention(messages_days=4, cases_days=9, audit_days=9))
    rig.worker.begin()
    for number, done in (
        (1, ("ACK V-1001", "NOTE V-1001 ruteren er oppe", "DONE V-1001")),
        (2, ("ACK V-1002",)),
    ):
        rig.text(f"+479200000{number}", "Fru Holmedal ligg på golvet")
        rig.work()
        for answer in done:
            rig.text(KARI, answer)
            rig.work()
    spool = rig.services.settings.spool
    spool.mkdir(parents=True, exist_ok=True)
    written = f"{rig.clock.now():%Y%m%dT%H%M%S%f}-000000-aa.unreadable"
    (spool / written).write_text("Fru Holmedal")
    (spool / f".{written}".replace("unreadable", "json")).write_text('{"data": "Fru Holmed')
    (spool / f"{rig.clock.now():%Y%m%dT%H%M%S}-mappe.unreadable").mkdir()
    (spool / "framand.unreadable").write_text("Fru Holmedal: ei fil utan tid i namnet")
    assert places_of(rig, "Holmedal") >= {
        "messages.body",
        "timeline.data",
        "ticket_notes.body",
        "effects.data",
    }
    rig.advance(days=5)
    assert places_of(rig, "Holmedal") == {".unreadable"}
    assert [path.name for path in spool.iterdir() if path.name != "organisation.last"] == [
        "framand.unreadable"
    ]
    assert places_of(rig, "ruteren er oppe") == {"timeline.data"}
    assert places_of(rig, "+4792000001")
    rig.advance(days=6)
    assert places_of(rig, "+4792000001") == set()
    assert places_of(rig, "ruteren er oppe") == set()
    assert {"cases.caller"} <= places_of(rig, "+4792000002")


def test_very_much_that_is_old_goes_in_small_steps_one_soon_after_the_other(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST_ROWS", 3)
    monkeypatch.setattr(retention, "MOST_CASES", 2)
    rig = make_rig(retention=Retention(messages_days=5, cases_days=5, audit_days=5))
    rig.worker.begin()
    for number in range(7):
        rig.text(f"+479300000{number}", f"Melding {number}")
        rig.text(KARI, f"DONE V-{1001 + number} ferdig")
        rig.work()
    rig.advance(days=5, hours=23)
    counted = [rows(rig, name) for name in ("messages", "cases", "ticket_notes")]
    assert all(counted)
    with rig.db.write() as connection:
        retention.delete_expired(rig.services, connection)
    after = [rows(rig, name) for name in ("messages", "cases", "ticket_notes")]
    assert all(0 < left < before for left, before in zip(after, counted, strict=True))
    rig.advance(hours=2)
    assert [rows(rig, name) for name in ("messages", "cases", "ticket_notes")] == [0, 0, 0]


def test_loops_go_with_the_cases_of_their_time_however_many_they_are(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that came back to us has no case that it could go with."""
    monkeypatch.setattr(retention, "MOST_ROWS", 2)
    rig = make_rig(retention=Retention(cases_days=30))
    rig.worker.begin()
    for number in range(7):
        rig.ring(sid("CA", number), from_=HOTLINE)
        rig.hang_up(sid("CA", number), from_=HOTLINE)
    rig.advance(days=29)
    assert rows(rig, "calls") == 7
    rig.advance(days=3)
    assert rows(rig, "calls") == 0
