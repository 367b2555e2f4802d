"""Queues and their members over REST.

Sources: https://www.twilio.com/docs/voice/api/queue-resource, .../member-resource
"""

from collections.abc import Callable

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.exchange import Exchange
from simulator.outbound import redirect_call
from simulator.rest.calls import read_next
from simulator.rest.errors import RestError, not_found
from simulator.rest.paging import page_of
from simulator.rest.shapes import Json, date_of, path_of
from simulator.rooms import Queue, Waiting, open_queue


def queue_routes(current: Callable[[], Exchange]) -> Blueprint:
    """Make the routes; `current` gives the exchange of the request."""
    routes = Blueprint("queues", __name__)

    @routes.get("/Queues.json")
    def list_queues() -> ResponseReturnValue:
        exchange = current()
        return jsonify(
            page_of("queues", list(exchange.queues.values()), lambda one: _queue_json(exchange, one))
        )

    @routes.post("/Queues.json")
    def create() -> ResponseReturnValue:
        exchange, name = current(), request.form.get("FriendlyName", "").strip()
        if not name:
            raise RestError(400, 20001, "FriendlyName is required")
        if any(one.name == name for one in exchange.queues.values()):
            raise RestError(400, 22003, f"There is a queue of the name {name} already")
        queue = open_queue(exchange, name)
        text = request.form.get("MaxSize", "")
        if text.isdecimal() and 1 <= int(text) <= 5000:
            queue.most = int(text)
        return jsonify(_queue_json(exchange, queue)), 201

    @routes.get("/Queues/<sid>.json")
    def fetch(sid: str) -> ResponseReturnValue:
        return jsonify(_queue_json(current(), _find(current(), sid)))

    @routes.delete("/Queues/<sid>.json")
    def delete(sid: str) -> ResponseReturnValue:
        if _find(current(), sid).waiting:
            raise RestError(400, 22004, "The queue is not empty: it cannot be deleted")
        del current().queues[sid]
        return "", 204

    @routes.get("/Queues/<sid>/Members.json")
    def members(sid: str) -> ResponseReturnValue:
        exchange, queue = current(), _find(current(), sid)
        return jsonify(
            page_of("queue_members", queue.waiting, lambda one: _member_json(exchange, queue, one))
        )

    @routes.get("/Queues/<sid>/Members/<call>.json")
    def member(sid: str, call: str) -> ResponseReturnValue:
        exchange, queue = current(), _find(current(), sid)
        return jsonify(_member_json(exchange, queue, _member(queue, call)))

    @routes.post("/Queues/<sid>/Members/<call>.json")
    def take(sid: str, call: str) -> ResponseReturnValue:
        exchange, queue = current(), _find(current(), sid)
        waiting = _member(queue, call)
        answer = _member_json(exchange, queue, waiting)
        redirect_call(exchange, waiting.leg, read_next())
        return jsonify(answer)

    return routes


def _find(exchange: Exchange, sid: str) -> Queue:
    queue = exchange.queues.get(sid)
    if queue is None:
        raise not_found(request.path)
    return queue


def _member(queue: Queue, call: str) -> Waiting:
    for waiting in queue.waiting:
        if call in {"Front", waiting.leg.sid}:
            return waiting
    raise not_found(request.path)


def _queue_json(exchange: Exchange, queue: Queue) -> Json:
    waits = [(exchange.now() - one.since).total_seconds() for one in queue.waiting]
    return {
        "sid": queue.sid,
        "account_sid": exchange.account_sid,
        "friendly_name": queue.name,
        "current_size": len(queue.waiting),
        "average_wait_time": round(sum(waits) / len(waits)) if waits else 0,
        "max_size": queue.most,
        "date_created": date_of(queue.created_at),
        "date_updated": date_of(queue.created_at),
        "uri": path_of(exchange, f"/Queues/{queue.sid}.json"),
    }


def _member_json(exchange: Exchange, queue: Queue, waiting: Waiting) -> Json:
    return {
        "call_sid": waiting.leg.sid,
        "queue_sid": queue.sid,
        "date_enqueued": date_of(waiting.since),
        "position": queue.position(waiting.leg),
        "wait_time": round((exchange.now() - waiting.since).total_seconds()),
        "uri": path_of(exchange, f"/Queues/{queue.sid}/Members/{waiting.leg.sid}.json"),
    }
