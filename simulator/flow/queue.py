"""Enqueue, Leave, and a Dial that takes the next call from a queue.

Sources: https://www.twilio.com/docs/voice/twiml/enqueue, .../queue
"""

from datetime import datetime

from simulator.calls import Params
from simulator.engine import Process, Script, Wait
from simulator.exchange import Exchange
from simulator.flow.session import HangUp, Session, Step
from simulator.handset import Sound
from simulator.journal import EntryKind
from simulator.leg import LegEnded, Order, Taken
from simulator.rooms import MOST_IN_QUEUE, Bridge, Queue, Waiting, open_queue
from simulator.twiml.document import Node

LEAVE = HangUp("leave")


def enqueue(session: Session, node: Node) -> Script[Step]:
    """Wait in a queue until taken, redirected or gone; then go on to the action with what came of it."""
    session.answer()
    exchange, leg = session.exchange, session.leg
    queue = open_queue(exchange, node.text or "default")
    since = exchange.now()
    most = session.number(node, "maxQueueSize", MOST_IN_QUEUE, least=1, most=5000)
    if len(queue.waiting) >= min(most, queue.most):
        return session.target(node, params=_result(exchange, "queue-full", queue, since))
    me = Waiting(leg, since, leg.engine.latch())
    queue.waiting.append(me)
    queue.arrived.set()
    exchange.journal.add(
        EntryKind.NOTE, leg.handset.phone.number, f"waits in the queue {queue.name}", call_sid=leg.sid
    )
    leg.handset.hears(Sound.MUSIC)
    waiting = exchange.engine.spawn(_wait_script(session, node, queue, me), name=f"queue {leg.sid}")
    result = "error"
    try:
        yield Wait((me.out,))
        result = yield from _out(session, queue, me, waiting)
    except LegEnded:
        _remove(queue, me)
        _end(me)
        target = session.target(node, params=_result(exchange, "hangup", queue, since))
        if target is not None:
            yield from session.request_only(target)
        raise
    except Taken:
        was_bridged = isinstance(me.out.value, Bridge)
        _remove(queue, me)
        _end(me)
        word = "redirected-from-bridged" if was_bridged else "redirected"
        target = session.target(node, params=_result(exchange, word, queue, since))
        if target is not None:
            yield from session.request_only(target)
        raise
    finally:
        waiting.interrupt(LegEnded("the queue"))
    if result == "hangup":
        return HangUp()
    return session.target(node, params=_result(exchange, result, queue, since))


def _out(session: Session, queue: Queue, me: Waiting, waiting: Process) -> Script[str]:
    """Deal with a call that is out of the queue: talk if it was taken, and say what came of it."""
    bridge = me.out.value
    _remove(queue, me)
    if not isinstance(bridge, Bridge):
        return str(bridge)
    waiting.interrupt(LegEnded("the queue"))
    if bridge.screening_url:
        screening = Session(session.exchange, session.leg, session.screening_verbs, is_screening=True)
        waited = str(round((session.exchange.now() - me.since).total_seconds()))
        params = (("QueueSid", queue.sid), ("QueueTime", waited), ("DequeingCallSid", bridge.dialler.sid))
        step = yield from screening.run(Order(bridge.screening_url, bridge.screening_method, params=params))
        if isinstance(step, HangUp):
            bridge.over.set("declined")
            return "hangup"
    session.leg.peer, bridge.dialler.peer = bridge.dialler, session.leg
    session.exchange.journal.add(
        EntryKind.CONNECTED,
        session.leg.handset.phone.number,
        f"is connected with {session.exchange.journal.name_of(bridge.dialler.handset.phone.number)}",
        call_sid=session.leg.sid,
        details={"other": bridge.dialler.handset.phone.number},
    )
    for leg, other in ((session.leg, bridge.dialler), (bridge.dialler, session.leg)):
        leg.handset.hears(Sound.CONNECTED, text=other.from_)
    bridge.ready.set()
    yield Wait((bridge.over,))
    session.leg.peer = bridge.dialler.peer = None
    return "bridged"


def _remove(queue: Queue, me: Waiting) -> None:
    if me in queue.waiting:
        queue.waiting.remove(me)


def _end(me: Waiting) -> None:
    if isinstance(me.out.value, Bridge):
        bridge = me.out.value
        me.leg.peer = bridge.dialler.peer = None
        bridge.over.set("hangup")


def _wait_script(session: Session, node: Node, queue: Queue, me: Waiting) -> Script[None]:
    """Follow the waiting document, again and again, with the place in the queue."""
    if not node.get("waitUrl"):
        return
    exchange = session.exchange

    def place() -> Params:
        waited = round((exchange.now() - me.since).total_seconds())
        return (
            ("QueuePosition", str(queue.position(me.leg))),
            ("QueueSid", queue.sid),
            ("QueueTime", str(waited)),
            ("AvgQueueTime", str(waited)),
            ("CurrentQueueSize", str(len(queue.waiting))),
            ("MaxQueueSize", str(queue.most)),
        )

    verbs = {name: session.verbs[name] for name in ("Say", "Play", "Pause", "Gather", "Redirect", "Hangup")}
    verbs["Leave"] = _leave
    waiting = Session(exchange, session.leg, verbs, extra_params=place)
    method = "GET" if node.get("waitUrlMethod", "POST").upper() == "GET" else "POST"
    order = Order(session.resolve(node.get("waitUrl")), method)
    while not me.out.is_set:
        began_at = exchange.now()
        step = yield from waiting.run(order)
        if isinstance(step, HangUp):
            me.out.set("leave" if step is LEAVE else "hangup")
            return
        if exchange.now() == began_at:
            return


def _leave(_session: Session, _node: Node) -> Script[Step]:
    yield from ()
    return LEAVE


def _result(exchange: Exchange, result: str, queue: Queue, since: datetime) -> Params:
    waited = round((exchange.now() - since).total_seconds())
    return (("QueueResult", result), ("QueueSid", queue.sid), ("QueueTime", str(waited)))


def dial_queue(session: Session, dial: Node) -> Script[Step]:
    """Take the call at the front of a queue, waiting for one as long as the Dial's timeout."""
    node = dial.children[0]
    exchange, leg = session.exchange, session.leg
    queue = open_queue(exchange, node.text or "default")
    timeout = float(session.number(dial, "timeout", 30, least=1, most=600))
    if not queue.waiting:
        queue.arrived.clear()
        yield Wait((queue.arrived,), timeout)
    if not queue.waiting:
        return session.target(dial, params=(("DialCallStatus", "no-answer"), ("QueueResult", "queue-empty")))
    first = queue.waiting.pop(0)
    url = node.get("url")
    bridge = Bridge(
        leg,
        session.resolve(url) if url else "",
        "GET" if node.get("method").upper() == "GET" else "POST",
        leg.engine.latch(),
        leg.engine.latch(),
    )
    waited = round((exchange.now() - first.since).total_seconds())
    first.out.set(bridge)
    started_at = exchange.now()
    limit = float(session.number(dial, "timeLimit", 14_400, least=1))
    latches = [bridge.over, first.leg.ended]
    leg.star.clear()
    if session.flag(dial, "hangupOnStar", default=False):
        latches.append(leg.star)
    try:
        yield Wait(tuple(latches), limit)
    finally:
        bridge.over.set("hangup")
    leg.handset.hears(Sound.DISCONNECTED)
    is_bridged = bridge.ready.is_set
    talked = round((exchange.now() - started_at).total_seconds())
    params = (
        ("DialCallStatus", "completed" if is_bridged else "no-answer"),
        ("DialCallSid", first.leg.sid),
        ("DialCallDuration", str(talked)),
        ("DialBridged", str(is_bridged).lower()),
        ("QueueResult", "bridged" if is_bridged else "hangup"),
        ("QueueSid", queue.sid),
        ("QueueTime", str(waited)),
    )
    return session.target(dial, params=params)
