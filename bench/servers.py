"""The web processes that are measured, all under the product's own gunicorn settings.

`python -m bench.servers NAME CONFIG` serves one of `SERVERS` until SIGTERM.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench.bare import create_bare_app
from dispatcher.recordings.vault import make_key_file
from vakttelefon.config import Config, load_config

# The class is the product's own way to run gunicorn; the point here is to change nothing but the application.
from vakttelefon.serving import _Gunicorn

ROOT = Path(__file__).parents[1]
ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "an-invented-auth-token"
PUBLIC_URL = "https://vakt.example.no"
START_SECONDS = 60

BARE, WEB_ONLY, WITH_WORKER = "bare", "web-only", "with-worker"
SERVERS = (BARE, WEB_ONLY, WITH_WORKER)


class _ProductGunicorn(_Gunicorn):
    """The product's gunicorn, with its hook as gunicorn wants it: with exactly two parameters."""

    def stop_worker(self, arbiter: object = None, worker: object = None, *more: object) -> None:
        """Stop the worker thread as the product does."""
        super().stop_worker(arbiter, worker, *more)


class _BareGunicorn(_ProductGunicorn):
    """The product's gunicorn with the bare application in it."""

    def load(self) -> Flask:
        """Build the bare application in the process that serves it."""
        return create_bare_app(self._config)


@dataclass(frozen=True, slots=True)
class Server:
    """A running web process."""

    name: str
    address: tuple[str, int]
    database_url: str


def write_config(folder: Path, *, database_url: str, port: int) -> Path:
    """Write an installation's configuration with its keys; nothing in it leads off this machine."""
    folder.mkdir(parents=True)
    (folder / "web.key").write_bytes(b"an invented secret of the web pages")
    make_key_file(folder / "recording.key")
    file = folder / "config.toml"
    file.write_text(
        f"""public_url = "{PUBLIC_URL}"
[server]
port = {port}
spool = "spool"
[database]
url = "{database_url}"
[twilio]
account_sid = "{ACCOUNT}"
auth_token = "{TOKEN}"
# the discard port: whatever the worker asks of Twilio is refused at once
api_base_url = "http://127.0.0.1:9"
[recording]
directory = "recordings"
key_file = "recording.key"
[web]
secret_file = "web.key"
[log]
level = "ERROR"
""",
        encoding="utf-8",
    )
    return file


@contextmanager
def running(name: str, folder: Path, database_url: str) -> Iterator[Server]:
    """Start one of the servers in a process of its own and stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = write_config(folder, database_url=database_url, port=port)
    process = subprocess.Popen([sys.executable, "-m", "bench.servers", name, str(config)], cwd=ROOT)
    try:
        _await(process, port)
        yield Server(name, ("127.0.0.1", port), database_url)
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the process listens; gunicorn's master does before its worker is ready, which is enough."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    message = f"the server did not start listening within {START_SECONDS} s: see its output above"
    raise RuntimeError(message)


def gunicorn_for(name: str, config: Config) -> _Gunicorn:
    """Return gunicorn with the application of a name."""
    if name == BARE:
        return _BareGunicorn(config, with_worker=False)
    return _ProductGunicorn(config, with_worker=name == WITH_WORKER)


if __name__ == "__main__":
    gunicorn_for(sys.argv[1], load_config(Path(sys.argv[2]), environ={})).run()
