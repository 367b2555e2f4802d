"""Calls from the account to one of its own numbers: they run that number's voice webhook."""

from simulator.calls import hang_up
from simulator.engine import Script, Sleep, Wait
from simulator.exchange import Exchange
from simulator.handset import Handset, Sound
from simulator.inbound import start_inbound
from simulator.leg import Leg
from simulator.personas import Persona, manual
from simulator.phones import Phone


def number_phone(exchange: Exchange, number: str) -> Phone:
    """Return what answers at a number of the account: its application, on as many lines as called for."""
    return Phone(
        number,
        exchange.numbers[number].friendly_name,
        Persona("application", behaviour=lambda handset: _answer(exchange, handset)),
        exchange.send_text,
        is_listed=False,
    )


def _answer(exchange: Exchange, handset: Handset) -> Script[None]:
    """Let the number take the call as an incoming one, and pass on what either side says."""
    far_end = Phone(handset.shown, "", manual(), exchange.send_text, is_listed=False)
    inbound = start_inbound(
        exchange,
        phone=far_end,
        shown=handset.shown,
        to=handset.phone.number,
        forwarded_from=handset.forwarded_from,
    )
    try:
        yield Wait((inbound.picked_up, inbound.ended))
        if not inbound.is_answered:
            handset.hang_up()
            return
        handset.answer()
        # the other side is connected in this very instant: what is said first is not to be lost
        yield Sleep(0.1)
        exchange.engine.spawn(_pass_on(handset, inbound.handset), name=f"trunk {handset.leg.sid}")
        yield from _pass_on(inbound.handset, handset)
        handset.hang_up()
    finally:
        hang_up(exchange, inbound, by=handset.shown)


def _pass_on(heard_at: Handset, said_at: Handset) -> Script[None]:
    """Say at one end what is heard at the other, until that call is over."""
    leg: Leg = heard_at.leg
    while not leg.is_over:
        heard = yield from heard_at.next_sound()
        if heard is None or heard.sound is Sound.ENDED:
            return
        if heard.sound is Sound.SAID:
            said_at.speak(heard.seconds, heard.text)
