"""Paging as it happens: rounds when they are due, and what comes back from paging calls."""

from datetime import timedelta

from sqlalchemy import Connection, func, insert, select, update

from dispatcher.alarms import case_alarm
from dispatcher.calls.decide import MOST_SILENCES, MOST_WRONG_KEYS, OPEN_AGAIN_SECONDS, OPEN_SECONDS
from dispatcher.calls.handle import UnknownCallError
from dispatcher.calls.instructions import Ask, HangUp, Instruction, Spoken
from dispatcher.calls.ledger import busy_parties, scene_of
from dispatcher.calls.model import FINAL_STATUSES
from dispatcher.cases.decide import acknowledge, page_key, page_now, pass_on
from dispatcher.cases.ledger import apply_decision, lock_case
from dispatcher.cases.model import CaseState
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, Entry, NewDeadline, NewEffect
from dispatcher.messages.outbound import sms
from dispatcher.messages.received import FirstWords, first_words
from dispatcher.messages.segments import fit_two_segments
from dispatcher.paging.rounds import NewPage, Round, plan_round
from dispatcher.people import language_of, phones_of
from dispatcher.services import Services
from dispatcher.store.tables import pages
from dispatcher.texts.catalogue import text
from dispatcher.texts.fitting import fitted
from dispatcher.texts.times import say_digits


def run_round(services: Services, connection: Connection, case_id: int) -> None:
    """Send the round that is due for a case, unless somebody has it meanwhile, and set the next one."""
    scene = locked_scene(services, connection, case_id)
    if scene is None or scene.case.state != CaseState.OPEN:
        return
    plan = plan_round(
        scene,
        number=scene.case.page_round or 0,
        pages_last_hour=_pages_last_hour(connection, scene),
        cap=services.settings.pages_per_person_per_hour,
        busy=busy_parties(connection, now=scene.now, call_minutes=services.settings.call_minutes),
    )
    words = first_words(connection, case_id) if scene.case.source == "sms" else None
    decision = Decision(
        case={"page_round": plan.next_number},
        deadlines=(NewDeadline("page", page_key(case_id), {"case": case_id}, plan.pause),),
    )
    for page in plan.pages:
        page_id = connection.execute(
            insert(pages)
            .values(
                case_id=case_id,
                round=plan.number,
                person=page.person,
                channel=page.channel,
                phone=page.phone,
                created_at=scene.now,
            )
            .returning(pages.c.id)
        ).scalar_one()
        decision += _sent(scene, plan, page, page_id, words)
    apply_decision(connection, scene.case, decision + _left_out(scene, plan), now=scene.now)


def locked_scene(services: Services, connection: Connection, case_id: int) -> Scene | None:
    """Lock a case and return its scene, or None where there is none."""
    history = services.organisations.history(connection)
    case = lock_case(connection, case_id)
    if case is None or history is None:
        return None
    return scene_of(connection, case, history, now=services.clock.now())


def _pages_last_hour(connection: Connection, scene: Scene) -> dict[str, int]:
    rows = connection.execute(
        select(pages.c.person, func.count())
        .where(pages.c.created_at > scene.now - timedelta(hours=1))
        .group_by(pages.c.person)
    )
    return {row[0]: row[1] for row in rows}


def _sent(scene: Scene, plan: Round, page: NewPage, page_id: int, first_words: FirstWords | None) -> Decision:
    language = language_of(scene.organisation, page.person)
    entry = Entry(
        "paged",
        None,
        {
            "name": scene.name(page.person, scene.case.language),
            "channel": page.channel,
            "round": plan.number + 1,
        },
    )
    if page.channel == "call":
        return Decision(entries=(entry,), effects=(page_call(scene, page_id, page.phone),))
    values = {
        "reference": scene.case.reference,
        "municipality": scene.where_from(language),
        "caller": scene.who_called(language),
        "time": scene.clock(scene.case.opened_at, language),
    }
    again = plan.number > 0
    if again:
        values["round"] = str(plan.number + 1)
    if first_words is not None:
        key = "sms.page-again-with-text" if again else "sms.page-with-text"
        body = fitted(key, language, text=first_words.said(language), **values)
    else:
        values["how"] = text(f"how.{scene.case.source}", language)
        body = fit_two_segments(text("sms.page-again" if again else "sms.page", language, **values))
    effect = sms(
        key=f"page:{page_id}",
        to=page.phone,
        from_=scene.hotline.number,
        body=body,
        purpose="page",
        person=page.person,
        page=page_id,
    )
    return Decision(entries=(entry,), effects=(effect,))


def page_call(scene: Scene, page_id: int, phone: str) -> NewEffect:
    """Return the effect that rings somebody about a case nobody has taken."""
    return NewEffect(
        "page-call",
        f"page-call:{page_id}:{phone}",
        {"to": phone, "from": scene.hotline.number, "page": page_id, "case": scene.case.id},
    )


def _left_out(scene: Scene, plan: Round) -> Decision:
    language = scene.case.language
    decision = Decision(
        entries=tuple(
            Entry("page-skipped", None, {"name": scene.name(person, language), "reason": reason})
            for person, reason in plan.skipped
        )
    )
    hour = scene.now.strftime("%Y%m%d%H")
    for person in dict.fromkeys(plan.capped):
        name = scene.name(person, language)
        decision += Decision(entries=(Entry("page-skipped", None, {"name": name, "reason": "paging-cap"}),))
        decision += case_alarm(scene, "alarm.paging-cap", key=f"cap:{person}:{hour}", name=name)
    if not plan.pages:
        decision += case_alarm(
            scene, "alarm.page-failed", key=f"nobody:{plan.number}", reference=scene.case.reference
        )
    return decision


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


def _question(scene: Scene, person: str, first_words: FirstWords | None) -> tuple[Spoken, ...]:
    language = language_of(scene.organisation, person)
    values: dict[str, object] = {
        "hotline": scene.hotline.name,
        "digits": say_digits(scene.case.reference, language),
        "municipality": scene.where_from(language),
        "time": scene.clock(scene.case.opened_at, language),
    }
    if first_words is not None:
        spoken = _spoken(
            scene, person, "voice.page-with-text", text=first_words.said(language)[:500], **values
        )
    else:
        how = text(f"how.{scene.case.source}", language)
        spoken = _spoken(scene, person, "voice.page", how=how, **values)
    return (spoken, _spoken(scene, person, "voice.page-keys"))


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
            _question(scene, person, words),
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
        case_id, person, _phone = _page(connection, page_id)
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
                if _set_outcome(connection, page_id, "passed"):
                    apply_decision(connection, scene.case, pass_on(scene, person), now=scene.now)
                return HangUp((_spoken(scene, person, "voice.page-passed"),))
        wrong_keys, silences = wrong_keys + bool(digits), silences + (not digits)
        if silences >= MOST_SILENCES or wrong_keys > MOST_WRONG_KEYS:
            if _set_outcome(connection, page_id, "voicemail"):
                apply_decision(
                    connection, scene.case, _came_to(scene, person, "call", "voicemail"), now=scene.now
                )
            return HangUp((_spoken(scene, person, "voice.page-no-key"),))
        return Ask(
            (_spoken(scene, person, "voice.page-again"), _spoken(scene, person, "voice.page-keys")),
            subject=page_id,
            wrong_keys=wrong_keys,
            silences=silences,
            open_seconds=OPEN_SECONDS if digits else OPEN_AGAIN_SECONDS,
        )


def _set_outcome(connection: Connection, page_id: int, outcome: str) -> bool:
    """Record what became of a page unless that is known; return whether it was not."""
    updated = connection.execute(
        update(pages).where(pages.c.id == page_id, pages.c.outcome.is_(None)).values(outcome=outcome)
    )
    return updated.rowcount == 1


def _came_to(scene: Scene, person: str, channel: str, outcome: str) -> Decision:
    name = scene.name(person, scene.case.language)
    return Decision(
        entries=(Entry("page-outcome", None, {"name": name, "channel": channel, "outcome": outcome}),)
    )


def report_page_call(services: Services, page_id: int, *, status: str) -> None:
    """A paging call's status callback: one that reached nobody rings the person's next telephone."""
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
        if scene.case.state == CaseState.OPEN and outcome != "voicemail":
            decision += _next_phone(connection, scene, page_id, person, phone)
        apply_decision(connection, scene.case, decision, now=scene.now)


def _next_phone(connection: Connection, scene: Scene, page_id: int, person: str, phone: str) -> Decision:
    phones = phones_of(scene.organisation, person)
    if phone not in phones or phones[-1] == phone:
        return Decision()
    following = phones[phones.index(phone) + 1]
    number = connection.execute(select(pages.c.round).where(pages.c.id == page_id)).scalar_one()
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
    new_id = connection.execute(
        insert(pages)
        .values(
            case_id=scene.case.id,
            round=number,
            person=person,
            channel="call",
            phone=following,
            created_at=scene.now,
        )
        .returning(pages.c.id)
    ).scalar_one()
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
    day = scene.now.strftime("%Y%m%d")
    if code == 21610:
        decision += case_alarm(scene, "alarm.opted-out", key=f"opted-out:{person}:{day}", name=name)
    else:
        words = text(f"channel.{channel}", scene.case.language)
        decision += case_alarm(
            scene, "alarm.unreachable", key=f"unreachable:{person}:{channel}:{day}", name=name, channel=words
        )
    hopeful = connection.execute(
        select(func.count())
        .select_from(pages)
        .where(pages.c.case_id == case_id, pages.c.round == number, pages.c.outcome.is_(None))
    ).scalar_one()
    if not hopeful and scene.case.state == CaseState.OPEN and number < len(scene.ladder.rungs):
        decision += page_now(scene)
    apply_decision(connection, scene.case, decision, now=scene.now)
