"""What acknowledging, assessing, noting, passing and closing do to a case. Pure."""

from datetime import timedelta

from dispatcher.cases.model import CaseState, Urgency
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, Entry, NewDeadline, NewEffect
from dispatcher.people import language_of


def page_key(case_id: int) -> str:
    """Return the key of the deadline that pages a case again."""
    return f"page:{case_id}"


def named(scene: Scene, party: str) -> dict[str, str]:
    """Return the timeline data that names somebody, as they are called at that time."""
    return {"name": scene.name(party, scene.case.language)}


def acknowledge(scene: Scene, person: str, *, told: bool = True) -> Decision:
    """Give an open case to `person`: paging stops; the caller, the others and (if `told`) the person hear it.

    Contract sections 4 (ACK) and 5.8. The caller hears it by SMS, the others who were rung or paged too.
    """
    case, now = scene.case, scene.now
    moment = now.isoformat()
    effects = scene.to_caller("sms.taken", key=f"taken:{moment}", name=scene.name(person, case.language))
    for other in scene.involved:
        if other == person:
            continue
        language = language_of(scene.organisation, other)
        effects += scene.to_person(
            other,
            "sms.others",
            key=f"others:{moment}",
            reference=case.reference,
            name=scene.name(person, language),
            time=scene.clock(now, language),
        )
    if told:
        language = language_of(scene.organisation, person)
        effects += scene.to_person(
            person,
            "sms.you-have",
            key=f"you-have:{moment}",
            reference=case.reference,
            municipality=scene.where_from(language),
            caller=scene.who_called(language),
        )
    if case.page_round is not None:
        quiet = NewEffect("stop-ringing", f"stop-ringing:{case.id}:{moment}", {"case": case.id})
        effects += (quiet,)
    return Decision(
        case={"state": CaseState.ACKNOWLEDGED, "acknowledged_at": now, "acknowledged_by": person},
        entries=(Entry("acknowledged", person, named(scene, person)),),
        effects=effects,
        cleared=(page_key(case.id),),
    )


def release(scene: Scene, person: str, *, kind: str) -> Decision:
    """Take a case back from `person`: it is open again, and the next rung is paged at once.

    Not at once where `person` has let go of it before since they were last alerted: then when the pause
    between two rounds is over.
    """
    columns = {"state": CaseState.OPEN, "acknowledged_at": None, "acknowledged_by": None}
    number = scene.case.page_round or 0
    pause = timedelta(minutes=scene.hotline.repeat_minutes)
    return Decision(
        case={**columns, "page_round": number},
        entries=(Entry(kind, person, named(scene, person)),),
        deadlines=(
            NewDeadline("page", page_key(scene.case.id), {"case": scene.case.id}, pause),
            _hastening(scene, person),
        ),
    )


def reopen(scene: Scene) -> Decision:
    """Open a case again, whoever had or closed it, and page it from the first rung (contract 4, 5.9).

    Rounds go on counting: the next one is the first that falls on the first rung.
    """
    rungs = max(len(scene.ladder.rungs), 1)
    columns = {
        "state": CaseState.OPEN,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "closed_at": None,
        "closed_by": None,
        "page_round": -(-(scene.case.page_round or 0) // rungs) * rungs,
    }
    return Decision(
        case=columns,
        entries=(Entry("reopened"),),
        deadlines=(NewDeadline("page", page_key(scene.case.id), {"case": scene.case.id}),),
    )


def pass_on(scene: Scene, person: str) -> Decision:
    """Record that `person` cannot take an open case (PASS).

    The next rung is paged at once where `person` was alerted in the present round; a PASS of anybody else, or
    a second one, changes nothing. Where paging has not begun there is nothing to hasten.
    """
    hastened = () if scene.case.page_round is None else (_hastening(scene, person),)
    return Decision(entries=(Entry("passed", person, named(scene, person)),), deadlines=hastened)


def _hastening(scene: Scene, person: str) -> NewDeadline:
    """Return what decides, once the PASS is stored, whether it brings the next round at once."""
    return NewDeadline(
        "hasten", f"hasten:{scene.case.id}:{person}", {"case": scene.case.id, "person": person}
    )


def page_now(scene: Scene) -> Decision:
    """Begin or hasten paging: the next round is due at once (contract section 5.7)."""
    return Decision(
        case={} if scene.case.page_round is not None else {"page_round": 0},
        deadlines=(NewDeadline("page", page_key(scene.case.id), {"case": scene.case.id}),),
    )


def begin_paging(scene: Scene) -> Decision:
    """Begin paging unless it has begun or somebody has the case."""
    if scene.case.page_round is not None or scene.case.state != CaseState.OPEN:
        return Decision()
    return page_now(scene)


def begin_paging_later(scene: Scene, delay: timedelta) -> Decision:
    """Have paging begin after a delay (contract 4, desk hours); whatever begins it before then may."""
    return Decision(deadlines=(NewDeadline("page", page_key(scene.case.id), {"case": scene.case.id}, delay),))


def assess(urgency: Urgency, *, by: str, reason: str) -> Decision:
    """Record an upgrade or downgrade with its reason (URGENT, ROUTINE)."""
    kind = "urgent" if urgency == Urgency.URGENT else "routine"
    return Decision(case={"urgency": urgency}, entries=(Entry(kind, by, {"reason": reason}),))


def note(by: str | None, words: str) -> Decision:
    """Add an assessment or measure to the case (NOTE)."""
    return Decision(entries=(Entry("note", by, {"text": words}),))


def close(scene: Scene, *, by: str, words: str) -> Decision:
    """Close a case, taking it first where nobody has; the caller is told (DONE)."""
    case, now = scene.case, scene.now
    columns: dict[str, object] = {"state": CaseState.CLOSED, "closed_at": now, "closed_by": by}
    entries: tuple[Entry, ...] = (Entry("closed", by, {"text": words}),)
    effects = scene.to_caller("sms.solved", key=f"solved:{now.isoformat()}")
    taking = Decision()
    if case.state == CaseState.OPEN:
        taking = acknowledge(scene, by, told=False)
        # The caller hears "solved" rather than "taken" and "solved" in one breath.
        taking = Decision(
            case=taking.case,
            entries=taking.entries,
            effects=tuple(item for item in taking.effects if item.data.get("purpose") != "caller"),
            cleared=taking.cleared,
        )
    return taking + Decision(case=columns, entries=entries, effects=effects, cleared=(page_key(case.id),))
