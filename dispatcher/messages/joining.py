"""A caller's SMS that joins a case: whom it is told to, and when that opens the case again (contract 4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from dispatcher.cases.decide import begin_paging, reopen
from dispatcher.cases.ledger import apply_decision, lock_case, read_cases
from dispatcher.cases.model import Case, CaseState, Source
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, Entry
from dispatcher.messages.budget import spend_telling
from dispatcher.messages.callers import receipt, told_effects
from dispatcher.messages.received import Texted, attach
from dispatcher.messages.thanks import is_only_thanks
from dispatcher.people import DESK, phones_of, texting_phone
from dispatcher.store.tables import cases, messages
from dispatcher.store.windows import within
from roster.on_duty import inside_desk_hours, people_on
from roster.phones import PhoneNumber

# A case closed this recently is joined; one opened longer ago is no longer its holder's business alone.
RECENT = timedelta(hours=24)
# What a number has written this often before, and again this soon after we told it that its case was taken or
# solved, is a machine's answer to that.
REPEATED = 2
MACHINE_ANSWERS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Joining:
    """What a joining message leads to: who is told, and whether the case opens again or its paging begins."""

    told: tuple[str, ...]
    reopens: bool
    pages: bool


def case_to_join(connection: Connection, number: PhoneNumber, now: datetime) -> Case | None:
    """Lock and return the newest case of a number that is not closed, else the newest closed one of a day.

    The caller's number is locked already.
    """
    theirs = cases.c.caller == number
    found = read_cases(connection, theirs, cases.c.state != CaseState.CLOSED, limit=1) or read_cases(
        connection, theirs, cases.c.closed_at > now - RECENT, limit=1
    )
    return lock_case(connection, found[0].id) if found else None


def decide_joining(scene: Scene, *, idle: bool) -> Joining:
    """Return whom a message from the number of a case is told to, and what it does to the case. Pure.

    Whoever has the case is told, or those who were alerted where nobody has it. Where that reaches nobody of
    the duty now, those on duty are told too and the case is paged. One that is `idle`, nothing but thanks or
    a machine's answer, opens nothing again and pages nobody.
    """
    case = scene.case
    on_duty = people_on(scene.history, scene.hotline.schedule, scene.now)
    holder = case.acknowledged_by or case.closed_by
    theirs = (holder,) if holder is not None else scene.involved
    fresh = scene.now - case.opened_at < RECENT
    reached = fresh and any(_reaches(scene, party, on_duty) for party in theirs)
    told = theirs if reached or idle else tuple(dict.fromkeys((*theirs, *on_duty)))
    if idle:
        return Joining(told, reopens=False, pages=False)
    reopens = case.state == CaseState.CLOSED or (holder is not None and not reached)
    return Joining(told, reopens=reopens, pages=not reached and not _waits_for_the_desk(scene))


def _waits_for_the_desk(scene: Scene) -> bool:
    """Tell whether the case came by SMS in desk hours that still last, so that its paging begins later."""
    begun = scene.case.page_round is not None or scene.case.source != Source.SMS
    if begun or scene.hotline.desk_number is None:
        return False
    return inside_desk_hours(scene.history, scene.hotline.schedule, scene.now)


def _reaches(scene: Scene, party: str, on_duty: tuple[str, ...]) -> bool:
    """Tell whether telling a party reaches somebody of the duty now; the desk reads its ticket system."""
    if party == DESK:
        return inside_desk_hours(scene.history, scene.hotline.schedule, scene.now)
    return party in on_duty and texting_phone(phones_of(scene.organisation, party)) is not None


def _is_machines_answer(
    connection: Connection, case: Case, texted: Texted, *, sender: str, now: datetime
) -> bool:
    """Tell whether a number repeats itself just after it heard that its case was taken or solved."""
    heard = case.closed_at or case.acknowledged_at
    if heard is None or now - heard > MACHINE_ANSWERS or not texted.body.strip():
        return False
    same = select(func.count()).where(
        messages.c.sender == sender,
        within(messages.c.created_at, RECENT, now=now),
        messages.c.body == texted.body,
        messages.c.sid != texted.sid,
    )
    said: int = connection.execute(same).scalar_one()
    return said >= REPEATED


def join_case(connection: Connection, scene: Scene, texted: Texted, *, sender: str) -> None:
    """Put a message into a locked case, tell of it, and open the case again where that is due."""
    case, now = scene.case, scene.now
    attach(connection, texted.sid, case.id)
    thanks = not texted.pictures and is_only_thanks(texted.body)
    idle = thanks or _is_machines_answer(connection, case, texted, sender=sender, now=now)
    joining = decide_joining(scene, idle=idle)
    template = "sms.reopened" if joining.reopens else "sms.more"
    effects = told_effects(scene, joining.told, template, texted)
    untold = bool(effects) and not spend_telling(connection, texted.sid, sender, now=now)
    entry = Entry("sms-received", None, texted.on_timeline(untold=untold))
    decision = Decision(entries=(entry,), effects=() if untold else effects)
    if not thanks:
        # Thanks need no receipt, and machines would thank us for it.
        decision += receipt(connection, scene, "sms.joined-receipt", texted, sender=sender, key="joined")
    if joining.reopens:
        decision += reopen(scene)
    elif joining.pages:
        decision += begin_paging(scene)
    apply_decision(connection, case, decision, now=now)
