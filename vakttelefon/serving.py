"""The processes: gunicorn with the worker in it, the web alone, the worker alone.

The worker runs as a thread of gunicorn's one worker process, so that a commit wakes it at once; gunicorn's
master restarts the process if it dies. Several machines run several of these on one PostgreSQL.
"""

import contextlib
import errno
import os
import signal
import socket
import threading
from dataclasses import replace
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from dispatcher.calls.asking import ask_about_live_calls
from dispatcher.store.limits import WORKER, web_limits
from dispatcher.worker import Worker
from vakttelefon.config import Config
from vakttelefon.lanes import all_threads
from vakttelefon.log_stream import fill_standard_descriptors
from vakttelefon.logging import set_up_logging
from vakttelefon.starting import Lack, require_enough, tell
from vakttelefon.web import GRACE_SECONDS, WebWorker
from vakttelefon.wiring import build_services, create_app

log = structlog.get_logger()


class _Gunicorn(BaseApplication):  # type: ignore[misc]  # gunicorn is not annotated
    """Gunicorn configured by us, not by its own files or command line."""

    def __init__(self, config: Config, *, with_worker: bool, lacks: tuple[Lack, ...] = ()) -> None:
        self._config = config
        self._lacks = lacks
        self._with_worker = with_worker
        self._worker: Worker | None = None
        self._thread: threading.Thread | None = None
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        server = self._config.server
        host = f"[{server.host}]" if ":" in server.host else server.host
        options = {
            "bind": f"{host}:{server.port}",
            "workers": 1,
            "worker_class": WebWorker,
            "threads": server.threads,
            "graceful_timeout": GRACE_SECONDS,
            "timeout": 60,
            "control_socket_disable": True,
            "proc_name": "vakttelefon",
            "loglevel": "warning",
            "worker_exit": self.stop_worker,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application in the process that serves it, and start the worker beside it."""
        set_up_logging(self._config)
        tell(self._lacks)
        services = build_services(self._config, limits=web_limits(all_threads(self._config.server.threads)))

        def look_around() -> None:
            services.organisations.history()  # known from the start, for when the database is away later
            ask_about_live_calls(services)

        services.db.when_back(look_around)
        with contextlib.suppress(Exception):
            look_around()
        if self._with_worker:
            self._worker = Worker(replace(services, db=services.db.with_limits(WORKER)))
            self._thread = threading.Thread(target=self._work, name="worker")
            self._thread.start()
        app = create_app(self._config, services)
        server = self._config.server
        log.info("serving", host=server.host, port=server.port, with_worker=self._with_worker)
        return app

    def end_soon(self) -> None:
        """Tell the worker thread to finish what is in hand, while the last requests are answered."""
        if self._worker is not None:
            self._worker.stop()

    def _work(self) -> None:
        """Run the worker; a process without its worker is of no use, so that the one's end is the other's."""
        if self._worker is not None and not ran_as_long_as_wanted(self._worker):
            # As the arbiter would end it: requests in hand are answered, and a new process takes over.
            os.kill(os.getpid(), signal.SIGTERM)

    def stop_worker(self, _arbiter: object, _process: object) -> None:
        """Let the worker thread finish what is in hand, when gunicorn's process ends."""
        if self._worker is not None and self._thread is not None:
            self._worker.stop()
            self._thread.join()
        log.info("stopped")


def ran_as_long_as_wanted(worker: Worker) -> bool:
    """Run a worker, and return whether it ended because it was stopped; never raises."""
    try:
        worker.run()
    except BaseException as error:
        log.critical("worker-died", error=type(error).__name__, exc_info=error)
        return False
    return worker.is_stopping


class WorkerDiedError(Exception):
    """The worker has ended without being asked to. Caught by the command; the log says why."""


class CannotListenError(Exception):
    """The address to serve at cannot be had. Caught by the command, which tells it as `key: what: remedy`."""

    def __init__(self, key: str, what: str, remedy: str) -> None:
        super().__init__(f"{key}: {what}: {remedy}")
        self.key = key
        self.what = what
        self.remedy = remedy


def require_address(host: str, port: int) -> None:
    """See that the address can be listened at, which gunicorn would only log and try again.

    Raises:
        CannotListenError: it is taken, not this machine's, or not allowed.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        raise CannotListenError(
            "server.port",
            f"this user may not listen at {port}",
            "choose one from 1024 on, with a proxy before it",
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListenError(
                "server.port", f"{port} is in use", "stop what listens there, or choose another port"
            ) from None
        reason = error.strerror or type(error).__name__
        raise CannotListenError(
            "server.host", f"{host} cannot be listened at ({reason})", "name an address of this machine"
        ) from None


def serve(config: Config, *, with_worker: bool) -> None:
    """Serve until SIGTERM.

    Raises:
        CannotListenError: the address is taken, or cannot be had.
        Exception: what `require_enough` raises.
    """
    fill_standard_descriptors()
    lacks = require_enough(config, web=True)
    require_address(config.server.host, config.server.port)
    _Gunicorn(config, with_worker=with_worker, lacks=lacks).run()


def work(config: Config) -> None:
    """Run the worker alone until SIGTERM or SIGINT.

    Raises:
        WorkerDiedError: it ended by itself.
        Exception: what `require_enough` raises.
    """
    fill_standard_descriptors()
    lacks = require_enough(config, web=False)
    set_up_logging(config)
    tell(lacks)
    worker = Worker(build_services(config, limits=WORKER))

    def stop(_signal: int, _frame: Any) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("working")
    # Not in this thread: a signal handler that wakes a thread it has interrupted may wait for itself.
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(ran_as_long_as_wanted(worker)), name="worker")
    thread.start()
    while thread.is_alive():
        thread.join(1.0)
    if ended != [True]:
        raise WorkerDiedError
    log.info("stopped")
