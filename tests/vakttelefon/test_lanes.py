"""Which threads answer a request, and what becomes of one that finds no room."""

import json
import threading
from types import SimpleNamespace

import pytest

from vakttelefon import lanes
from vakttelefon.lanes import (
    CALLS,
    LISTENING,
    PAGES,
    QUICK,
    SIGN_IN,
    WATCHING,
    BusyError,
    Lane,
    Lanes,
    lane_of,
)


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("POST", "/webhooks/twilio/sms", CALLS),
        ("POST", "/webhooks/tickets/zammad", CALLS),
        ("GET", "/webhooks", PAGES),
        ("POST", "/admin/login", SIGN_IN),
        ("POST", "/admin/login/", SIGN_IN),
        ("GET", "/admin/login", PAGES),
        ("GET", "/admin/recordings/RE1", LISTENING),
        ("GET", "/admin/cases/V-1002", PAGES),
        ("GET", "/api/v1/cases", PAGES),
        ("GET", "/calendar/abc.ics", PAGES),
        ("GET", "/readyz", WATCHING),
        ("GET", "/healthz", QUICK),
        ("GET", "/", PAGES),
        ("GET", "/admin/../webhooks/twilio/voice", PAGES),
    ],
)
def test_only_webhooks_get_the_threads_of_the_calls(method: str, path: str, lane: str) -> None:
    assert lane_of(method, path) == lane


class Waiting:
    """A connection with one request, whose answer takes until `end` is set."""

    def __init__(self, method: str, path: str) -> None:
        self.requests = [SimpleNamespace(command=method, path=path, error=None)]
        self.begun, self.end = threading.Event(), threading.Event()
        self.ready_at = 0.0

    def service(self) -> None:
        self.begun.set()
        self.end.wait(5)


def test_pages_that_take_every_thread_of_theirs_leave_those_of_the_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "MOST_WAITING", 2)
    all_lanes = Lanes(call_threads=1)
    pages = [Waiting("GET", "/api/v1/cases") for _ in range(lanes.PAGE_THREADS)]
    waiting = [Waiting("GET", "/admin/") for _ in range(2)]
    one_more = Waiting("GET", "/admin/me")
    call = Waiting("POST", "/webhooks/twilio/voice/begin")
    for page in pages:
        all_lanes.add_task(page)
        assert page.begun.wait(5)
    for page in (*waiting, one_more):
        all_lanes.add_task(page)
    all_lanes.add_task(call)
    assert call.begun.wait(5)
    assert not any(page.begun.is_set() for page in waiting)
    # the one too many is answered at once, with what it is
    assert one_more.begun.wait(5)
    status, headers, body = one_more.requests[0].error.to_response()
    assert status == "503 Service Unavailable"
    assert dict(headers)["Retry-After"] == "5"
    assert "Prøv igjen" in body.decode()
    for each in (*pages, *waiting, one_more, call):
        each.end.set()


def test_how_long_the_next_webhook_has_waited_is_known() -> None:
    lane = Lane(1)
    held, next_one = Waiting("POST", "/webhooks/twilio/sms"), Waiting("POST", "/webhooks/twilio/sms")
    next_one.ready_at = 100.0
    lane.add_task(held)
    assert held.begun.wait(5)
    assert lane.waiting_seconds(142.0) == 0
    lane.add_task(next_one)
    assert lane.waiting_seconds(142.0) == 42.0
    for each in (held, next_one):
        each.end.set()


def test_a_program_that_finds_no_room_is_told_in_the_form_of_the_api() -> None:
    headers, body = BusyError("/api/v1/cases").to_response()[1:]
    assert dict(headers)["Content-Type"].startswith("application/json")
    assert json.loads(body)["error"]["code"] == "unavailable"
