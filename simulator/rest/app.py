"""The REST side as one WSGI application: who may ask, and how errors look."""

import hmac
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from simulator.calls import API_VERSION
from simulator.exchange import Exchange
from simulator.journal import EntryKind
from simulator.rest.account import account_routes
from simulator.rest.calls import call_routes
from simulator.rest.conferences import conference_routes
from simulator.rest.errors import RestError, error_answer, not_found
from simulator.rest.gate import Gate
from simulator.rest.media import media_routes
from simulator.rest.messages import message_routes
from simulator.rest.numbers import number_routes
from simulator.rest.pictures import picture_routes
from simulator.rest.queues import queue_routes
from simulator.rest.recordings import recording_routes

_EXCHANGE = "simulator.exchange"


class RestSide:
    """The WSGI application of one exchange's REST side.

    The routes are compiled once for all exchanges of the process, which takes far longer than a request;
    each request carries its exchange.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._gate = Gate(_app(), exchange)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, or raise ConnectionCut where a fault wants it."""
        environ[_EXCHANGE] = self._exchange
        return self._gate(environ, start_response)


def _current() -> Exchange:
    exchange: Exchange = request.environ[_EXCHANGE]
    return exchange


class _RestApp(Flask):
    """A Flask application whose views all run under the exchange's lock."""

    def dispatch_request(self) -> Any:
        """Run the view; nothing in it waits for anything but the lock."""
        exchange = _current()
        with exchange.engine.lock:
            _authenticate(exchange)
            return super().dispatch_request()


@cache
def _app() -> Flask:
    app = _RestApp("simulator.rest", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    accounts = f"/{API_VERSION}/Accounts"
    app.register_blueprint(account_routes(_current), url_prefix=accounts)
    for routes in (
        call_routes,
        message_routes,
        picture_routes,
        media_routes,
        recording_routes,
        number_routes,
        conference_routes,
        queue_routes,
    ):
        app.register_blueprint(routes(_current), url_prefix=f"{accounts}/<account_sid>")

    @app.errorhandler(RestError)
    def refuse(error: RestError) -> ResponseReturnValue:
        return error_answer(error)

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> ResponseReturnValue:
        if error.code == 405:
            return error_answer(RestError(405, 20004, "Method not allowed"))
        return error_answer(not_found(request.path))

    @app.url_value_preprocessor
    def take_account(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values is not None:
            values.pop("account_sid", None)

    @app.after_request
    def write_down(answer: Response) -> Response:
        path = request.path.rpartition("Accounts/")[2]
        _current().journal.add(
            EntryKind.REST, "application", f"{request.method} {path} -> {answer.status_code}"
        )
        return answer

    return app


def _authenticate(exchange: Exchange) -> None:
    """Let only the account's owner in; media is public when the account does not require credentials."""
    account_sid = request.path.removeprefix(f"/{API_VERSION}/Accounts/").partition("/")[0]
    account_sid = account_sid.removesuffix(".json")
    is_content = "/Recordings/" in request.path or "/Media/" in request.path
    is_media = is_content and not request.path.endswith(".json")
    if is_media and request.method == "GET" and not exchange.switches.requires_media_auth:
        return
    given = request.authorization
    if given is None or given.type != "basic":
        raise RestError(401, 20003, "Authenticate")
    is_user = hmac.compare_digest((given.username or "").encode(), exchange.account_sid.encode())
    is_password = hmac.compare_digest((given.password or "").encode(), exchange.auth_token.encode())
    if not (is_user and is_password):
        raise RestError(401, 20003, "Authenticate")
    if account_sid != exchange.account_sid and request.path.startswith(f"/{API_VERSION}/Accounts/"):
        raise not_found(request.path)
    if not exchange.is_active and request.method != "GET":
        raise RestError(401, 20005, "Account not active")
