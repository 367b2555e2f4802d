"""Two legs connected: they talk until one of them, a time limit, or REST ends it."""

from simulator.calls import end_leg
from simulator.engine import Script, Wait
from simulator.exchange import Exchange
from simulator.handset import Sound
from simulator.journal import EntryKind
from simulator.leg import Leg


def talk(
    exchange: Exchange, parent: Leg, child: Leg, *, limit_seconds: int, hangs_up_on_star: bool
) -> Script[int]:
    """Connect two legs; returns the seconds they talked once the child's side is over.

    The parent's end or redirection passes through as an exception.
    """
    started_at = exchange.now()
    parent.peer, child.peer = child, parent
    exchange.journal.add(
        EntryKind.CONNECTED,
        parent.handset.phone.number,
        f"is connected with {exchange.journal.name_of(child.handset.phone.number)}",
        call_sid=parent.sid,
        details={"other": child.handset.phone.number},
    )
    parent.handset.hears(Sound.CONNECTED, text=child.to)
    child.handset.hears(Sound.CONNECTED, text=child.from_)
    latches = [child.ended, child.taken]
    if hangs_up_on_star:
        parent.star.clear()
        latches.append(parent.star)
    try:
        yield Wait(tuple(latches), float(limit_seconds))
    finally:
        parent.peer = child.peer = None
    if not child.taken.is_set:
        end_leg(exchange, child, "completed", by="twilio")
    parent.handset.hears(Sound.DISCONNECTED)
    return round((exchange.now() - started_at).total_seconds())
