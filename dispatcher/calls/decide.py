"""The course of a call (contract section 5): one pure function per event.

Each takes the situation as stored and gives what to store and what the telephone does. A repeated event finds
its facts already known and gives an equivalent instruction with nothing more to store.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dispatcher.alarms import case_alarm
from dispatcher.calls import lines
from dispatcher.calls.instructions import Ask, Connect, Greet, HangUp, Instruction
from dispatcher.calls.model import FINAL_STATUSES, Attempt, Outcome, Phase, outcome_of
from dispatcher.calls.planning import Plan, plan_next
from dispatcher.calls.returning import held_before, is_unheard, nobody_answered, passed_holder, plan_holder
from dispatcher.calls.situation import CallDecision, NewAttempt, Situation
from dispatcher.cases.decide import acknowledge, named
from dispatcher.cases.model import CaseState
from dispatcher.decision import Decision, Entry
from dispatcher.people import DESK
from roster.ladder import resolve_rung

DESK_RING_SECONDS = 30
# The question stays open for 15 s. A private voicemail may be all there is, so it is put again after part of
# that time, and when that is in vain too the caller is led on: within 20 s of the answer, as a test measures.
# After a wrong key, which no voicemail presses, all of the time is given again.
FIRST_OPEN_SECONDS = 7
LAST_OPEN_SECONDS = 6
OPEN_SECONDS = 15
OPEN_AGAIN_SECONDS = 6
MOST_SILENCES = 2
MOST_WRONG_KEYS = 5
# How often the same caller is told the same case number.
RECEIPT_EVERY = timedelta(minutes=30)


def greet(situation: Situation) -> Instruction:
    """Return what the caller hears first; the same whenever the request is repeated."""
    asks = situation.settings.record_conversations in lines.RECORDING_MODES_ASKING
    return Greet(lines.greeting(situation), key_asked=asks)


def begin(situation: Situation, *, digits: str) -> CallDecision:
    """Begin ringing after the notice; `digits` is the key the caller pressed, empty for none."""
    if situation.call.phase != Phase.GREETING:
        return CallDecision(after_dial(situation, -1))
    call: dict[str, Any] = {"phase": Phase.RINGING, "status": "in-progress"}
    case = Decision()
    pressed = digits == lines.RECORDING_KEY
    match situation.settings.record_conversations:
        case "always" if pressed:
            call["recorded"] = False
            case = Decision(entries=(Entry("recording-refused"),))
        case "consent" if pressed:
            call["recorded"] = True
            case = Decision(entries=(Entry("recording-agreed"),))
    hotline = situation.scene.hotline
    if hotline.desk_number and lines.is_for_desk(situation):
        to_desk = NewAttempt(0, -1, DESK, hotline.desk_number, screened=False, ring_seconds=DESK_RING_SECONDS)
        return CallDecision(
            call={**call, "dial": 0},
            new_attempts=(to_desk,),
            case=case + Decision(entries=(Entry("desk-hours"),)),
            dial=0,
        )
    return ring_on(situation, call=call, case=case)


def ring_on(
    situation: Situation,
    *,
    call: dict[str, Any],
    case: Decision,
    facts: dict[int, dict[str, Any]] | None = None,
) -> CallDecision:
    """Ring the next telephones, or end the ladder; `facts` are what was just learned of earlier ones."""
    scene = situation.scene
    attempts = tuple(learned(item, (facts or {}).get(item.id, {})) for item in situation.attempts)
    holder = plan_holder(situation, attempts)
    plan = holder or plan_next(
        scene.ladder,
        rung=situation.call.rung,
        attempts=attempts,
        resolve=lambda rung: resolve_rung(scene.history, rung, scene.now),
        busy=situation.busy,
    )
    case += Decision(entries=_plan_entries(situation, plan))
    if plan.legs:
        dial = situation.call.dial + 1
        new = tuple(
            NewAttempt(dial, plan.rung, leg.person, leg.phone, screened=True, ring_seconds=plan.ring_seconds)
            for leg in plan.legs
        )
        return CallDecision(
            call={**call, "rung": plan.rung, "dial": dial, "phase": Phase.RINGING},
            facts=facts or {},
            new_attempts=new,
            case=case,
            dial=dial,
        )
    case += Decision(entries=(Entry("ladder-exhausted"),))
    if is_unheard(situation):
        alarm = "alarm.ladder-exhausted" if situation.attempts else "alarm.nobody-on-rung"
        key = f"exhausted:{situation.call.sid}"
        case += case_alarm(scene, alarm, key=key, reference=scene.case.reference) + nobody_answered(situation)
    return CallDecision(
        lines.recorder(situation),
        call={**call, "rung": plan.rung, "phase": Phase.MESSAGE},
        facts=facts or {},
        case=case,
    )


def _plan_entries(situation: Situation, plan: Plan) -> tuple[Entry, ...]:
    language = situation.scene.case.language
    known = {(item.rung, item.person) for item in situation.attempts}
    entries = [
        Entry("skipped", None, {"name": situation.scene.name(item.person, language), "reason": item.reason})
        for item in (*passed_holder(situation), *plan.passed)
        if (item.rung, item.person) not in known and item.rung >= situation.call.rung
    ]
    entries += [Entry("nobody-on-rung", None, {"rung": number + 1}) for number in plan.empty_rungs]
    names: dict[str, None] = dict.fromkeys(leg.person for leg in plan.legs)
    if plan.rung < 0:
        return tuple(Entry("ringing-holder", None, named(situation.scene, person)) for person in names)
    entries += [
        Entry("ringing", None, {"name": situation.scene.name(person, language), "rung": plan.rung + 1})
        for person in names
    ]
    return tuple(entries)


def learned(attempt: Attempt, facts: dict[str, Any]) -> Attempt:
    """Return an attempt with newly learned facts and the outcome that follows from all of them."""
    values = {name: getattr(attempt, name) for name in Attempt.__dataclass_fields__} | facts
    updated = Attempt(**values)
    return Attempt(**(values | {"outcome": outcome_of(updated)}))


def after_dial(situation: Situation, dial: int) -> Instruction:
    """Return what was told after a dial that is already over: the next dial, the recorder, or good-bye."""
    if situation.of_dial(dial + 1):
        return lines.dial_instruction(situation, dial + 1)
    if situation.call.phase == Phase.MESSAGE:
        return lines.recorder(situation)
    return lines.farewell(situation, "voice.call-over")


def took_call(situation: Situation, person: str, *, told: bool) -> Decision:
    """Note that `person` took the call, which gives them the case where nobody has it.

    Somebody else who had it when the caller rang again (contract section 5.9) did not answer: whoever talks
    with the caller has it from now on, and the other is told. The desk takes no case from anybody.
    """
    scene = situation.scene
    accepted = Decision(entries=(Entry("accepted", person, named(scene, person)),))
    holder = held_before(situation)
    if scene.case.state == CaseState.OPEN:
        return accepted + acknowledge(scene, person, told=told)
    if scene.case.state == CaseState.CLOSED or holder in {None, person} or person == DESK:
        return accepted
    involved = tuple(dict.fromkeys((*scene.involved, str(holder))))
    return accepted + acknowledge(replace(scene, involved=involved), person, told=told)


def callee_answered(situation: Situation, attempt: Attempt, *, leg_sid: str) -> CallDecision:
    """Put the question to somebody who picked up, unless the call is taken or the caller gone."""
    facts: dict[str, Any] = {}
    if attempt.leg_sid is None:
        facts["leg_sid"] = leg_sid
    if attempt.answered_at is None:
        facts["answered_at"] = situation.scene.now
    told = _told_why_not(situation, attempt)
    if told is not None:
        return CallDecision(told, facts={attempt.id: facts})
    ask = Ask(
        lines.question(situation, attempt),
        subject=attempt.id,
        wrong_keys=0,
        silences=0,
        open_seconds=FIRST_OPEN_SECONDS,
    )
    return CallDecision(ask, facts={attempt.id: facts})


def _told_why_not(situation: Situation, attempt: Attempt) -> Instruction | None:
    winner = situation.accepted
    if winner is not None and winner.id != attempt.id:
        return HangUp(lines.taken(situation, attempt, winner))
    if attempt.accepted_at is not None:
        return Connect()
    if situation.call.ended_at is not None:
        return HangUp((lines.to_callee(situation, attempt, "voice.screen-caller-gone"),))
    return None


def callee_pressed(
    situation: Situation, attempt: Attempt, *, digits: str, wrong_keys: int, silences: int
) -> CallDecision:
    """Act on a callee's key: 1 takes the call, 2 passes it, anything else puts the question again."""
    if attempt.declined_at is not None and digits != "1":
        return CallDecision(HangUp((lines.to_callee(situation, attempt, "voice.screen-passed"),)))
    match digits:
        case "1":
            return _accept(situation, attempt)
        case "2":
            return _decline(situation, attempt)
    told = _told_why_not(situation, attempt)
    if told is not None:
        return CallDecision(told)
    if digits:
        wrong_keys += 1
    else:
        silences += 1
    if silences >= MOST_SILENCES or wrong_keys > MOST_WRONG_KEYS:
        facts = {} if attempt.unanswered_at else {attempt.id: {"unanswered_at": situation.scene.now}}
        no_key = (lines.to_callee(situation, attempt, "voice.screen-no-key"),) if digits else ()
        return CallDecision(HangUp(no_key), facts=facts)
    ask = Ask(
        lines.question_again(situation, attempt, wrong_key=bool(digits)),
        subject=attempt.id,
        wrong_keys=wrong_keys,
        silences=silences,
        open_seconds=OPEN_SECONDS if digits else LAST_OPEN_SECONDS,
    )
    return CallDecision(ask)


def _accept(situation: Situation, attempt: Attempt) -> CallDecision:
    now = situation.scene.now
    winner = situation.accepted
    if winner is not None and winner.id == attempt.id:
        return CallDecision(Connect())
    if winner is not None:
        return CallDecision(HangUp(lines.taken(situation, attempt, winner)))
    ended_at = situation.call.ended_at
    if ended_at is not None and ended_at <= now:
        # The caller has gone: the key still takes the case, and the SMS says whom to ring back.
        gone = HangUp((lines.to_callee(situation, attempt, "voice.screen-caller-gone"),))
        if situation.scene.case.state != CaseState.OPEN:
            return CallDecision(gone)
        return CallDecision(gone, case=acknowledge(situation.scene, attempt.person))
    facts: dict[int, dict[str, Any]] = {attempt.id: {"accepted_at": now}}
    for other in situation.of_dial(attempt.dial):
        if other.id != attempt.id and other.pending and other.cut_at is None:
            facts[other.id] = {"cut_at": now}
    return CallDecision(
        Connect((lines.to_callee(situation, attempt, "voice.screen-connecting"),)),
        call={"accepted_attempt": attempt.id, "phase": Phase.TALKING if ended_at is None else Phase.OVER},
        facts=facts,
        case=took_call(situation, attempt.person, told=True),
    )


def _decline(situation: Situation, attempt: Attempt) -> CallDecision:
    passed = HangUp((lines.to_callee(situation, attempt, "voice.screen-passed"),))
    if attempt.declined_at is not None or attempt.accepted_at is not None:
        return CallDecision(passed)
    return CallDecision(passed, facts={attempt.id: {"declined_at": situation.scene.now}})


def leg_reported(
    situation: Situation, attempt: Attempt, *, status: str, sequence: int, leg_sid: str | None
) -> CallDecision:
    """Learn from a leg's status callback; a final status is never taken back, whatever comes later."""
    facts: dict[str, Any] = {}
    if attempt.leg_sid is None:
        facts["leg_sid"] = leg_sid
    final_known = attempt.leg_status in FINAL_STATUSES
    if not final_known and (sequence > attempt.leg_sequence or status in FINAL_STATUSES):
        facts |= {"leg_status": status, "leg_sequence": sequence}
        if status == "no-answer" and attempt.cut_at is None and _was_cut_short(situation, attempt):
            facts["cut_at"] = situation.scene.now
    answered = status in {"in-progress", "completed"}
    if answered and attempt.answered_at is None:
        facts["answered_at"] = situation.scene.now
    decision = CallDecision(facts={attempt.id: facts} if facts else {})
    desk_takes = answered and attempt.person == DESK and situation.call.accepted_attempt is None
    desk_takes = desk_takes and not attempt.is_spoilt
    if not desk_takes or attempt.dial_status is not None:
        return decision
    facts["accepted_at"] = situation.scene.now
    return CallDecision(
        call={"accepted_attempt": attempt.id, "phase": Phase.TALKING},
        facts={attempt.id: facts},
        case=_untold(took_call(situation, DESK, told=False)),
    )


def _untold(taken: Decision) -> Decision:
    """Leave out what the caller is told: the desk's switchboard may only send the call back to us."""
    told = tuple(item for item in taken.effects if item.data.get("purpose") != "caller")
    return replace(taken, effects=told)


def desk_has_it(situation: Situation) -> Decision:
    """Tell the caller, at the end of the talk, that the desk has taken the case with it."""
    scene, attempt = situation.scene, situation.accepted
    taken_at = scene.case.acknowledged_at
    if attempt is None or attempt.person != DESK or scene.case.acknowledged_by != DESK or taken_at is None:
        return Decision()
    name = scene.name(DESK, scene.case.language)
    return Decision(effects=scene.to_caller("sms.taken", key=f"taken:{taken_at.isoformat()}", name=name))


def _was_cut_short(situation: Situation, attempt: Attempt) -> bool:
    """Whether a telephone stopped ringing early because another one of its dial was answered.

    Twilio may give up the others at the first answer, a private voicemail's too, and call that `no-answer`
    (undocumented): such a telephone has not had its chance.
    """
    early = situation.scene.now - attempt.dialled_at < timedelta(seconds=attempt.ring_seconds)
    return early and any(
        item.id != attempt.id and item.answered_at is not None for item in situation.of_dial(attempt.dial)
    )


def message_left(situation: Situation, *, seconds: int) -> CallDecision:
    """Thank the caller for a message, if one was left; it is noted and fetched on its own."""
    thanks = lines.farewell(situation, "voice.message-thanks" if seconds else "voice.call-over")
    if situation.call.phase != Phase.MESSAGE:
        return CallDecision(thanks)
    return CallDecision(thanks, call={"phase": Phase.OVER})


def ended(situation: Situation, *, status: str, duration: int | None) -> CallDecision:
    """Conclude a call whose caller has gone: a receipt to the caller, and paging while nobody has it."""
    call, scene = situation.call, situation.scene
    if call.ended_at is not None:
        late = {} if call.duration_seconds is not None else {"duration_seconds": duration}
        return CallDecision(call={key: value for key, value in late.items() if value is not None})
    facts: dict[int, dict[str, Any]] = {
        item.id: {"cut_at": scene.now}
        for item in situation.of_dial(call.dial)
        if item.pending and item.cut_at is None and item.accepted_at is None
    }
    seconds = duration if duration is not None else int((scene.now - call.started_at).total_seconds())
    is_open = scene.case.state == CaseState.OPEN
    opens_again = situation.accepted is None and not is_open and is_unheard(situation)
    # A caller who rings again and again has the number of the case already.
    receipt = f"receipt:{(call.started_at - scene.case.opened_at) // RECEIPT_EVERY}"
    receipt = f"receipt:{call.sid}" if opens_again else receipt
    case = Decision(
        entries=(Entry("call-ended", None, {"seconds": seconds}),),
        effects=scene.to_caller("sms.receipt", key=receipt, hotline=scene.hotline.name),
    )
    changes: dict[str, Any] = {"status": status, "ended_at": scene.now, "phase": Phase.OVER}
    if duration is not None:
        changes["duration_seconds"] = duration
    case += nobody_answered(situation) if opens_again or is_open else desk_has_it(situation)
    return CallDecision(call=changes, facts=facts, case=case)


def outcome_entries(situation: Situation, before: Attempt, after: Attempt) -> tuple[Entry, ...]:
    """Return the timeline entry of an attempt whose outcome became settled, or another than was told.

    One line for a leg, in whatever order its reports and its dial's come.
    """
    if not after.settled or (before.settled and after.outcome == before.outcome):
        return ()
    if after.outcome == Outcome.ACCEPTED:
        return ()  # said by `accepted`
    by = after.person if after.outcome == Outcome.DECLINED else None
    words = named(situation.scene, after.person) | {"outcome": str(after.outcome)}
    return (Entry("attempt", by, words),)
