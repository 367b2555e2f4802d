"""The simulator by itself: over a real port, and from the command line."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
from flask import Flask, Response, request

from simulator import EntryKind, HttpTransport, Simulator, Switches, VirtualClock
from simulator.__main__ import main
from simulator.server import LoopbackServer, standalone_app
from simulator.transport import ConnectFailed, HttpRequest, ProtocolViolated, ReadTimedOut
from tests.simulator.scene import ACCOUNT, CALLER, EVENING, HOTLINE, KARI, TOKEN, Scene, twiml


@pytest.fixture
def application() -> Iterator[tuple[LoopbackServer, list[str]]]:
    app = Flask("application")
    seen: list[str] = []

    @app.post("/voice")
    def voice() -> Response:
        seen.append(f"{request.full_path} {request.form['From']}")
        answer = twiml("<Say>Hello</Say>")
        answer.set_cookie("a", "1")
        return answer

    with LoopbackServer(app) as server:
        yield server, seen


def test_webhooks_and_rest_travel_over_real_sockets(application: tuple[LoopbackServer, list[str]]) -> None:
    server, seen = application
    simulator = Simulator(
        ACCOUNT, TOKEN, clock=VirtualClock(EVENING), transport=HttpTransport(), switches=Switches(seed=1)
    )
    simulator.add_number(HOTLINE, voice_url=f"{server.url}/voice?x=%C3%A5")
    call = simulator.ring(CALLER, HOTLINE)
    simulator.run_until_idle()
    assert call.heard == ["Hello"]
    assert seen == [f"/voice?x=%C3%A5 {CALLER}"]
    with LoopbackServer(simulator.app) as rest:
        answer = requests.get(
            f"{rest.url}/2010-04-01/Accounts/{ACCOUNT}/Calls/{call.sid}.json",
            auth=(ACCOUNT, TOKEN),
            timeout=5,
        )
    assert answer.json()["status"] == "completed"


def test_nobody_listening_is_a_failed_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectFailed):
        HttpTransport().send(HttpRequest("GET", f"http://127.0.0.1:{port}/", {}))


def test_no_answer_in_time_is_a_timeout_and_rubbish_is_a_violation() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        with pytest.raises(ReadTimedOut):
            HttpTransport().send(HttpRequest("GET", url, {}, read_seconds=0.05))
    with socket.create_server(("127.0.0.1", 0)) as rude:
        url = f"http://127.0.0.1:{rude.getsockname()[1]}/"
        with pytest.raises(ProtocolViolated):
            _send_to_rude(rude, url)


def _send_to_rude(rude: socket.socket, url: str) -> None:
    import threading

    def answer() -> None:
        connection, _ = rude.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"good evening\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        HttpTransport(verify_tls=False).send(HttpRequest("GET", url, {}))
    finally:
        thread.join()


def test_stand_alone_it_serves_rest_and_the_wall_with_strict_headers(scene: Scene) -> None:
    scene.phone(KARI)
    with LoopbackServer(standalone_app(scene.simulator)) as server:
        page = requests.get(f"{server.url}/", timeout=5)
        assert page.url == f"{server.url}/phones/"
        assert KARI in page.text
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert requests.get(f"{server.url}/2010-04-01/Accounts/{ACCOUNT}.json", timeout=5).status_code == 401
    assert scene.simulator.journal.of(EntryKind.REST)


def test_the_command_serves_until_it_is_told_to_stop() -> None:
    arguments = ["--port", "0", "--phone", f"{KARI}=Kari=voicemail", "--auth-token", TOKEN]
    process = subprocess.Popen(  # noqa: S603 - this interpreter, our own arguments
        [sys.executable, "-m", "simulator", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    with process.stdout:
        address = process.stdout.readline().split()[2]
        wall = process.stdout.readline().split()[1]
        try:
            assert address.startswith("http://127.0.0.1:")
            assert "Kari" in requests.get(wall, timeout=5).text
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--phone", "90000001=Kari"], "E.164"),
        (["--phone", f"{KARI}=Kari=robot"], "no persona 'robot'"),
        (["--number", "21000000"], "E.164"),
    ],
)
def test_wrong_usage_is_explained_and_ends_with_two(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert main(arguments) == 2
    assert complaint in capsys.readouterr().err


def test_a_taken_port_is_explained_and_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert "choose another" in capsys.readouterr().err
