"""What LIST and WHO answer: the cases that are not closed, and who is on duty."""

from dispatcher.cases.ledger import read_cases
from dispatcher.cases.model import Case, CaseState
from dispatcher.cases.scene import Scene
from dispatcher.commands.desk import Desk
from dispatcher.store.tables import cases
from dispatcher.texts.catalogue import text
from dispatcher.texts.fitting import fitted_list
from dispatcher.texts.times import moment
from roster.on_duty import who_is_on


def list_cases(desk: Desk) -> str:
    """Return the cases that are not closed, as far as two segments hold them (LIST)."""
    unclosed = read_cases(desk.connection, cases.c.state != CaseState.CLOSED)
    if not unclosed:
        return text("reply.list-empty", desk.language)
    return fitted_list("reply.list", desk.language, items=[list_item(desk, case) for case in unclosed])


def list_item(desk: Desk, case: Case) -> str:
    """Return a case in a few words: its reference, from where, and who has it or since when nobody has."""
    scene = Scene(case=case, history=desk.history, now=desk.now)
    municipality = scene.where_from(desk.language)
    if case.acknowledged_by is not None:
        return text(
            "reply.list-item-taken",
            desk.language,
            reference=case.reference,
            municipality=municipality,
            name=desk.name(case.acknowledged_by),
        )
    return text(
        "reply.list-item-untaken",
        desk.language,
        reference=case.reference,
        municipality=municipality,
        time=desk.clock(case.opened_at),
    )


def who_is_on_duty(desk: Desk) -> str:
    """Return who is on duty, until when, and who is next (WHO)."""
    duty = who_is_on(desk.history, desk.sender.hotline.schedule, desk.now)
    zone, language = desk.organisation.zone, desk.language

    def names(people: tuple[str, ...]) -> str:
        return ", ".join(desk.name(person) for person in people)

    if not duty.people:
        sentences = [text("reply.nobody", language)]
    elif duty.until is None:
        sentences = [text("reply.who-open-ended", language, people=names(duty.people))]
    else:
        until = moment(duty.until, zone, language)
        sentences = [text("reply.who", language, people=names(duty.people), until=until)]
    if duty.next is not None:
        begins = moment(duty.next.from_, zone, language)
        sentences.append(text("reply.who-next", language, people=names(duty.next.people), **{"from": begins}))
    return " ".join(sentences)
