"""The legs of a Dial: rung together, screened, and one of them taken.

Source: https://www.twilio.com/docs/voice/twiml/number (screening, ten at most, first one wins);
when the losers are given up is undocumented and a switch.
"""

from dataclasses import dataclass, field, replace

from simulator.calls import end_leg, new_leg, refusal_of
from simulator.detection import start_detection
from simulator.engine import Latch, Script, Sleep, Wait
from simulator.exchange import Exchange
from simulator.flow.session import HangUp, Session, run_call
from simulator.leg import Leg, LegEnded, Order, Progress, Taken
from simulator.ringing import ring


@dataclass(frozen=True, slots=True)
class Child:
    """A noun of a Dial, and the number it is shown. `refusal` is why it cannot be dialled at all."""

    to: str
    screening_url: str = ""
    screening_method: str = "POST"
    progress: Progress | None = None
    send_digits: str = ""
    detection_url: str = ""
    detection: str = ""
    shown: str = ""
    refusal: str = ""

    def showing(self, caller_id: str, refusal: str) -> "Child":
        """Return the same noun with what the callee sees."""
        return replace(self, shown=caller_id, refusal=refusal)


@dataclass(slots=True, eq=False)
class Hunt:
    """All legs that a Dial has made, those answered and those that accepted, in order."""

    news: Latch
    legs: list[Leg] = field(default_factory=list)
    accepted: list[Leg] = field(default_factory=list)
    is_closed: bool = False

    def close(self, exchange: Exchange, *, by: str, keeps_screening: bool) -> None:
        """Give up whatever still rings or talks, because the caller is gone."""
        self.is_closed = True
        for leg in self.legs:
            is_screening = leg.is_answered and leg not in self.accepted
            if not (keeps_screening and is_screening):
                end_leg(exchange, leg, "completed" if leg.is_answered else "canceled", by=by)

    def bridged_seconds(self, leg: Leg) -> int:
        """Return how long an accepted leg has been answered."""
        return leg.duration_seconds or 0


def ring_group(
    session: Session, hunt: Hunt, group: tuple[Child, ...], *, timeout_seconds: float
) -> Script[Leg | None]:
    """Ring several at once and return the leg that was taken, or None when all have failed."""
    exchange = session.exchange
    legs: list[Leg] = []
    for child in group:
        leg = _start(session, hunt, child, timeout_seconds=timeout_seconds)
        if leg is not None:
            legs.append(leg)
    while True:
        for leg in legs:
            if leg in hunt.accepted and not leg.is_over:
                _give_up(exchange, legs, but=leg)
                return leg
        if exchange.switches.cancel_policy == "first-answer":
            for leg in legs:
                if leg.is_answered and not leg.is_over:
                    _give_up(exchange, legs, but=leg)
                    break
        if all(leg.is_over or leg.taken.is_set for leg in legs):
            return None
        hunt.news.clear()
        yield Wait((hunt.news,))


def _give_up(exchange: Exchange, legs: list[Leg], *, but: Leg) -> None:
    for leg in legs:
        if leg is not but:
            end_leg(exchange, leg, exchange.switches.loser_status, by="twilio", sip_code=487)


def _start(session: Session, hunt: Hunt, child: Child, *, timeout_seconds: float) -> Leg | None:
    exchange, parent = session.exchange, session.leg
    leg = new_leg(
        exchange,
        from_=child.shown,
        to=child.to,
        direction="outbound-dial",
        phone=exchange.phone(child.to),
        parent=parent,
    )
    leg.progress = child.progress
    hunt.legs.append(leg)
    refusal = child.refusal or refusal_of(exchange, child.to)
    if refusal:
        code = 13247 if child.refusal else 13224
        session.log(code, f"a leg could not be dialled: {refusal}")
        # it never got as far as being queued
        leg.status = "initiated"
        end_leg(exchange, leg, "failed", by="twilio")
        return leg
    leg.runner = exchange.engine.spawn(
        _child(session, hunt, leg, child, timeout_seconds), name=f"dial leg {leg.sid}"
    )
    return leg


def _child(session: Session, hunt: Hunt, leg: Leg, child: Child, timeout_seconds: float) -> Script[None]:
    """Ring one leg, screen it, and say whether it accepted."""
    exchange = session.exchange
    try:
        if not (yield from ring(exchange, leg, timeout_seconds=timeout_seconds)):
            return
        hunt.news.set()
        if child.detection_url:
            start_detection(exchange, leg, url=child.detection_url, mode=child.detection)
        for sign in child.send_digits:
            yield Sleep(1.0 if sign == "W" else 0.5)
        if child.screening_url:
            screening = Session(exchange, leg, session.screening_verbs, is_screening=True)
            order = Order(child.screening_url, child.screening_method)
            step = yield from screening.run(order)
            leg.runner = None
            if isinstance(step, HangUp) or hunt.is_closed:
                # declined, or nobody is left to be connected with
                end_leg(exchange, leg, "completed", by="twilio")
                return
        leg.runner = None
        hunt.accepted.append(leg)
    except LegEnded:
        return
    except Taken as taken:
        # REST has given it another document: it has left the Dial and goes its own way
        leg.taken.set()
        hunt.news.set()
        own = Session(exchange, leg, session.verbs, session.screening_verbs)
        yield from run_call(own, taken.order)
    finally:
        hunt.news.set()
