"""Calls that come back to us from our own doing (contract section 5.8): what is one, and what follows.

A telephone that we ring may be forwarded to the hotline: then the leg we dialled comes in again as a call. It
is told so and ended; the leg counts as not answered, and the caller who is waiting is led on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from dispatcher.calls.instructions import HangUp, Spoken
from dispatcher.calls.model import FINAL_STATUSES, Attempt, Phase
from dispatcher.calls.situation import CallDecision, Situation
from dispatcher.cases.decide import named, page_now
from dispatcher.cases.model import CaseState
from dispatcher.decision import Decision, Entry
from dispatcher.people import DESK, number_of, party_by_phone
from dispatcher.texts.catalogue import text
from roster.organisation import Hotline, Organisation

# A switchboard may answer with words of its own before it forwards the call; longer than this is a talk.
ANSWERED_FIRST = timedelta(seconds=30)
# A telephone may forward a leg just as its caller gives up.
CALLER_GONE = timedelta(seconds=10)
# What somebody presses who rings us from a telephone that we are ringing.
OWNER_KEY = "1"


@dataclass(frozen=True, slots=True)
class Rung:
    """A telephone that we are ringing for a live call, and the number it is shown as the caller's."""

    attempt: Attempt
    shown: str


@dataclass(frozen=True, slots=True)
class RungPage:
    """A paging call that rings somebody about a case."""

    id: int
    case_id: int
    person: str
    phone: str


@dataclass(frozen=True, slots=True)
class Loop:
    """A call that is a loop: the number it came back from, and the leg that came back where that is known."""

    number: str
    rung: Rung | None


def may_come_back(attempt: Attempt, *, now: datetime) -> bool:
    """Whether a leg is still with the telephone network: ringing, or answered by something without a key."""
    if attempt.declined_at or attempt.unanswered_at or attempt.leg_status in FINAL_STATUSES:
        return False
    if attempt.dial_status is not None:
        return False
    if attempt.accepted_at is None or attempt.is_spoilt:
        return True
    return not attempt.screened and now - attempt.accepted_at <= ANSWERED_FIRST


def find_loop(
    organisation: Organisation,
    *,
    called: Hotline,
    from_raw: str,
    forwarded_raw: str,
    rung: Sequence[Rung],
    paged: frozenset[str],
) -> Loop | None:
    """Return what makes an incoming call a loop, or None for a caller's.

    `rung`: the telephones that are rung now, oldest first; `paged`: those of paging calls under way. Some
    networks name the called number as ForwardedFrom of an ordinary call: while nothing of ours rings, that
    cannot be a loop, and a caller is never turned away for it.
    """
    caller, forwarded = number_of(organisation, from_raw), number_of(organisation, forwarded_raw)
    numbers = [number for number in (forwarded, caller) if number is not None]
    for number in numbers:
        legs = [each for each in rung if each.attempt.phone == number]
        if legs:
            return Loop(number, _the_one(legs))
    for number in numbers:
        if number in paged:
            return Loop(number, None)
    for number in numbers:
        if organisation.hotline_by_number(number) is None:
            continue
        if number == called.number and number != caller and not rung and not paged:
            continue
        return Loop(number, _shown_as(number, rung))
    return None


def _the_one(legs: Sequence[Rung]) -> Rung:
    """Return the newest leg of a telephone, one that has not come back before where there is one."""
    fresh = [each for each in legs if each.attempt.looped_at is None]
    return (fresh or legs)[-1]


def _shown_as(number: str, rung: Sequence[Rung]) -> Rung | None:
    """Return the leg that came back with the hotline's number as its caller's, where that is certain.

    The desk's is taken first: it asks for no key, and would count as answered.
    """
    legs = [each for each in rung if each.shown == number]
    fresh = [each for each in legs if each.attempt.looped_at is None]
    to_desk = [each for each in fresh if each.attempt.person == DESK]
    ringing = [each for each in to_desk if each.attempt.accepted_at is None]
    if to_desk:
        return (ringing or to_desk)[-1]
    if fresh:
        return fresh[0] if len(fresh) == 1 else None
    return legs[-1] if legs else None


def shows_its_owner(organisation: Organisation, *, from_raw: str, forwarded_raw: str) -> bool:
    """Whether a call shows somebody's own number and nothing else: that person may really be ringing us."""
    number = number_of(organisation, from_raw)
    if number is None or forwarded_raw or organisation.hotline_by_number(number) is not None:
        return False
    return party_by_phone(organisation, number) is not None


def told(hotline: Hotline, *, may_be_owner: bool) -> HangUp:
    """Return what a loop hears before it is ended; who really rings us from there presses a key.

    A caller who is being led on may hear it through a switchboard, so it sends nobody away.
    """
    language = str(hotline.language)
    lines = [Spoken(text("voice.loop", language, hotline=hotline.name), language)]
    if may_be_owner:
        lines.append(Spoken(text("voice.loop-key", language, key=OWNER_KEY), language))
    return HangUp(tuple(lines), unless_key=may_be_owner)


def came_back(situation: Situation, attempt: Attempt) -> CallDecision:
    """Note that a leg came back to us: it has not been answered, whatever is or was reported of it.

    Where the desk's switchboard had already seemed to answer, the case is nobody's again.
    """
    scene, call = situation.scene, situation.call
    if attempt.looped_at is not None:
        return CallDecision()
    noted = Decision(entries=(Entry("loop", None, named(scene, attempt.person)),))
    facts = {attempt.id: {"looped_at": scene.now}}
    if attempt.screened or call.accepted_attempt != attempt.id:
        return CallDecision(facts=facts, case=noted)
    columns: dict[str, Any] = {"accepted_attempt": None}
    if call.ended_at is None:
        columns["phase"] = Phase.RINGING
    return CallDecision(call=columns, facts=facts, case=noted + _taken_back(situation))


def _taken_back(situation: Situation) -> Decision:
    scene = situation.scene
    case = scene.case
    taken_at = case.acknowledged_at
    if case.state != CaseState.ACKNOWLEDGED or case.acknowledged_by != DESK or taken_at is None:
        return Decision()
    if taken_at == situation.call.taken_before:
        return Decision()
    columns: dict[str, Any] = {"state": CaseState.OPEN, "acknowledged_at": None, "acknowledged_by": None}
    free = Decision(case=columns, entries=(Entry("free-again", None, named(scene, DESK)),))
    if situation.call.ended_at is None:
        return free
    return free + page_now(replace(scene, case=replace(case, **columns)))
