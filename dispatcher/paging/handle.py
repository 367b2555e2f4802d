"""A round of paging as it is sent: one page to each person, also where many cases wait."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from dispatcher.alarms import case_alarm
from dispatcher.calls.ledger import busy_parties, scene_of
from dispatcher.cases.decide import page_key
from dispatcher.cases.ledger import apply_decision, lock_case
from dispatcher.cases.model import CaseState
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, Entry, NewDeadline, NewEffect
from dispatcher.messages.outbound import sms
from dispatcher.messages.received import FirstWords, first_words
from dispatcher.messages.segments import fit_two_segments
from dispatcher.paging.rounds import MANY_OTHERS, NewPage, Round, is_first_round, may_hasten, plan_round
from dispatcher.paging.waiting import Others, others_waiting, read_story, recently
from dispatcher.people import language_of
from dispatcher.services import Services
from dispatcher.store.tables import pages
from dispatcher.texts.catalogue import text
from dispatcher.texts.fitting import fitted


def run_round(services: Services, connection: Connection, case_id: int, *, hastened: bool = False) -> None:
    """Send the round that is due for a case, unless somebody has it meanwhile, and set the next one.

    `hastened`: somebody's PASS asks for it before its time; where nobody but those who passed is left, it
    waits for its time.
    """
    scene = locked_scene(services, connection, case_id)
    if scene is None or scene.case.state != CaseState.OPEN:
        return
    number = scene.case.page_round or 0
    story = read_story(connection, case_id)
    first = is_first_round(story)
    plan = plan_round(
        scene,
        number=number,
        first=first,
        recently=recently(connection, scene, story, first=first, hastened=hastened),
        cap=services.settings.pages_per_person_per_hour,
        busy=busy_parties(connection, now=scene.now, call_minutes=services.settings.call_minutes),
    )
    if hastened and (plan.only_passed or plan.reaches_nobody):
        return
    others = others_waiting(connection, scene)
    decision = Decision(
        case={"page_round": plan.next_number},
        deadlines=(NewDeadline("page", page_key(case_id), {"case": case_id}, plan.pause),),
    )
    named = others if plan.pages and others.count >= (MANY_OTHERS if first else 1) else Others(0, ())
    words = first_words(connection, case_id) if plan.pages and scene.case.source == "sms" else None
    for page in plan.pages:
        page_id = add_page(connection, scene, plan.number, page, first=first, waiting=named.count)
        decision += _paged(scene, plan, page, page_id, words=words, others=named)
    decision += _told_together(scene, plan, others) + _left_out(scene, plan)
    apply_decision(connection, scene.case, decision, now=scene.now)


def hasten(services: Services, connection: Connection, case_id: int, person: str) -> None:
    """Send the next round before its time, since `person` has passed the case, if that PASS may do so."""
    if lock_case(connection, case_id) is not None and may_hasten(read_story(connection, case_id), person):
        run_round(services, connection, case_id, hastened=True)


def locked_scene(services: Services, connection: Connection, case_id: int) -> Scene | None:
    """Lock a case and return its scene, or None where there is none."""
    history = services.organisations.history(connection)
    case = lock_case(connection, case_id)
    if case is None or history is None:
        return None
    return scene_of(connection, case, history, now=services.clock.now())


def add_page(
    connection: Connection, scene: Scene, number: int, page: NewPage, *, first: bool, waiting: int
) -> int:
    """Store a page that is about to be sent and return its number."""
    page_id: int = connection.execute(
        insert(pages)
        .values(
            case_id=scene.case.id,
            round=number,
            person=page.person,
            channel=page.channel,
            phone=page.phone,
            created_at=scene.now,
            first=first,
            waiting=waiting,
        )
        .returning(pages.c.id)
    ).scalar_one()
    return page_id


def page_call(scene: Scene, page_id: int, phone: str) -> NewEffect:
    """Return the effect that rings somebody about a case nobody has taken."""
    return NewEffect(
        "page-call",
        f"page-call:{page_id}:{phone}",
        {"to": phone, "from": scene.hotline.number, "page": page_id, "case": scene.case.id},
    )


def _paged(
    scene: Scene, plan: Round, page: NewPage, page_id: int, *, words: FirstWords | None, others: Others
) -> Decision:
    told = {
        "name": scene.name(page.person, scene.case.language),
        "person": page.person,
        "channel": page.channel,
        "round": plan.number + 1,
    }
    effect = (
        page_call(scene, page_id, page.phone)
        if page.channel == "call"
        else sms(
            key=f"page:{page_id}",
            to=page.phone,
            from_=scene.hotline.number,
            body=_body(scene, plan, language_of(scene.organisation, page.person), words, others),
            purpose="page",
            person=page.person,
            page=page_id,
        )
    )
    return Decision(entries=(Entry("paged", None, told),), effects=(effect,))


def _body(scene: Scene, plan: Round, language: str, words: FirstWords | None, others: Others) -> str:
    values = {
        "reference": scene.case.reference,
        "municipality": scene.where_from(language),
        "caller": scene.who_called(language),
        "time": scene.clock(scene.case.opened_at, language),
    }
    key = "sms.page"
    if plan.number > 0:
        key, values["round"] = "sms.page-again", str(plan.number + 1)
    if words is not None:
        key, values["text"] = f"{key}-with-text", words.said(language)
    else:
        values["how"] = text(f"how.{scene.case.source}", language)
    if not others.count:
        return (
            fit_two_segments(text(key, language, **values))
            if words is None
            else fitted(key, language, **values)
        )
    return fitted(
        "sms.page-many",
        language,
        cut="page",
        page=text(key, language, **values),
        count=others.count,
        cases=_listed(others, language),
    )


def _listed(others: Others, language: str) -> str:
    left = others.count - len(others.named)
    more = f" {text('reply.list-more', language, count=left)}" if left > 0 else ""
    return ", ".join(others.named) + more


def _told_together(scene: Scene, plan: Round, others: Others) -> Decision:
    """Say on the timeline who was told of the case in a page about several."""
    return Decision(
        entries=tuple(
            Entry(
                "paged-together",
                None,
                {
                    "name": scene.name(person, scene.case.language),
                    "person": person,
                    "count": others.count + 1,
                    "round": plan.number + 1,
                },
            )
            for person in plan.together
        )
    )


def _left_out(scene: Scene, plan: Round) -> Decision:
    language = scene.case.language
    decision = _skipped(scene, plan.skipped)
    for person in dict.fromkeys(plan.capped):
        name = scene.name(person, language)
        key = f"cap:{person}:{plan.number}"
        decision += _skipped(scene, ((person, "paging-cap"),))
        decision += case_alarm(scene, "alarm.paging-cap", key=key, about=person, name=name)
    if plan.reaches_nobody:
        key = f"nobody:{plan.number}:{scene.now.isoformat()}"
        decision += case_alarm(scene, "alarm.page-failed", key=key, reference=scene.case.reference)
    return decision


def _skipped(scene: Scene, left_out: Sequence[tuple[str, str]]) -> Decision:
    language = scene.case.language
    return Decision(
        entries=tuple(
            Entry("page-skipped", None, {"name": scene.name(person, language), "reason": reason})
            for person, reason in left_out
        )
    )
