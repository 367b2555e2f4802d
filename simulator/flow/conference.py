"""Conference: a Dial that joins others instead of ringing them.

Source: https://www.twilio.com/docs/voice/twiml/conference
"""

from collections.abc import Callable

from simulator.calls import Params
from simulator.engine import Process, Script, Stopped, Wait
from simulator.flow.prompts import prompt
from simulator.flow.session import ExecutionError, Session, Step
from simulator.handset import Sound
from simulator.leg import LegEnded, Order, Progress, Taken
from simulator.recordings import callback_from
from simulator.rooms import CONFERENCE_EVENTS, Conference, Participant, join, leave, open_conference
from simulator.twiml.document import Node, read_voice
from simulator.webhook import Webhook, fetch

_MUSIC_VERBS = frozenset({"Say", "Play", "Pause", "Redirect"})
MUSIC_VERBS_ONLY = 13238


def conference(session: Session, dial: Node) -> Script[Step]:
    """Join a conference until one is out of it; then go on to the Dial's action."""
    node = dial.children[0]
    exchange, leg = session.exchange, session.leg
    name = node.text
    if not name:
        raise ExecutionError(13212, f"line {node.line}: Conference has no name")
    room = _open(session, node, name)
    most = session.number(node, "maxParticipants", 250, least=2, most=250)
    if len(room.participants) >= most:
        session.log(13231, f"the conference {name} is full", is_warning=True)
        return session.target(dial, params=_params("no-answer"))
    me = Participant(
        leg,
        exchange.now(),
        leg.engine.latch(),
        label=node.get("participantLabel"),
        is_muted=session.flag(node, "muted", default=False),
        starts=session.flag(node, "startConferenceOnEnter", default=True),
        ends=session.flag(node, "endConferenceOnExit", default=False),
    )
    leg.star.clear()
    latches = [me.out]
    if session.flag(dial, "hangupOnStar", default=False):
        latches.append(leg.star)
    limit = float(session.number(dial, "timeLimit", 14_400, least=1))
    music: Process | None = None
    try:
        join(exchange, room, me)
        if room.status == "init":
            leg.handset.hears(Sound.MUSIC)
            if node.get("waitUrl"):
                music = exchange.engine.spawn(_music(session, node, room), name=f"music {leg.sid}")
        yield Wait(tuple(latches), limit)
    except LegEnded:
        leave(exchange, room, me, reason="participant_hung_up")
        raise
    except Taken:
        leave(exchange, room, me, reason="participant_updated_via_api")
        raise
    finally:
        if music is not None:
            music.interrupt(Stopped())
    leave(exchange, room, me, reason=str(me.out.value or "participant_hung_up"))
    return session.target(dial, params=_params("answered"))


def _params(status: str) -> Params:
    return (("DialCallStatus", status),)


def _open(session: Session, node: Node, name: str) -> Conference:
    url = node.get("statusCallback")
    events = frozenset(node.get("statusCallbackEvent").split()) & CONFERENCE_EVENTS
    recording_url = node.get("recordingStatusCallback")
    return open_conference(
        session.exchange,
        name,
        progress=Progress(session.resolve(url), node.get("statusCallbackMethod", "POST"), events)
        if url
        else None,
        records=node.get("record") in {"record-from-start", "true"},
        recording_callback=callback_from(
            session.resolve(recording_url) if recording_url else "",
            node.get("recordingStatusCallbackMethod", "POST"),
            node.get("recordingStatusCallbackEvent", "completed"),
        ),
    )


def _music(session: Session, node: Node, room: Conference) -> Script[None]:
    """Let the waiting document be heard again and again until the conference starts."""
    url = session.resolve(node.get("waitUrl"))
    method = "GET" if node.get("waitMethod", "POST").upper() == "GET" else "POST"
    while room.status == "init" and not session.leg.is_over:
        began_at = session.exchange.now()
        yield from announce(session, Order(url, method), is_wanted=lambda: room.status == "init")
        if session.exchange.now() == began_at:
            return


def announce(session: Session, order: Order, *, is_wanted: Callable[[], bool]) -> Script[None]:
    """Let a document of prompts be heard on a leg, as long as it is wanted."""
    webhook = Webhook(order.url, order.method, session.params(order), session.leg.sid)
    answers = yield from fetch(session.exchange, webhook, cookies=session.cookies)
    answer = answers[0]
    if answer.response is None or not answer.is_good:
        session.log(answer.code, answer.message)
        return
    document = read_voice(answer.response.body, answer.response.headers.get("content-type"))
    for verb in document.verbs:
        if not is_wanted() or session.leg.is_over:
            return
        if verb.name not in _MUSIC_VERBS:
            session.log(MUSIC_VERBS_ONLY, f"line {verb.line}: {verb.name} is not allowed while waiting")
        elif verb.name != "Redirect":
            yield from prompt(session, verb)
