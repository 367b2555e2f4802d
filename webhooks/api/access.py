"""Who may ask: bearer tokens, and a brake on refused requests only (contract section 2)."""

import math
import time
from typing import Final

from flask import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from dispatcher.accounts.addresses import network_of
from dispatcher.accounts.tokens import Scope, find_token
from dispatcher.services import Services
from webhooks.api.errors import ApiError

REFUSALS_ALLOWED: Final = RateLimitItemPerMinute(60)
_REALM: Final = {"WWW-Authenticate": 'Bearer realm="vakttelefon"'}


class Gate:
    """Lets requests with a valid token through, always; counts the others per remote address.

    A program with a good token is never held back because another one behind the same address has a bad
    one. The counts live in this process's memory.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def require(self, request: Request, scope: Scope) -> Scope:
        """Return the scope of the request's token, which includes `scope`.

        Raises:
            ApiError: 401, 403 or 429; the request may not do that.
        """
        presented = _bearer(request)
        if presented is None:
            raise self._refused(request, 401, "no token: send `Authorization: Bearer TOKEN`")
        with self._services.db.read() as connection:
            token = find_token(connection, presented)
        if token is None:
            raise self._refused(
                request, 401, "the token is unknown or revoked: make one with `vakttelefon token create`"
            )
        if not token.scope.covers(scope):
            raise self._refused(request, 403, f"the token's scope is {token.scope}, and this needs {scope}")
        return token.scope

    def _refused(self, request: Request, status: int, message: str) -> ApiError:
        address = network_of(request.remote_addr)
        if self._limiter.hit(REFUSALS_ALLOWED, address):
            return ApiError(status, message, headers=_REALM if status == 401 else None)
        reset_at = self._limiter.get_window_stats(REFUSALS_ALLOWED, address).reset_time
        seconds = min(max(math.ceil(reset_at - time.time()), 1), REFUSALS_ALLOWED.get_expiry())
        message = f"too many refused requests from this address: try again in {seconds} s"
        return ApiError(429, message, headers={"Retry-After": str(seconds)})


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    token = token.strip()
    return token if kind.lower() == "bearer" and token else None
