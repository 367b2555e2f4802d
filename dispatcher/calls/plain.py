"""Calls that were led on without the database: whom they rang and what was pressed, taken in afterwards.

`webhooks.twilio.emergency` rings on its own then and tells by the spool what it did, in the order of events.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from dispatcher.calls import decide
from dispatcher.calls.handle import UnknownCallError
from dispatcher.calls.ledger import apply_call_decision, situation_of
from dispatcher.calls.model import Phase
from dispatcher.calls.situation import CallDecision, NewAttempt, Situation
from dispatcher.cases.decide import named
from dispatcher.decision import Decision, Entry
from dispatcher.services import Services

RING_SECONDS = 30


@dataclass(frozen=True, slots=True)
class PlainDial:
    """Telephones rung at once without the database: a rung, and (person, phone) of each leg in order."""

    rung: int
    legs: tuple[tuple[str, str], ...]

    def as_data(self) -> dict[str, str]:
        """Return it as the spool keeps it."""
        return {"rung": str(self.rung), "legs": json.dumps(self.legs)}

    @classmethod
    def of_data(cls, data: Mapping[str, str]) -> "PlainDial":
        """Read what `as_data` gave; ValueError or KeyError where it is not that."""
        return cls(int(data["rung"]), tuple((person, phone) for person, phone in json.loads(data["legs"])))


def note_plain_dial(services: Services, sid: str, dial: PlainDial, *, at: datetime) -> None:
    """Store the attempts of a dial that was made without the database; the same one again changes nothing."""
    with services.db.write() as connection:
        situation = _situation(connection, services, sid, at)
        if any(item.dialled_at == at for item in situation.attempts):
            return
        apply_call_decision(connection, situation, _rung(situation, dial))


def _rung(situation: Situation, dial: PlainDial) -> CallDecision:
    call, scene = situation.call, situation.scene
    number = call.dial + 1
    changes: dict[str, Any] = {"rung": max(call.rung, dial.rung), "dial": number}
    if call.ended_at is None:
        changes["phase"] = Phase.RINGING
    names = (named(scene, person) for person in dict.fromkeys(person for person, _phone in dial.legs))
    ringing = tuple(Entry("ringing", None, {**name, "rung": dial.rung + 1}) for name in names)
    return CallDecision(
        call=changes,
        new_attempts=tuple(
            NewAttempt(number, dial.rung, person, phone, screened=True, ring_seconds=RING_SECONDS)
            for person, phone in dial.legs
        ),
        case=Decision(entries=(Entry("database-away"), *ringing)),
    )


def press_plainly(
    services: Services, sid: str, *, place: int, leg_sid: str, digits: str, at: datetime
) -> None:
    """Act on the key of somebody who was rung without the database; `place` counts its legs from 0.

    Raises:
        UnknownCallError: no such dial or leg was noted.
    """
    with services.db.write() as connection:
        situation = _situation(connection, services, sid, at)
        rung = situation.of_dial(situation.call.dial)
        if not 0 <= place < len(rung):
            raise UnknownCallError(sid)
        attempt = rung[place]
        decision = decide.callee_pressed(situation, attempt, digits=digits, wrong_keys=0, silences=0)
        facts = {key: dict(value) for key, value in decision.facts.items()}
        if attempt.answered_at is None:
            facts[attempt.id] = {"answered_at": at, "leg_sid": leg_sid} | facts.get(attempt.id, {})
        apply_call_decision(
            connection,
            situation,
            CallDecision(decision.instruction, call=decision.call, facts=facts, case=decision.case),
        )


def _situation(connection: Connection, services: Services, sid: str, at: datetime) -> Situation:
    situation = situation_of(connection, services, sid, at=at)
    if situation is None:
        raise UnknownCallError(sid)
    return situation
