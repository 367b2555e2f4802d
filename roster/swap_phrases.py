"""Swaps in words, in Nynorsk, Bokmål and English: why one is refused, and what would come of one."""

from typing import Final

from roster.organisation import Language, Organisation
from roster.phrases import instant_words, joined
from roster.swap_conflicts import Conflict, ConflictKind
from roster.swap_states import Refused, State, SwapRefusedError
from roster.warning_phrases import person_words, reason_words, source_words

_REFUSALS: Final = {
    Refused.UNKNOWN_SCHEDULE: {
        Language.NN: "Det finst ingen vaktplan «{names}»: bruk ein som står i vaktlista.",
        Language.NB: "Det finnes ingen vaktplan «{names}»: bruk en som står i vaktlisten.",
        Language.EN: "There is no schedule “{names}”: use one of the roster.",
    },
    Refused.UNKNOWN_PERSON: {
        Language.NN: "Det finst ingen «{names}» i vaktlista: bruk ein som står der.",
        Language.NB: "Det finnes ingen «{names}» i vaktlisten: bruk en som står der.",
        Language.EN: "There is no “{names}” in the roster: name somebody who is.",
    },
    Refused.WITH_ONESELF: {
        Language.NN: "Ingen kan byte med seg sjølv: vel ein annan.",
        Language.NB: "Ingen kan bytte med seg selv: velg en annen.",
        Language.EN: "Nobody can swap with themselves: name somebody else.",
    },
    Refused.NOT_ALLOWED: {
        Language.NN: "{names} kan ikkje svare for andre: det kan den det gjeld, eller ein koordinator.",
        Language.NB: "{names} kan ikke svare for andre: det kan den det gjelder, eller en koordinator.",
        Language.EN: "{names} cannot answer for others: that is for whom it concerns, or a coordinator.",
    },
    Refused.NOT_ON: {
        Language.NN: "{names} er ikkje på vakt i denne tida: vel ei tid med vakt.",
        Language.NB: "{names} er ikke på vakt i denne tiden: velg en tid med vakt.",
        Language.EN: "{names} is not on duty in this time: choose a time on duty.",
    },
    Refused.NEVER_ON: {
        Language.NN: "{names} har inga vakt det neste året: det er ingenting å byte bort.",
        Language.NB: "{names} har ingen vakt det neste året: det er ingenting å bytte bort.",
        Language.EN: "{names} has no duty within the next year: there is nothing to swap.",
    },
    Refused.OVER: {
        Language.NN: "Tida er over: berre det som ligg føre, kan bytast.",
        Language.NB: "Tiden er over: bare det som ligger foran, kan byttes.",
        Language.EN: "The time is over: only what is ahead can be swapped.",
    },
    Refused.OVERLAP: {
        Language.NN: "Dei to tidene overlappar: byt to som ikkje gjer det.",
        Language.NB: "De to tidene overlapper: bytt to som ikke gjør det.",
        Language.EN: "The two times overlap: swap two that do not.",
    },
    Refused.CHANGED: {
        Language.NN: "Vaktlista er endra sidan {names} spurde: spør på nytt.",
        Language.NB: "Vaktlisten er endret siden {names} spurte: spør på nytt.",
        Language.EN: "The roster has changed since {names} asked: ask again.",
    },
    Refused.HIDDEN: {
        Language.NN: "Bytet ville ikkje få verknad, for over det ligg {names}: endre det først.",
        Language.NB: "Byttet ville ikke få virkning, for over det ligger {names}: endre det først.",
        Language.EN: "The swap would have no effect, for over it lies {names}: change that first.",
    },
    Refused.BUILT_ON: {
        Language.NN: "Seinare byte byggjer på dette: gjer først om {names}.",
        Language.NB: "Senere bytter bygger på dette: gjør først om {names}.",
        Language.EN: "Later swaps build on this one: undo {names} first.",
    },
    Refused.ID_TAKEN: {
        Language.NN: "Nummeret {names} er i bruk i vaktplanen: vel eit anna.",
        Language.NB: "Nummeret {names} er i bruk i vaktplanen: velg et annet.",
        Language.EN: "The number {names} is in use in the schedule: choose another.",
    },
}

_STATES: Final = {
    State.ASKED: {
        Language.NN: "Bytet er ikkje svara på enno.",
        Language.NB: "Byttet er ikke besvart ennå.",
        Language.EN: "The swap is not answered yet.",
    },
    State.ACCEPTED: {
        Language.NN: "Bytet er alt godteke av {by}, {at}.",
        Language.NB: "Byttet er alt godtatt av {by}, {at}.",
        Language.EN: "The swap was accepted already by {by}, {at}.",
    },
    State.DECLINED: {
        Language.NN: "{by} sa nei til bytet {at}.",
        Language.NB: "{by} sa nei til byttet {at}.",
        Language.EN: "{by} declined the swap, {at}.",
    },
    State.WITHDRAWN: {
        Language.NN: "{by} trekte bytet {at}.",
        Language.NB: "{by} trakk byttet {at}.",
        Language.EN: "{by} withdrew the swap, {at}.",
    },
    State.UNDONE: {
        Language.NN: "{by} gjorde om bytet {at}.",
        Language.NB: "{by} gjorde om byttet {at}.",
        Language.EN: "{by} undid the swap, {at}.",
    },
}

_FORBIDDING: Final = {
    ConflictKind.ABSENT: {
        Language.NN: "{person} er borte frå {start} til {end}.",
        Language.NB: "{person} er borte fra {start} til {end}.",
        Language.EN: "{person} is absent from {start} to {end}.",
    },
    ConflictKind.ALREADY_ON: {
        Language.NN: "{person} er alt på vakt frå {start} til {end}.",
        Language.NB: "{person} er alt på vakt fra {start} til {end}.",
        Language.EN: "{person} is on duty already from {start} to {end}.",
    },
}


def refusal_words(refused: SwapRefusedError, organisation: Organisation, language: Language) -> str:
    """Return why an act was refused and what to do, as one text."""
    if refused.why is Refused.BLOCKED:
        return " ".join(conflict_words(each, organisation, language) for each in refused.conflicts)
    if refused.why is Refused.STATE and refused.last is not None:
        return _STATES[State(refused.names[0])][language].format(
            by=person_words(refused.last.by, organisation),
            at=instant_words(refused.last.at, organisation.zone, language),
        )
    names = tuple(
        source_words(each, language) if ":" in each else person_words(each, organisation)
        for each in refused.names
    )
    return _REFUSALS[refused.why][language].format(names=joined(names, language))


def conflict_words(conflict: Conflict, organisation: Organisation, language: Language) -> str:
    """Return in one sentence what is in the way of a swap, or doubtful about it."""
    if conflict.finding is not None:
        return reason_words(conflict.finding, organisation, language)
    start, end = (instant_words(each, organisation.zone, language) for each in (conflict.start, conflict.end))
    person = person_words(conflict.person, organisation)
    return _FORBIDDING[conflict.kind][language].format(person=person, start=start, end=end)
