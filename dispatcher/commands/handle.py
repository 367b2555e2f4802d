"""Carrying out the SMS commands of somebody on the roster (contract section 4)."""

from sqlalchemy import ColumnElement, select

from dispatcher.calls.ledger import apply_call_decision, scene_of, situation_of
from dispatcher.calls.situation import CallDecision
from dispatcher.cases.decide import acknowledge, assess, begin_paging, close, note, pass_on, release
from dispatcher.cases.ledger import apply_decision, lock_case, read_case, read_cases
from dispatcher.cases.model import Case, CaseState, Urgency, reference_of
from dispatcher.cases.scene import Scene
from dispatcher.commands.candidates import UNTAKEN, Candidates, alerted_lately, candidates, late_for, meant
from dispatcher.commands.errand import Errand, Reply
from dispatcher.commands.grammar import Command, Keyword, Unknown
from dispatcher.commands.listing import list_cases, list_item, who_is_on_duty
from dispatcher.decision import Decision, NewEffect
from dispatcher.messages.budget import Answer, spend_answer
from dispatcher.messages.outbound import sms
from dispatcher.messages.segments import fit_two_segments
from dispatcher.outbox.queue import add_effects
from dispatcher.people import language_of
from dispatcher.store.tables import calls, cases
from dispatcher.texts.catalogue import text
from dispatcher.texts.fitting import fitted_list
from dispatcher.texts.mentions import with_pictures


def answer_command(errand: Errand, parsed: Command | Unknown, *, message_sid: str) -> None:
    """Do what a message asks for, and queue the reply in the sender's language."""
    _send(errand, _answer(errand, parsed), message_sid)


def answer_alerted(errand: Errand, parsed: Command, *, message_sid: str) -> bool:
    """Carry out the ACK or PASS of somebody without commands who was rung or paged: a supplier, a reviewer.

    Return whether it was one: what else they write, and before anybody alerted them, is a caller's.
    """
    if parsed.keyword not in {Keyword.ACK, Keyword.PASS}:
        return False
    own = alerted_lately(errand.sender.person, now=errand.now)
    if not read_cases(errand.connection, own, limit=1):
        return False
    _send(errand, _about_own(errand, parsed, own), message_sid)
    return True


def _send(errand: Errand, reply: Reply, message_sid: str) -> None:
    """Queue a reply, unless the number has had so many that a machine may be writing."""
    sender, kind = errand.sender, Answer.ASIDE if reply.asks else Answer.COMMAND
    if not spend_answer(errand.connection, message_sid, sender.phone, kind, now=errand.now):
        return
    message = sms(
        key=f"reply:{message_sid}",
        to=sender.phone,
        from_=sender.hotline.number,
        body=fit_two_segments(reply.body),
        purpose="reply",
        person=sender.person,
    )
    add_effects(errand.connection, (message,), case_id=None, now=errand.now)


def _answer(errand: Errand, parsed: Command | Unknown) -> Reply:
    if isinstance(parsed, Unknown):
        return Reply(text("reply.help", errand.language), asks=True)
    word = text(f"word.{parsed.keyword}", errand.language)
    match parsed.keyword:
        case Keyword.HELP:
            return Reply(text("reply.help", errand.language))
        case Keyword.LIST:
            return Reply(list_cases(errand))
        case Keyword.WHO:
            return Reply(who_is_on_duty(errand))
        case Keyword.ACK | Keyword.PASS | Keyword.URGENT | Keyword.ROUTINE | Keyword.NOTE | Keyword.DONE:
            return _about_case(errand, parsed)
        case _:
            return Reply(text("reply.unavailable", errand.language, command=word), asks=True)


def _about_case(errand: Errand, command: Command) -> Reply:
    if command.denied:
        return _denied(errand, command)
    if command.reference is not None:
        case = lock_case(errand.connection, command.reference)
        if case is None:
            return _asked(errand, "reply.unknown-case", reference=reference_of(command.reference))
        return _do(errand, command.keyword, case, command.text)
    if command.candidate is not None and read_case(errand.connection, command.candidate) is not None:
        named = lock_case(errand.connection, command.candidate)
        if named is not None:
            return _do(errand, command.keyword, named, command.text_after_candidate)
    if command.keyword == Keyword.DONE and command.names_no_case:
        word, number = text("word.done", errand.language), command.text.split()[0]
        return _asked(errand, "reply.not-a-case", number=number[:20], command=word)
    found = meant(errand.connection, command.keyword, person=errand.sender.person)
    if found.only is not None:
        return _do_meant(errand, command, found.only)
    if found.count:
        return _which(errand, found)
    if command.keyword not in {Keyword.ACK, Keyword.PASS}:
        return _too_late(errand, None)
    return _too_late(errand, late_for(errand.connection, person=errand.sender.person, now=errand.now))


def _do_meant(errand: Errand, command: Command, case: Case) -> Reply:
    return _do(errand, command.keyword, lock_case(errand.connection, case.id) or case, command.text)


def _about_own(errand: Errand, command: Command, own: ColumnElement[bool]) -> Reply:
    """Answer an ACK or PASS that can only be about the cases somebody was alerted for."""
    if command.denied:
        return _denied(errand, command)
    named = command.reference if command.explicit else command.candidate
    if named is not None and (case := read_cases(errand.connection, own, cases.c.id == named)):
        return _do_meant(errand, command, case[0])
    if command.reference is not None:
        return _asked(errand, "reply.not-alerted", reference=reference_of(command.reference))
    found = candidates(errand.connection, own, UNTAKEN)
    if found.only is not None:
        return _do_meant(errand, command, found.only)
    if found.count:
        return _which(errand, found)
    return _too_late(errand, *read_cases(errand.connection, own, limit=1))


def _asked(errand: Errand, key: str, **values: object) -> Reply:
    return Reply(text(key, errand.language, **values), asks=True)


def _denied(errand: Errand, command: Command) -> Reply:
    return _asked(errand, "reply.denied", command=text(f"word.{command.keyword}", errand.language))


def _which(errand: Errand, found: Candidates) -> Reply:
    items = [list_item(errand, case) for case in found.cases]
    told = fitted_list("reply.which", errand.language, items=items, name="cases", total=found.count)
    return Reply(told, asks=True)


def _too_late(errand: Errand, late: Case | None) -> Reply:
    reason = _not_possible(errand, late) if late else None
    return Reply(reason) if reason is not None else _asked(errand, "reply.none")


def _not_possible(errand: Errand, case: Case) -> str | None:
    """Return why ACK, PASS or an assessment does not fit a case that somebody else has or closed."""
    reference = case.reference
    if case.state == CaseState.CLOSED:
        return text(
            "reply.closed",
            errand.language,
            reference=reference,
            name=errand.name(case.closed_by),
            time=errand.clock(case.closed_at),
        )
    if case.state == CaseState.ACKNOWLEDGED and case.acknowledged_by == errand.sender.person:
        return text("reply.already-yours", errand.language, reference=reference)
    if case.state == CaseState.ACKNOWLEDGED:
        return text(
            "reply.taken",
            errand.language,
            reference=reference,
            name=errand.name(case.acknowledged_by),
            time=errand.clock(case.acknowledged_at),
        )
    return None


def _do(errand: Errand, keyword: Keyword, case: Case, words: str) -> Reply:
    """Carry out a command on a locked case and return the reply."""
    scene = scene_of(errand.connection, case, errand.history, now=errand.now)
    person, language, reference = errand.sender.person, errand.language, case.reference
    words = with_pictures(words, errand.sender.pictures, case.language)
    mine = case.state == CaseState.ACKNOWLEDGED and case.acknowledged_by == person
    closed = _not_possible(errand, case) if case.state == CaseState.CLOSED else None
    decision: Decision
    match keyword:
        case Keyword.ACK:
            refused = _not_possible(errand, case)
            if refused is not None:
                return Reply(refused)
            decision = acknowledge(scene, person, told=False)
            reply = text("reply.acked", language, reference=reference, caller=scene.who_called(language))
        case Keyword.PASS:
            if not mine:
                refused = _not_possible(errand, case)
                if refused is not None:
                    return Reply(refused)
            decision, key = _pass(errand, scene, mine=mine)
            reply = text(key, language, reference=reference)
        case Keyword.URGENT | Keyword.ROUTINE:
            if closed is not None:
                return Reply(closed)
            if not words and keyword == Keyword.ROUTINE:
                return _asked(errand, "reply.needs-text", command=text("word.routine", language))
            urgency = Urgency.URGENT if keyword == Keyword.URGENT else Urgency.ROUTINE
            reason = words or text("unknown.reason", case.language)
            decision = assess(urgency, by=person, reason=reason)
            reply = text(f"reply.{keyword}", language, reference=reference)
        case Keyword.NOTE:
            if not words:
                return _asked(errand, "reply.needs-text", command=text("word.note", language))
            decision = note(person, words)
            reply = text("reply.noted", language, reference=reference)
        case _:
            if closed is not None:
                return Reply(closed)
            decision = close(scene, by=person, words=words) + _tell_holder(errand, scene, words)
            reply = text("reply.done", language, reference=reference)
    apply_decision(errand.connection, case, decision, now=errand.now)
    return Reply(reply)


def _pass(errand: Errand, scene: Scene, *, mine: bool) -> tuple[Decision, str]:
    if mine:
        return release(scene, errand.sender.person, kind="released"), "reply.released"
    passed = pass_on(scene, errand.sender.person)
    if _decline_ringing(errand, scene):
        # The caller is still on the ladder: ending this leg lets it go on; nobody is paged meanwhile.
        passed = Decision(entries=passed.entries)
    elif scene.case.page_round is None:
        # Paging that waits for the desk to close begins now.
        passed = Decision(entries=passed.entries) + begin_paging(scene)
    return passed, "reply.passed"


def _decline_ringing(errand: Errand, scene: Scene) -> bool:
    """Decline the sender's telephones that a live call of the case is ringing; whether the call is live."""
    live = errand.connection.execute(
        select(calls.c.sid).where(calls.c.case_id == scene.case.id, calls.c.ended_at.is_(None))
    ).scalars()
    found = False
    for sid in list(live):
        situation = situation_of(errand.connection, errand.services, sid)
        if situation is None or situation.call.phase not in {"greeting", "ringing"}:
            continue
        found = True
        ringing = [
            item
            for item in situation.of_dial(situation.call.dial)
            if item.person == errand.sender.person and item.pending
        ]
        hang_ups = tuple(
            NewEffect("hang-up", f"hang-up:{item.leg_sid}", {"call": item.leg_sid})
            for item in ringing
            if item.leg_sid is not None
        )
        decision = CallDecision(
            facts={item.id: {"declined_at": errand.now} for item in ringing}, case=Decision(effects=hang_ups)
        )
        apply_call_decision(errand.connection, situation, decision)
    return found


def _tell_holder(errand: Errand, scene: Scene, words: str) -> Decision:
    holder = scene.case.acknowledged_by
    if holder is None or holder == errand.sender.person:
        return Decision()
    language = language_of(scene.organisation, holder)
    told = f"{errand.name(errand.sender.person)}: {text('timeline.closed', language, text=words)}"
    return Decision(
        effects=scene.to_person(
            holder,
            "sms.more",
            key=f"closed:{errand.now.isoformat()}",
            reference=scene.case.reference,
            text=told,
        )
    )
