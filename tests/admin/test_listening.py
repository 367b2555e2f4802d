"""Listening to recordings: in pieces, from anywhere, in little memory, and each listening noted once."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.datastructures import IfRange
from werkzeug.http import parse_if_range_header, parse_range_header

from admin.listening import MOST_BYTES_AT_ONCE, Piece, piece_of
from dispatcher.accounts.users import Role
from dispatcher.recordings.sealing import SEGMENT_BYTES
from dispatcher.services import Services
from dispatcher.store.tables import audit, recordings
from tests.admin.visiting import get
from tests.webhooks.installation import add_case, add_story

SIZE = 3 * MOST_BYTES_AT_ONCE + 4321


def audio() -> Iterator[bytes]:
    """Audio in which every four bytes tell where they stand."""
    for start in range(0, SIZE, 4 * 1024):
        yield b"".join(place.to_bytes(4, "big") for place in range(start, start + 4 * 1024, 4))[
            : SIZE - start
        ]


WHOLE = b"".join(audio())


@pytest.fixture
def stored(services: Services) -> Services:
    add_story(services, add_case(services))
    kept = services.vault.store("RE1", audio())
    with services.db.write() as connection:
        connection.execute(update(recordings).values(file=kept.file, sha256=kept.sha256))
    return services


def listened(services: Services) -> list[str]:
    with services.db.read() as connection:
        rows = connection.execute(select(audit.c.actor).where(audit.c.action == "recording-played"))
        return list(rows.scalars())


@pytest.mark.parametrize(
    ("asked", "condition", "piece"),
    [
        (None, None, Piece(0, 5_000_000, is_part=False)),
        ("bytes=0-", None, Piece(0, MOST_BYTES_AT_ONCE, is_part=True)),
        ("bytes=0-0", None, Piece(0, 1, is_part=True)),
        ("bytes=100-299", None, Piece(100, 300, is_part=True)),
        ("bytes=4000000-", None, Piece(4_000_000, 5_000_000, is_part=True)),
        ("bytes=4999999-9999999", None, Piece(4_999_999, 5_000_000, is_part=True)),
        ("bytes=-500", None, Piece(4_999_500, 5_000_000, is_part=True)),
        ("bytes=-4000000", None, Piece(1_000_000, 1_000_000 + MOST_BYTES_AT_ONCE, is_part=True)),
        ("bytes=5000000-", None, None),
        ("bytes=9000000-9000001", None, None),
        ("bytes=5-2", None, Piece(0, 5_000_000, is_part=False)),
        ("bytes=0-1,5-6", None, Piece(0, 5_000_000, is_part=False)),
        ("words=0-1", None, Piece(0, 5_000_000, is_part=False)),
        ("bytes=7-8", '"v1"', Piece(7, 9, is_part=True)),
        ("bytes=7-8", '"v0"', Piece(0, 5_000_000, is_part=False)),
        ("bytes=7-8", "Sat, 14 Nov 2026 02:40:00 GMT", Piece(0, 5_000_000, is_part=False)),
    ],
)
def test_a_range_is_answered_with_a_piece_of_it(
    asked: str | None, condition: str | None, piece: Piece | None
) -> None:
    under = IfRange() if condition is None else parse_if_range_header(condition)
    assert piece_of(parse_range_header(asked), under, size=5_000_000, version="v1") == piece


def test_asking_on_from_where_a_piece_ended_gives_the_whole(
    technician: FlaskClient, stored: Services
) -> None:
    received = b""
    while len(received) < SIZE:
        response = technician.get(
            "/admin/recordings/RE1",
            headers={"Range": f"bytes={len(received)}-"},
            base_url="https://localhost",
        )
        assert response.status_code == 206
        assert len(response.data) <= MOST_BYTES_AT_ONCE
        last = len(received) + len(response.data) - 1
        assert response.headers["Content-Range"] == f"bytes {len(received)}-{last}/{SIZE}"
        received += response.data
    assert received == WHOLE
    assert listened(stored) == ["technician"]


def test_a_piece_from_the_middle_is_a_listening_of_its_own_for_who_had_not_begun(
    signed_in: Callable[[Role], FlaskClient], stored: Services
) -> None:
    first, second = signed_in(Role.TECHNICIAN), signed_in(Role.COORDINATOR)
    for client, start in ((first, 0), (first, SEGMENT_BYTES), (second, 3), (second, 7), (first, 0)):
        response = client.get(
            "/admin/recordings/RE1",
            headers={"Range": f"bytes={start}-{start + 9}"},
            base_url="https://localhost",
        )
        assert response.data == WHOLE[start : start + 10]
    assert listened(stored) == ["technician", "coordinator", "technician"]


def test_without_a_range_the_whole_comes_and_can_be_told_apart(
    technician: FlaskClient, stored: Services
) -> None:
    response = technician.get("/admin/recordings/RE1", base_url="https://localhost")
    assert (response.status_code, response.data == WHOLE) == (200, True)
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Length"] == str(SIZE)
    again = technician.get(
        "/admin/recordings/RE1",
        headers={"Range": "bytes=1-2", "If-Range": response.headers["ETag"]},
        base_url="https://localhost",
    )
    assert (again.status_code, again.data) == (206, WHOLE[1:3])


def test_asking_about_a_recording_gives_its_size_and_is_no_listening(
    technician: FlaskClient, stored: Services
) -> None:
    response = technician.head("/admin/recordings/RE1", base_url="https://localhost")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == str(SIZE)
    assert listened(stored) == []


def test_a_range_beyond_the_end_is_refused_with_the_size(technician: FlaskClient, stored: Services) -> None:
    response = technician.get(
        "/admin/recordings/RE1", headers={"Range": f"bytes={SIZE}-"}, base_url="https://localhost"
    )
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{SIZE}"
    assert "Lytt frå byrjinga" in response.text
    assert listened(stored) == []


def test_a_recording_that_is_damaged_where_one_begins_is_told_and_not_noted(
    technician: FlaskClient, stored: Services
) -> None:
    file = next(stored.vault._directory.glob("*.audio"))
    content = bytearray(file.read_bytes())
    content[SEGMENT_BYTES + 200] ^= 1
    file.write_bytes(content)
    for headers in ({"Range": "bytes=65536-"}, {"Range": f"bytes={SEGMENT_BYTES + 5}-"}):
        response = technician.get("/admin/recordings/RE1", headers=headers, base_url="https://localhost")
        assert response.status_code == 500
    assert listened(stored) == []
    assert get(technician, "/admin/cases")[0] == 200


def test_a_long_recording_is_never_in_memory(technician: FlaskClient, stored: Services) -> None:
    tracemalloc.start()
    try:
        response = technician.get("/admin/recordings/RE1", base_url="https://localhost")
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        taken = sum(len(chunk) for chunk in response.response)
        most = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert taken == SIZE
    assert most < 10 * SEGMENT_BYTES
