"""The account itself, and its balance."""

from collections.abc import Callable

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from simulator.exchange import Exchange
from simulator.rest.shapes import date_of, path_of


def account_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes, to be mounted above the account; `current` gives the exchange of the request."""
    routes = Blueprint("account", __name__)

    @routes.get("/<account_sid>.json")
    def account() -> ResponseReturnValue:
        exchange = current()
        base = path_of(exchange, "")
        return jsonify(
            sid=exchange.account_sid,
            auth_token=exchange.auth_token,
            friendly_name="Simulated account",
            owner_account_sid=exchange.account_sid,
            status="active" if exchange.is_active else "suspended",
            type="Full",
            date_created=date_of(exchange.now()),
            date_updated=date_of(exchange.now()),
            uri=f"{base}.json",
            subresource_uris={"calls": f"{base}/Calls.json", "messages": f"{base}/Messages.json"},
        )

    @routes.get("/<account_sid>/Balance.json")
    def balance() -> ResponseReturnValue:
        exchange = current()
        return jsonify(account_sid=exchange.account_sid, balance=exchange.balance, currency="USD")

    return routes
