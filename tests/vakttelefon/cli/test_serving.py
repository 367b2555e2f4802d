"""What keeps the processes from starting is one line that says what to do, not a server's log."""

import socket

import pytest

from tests.vakttelefon.cli.shell import Shell
from vakttelefon.serving import CannotListenError, require_address


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
