"""What is doubtful in the roster, told in Nynorsk, Bokmål and English: the reason and the remedy.

Sentences leave out when it is and on which schedule: whoever shows a finding shows those beside it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, assert_never

from roster.organisation import Language, Organisation
from roster.phrases import instant_words, joined
from roster.rest import NoWeeklyRest, ShortRest
from roster.warnings import AbsentOnDuty, Finding, ManyWeeks, NobodyOn, OnTwice, WithoutPhone

_REASONS: Final[Mapping[str, Mapping[Language, str]]] = {
    "gap": {
        Language.NN: "Ingen er på vakt, men nokon skulle ha vore det.",
        Language.NB: "Ingen er på vakt, men noen skulle ha vært det.",
        Language.EN: "Nobody is on duty, and somebody should be.",
    },
    "meant": {
        Language.NN: "Ingen er på vakt, og det er meint{note}.",
        Language.NB: "Ingen er på vakt, og det er ment{note}.",
        Language.EN: "Nobody is on duty, and that is meant{note}.",
    },
    "no-phone": {
        Language.NN: "{person} er på vakt og har ingen telefon som kan ringjast.",
        Language.NB: "{person} er på vakt og har ingen telefon som kan ringes.",
        Language.EN: "{person} is on duty and has no phone that can be rung.",
    },
    "absent": {
        Language.NN: "{person} er borte{note}, men er sett på vakt av {sources}.",
        Language.NB: "{person} er borte{note}, men er satt på vakt av {sources}.",
        Language.EN: "{person} is absent{note}, but is put on duty by {sources}.",
    },
    "double-duty": {
        Language.NN: "{person} er på vakt i fleire vaktplanar samstundes: {schedules}.",
        Language.NB: "{person} er på vakt i flere vaktplaner samtidig: {schedules}.",
        Language.EN: "{person} is on duty on several schedules at once: {schedules}.",
    },
    "daily-rest-once": {
        Language.NN: "{person} har berre {shortest} fri mellom to vakter, frå {when}; "
        "kvilen skal vere {hours} timar.",
        Language.NB: "{person} har bare {shortest} fri mellom to vakter, fra {when}; "
        "hvilen skal være {hours} timer.",
        Language.EN: "{person} has only {shortest} off between two duties, from {when}; "
        "the rest should be {hours} hours.",
    },
    "daily-rest": {
        Language.NN: "{person} har {breaks} gonger på rad mindre enn {hours} timar fri mellom to vakter, "
        "minst {shortest} frå {when}.",
        Language.NB: "{person} har {breaks} ganger på rad mindre enn {hours} timer fri mellom to vakter, "
        "minst {shortest} fra {when}.",
        Language.EN: "{person} has less than {hours} hours off between two duties {breaks} times in a row, "
        "the least {shortest} from {when}.",
    },
    "weekly-rest": {
        Language.NN: "{person} går meir enn sju døgn utan {hours} timar samanhengande fri.",
        Language.NB: "{person} går mer enn sju døgn uten {hours} timer sammenhengende fri.",
        Language.EN: "{person} goes more than seven days without {hours} hours off in one stretch.",
    },
    "share-of-weeks": {
        Language.NN: "{person} er på vakt i {on} av {of} veker; grensa er {most} %.",
        Language.NB: "{person} er på vakt i {on} av {of} uker; grensen er {most} %.",
        Language.EN: "{person} is on duty in {on} of {of} weeks; the limit is {most} %.",
    },
}

_REMEDIES: Final[Mapping[str, Mapping[Language, str]]] = {
    "gap": {
        Language.NN: "Set nokon på, eller før det opp under meant_gaps om det er meint.",
        Language.NB: "Sett noen på, eller før det opp under meant_gaps om det er ment.",
        Language.EN: "Put somebody on, or list it under meant_gaps where it is meant.",
    },
    "meant": {
        Language.NN: "Ingenting å gjere; ta det ut av meant_gaps om det ikkje er meint lenger.",
        Language.NB: "Ingenting å gjøre; ta det ut av meant_gaps om det ikke er ment lenger.",
        Language.EN: "Nothing to do; take it out of meant_gaps when it is no longer meant.",
    },
    "no-phone": {
        Language.NN: "Gje {person} eit telefonnummer, eller set ein annan på.",
        Language.NB: "Gi {person} et telefonnummer, eller sett en annen på.",
        Language.EN: "Give {person} a phone number, or put somebody else on.",
    },
    "absent": {
        Language.NN: "Set ein annan på, eller kort ned fråværet.",
        Language.NB: "Sett en annen på, eller kort ned fraværet.",
        Language.EN: "Put somebody else on, or shorten the absence.",
    },
    "double-duty": {
        Language.NN: "Set ein annan på i den eine vaktplanen.",
        Language.NB: "Sett en annen på i den ene vaktplanen.",
        Language.EN: "Put somebody else on one of the schedules.",
    },
    "daily-rest": {
        Language.NN: "La ein annan ta ei av vaktene, eller flytt vaktskiftet.",
        Language.NB: "La en annen ta en av vaktene, eller flytt vaktskiftet.",
        Language.EN: "Let somebody else take one of the duties, or move the hand-over.",
    },
    "weekly-rest": {
        Language.NN: "La ein annan ta ein del av vakta.",
        Language.NB: "La en annen ta en del av vakten.",
        Language.EN: "Let somebody else take a part of the duty.",
    },
    "share-of-weeks": {
        Language.NN: "Ta fleire med i turnusen, eller la andre ta nokre av vekene.",
        Language.NB: "Ta flere med i turnusen, eller la andre ta noen av ukene.",
        Language.EN: "Take more people into the rotation, or let others take some of the weeks.",
    },
}

_SOURCES: Final = {
    "layer": {Language.NN: "laget «{id}»", Language.NB: "laget «{id}»", Language.EN: "layer “{id}”"},
    "override": {
        Language.NN: "overstyringa «{id}»",
        Language.NB: "overstyringen «{id}»",
        Language.EN: "override “{id}”",
    },
    "swap": {Language.NN: "bytet «{id}»", Language.NB: "byttet «{id}»", Language.EN: "swap “{id}”"},
}


def reason_words(
    finding: Finding, organisation: Organisation, language: Language, *, absence_reasons: bool = False
) -> str:
    """Return in one sentence what is doubtful; times are wall clock of the organisation's zone.

    `absence_reasons`: say why somebody is absent, which is for coordinators only.
    """
    person = person_words(finding.person, organisation)
    doubt = finding.doubt
    match doubt:
        case NobodyOn():
            if doubt.meant is None:
                return _REASONS["gap"][language]
            return _REASONS["meant"][language].format(
                note=f": {doubt.meant.reason}" if doubt.meant.reason else ""
            )
        case WithoutPhone():
            return _REASONS["no-phone"][language].format(person=person)
        case AbsentOnDuty():
            return _REASONS["absent"][language].format(
                person=person,
                note=f" ({doubt.reason})" if doubt.reason and absence_reasons else "",
                sources=joined(tuple(source_words(each, language) for each in doubt.sources), language),
            )
        case OnTwice():
            schedules = joined(
                tuple(schedule_words(each, organisation) for each in finding.schedules), language
            )
            return _REASONS["double-duty"][language].format(person=person, schedules=schedules)
        case ShortRest():
            return _short_rest(doubt, person, organisation, language)
        case NoWeeklyRest():
            return _REASONS["weekly-rest"][language].format(person=person, hours=doubt.hours)
        case ManyWeeks():
            return _REASONS["share-of-weeks"][language].format(
                person=person, on=doubt.on, of=doubt.of, most=round(doubt.most * 100)
            )
        case unknown:
            assert_never(unknown)


def remedy_words(finding: Finding, organisation: Organisation, language: Language) -> str:
    """Return in one sentence what mends it."""
    key = "meant" if finding.meant else finding.kind.value
    return _REMEDIES[key][language].format(person=person_words(finding.person, organisation))


def _short_rest(doubt: ShortRest, person: str, organisation: Organisation, language: Language) -> str:
    shortest = doubt.shortest
    key = "daily-rest-once" if len(doubt.breaks) == 1 else "daily-rest"
    return _REASONS[key][language].format(
        person=person,
        breaks=len(doubt.breaks),
        hours=max(each.hours for each in doubt.breaks),
        shortest=hours_words(shortest.length, language),
        when=instant_words(shortest.before.end, organisation.zone, language),
    )


def hours_words(length: timedelta, language: Language) -> str:
    """Return a length of time as hours and minutes: `7 h 30 min`, `7 t 30 min`."""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    unit = "h" if language is Language.EN else "t"
    said = [f"{hours} {unit}"] if hours else []
    return " ".join([*said, f"{minutes} min"] if minutes or not said else said)


def person_words(person_id: str | None, organisation: Organisation) -> str:
    """Return a person's name, or the id where nobody has it; empty for None."""
    if person_id is None:
        return ""
    person = organisation.person(person_id)
    return person_id if person is None else person.name


def schedule_words(schedule_id: str, organisation: Organisation) -> str:
    """Return a schedule's name, or the id where none has it."""
    schedule = organisation.schedule(schedule_id)
    return schedule_id if schedule is None else schedule.name


def source_words(source: str, language: Language) -> str:
    """Return the source of a shift in words: `override “jul”`."""
    kind, _, name = source.partition(":")
    return _SOURCES[kind][language].format(id=name)
