"""What keeps the processes from starting is one line that says what to do, not a server's log."""

import os
import signal
import socket

import pytest

from dispatcher.worker import Worker
from tests.vakttelefon.cli.shell import Shell
from vakttelefon.serving import CannotListenError, _Gunicorn, require_address


@pytest.mark.parametrize("command", [("serve",), ("serve", "--web-only"), ("worker",)])
def test_a_database_that_was_never_made_is_told_by_its_key(
    small_shell: Shell, command: tuple[str, ...]
) -> None:
    other = Shell(small_shell.folder, f"sqlite:///{small_shell.folder}/other.db")
    other.configure()
    assert other.refused(*command).startswith("database: ")


def test_a_port_that_is_taken_is_told_at_once(small_shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        small_shell.configure(more=f"[server]\nport = {port}\n")
        told = small_shell.refused("serve")
    assert told == f"server.port: {port} is in use: stop what listens there, or choose another port"


def test_a_host_that_is_not_this_machine_is_told_at_once(small_shell: Shell) -> None:
    small_shell.configure(more='[server]\nhost = "192.0.2.1"\n')
    told = small_shell.refused("serve")
    assert told.startswith("server.host: 192.0.2.1 cannot be listened at (")


def test_an_address_that_was_served_at_a_moment_ago_is_free() -> None:
    """Connections that linger after a restart do not keep it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        served, _ = server.accept()
        served.close()
        with pytest.raises(CannotListenError):
            require_address("127.0.0.1", port)
    require_address("127.0.0.1", port)
    client.close()


def _ends_by_itself(_worker: Worker) -> None:
    message = "a fault of ours"
    raise RuntimeError(message)


def test_a_worker_that_dies_ends_its_process_with_one_line(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it died stands in the log above that line."""
    monkeypatch.setattr(Worker, "run", _ends_by_itself)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    result = small_shell.run("worker")
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith("worker: it ended by itself: ")


@pytest.mark.parametrize("how", ["fails", "returns"])
def test_a_worker_thread_that_dies_ends_the_process_that_serves(
    small_shell: Shell, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Its arbiter then starts a new one, with a worker that lives."""
    monkeypatch.setattr(Worker, "run", _ends_by_itself if how == "fails" else lambda _worker: None)
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    server = _Gunicorn(small_shell.config, with_worker=True)
    server.load()
    assert server._thread is not None
    server._thread.join(10)
    assert sent == [(os.getpid(), signal.SIGTERM)]


def test_a_worker_that_was_stopped_ends_nothing(small_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("it was asked to end"))
    server = _Gunicorn(small_shell.config, with_worker=True)
    server.load()
    server.stop_worker(None, None)
