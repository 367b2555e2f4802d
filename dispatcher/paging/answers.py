"""What comes back from pages: calls answered, keys pressed, calls that reached nobody, pages that failed."""

from sqlalchemy import Connection, func, or_, select, update

from dispatcher.alarms import case_alarm
from dispatcher.calls.decide import MOST_SILENCES, MOST_WRONG_KEYS, OPEN_AGAIN_SECONDS, OPEN_SECONDS
from dispatcher.calls.handle import UnknownCallError
from dispatcher.calls.instructions import Ask, HangUp, Instruction, Spoken
from dispatcher.calls.model import FINAL_STATUSES
from dispatcher.cases.decide import acknowledge, named, page_now, pass_on
from dispatcher.cases.ledger import apply_decision
from dispatcher.cases.model import CaseState
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, Entry
from dispatcher.messages.received import FirstWords, first_words
from dispatcher.paging.handle import add_page, locked_scene, page_call
from dispatcher.paging.rounds import NewPage
from dispatcher.paging.waiting import others_waiting
from dispatcher.people import language_of, phones_of
from dispatcher.services import Services
from dispatcher.store.tables import pages
from dispatcher.texts.catalogue import text
from dispatcher.texts.times import say_digits


def _page(connection: Connection, page_id: int) -> tuple[int, str, str]:
    row = connection.execute(
        select(pages.c.case_id, pages.c.person, pages.c.phone).where(pages.c.id == page_id)
    ).one_or_none()
    if row is None:
        message = f"page {page_id}"
        raise UnknownCallError(message)
    return row.case_id, row.person, row.phone


def _spoken(scene: Scene, person: str, key: str, **values: object) -> Spoken:
    language = language_of(scene.organisation, person)
    return Spoken(text(key, language, **values), language)


def _question(scene: Scene, person: str, words: FirstWords | None, others: int) -> tuple[Spoken, ...]:
    language = language_of(scene.organisation, person)
    values: dict[str, object] = {
        "hotline": scene.hotline.name,
        "digits": say_digits(scene.case.reference, language),
        "municipality": scene.where_from(language),
        "time": scene.clock(scene.case.opened_at, language),
    }
    if words is not None:
        spoken = _spoken(scene, person, "voice.page-with-text", text=words.said(language)[:500], **values)
    else:
        how = text(f"how.{scene.case.source}", language)
        spoken = _spoken(scene, person, "voice.page", how=how, **values)
    waiting = (_spoken(scene, person, "voice.page-waiting", count=others),) if others else ()
    return (spoken, *waiting, _spoken(scene, person, "voice.page-keys"))


def _settled(scene: Scene, person: str) -> Instruction | None:
    """Return what somebody is told who answers a page about a case that is no longer open."""
    case = scene.case
    language = language_of(scene.organisation, person)
    digits = say_digits(case.reference, language)
    if case.state == CaseState.CLOSED:
        return HangUp((_spoken(scene, person, "voice.page-closed", digits=digits),))
    if case.state == CaseState.OPEN or case.acknowledged_at is None:
        return None
    if case.acknowledged_by == person:
        return HangUp((_spoken(scene, person, "voice.page-acked", digits=digits),))
    taken = _spoken(
        scene,
        person,
        "voice.page-taken",
        digits=digits,
        name=scene.name(case.acknowledged_by, language),
        time=scene.clock(case.acknowledged_at, language),
    )
    return HangUp((taken,))


def answer_page(services: Services, page_id: int, *, leg_sid: str) -> Instruction:
    """Somebody has picked up a paging call: say what the case is and put the question."""
    with services.db.write() as connection:
        case_id, person, _phone = _page(connection, page_id)
        scene = locked_scene(services, connection, case_id)
        if scene is None:
            raise UnknownCallError(str(case_id))
        connection.execute(
            update(pages)
            .where(pages.c.id == page_id, pages.c.answered_at.is_(None))
            .values(answered_at=scene.now, sid=leg_sid)
        )
        words = first_words(connection, case_id) if scene.case.source == "sms" else None
        return _settled(scene, person) or Ask(
            _question(scene, person, words, others_waiting(connection, scene).count),
            subject=page_id,
            wrong_keys=0,
            silences=0,
            open_seconds=OPEN_SECONDS,
        )


def press_page(
    services: Services, page_id: int, *, digits: str, wrong_keys: int, silences: int
) -> Instruction:
    """A key on a paging call: 1 is an ACK, 2 a PASS, anything else puts the question again."""
    with services.db.write() as connection:
        case_id, person, phone = _page(connection, page_id)
        scene = locked_scene(services, connection, case_id)
        if scene is None:
            raise UnknownCallError(str(case_id))
        settled = _settled(scene, person)
        if settled is not None:
            return settled
        language = language_of(scene.organisation, person)
        match digits:
            case "1":
                apply_decision(connection, scene.case, acknowledge(scene, person), now=scene.now)
                _set_outcome(connection, page_id, "acknowledged")
                spoken_digits = say_digits(scene.case.reference, language)
                return HangUp((_spoken(scene, person, "voice.page-acked", digits=spoken_digits),))
            case "2":
                if _set_outcome(connection, page_id, "passed", instead_of="no-answer"):
                    apply_decision(connection, scene.case, pass_on(scene, person), now=scene.now)
                return HangUp((_spoken(scene, person, "voice.page-passed"),))
        wrong_keys, silences = wrong_keys + bool(digits), silences + (not digits)
        if silences >= MOST_SILENCES or wrong_keys > MOST_WRONG_KEYS:
            if _set_outcome(connection, page_id, "voicemail"):
                decision = _came_to(scene, person, "call", "voicemail")
                decision += _next_phone(connection, scene, page_id, person, phone)
                apply_decision(connection, scene.case, decision, now=scene.now)
            return HangUp((_spoken(scene, person, "voice.page-no-key"),))
        return Ask(
            (_spoken(scene, person, "voice.page-again"), _spoken(scene, person, "voice.page-keys")),
            subject=page_id,
            wrong_keys=wrong_keys,
            silences=silences,
            open_seconds=OPEN_SECONDS if digits else OPEN_AGAIN_SECONDS,
        )


def _set_outcome(connection: Connection, page_id: int, outcome: str, *, instead_of: str = "") -> bool:
    """Record what became of a page unless that is known; return whether it was not.

    `instead_of`: an outcome that does not count as known, as for a key on a call that seemed to come back.
    """
    unknown = or_(pages.c.outcome.is_(None), pages.c.outcome == instead_of)
    updated = connection.execute(update(pages).where(pages.c.id == page_id, unknown).values(outcome=outcome))
    return updated.rowcount == 1


def _came_to(scene: Scene, person: str, channel: str, outcome: str) -> Decision:
    name = scene.name(person, scene.case.language)
    return Decision(
        entries=(Entry("page-outcome", None, {"name": name, "channel": channel, "outcome": outcome}),)
    )


def report_page_call(services: Services, page_id: int, *, status: str) -> None:
    """A paging call's status callback: one that ended without a key rings the person's next telephone."""
    if status not in FINAL_STATUSES:
        return
    with services.db.write() as connection:
        case_id, person, phone = _page(connection, page_id)
        scene = locked_scene(services, connection, case_id)
        if scene is None:
            return
        outcome = "voicemail" if status == "completed" else status
        if not _set_outcome(connection, page_id, outcome):
            return
        decision = _came_to(scene, person, "call", outcome)
        if scene.case.state == CaseState.OPEN:
            decision += _next_phone(connection, scene, page_id, person, phone)
        apply_decision(connection, scene.case, decision, now=scene.now)


def page_came_back(services: Services, connection: Connection, page_id: int) -> None:
    """A paging call came back to us: its telephone is forwarded, so it reached nobody (contract 5.8)."""
    case_id, person, phone = _page(connection, page_id)
    scene = locked_scene(services, connection, case_id)
    if scene is None or not _set_outcome(connection, page_id, "no-answer"):
        return
    decision = Decision(entries=(Entry("loop", None, named(scene, person)),))
    decision += _came_to(scene, person, "call", "no-answer")
    if scene.case.state == CaseState.OPEN:
        decision += _next_phone(connection, scene, page_id, person, phone)
    apply_decision(connection, scene.case, decision, now=scene.now)


def _next_phone(connection: Connection, scene: Scene, page_id: int, person: str, phone: str) -> Decision:
    phones = phones_of(scene.organisation, person)
    if phone not in phones or phones[-1] == phone:
        return Decision()
    following = phones[phones.index(phone) + 1]
    number, first, waiting = connection.execute(
        select(pages.c.round, pages.c.first, pages.c.waiting).where(pages.c.id == page_id)
    ).one()
    taken = connection.execute(
        select(pages.c.id).where(
            pages.c.case_id == scene.case.id,
            pages.c.round == number,
            pages.c.person == person,
            pages.c.channel == "call",
            pages.c.phone == following,
        )
    ).scalar_one_or_none()
    if taken is not None:
        return Decision()
    page = NewPage(person, "call", following)
    new_id = add_page(connection, scene, number, page, first=first, waiting=waiting)
    return Decision(effects=(page_call(scene, new_id, following),))


def page_failed(services: Services, connection: Connection, page_id: int, *, code: int | None) -> None:
    """A page could not be delivered at all: say so, alarm the coordinators, and hasten the next round.

    The next round comes at once only when nothing else of this round may still reach somebody.
    """
    case_id, person, _phone = _page(connection, page_id)
    scene = locked_scene(services, connection, case_id)
    if scene is None or not _set_outcome(connection, page_id, "failed"):
        return
    channel, number = connection.execute(
        select(pages.c.channel, pages.c.round).where(pages.c.id == page_id)
    ).one()
    name = scene.name(person, scene.case.language)
    decision = _came_to(scene, person, channel, "failed")
    if code == 21610:
        decision += case_alarm(scene, "alarm.opted-out", key=f"opted-out:{page_id}", about=person, name=name)
    else:
        words = text(f"channel.{channel}", scene.case.language)
        decision += case_alarm(
            scene, "alarm.unreachable", key=f"unreachable:{page_id}", about=person, name=name, channel=words
        )
    hopeful = connection.execute(
        select(func.count())
        .select_from(pages)
        .where(pages.c.case_id == case_id, pages.c.round == number, pages.c.outcome.is_(None))
    ).scalar_one()
    if not hopeful and scene.case.state == CaseState.OPEN and number < len(scene.ladder.rungs):
        decision += page_now(scene)
    apply_decision(connection, scene.case, decision, now=scene.now)


def page_left_out(services: Services, connection: Connection, page_id: int) -> None:
    """A paging call was not placed, since another one is on the same telephone: say so."""
    case_id, person, _phone = _page(connection, page_id)
    scene = locked_scene(services, connection, case_id)
    if scene is not None and _set_outcome(connection, page_id, "left-out"):
        told = {"name": scene.name(person, scene.case.language), "reason": "paging-call"}
        left_out = Decision(entries=(Entry("page-skipped", None, told),))
        apply_decision(connection, scene.case, left_out, now=scene.now)
