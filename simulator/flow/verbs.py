"""The short verbs, and which verbs each kind of document may use."""

from simulator.engine import Script
from simulator.flow.conference import conference
from simulator.flow.dial import dial
from simulator.flow.gather import gather
from simulator.flow.prompts import pause, play, say
from simulator.flow.queue import dial_queue, enqueue
from simulator.flow.record import record
from simulator.flow.session import HangUp, Session, Step, Verb
from simulator.leg import Order
from simulator.twiml.document import Node


def _nothing() -> Script[None]:
    yield from ()


def hangup(session: Session, _node: Node) -> Script[Step]:
    """End the call; as the first verb it answers it (and Twilio bills it)."""
    yield from _nothing()
    session.answer()
    return HangUp()


def reject(session: Session, node: Node) -> Script[Step]:
    """Refuse an inbound call unanswered; only as the first verb of its first document."""
    yield from _nothing()
    if session.verb_count or session.leg.is_answered:
        session.log(13710, "Reject works only as the first verb of a call", is_warning=True)
        return HangUp()
    return HangUp("busy" if node.get("reason", "rejected") == "busy" else "no-answer")


def redirect(session: Session, node: Node) -> Script[Step]:
    """Go on with another document; without a URL with the same one."""
    yield from _nothing()
    url = node.text
    method = "GET" if node.get("method", "POST").upper() == "GET" else "POST"
    return Order(session.resolve(url or session.current_url), method)


SCREENING: dict[str, Verb] = {
    "Say": say,
    "Play": play,
    "Pause": pause,
    "Gather": gather,
    "Redirect": redirect,
    "Hangup": hangup,
}
"""What a document of `<Number url>` may use (Pause and Redirect work in practice)."""

CALL: dict[str, Verb] = {
    **SCREENING,
    "Dial": dial,
    "Record": record,
    "Reject": reject,
    "Enqueue": enqueue,
    "Conference": conference,
    "Queue": dial_queue,
}
"""What the document of a call may use; Conference and Queue stand inside Dial."""
