"""How the serving process ends: in order with slow clients, and not at all on its own while its master is gone."""

import http.client
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress

import pytest

from tests.processes.hall import Hall, wait_until


def child_of(pid: int) -> int | None:
    """Return the process that gunicorn's master has made, from what Linux tells."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:  # noqa: PTH123
        listed = children.read().split()
    return int(listed[0]) if listed else None


def lives(pid: int) -> bool:
    """Whether a process runs, and is not only waiting for somebody to note its end."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as told:  # noqa: PTH123
            return told.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def answers(hall: Hall) -> bool:
    """Whether the process tells that it is there."""
    with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", hall.port, timeout=2)) as asking:
        asking.request("GET", "/healthz")
        with asking.getresponse() as answer:
            return answer.status == 200
    return False


@pytest.fixture
def hall(sqlite_url: str, open_hall: Callable[..., Hall]) -> Hall:
    hall = open_hall(sqlite_url, in_one=True)
    hall.start()
    wait_until(lambda: answers(hall), "it answers")
    return hall


def test_half_requests_and_an_unread_answer_keep_it_from_ending_no_longer_than_ten_seconds(
    hall: Hall,
) -> None:
    halves = (b"", b"POST /web", b"POST /admin/login HTTP/1.1\r\nContent-Length: 90\r\n\r\nname=")
    unread = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 60
    with ExitStack() as held:
        for first in (*halves * 10, unread):
            held.enter_context(socket.create_connection(("127.0.0.1", hall.port))).sendall(first)
        assert hall.web.terminate() == 0


def test_a_process_whose_master_was_killed_ends_by_itself(hall: Hall) -> None:
    assert hall.web.process is not None
    child = child_of(hall.web.process.pid)
    assert child is not None
    os.kill(hall.web.process.pid, signal.SIGKILL)
    wait_until(lambda: not lives(child), "the process without a master is gone", seconds=10)


def test_a_process_that_was_killed_is_replaced(hall: Hall) -> None:
    assert hall.web.process is not None
    child = child_of(hall.web.process.pid)
    assert child is not None
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: child_of(hall.web.process.pid) not in {None, child}, "there is a new one")  # type: ignore[union-attr]
    wait_until(lambda: answers(hall), "it answers", seconds=10)


def test_calls_are_answered_while_five_hundred_half_requests_are_open(hall: Hall) -> None:
    """Through the whole product: every kind of half request at once, and somebody rings."""
    held = []
    for number in range(500):
        first = (
            b"",
            b"GET /metr",
            b"POST /webhooks/twilio/voice HTTP/1.1\r\nContent-Length: 80\r\n\r\nCallSid=",
            b"GET /readyz HTTP/1.1\r\nContent-Length: 5\r\n\r\n",
        )[number % 4]
        client = socket.create_connection(("127.0.0.1", hall.port))
        client.sendall(first)
        held.append(client)
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(1):
            for client in held[1::4]:
                with suppress(OSError):
                    client.sendall(b"a")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        assert answers(hall)
        hall.simulator.text("+4791000077", "+4721000000", "Nettet er nede på skulen")
        wait_until(lambda: bool(hall.references()), "the SMS has become a case", seconds=10)
    finally:
        stop.set()
        dripping.join()
        for client in held:
            client.close()
