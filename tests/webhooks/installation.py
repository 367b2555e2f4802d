"""A small installation to ask over HTTP: an organisation, a store, a clock that stands still."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from flask import Flask
from sqlalchemy import insert

from dispatcher.organisations import save_version
from dispatcher.services import Services
from dispatcher.store.tables import attempts, calls, cases, recordings, timeline
from roster.organisation import (
    Absence,
    Hotline,
    Ladder,
    Layer,
    Municipality,
    Organisation,
    Person,
    Rotation,
    Rung,
    Schedule,
    Target,
)
from roster.phones import PhoneNumber

NIGHT = datetime(2026, 11, 14, 2, 40, tzinfo=UTC)


@dataclass
class StillClock:
    """A clock that shows what it is set to."""

    instant: datetime = field(default=NIGHT)

    def now(self) -> datetime:
        return self.instant


def small_organisation() -> Organisation:
    """Two technicians by the week, one hotline."""
    return Organisation(
        timezone="Europe/Oslo",
        municipalities=(Municipality("fjordvik", "Fjordvik kommune", ("+4755900000",)),),
        people=(
            Person("kari", "Kari Nordmann", (PhoneNumber("+4799900011"),)),
            Person("ola", "Ola Strand", ()),
        ),
        schedules=(
            Schedule(
                "drift",
                "Driftsvakt",
                layers=(Layer("Veke", (("kari",), ("ola",)), Rotation.WEEKLY, datetime(2026, 11, 2, 8)),),
            ),
        ),
        ladders=(
            Ladder("standard", (Rung((Target("on-duty", "drift"),)), Rung((Target("everyone", "drift"),)))),
        ),
        hotlines=(Hotline("drift", PhoneNumber("+4721000000"), "Vakttelefonen", "drift", "standard"),),
    )


CASE = MappingProxyType(
    {
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
    }
)


def add_case(services: Services, **values: Any) -> int:
    """Insert a case as given, the rest invented."""
    with services.db.write() as connection:
        query = insert(cases).values(dict(CASE) | values).returning(cases.c.id)
        return int(connection.execute(query).scalar_one())


def add_story(services: Services, case_id: int) -> None:
    """Give a case a call with an attempt, a recording and a timeline."""
    with services.db.write() as connection:
        connection.execute(
            insert(calls).values(
                sid="CA1",
                case_id=case_id,
                direction="inbound",
                from_raw="+4799900001",
                to_raw="+4721000000",
                status="completed",
                phase="over",
                recorded=True,
                rung=0,
                dial=0,
                started_at=NIGHT,
                ended_at=NIGHT,
            )
        )
        connection.execute(
            insert(attempts).values(
                call_sid="CA1",
                dial=0,
                rung=0,
                person="kari",
                phone="+4799900011",
                screened=True,
                ring_seconds=25,
                dialled_at=NIGHT,
                outcome="accepted",
            )
        )
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
        entry = {"case_id": case_id, "at": NIGHT, "kind": "call-received", "by": None}
        connection.execute(insert(timeline).values(entry | {"data": {"raw": "+4799900001"}}))


def app_of(*blueprints: Any) -> Flask:
    """An application with nothing but these blueprints."""
    app = Flask("webhooks")
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


def with_absence(services: Services, person: str, reason: str) -> None:
    """Let a person of the roster be absent at NIGHT, for a reason."""
    replaced = services.organisations.current()
    assert replaced is not None
    away = Absence(NIGHT.date(), NIGHT.date(), reason)
    people = tuple(replace(each, absences=(away,)) if each.id == person else each for each in replaced.people)
    with services.db.write() as connection:
        save_version(connection, replace(replaced, people=people), replaces=replaced, at=NIGHT, actor="test")
