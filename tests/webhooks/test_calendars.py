"""`/calendar/SECRET.ics`: whoever has the address reads those shifts, until it is revoked."""

import logging

import pytest
from sqlalchemy import select

from dispatcher.calendars import (
    CalendarError,
    CalendarKind,
    create_address,
    find_address,
    list_addresses,
    revoke_address,
)
from dispatcher.services import Services
from dispatcher.store.tables import audit, calendar_addresses
from tests.webhooks.installation import NIGHT, app_of, small_organisation
from webhooks.calendars import create_calendars

PERSON = small_organisation().people[0].id
SCHEDULE = small_organisation().schedules[0].id


def made(services: Services, name: str = "phone", kind: str = "person", target: str = PERSON) -> str:
    with services.db.write() as connection:
        return create_address(
            connection, name, kind=CalendarKind(kind), target=target, now=NIGHT, actor="gerd"
        )


def test_the_shifts_of_a_person_or_schedule_are_served_to_whoever_has_the_address(services: Services) -> None:
    client = app_of(create_calendars(services)).test_client()
    for name, kind, target in (("a", "person", PERSON), ("b", "schedule", SCHEDULE)):
        response = client.get(f"/calendar/{made(services, name, kind, target)}.ics")
        assert (response.status_code, response.content_type) == (200, "text/calendar; charset=utf-8")
        assert response.data.startswith(b"BEGIN:VCALENDAR\r\n")
        assert b"BEGIN:VEVENT" in response.data
        assert response.headers["Cache-Control"] == "private, max-age=300"


def test_what_is_known_already_is_not_sent_again(services: Services) -> None:
    client = app_of(create_calendars(services)).test_client()
    path = f"/calendar/{made(services)}.ics"
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_unknown_revoked_and_no_longer_in_the_roster_are_not_found_alike(services: Services) -> None:
    client = app_of(create_calendars(services)).test_client()
    revoked, gone = made(services, "old"), made(services, "left", "person", "nobody-now")
    with services.db.write() as connection:
        revoke_address(connection, "old", now=NIGHT, actor="gerd")
        revoke_address(connection, "old", now=NIGHT, actor="gerd")
    answers = {
        (response.status_code, response.data)
        for response in (client.get(f"/calendar/{each}.ics") for each in ("x" * 43, revoked, gone, "æ%00"))
    }
    assert answers == {(404, b"there is no such calendar: ask for a new address\n")}


def test_refused_requests_alone_are_braked(services: Services) -> None:
    client = app_of(create_calendars(services)).test_client()
    path = f"/calendar/{made(services)}.ics"
    statuses = [client.get(f"/calendar/wrong{number}.ics").status_code for number in range(61)]
    assert (set(statuses[:60]), statuses[60]) == ({404}, 429)
    assert client.get(path).status_code == 200


def test_with_the_database_away_the_program_is_told_to_come_again_and_no_secret_is_logged(
    services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app_of(create_calendars(services)).test_client()
    secret = made(services)

    def away() -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(services.db, "read", away)
    with caplog.at_level(logging.DEBUG):
        response = client.get(f"/calendar/{secret}.ics")
    assert response.status_code == 503
    assert "OSError" in caplog.text
    assert secret not in caplog.text


def test_a_secret_is_kept_as_its_hash_alone_and_making_and_revoking_are_audited(services: Services) -> None:
    secret = made(services)
    with services.db.write() as connection:
        assert find_address(connection, secret) is not None
        revoke_address(connection, "phone", now=NIGHT, actor="per")
        (row,) = connection.execute(select(calendar_addresses)).all()
        acts = connection.execute(select(audit.c.actor, audit.c.action, audit.c.subject, audit.c.data)).all()
        (listed,) = list_addresses(connection)
    assert secret not in str(row)
    assert [tuple(act) for act in acts] == [
        ("gerd", "calendar-created", "phone", {"kind": "person", "target": PERSON}),
        ("per", "calendar-revoked", "phone", {}),
    ]
    assert (listed.name, listed.kind, listed.target, listed.revoked_at) == ("phone", "person", PERSON, NIGHT)


def test_a_name_is_used_once_and_an_unknown_one_is_told_of(services: Services) -> None:
    made(services)
    for name in ("phone", "", "a\nb", "x" * 101):
        with pytest.raises(CalendarError):
            made(services, name)
    with (
        services.db.write() as connection,
        pytest.raises(CalendarError, match="there is no calendar named x"),
    ):
        revoke_address(connection, "x", now=NIGHT, actor="gerd")
