"""Connections of requests that keep to the limit of what their thread is doing (`dispatcher.time_limits`).

requests bounds each wait for a byte and each address that it tries, never the whole. So every connection,
fresh or kept alive, is given to the present limit, which cuts it when the time is over.
"""

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.poolmanager import pool_classes_by_scheme

from dispatcher.time_limits import present_limit


class _Limited(HTTPConnection):
    """What both kinds of connection have in common."""

    def _new_conn(self) -> socket.socket:
        limit = present_limit()
        if limit is None:
            return super()._new_conn()
        wait = self.timeout if isinstance(self.timeout, int | float) else None
        try:
            return limit.connect(
                # with the dot that keeps a resolver from trying its own domains first, where there is one
                self._dns_host,
                self.port or self.default_port,
                answer_seconds=wait,
                options=self.socket_options or (),
                source=self.source_address,
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"no answer from {self.host}") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection to {self.host}: {error}") from error

    def request(self, *arguments: Any, **more: Any) -> None:
        limit = present_limit()
        if limit is not None and self.sock is not None:
            limit.watch(self.sock)
        super().request(*arguments, **more)


class _LimitedTls(_Limited, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Limited


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _LimitedTls


class LimitedAdapter(HTTPAdapter):
    """An adapter of a requests session whose connections keep to the present limit."""

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        """Make the pools of our own connections."""
        super().init_poolmanager(*arguments, **more)
        self._limit(self.poolmanager)

    def proxy_manager_for(self, *arguments: Any, **more: Any) -> Any:
        """Do the same for the way through a proxy."""
        manager = super().proxy_manager_for(*arguments, **more)
        self._limit(manager)
        return manager

    @staticmethod
    def _limit(manager: Any) -> None:
        # a SOCKS proxy has connections of its own kind, which are bounded for each byte only
        if manager.pool_classes_by_scheme is pool_classes_by_scheme:
            manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
