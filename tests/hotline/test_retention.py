"""Deleting what has been kept long enough, and keeping the rest."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from dispatcher.settings import Retention
from dispatcher.store.tables import metadata
from tests.hotline.rig import KARI, Rig, sid


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
    rig.advance(days=400)
    assert rig.case().state == "closed"
    assert rows(rig, "messages") > 0
