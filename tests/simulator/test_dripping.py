"""Answers of the REST side that take long on the way: over a real socket, and on the virtual clock."""

import base64
import socket
import time
from datetime import timedelta
from typing import Any

import pytest
import requests

from simulator import RestFaultKind
from simulator.in_process import WsgiAdapter
from simulator.server import LoopbackServer
from tests.simulator.scene import ACCOUNT, CALLER, HOTLINE, KARI, TOKEN, Scene

API = f"/2010-04-01/Accounts/{ACCOUNT}"
FORM = {"To": KARI, "From": HOTLINE, "Body": "Hei"}


@pytest.fixture
def client(scene: Scene) -> requests.Session:
    """A client of the same process, signed in."""
    session = requests.Session()
    session.mount("https://api.twilio.com", WsgiAdapter(scene.simulator.app))
    session.auth = (ACCOUNT, TOKEN)
    return session


def send(client: requests.Session, **more: Any) -> requests.Response:
    return client.post(f"https://api.twilio.com{API}/Messages.json", data=FORM, **{"timeout": 8, **more})


def received(server: LoopbackServer, *, bytes_wanted: int | None = None) -> list[bytes]:
    """Ask for the account over a plain socket and return what arrives, piece by piece."""
    sign_in = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    pieces: list[bytes] = []
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(f"GET {API}.json HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {sign_in}\r\n\r\n".encode())
        while bytes_wanted is None or len(b"".join(pieces)) < bytes_wanted:
            piece = line.recv(65_536)
            if not piece:
                break
            pieces.append(piece)
    return pieces


@pytest.mark.parametrize("kind", [RestFaultKind.DRIPS, RestFaultKind.DRIPS_HEADERS])
def test_over_a_socket_a_dripping_answer_comes_in_many_pieces_and_whole_at_last(
    scene: Scene, kind: RestFaultKind
) -> None:
    scene.simulator.faults.strike(kind, seconds=0.5)
    with LoopbackServer(scene.simulator.app) as server:
        started = time.monotonic()
        pieces = received(server)
        assert time.monotonic() - started >= 0.5
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
    assert ACCOUNT.encode() in body
    assert len(pieces) > 20


def test_dripping_headers_begin_with_less_than_a_status_line(scene: Scene) -> None:
    scene.simulator.faults.strike(RestFaultKind.DRIPS_HEADERS, seconds=60)
    with LoopbackServer(scene.simulator.app) as server:
        assert b"HTTP".startswith(b"".join(received(server, bytes_wanted=2)))


def test_over_a_socket_a_thin_line_brings_so_many_bytes_a_second(scene: Scene) -> None:
    scene.simulator.faults.strike(RestFaultKind.THIN_LINE, bytes_a_second=2000)
    with LoopbackServer(scene.simulator.app) as server:
        started = time.monotonic()
        body = b"".join(received(server)).partition(b"\r\n\r\n")[2]
        assert time.monotonic() - started >= len(body) / 2000 * 0.9


def test_over_a_socket_a_silent_line_is_taken_and_says_nothing(scene: Scene) -> None:
    scene.simulator.faults.strike(RestFaultKind.SILENT, seconds=60)
    with LoopbackServer(scene.simulator.app) as server:
        url = f"{server.url}{API}/Messages.json"
        with pytest.raises(requests.ReadTimeout):
            requests.post(url, data=FORM, auth=(ACCOUNT, TOKEN), timeout=0.2)
        assert requests.post(url, data=FORM, auth=(ACCOUNT, TOKEN), timeout=5).status_code == 201
    assert len(scene.simulator.messages) == 1


@pytest.mark.parametrize("kind", [RestFaultKind.DRIPS, RestFaultKind.DRIPS_HEADERS])
def test_in_one_process_a_dripping_answer_takes_virtual_time_and_no_byte_comes_too_late(
    scene: Scene, client: requests.Session, kind: RestFaultKind
) -> None:
    before = scene.clock.now()
    scene.simulator.faults.strike(kind, seconds=600)
    answer = send(client)
    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    assert scene.clock.now() - before >= timedelta(seconds=599)


def test_whoever_reads_a_dripping_answer_piece_by_piece_may_stop(
    scene: Scene, client: requests.Session
) -> None:
    before = scene.clock.now()
    scene.simulator.faults.strike(RestFaultKind.DRIPS, seconds=600)
    with send(client, stream=True) as answer:
        for _ in answer.iter_content(1):
            if scene.clock.now() - before > timedelta(seconds=20):
                break
    assert timedelta(seconds=20) < scene.clock.now() - before < timedelta(seconds=30)


@pytest.mark.parametrize("seconds", [3, 600])
def test_a_silent_line_costs_a_client_of_the_same_process_its_patience(
    scene: Scene, client: requests.Session, seconds: int
) -> None:
    before = scene.clock.now()
    scene.simulator.faults.strike(RestFaultKind.SILENT, seconds=seconds)
    with pytest.raises(requests.ReadTimeout):
        send(client)
    assert scene.clock.now() - before == timedelta(seconds=min(seconds, 8))
    assert scene.simulator.messages == []


def test_an_answer_that_pauses_too_long_breaks_off_in_the_middle(
    scene: Scene, client: requests.Session
) -> None:
    scene.simulator.faults.strike(RestFaultKind.THIN_LINE, bytes_a_second=0.1)
    with pytest.raises(requests.ConnectionError):
        send(client)
    assert len(scene.simulator.messages) == 1


def test_a_picture_on_a_thin_line_takes_as_long_as_it_is_large(
    scene: Scene, client: requests.Session
) -> None:
    picture = bytes(40_000)
    scene.simulator.text(CALLER, HOTLINE, "", media=[("image/jpeg", picture)])
    scene.simulator.run_until_idle()
    before = scene.clock.now()
    scene.simulator.faults.strike(RestFaultKind.THIN_LINE, bytes_a_second=1000, resource="Messages")
    assert client.get(scene.forms("/sms")[0]["MediaUrl0"], timeout=8).content == picture
    assert timedelta(seconds=39) < scene.clock.now() - before < timedelta(seconds=41)


def test_a_line_that_carries_nothing_is_no_line(scene: Scene) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        scene.simulator.faults.strike(RestFaultKind.THIN_LINE, bytes_a_second=0)
