"""What LIST and WHO answer: the cases that are not closed, and who is on duty."""

from dispatcher.cases.model import Case
from dispatcher.cases.scene import Scene
from dispatcher.commands.candidates import UNCLOSED, candidates
from dispatcher.commands.errand import Errand
from dispatcher.texts.catalogue import text
from dispatcher.texts.fitting import fitted_list
from dispatcher.texts.times import moment
from roster.on_duty import who_is_on


def list_cases(errand: Errand) -> str:
    """Return the cases that are not closed, as far as two segments hold them (LIST)."""
    unclosed = candidates(errand.connection, UNCLOSED)
    if not unclosed.count:
        return text("reply.list-empty", errand.language)
    items = [list_item(errand, case) for case in unclosed.cases]
    return fitted_list("reply.list", errand.language, items=items, total=unclosed.count)


def list_item(errand: Errand, case: Case) -> str:
    """Return a case in a few words: its reference, from where, and who has it or since when nobody has."""
    scene = Scene(case=case, history=errand.history, now=errand.now)
    municipality = scene.where_from(errand.language)
    if case.acknowledged_by is not None:
        return text(
            "reply.list-item-taken",
            errand.language,
            reference=case.reference,
            municipality=municipality,
            name=errand.name(case.acknowledged_by),
        )
    return text(
        "reply.list-item-untaken",
        errand.language,
        reference=case.reference,
        municipality=municipality,
        time=errand.clock(case.opened_at),
    )


def who_is_on_duty(errand: Errand) -> str:
    """Return who is on duty, until when, and who is next (WHO)."""
    duty = who_is_on(errand.history, errand.sender.hotline.schedule, errand.now)
    zone, language = errand.organisation.zone, errand.language

    def names(people: tuple[str, ...]) -> str:
        return ", ".join(errand.name(person) for person in people)

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
