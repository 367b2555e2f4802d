"""The sentences in which the roster explains itself, in Nynorsk, Bokmål and English."""

from datetime import date, datetime, tzinfo
from typing import Final

from roster.organisation import Language
from roster.wallclock import local

_WEEKDAYS: Final = {
    Language.NN: ("måndag", "tysdag", "onsdag", "torsdag", "fredag", "laurdag", "søndag"),
    Language.NB: ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_NORWEGIAN_MONTHS: Final = (
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
)
_ENGLISH_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_UNITS: Final = {
    Language.NN: {"hourly": "timevakt", "daily": "døgnvakt", "weekly": "vekevakt", "monthly": "månadsvakt"},
    Language.NB: {"hourly": "timevakt", "daily": "døgnvakt", "weekly": "ukevakt", "monthly": "månedsvakt"},
    Language.EN: {"hourly": "hourly", "daily": "daily", "weekly": "weekly", "monthly": "monthly"},
}

_SENTENCES: Final = {
    "history": {
        Language.NN: "Vaktlista slik ho galdt då; ho vart endra {since}.",
        Language.NB: "Vaktlisten slik den gjaldt da; den ble endret {since}.",
        Language.EN: "The roster as it was in force then; it was changed on {since}.",
    },
    "absent-schedule": {
        Language.NN: "Vaktplanen «{schedule}» fanst ikkje i vaktlista då.",
        Language.NB: "Vaktplanen «{schedule}» fantes ikke i vaktlisten da.",
        Language.EN: "The schedule “{schedule}” was not in the roster then.",
    },
    "no-layers": {
        Language.NN: "Vaktplanen har ingen lag.",
        Language.NB: "Vaktplanen har ingen lag.",
        Language.EN: "The schedule has no layers.",
    },
    "not-begun": {
        Language.NN: "Laget «{layer}» byrjar først {start}.",
        Language.NB: "Laget «{layer}» begynner først {start}.",
        Language.EN: "Layer “{layer}” begins only on {start}.",
    },
    "ended": {
        Language.NN: "Laget «{layer}» tok slutt {until}.",
        Language.NB: "Laget «{layer}» tok slutt {until}.",
        Language.EN: "Layer “{layer}” ended on {until}.",
    },
    "outside-windows": {
        Language.NN: "Laget «{layer}» gjeld ikkje på denne tida av veka.",
        Language.NB: "Laget «{layer}» gjelder ikke på denne tiden av uken.",
        Language.EN: "Layer “{layer}” does not apply at this time of the week.",
    },
    "turn": {
        Language.NN: "Laget «{layer}», {unit} nr. {number} i rotasjonen frå {begun}, "
        "{start} til {end}: {people}.",
        Language.NB: "Laget «{layer}», {unit} nr. {number} i rotasjonen fra {begun}, "
        "{start} til {end}: {people}.",
        Language.EN: "Layer “{layer}”, {unit} turn {number} of the rotation begun on {begun}, "
        "{start} to {end}: {people}.",
    },
    "shift": {
        Language.NN: "Laget «{layer}», fast vakt {start} til {end}: {people}.",
        Language.NB: "Laget «{layer}», fast vakt {start} til {end}: {people}.",
        Language.EN: "Layer “{layer}”, fixed shift {start} to {end}: {people}.",
    },
    "between-shifts": {
        Language.NN: "Laget «{layer}» har inga fast vakt på denne tida.",
        Language.NB: "Laget «{layer}» har ingen fast vakt på denne tiden.",
        Language.EN: "Layer “{layer}” has no fixed shift at this time.",
    },
    "away": {
        Language.NN: "{person} er borte frå {start} til {end}{reason} og vert hoppa over i laget «{layer}».",
        Language.NB: "{person} er borte fra {start} til {end}{reason} og hoppes over i laget «{layer}».",
        Language.EN: "{person} is absent from {start} until {end}{reason} and is skipped in layer “{layer}”.",
    },
    "away-days": {
        Language.NN: "{person} er borte frå {start} til og med {last}{reason} "
        "og vert hoppa over i laget «{layer}».",
        Language.NB: "{person} er borte fra {start} til og med {last}{reason} "
        "og hoppes over i laget «{layer}».",
        Language.EN: "{person} is absent from {start} to {last}, both included{reason}, "
        "and is skipped in layer “{layer}”.",
    },
    "wins": {
        Language.NN: "Laget «{layer}» går føre laga som står over det i lista.",
        Language.NB: "Laget «{layer}» går foran lagene som står over det i listen.",
        Language.EN: "Layer “{layer}” wins over the layers listed before it.",
    },
    "override": {
        Language.NN: "Overstyringa «{id}» frå {start} til {end}: {people}.",
        Language.NB: "Overstyringen «{id}» fra {start} til {end}: {people}.",
        Language.EN: "Override “{id}” from {start} to {end}: {people}.",
    },
    "override-nobody": {
        Language.NN: "Overstyringa «{id}» frå {start} til {end}: ingen, med vilje.",
        Language.NB: "Overstyringen «{id}» fra {start} til {end}: ingen, med vilje.",
        Language.EN: "Override “{id}” from {start} to {end}: nobody, on purpose.",
    },
    "override-replaces": {
        Language.NN: "Overstyringa «{id}» frå {start} til {end}: {people} i staden for {replaced}.",
        Language.NB: "Overstyringen «{id}» fra {start} til {end}: {people} i stedet for {replaced}.",
        Language.EN: "Override “{id}” from {start} to {end}: {people} instead of {replaced}.",
    },
    "override-idle": {
        Language.NN: "Overstyringa «{id}» byter ut {replaced}, som ikkje er på: ingen verknad.",
        Language.NB: "Overstyringen «{id}» bytter ut {replaced}, som ikke er på: ingen virkning.",
        Language.EN: "Override “{id}” replaces {replaced}, who is not on: no effect.",
    },
    "swap": {
        Language.NN: "Bytet «{id}» frå {start} til {end}: {people}.",
        Language.NB: "Byttet «{id}» fra {start} til {end}: {people}.",
        Language.EN: "Swap “{id}” from {start} to {end}: {people}.",
    },
    "swap-nobody": {
        Language.NN: "Bytet «{id}» frå {start} til {end}: ingen, med vilje.",
        Language.NB: "Byttet «{id}» fra {start} til {end}: ingen, med vilje.",
        Language.EN: "Swap “{id}” from {start} to {end}: nobody, on purpose.",
    },
    "swap-replaces": {
        Language.NN: "Bytet «{id}» frå {start} til {end}: {people} i staden for {replaced}.",
        Language.NB: "Byttet «{id}» fra {start} til {end}: {people} i stedet for {replaced}.",
        Language.EN: "Swap “{id}” from {start} to {end}: {people} instead of {replaced}.",
    },
    "swap-idle": {
        Language.NN: "Bytet «{id}» byter ut {replaced}, som ikkje er på: ingen verknad.",
        Language.NB: "Byttet «{id}» bytter ut {replaced}, som ikke er på: ingen virkning.",
        Language.EN: "Swap “{id}” replaces {replaced}, who is not on: no effect.",
    },
    "entered": {
        Language.NN: "Dette vart lagt inn {since}{by}.",
        Language.NB: "Dette ble lagt inn {since}{by}.",
        Language.EN: "It was entered on {since}{by}.",
    },
    "entered-by": {
        Language.NN: " av {by}",
        Language.NB: " av {by}",
        Language.EN: " by {by}",
    },
    "gap": {
        Language.NN: "Ingen er på vakt, men nokon skulle ha vore det: eit hol i vaktlista.",
        Language.NB: "Ingen er på vakt, men noen skulle ha vært det: et hull i vaktlisten.",
        Language.EN: "Nobody is on duty, and somebody should be: a gap in the roster.",
    },
    "meant-gap": {
        Language.NN: "Holet er meint{reason}.",
        Language.NB: "Hullet er ment{reason}.",
        Language.EN: "The gap is meant{reason}.",
    },
    "desk-open": {
        Language.NN: "Ingen er på vakt, og servicedesken er open: ikkje noko hol.",
        Language.NB: "Ingen er på vakt, og servicedesken er åpen: ikke noe hull.",
        Language.EN: "Nobody is on duty, and the service desk is open: no gap.",
    },
    "closed-holiday": {
        Language.NN: "Servicedesken er stengd: {holiday}.",
        Language.NB: "Servicedesken er stengt: {holiday}.",
        Language.EN: "The service desk is closed: {holiday}.",
    },
    "closed-eve": {
        Language.NN: "Servicedesken stengjer tidleg eller held stengt denne dagen.",
        Language.NB: "Servicedesken stenger tidlig eller holder stengt denne dagen.",
        Language.EN: "The service desk closes early or stays closed on this day.",
    },
    "closed-hours": {
        Language.NN: "Servicedesken er stengd på denne tida.",
        Language.NB: "Servicedesken er stengt på denne tiden.",
        Language.EN: "The service desk is closed at this time.",
    },
    "result": {
        Language.NN: "På vakt: {people}.",
        Language.NB: "På vakt: {people}.",
        Language.EN: "On duty: {people}.",
    },
}

_NOBODY: Final = {Language.NN: "ingen", Language.NB: "ingen", Language.EN: "nobody"}
_AND: Final = {Language.NN: " og ", Language.NB: " og ", Language.EN: " and "}


def sentence(key: str, language: Language, **values: object) -> str:
    """Return one sentence of an explanation in a language, its values filled in."""
    return _SENTENCES[key][language].format(**values)


def rotation_unit(rotation: str, language: Language) -> str:
    """Return what one turn of a rotation is called."""
    return _UNITS[language][rotation]


def joined(names: tuple[str, ...], language: Language) -> str:
    """Return names as one phrase: `Kari, Ola and Siri`; `nobody` for none."""
    if not names:
        return _NOBODY[language]
    if len(names) == 1:
        return names[0]
    return ", ".join(names[:-1]) + _AND[language] + names[-1]


def day_words(day: date, language: Language) -> str:
    """Return a day in words: `2. november 2026`, `2 November 2026`."""
    if language is Language.EN:
        return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}"
    return f"{day.day}. {_NORWEGIAN_MONTHS[day.month - 1]} {day.year}"


def instant_words(instant: datetime, zone: tzinfo, language: Language) -> str:
    """Return an instant in words, in the zone: `måndag 2. november 2026 kl. 08:00`.

    The second occurrence of an hour that clocks show twice has its offset after it.
    """
    here = local(instant, zone)
    day = f"{_WEEKDAYS[language][here.weekday()]} {day_words(here, language)}"
    clock = here.strftime("%H:%M" if not here.second else "%H:%M:%S")
    twice = f" ({here.strftime('%z')})" if here.fold else ""
    return f"{day} at {clock}{twice}" if language is Language.EN else f"{day} kl. {clock}{twice}"
