"""A machine that answers one byte at a time, each well within any time-out for a byte."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# A thousand bytes take the better part of a minute.
PAUSE_SECONDS = 0.05


class Dripper:
    """Listens on loopback; says `at_once`, and then `slowly` byte by byte, to whoever connects.

    `kept_alive`: the first request is answered `at_once`, the second one `slowly`.
    """

    def __init__(self, *, at_once: bytes = b"", slowly: bytes, kept_alive: bool = False) -> None:
        self.at_once = at_once
        self.slowly = slowly
        self.kept_alive = kept_alive
        self.connected = threading.Event()
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _address = self._listener.accept()
                self.connected.set()
                threading.Thread(target=self._drip, args=(line,), daemon=True).start()

    def _drip(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            if self.kept_alive:
                line.recv(65_536)
            line.sendall(self.at_once)
            if self.kept_alive:
                line.recv(65_536)
            for number in range(len(self.slowly)):
                if self._over.wait(PAUSE_SECONDS):
                    return
                line.sendall(self.slowly[number : number + 1])
            self._over.wait()

    def close(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def dripping(slowly: bytes, *, at_once: bytes = b"", kept_alive: bool = False) -> Iterator[Dripper]:
    """Run a dripper for as long as it is needed."""
    dripper = Dripper(at_once=at_once, slowly=slowly, kept_alive=kept_alive)
    thread = threading.Thread(target=dripper.serve, daemon=True)
    thread.start()
    yield dripper
    dripper.close()
    thread.join()
