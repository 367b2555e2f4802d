"""Who may ask: bearer tokens, and a brake on refused requests only (contract section 2)."""

import math
import time
from typing import Final

from flask import Blueprint, Flask, Request
from flask.blueprints import BlueprintSetupState
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address

from dispatcher.accounts.tokens import Scope, find_token
from dispatcher.services import Services
from webhooks.api.errors import ApiError

REFUSALS_ALLOWED: Final = "60 per minute"
_WINDOW_SECONDS: Final = 60
_REALM: Final = {"WWW-Authenticate": 'Bearer realm="vakttelefon"'}


class Gate:
    """Lets requests with a valid token through, always; counts the others per remote address.

    A program with a good token is never held back because another one behind the same address has a bad
    one. The counts live in this process's memory.
    """

    def __init__(self, services: Services, blueprint: Blueprint) -> None:
        self._services = services
        self._limiter = Limiter(
            get_remote_address,
            storage_uri="memory://",
            strategy="moving-window",
            key_prefix="api-refused",
            headers_enabled=False,
        )
        blueprint.record_once(self._join)

    def _join(self, state: BlueprintSetupState) -> None:
        if isinstance(state.app, Flask):
            self._limiter.init_app(state.app)

    def require(self, request: Request, scope: Scope) -> None:
        """Raise ApiError 401, 403 or 429 unless the request may do what `scope` covers."""
        presented = _bearer(request)
        if presented is None:
            raise self._refused(401, "no token: send `Authorization: Bearer TOKEN`")
        with self._services.db.read() as connection:
            token = find_token(connection, presented)
        if token is None:
            raise self._refused(
                401, "the token is unknown or revoked: make one with `vakttelefon token create`"
            )
        if token.scope != scope:
            raise self._refused(403, f"the token's scope is {token.scope}, and this needs {scope}")

    def _refused(self, status: int, message: str) -> ApiError:
        try:
            with self._limiter.limit(REFUSALS_ALLOWED):
                return ApiError(status, message, headers=_REALM if status == 401 else None)
        except RateLimitExceeded:
            current = self._limiter.current_limit
            wait = _WINDOW_SECONDS if current is None else math.ceil(current.reset_at - time.time())
            seconds = min(max(wait, 1), _WINDOW_SECONDS)
            message = f"too many refused requests from this address: try again in {seconds} s"
            return ApiError(429, message, headers={"Retry-After": str(seconds)})


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    token = token.strip()
    return token if kind.lower() == "bearer" and token else None
