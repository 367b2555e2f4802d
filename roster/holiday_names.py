"""Public holidays of a country: which days, and what they are called.

The days come from the `holidays` package, which has no Nynorsk: Norway's twelve names stand here.
"""

from datetime import date
from functools import lru_cache
from typing import Final

from roster.organisation import Language

_NYNORSK: Final = {
    "Første nyttårsdag": "Første nyttårsdag",
    "Skjærtorsdag": "Skjærtorsdag",
    "Langfredag": "Langfredag",
    "Første påskedag": "Første påskedag",
    "Andre påskedag": "Andre påskedag",
    "Arbeidernes dag": "Arbeidardagen",
    "Grunnlovsdag": "Grunnlovsdagen",
    "Kristi himmelfartsdag": "Kristi himmelfartsdag",
    "Første pinsedag": "Første pinsedag",
    "Andre pinsedag": "Andre pinsedag",
    "Første juledag": "Første juledag",
    "Andre juledag": "Andre juledag",
}


def is_known_country(code: str) -> bool:
    """Say whether public holidays are known for a code: a country (NO), or one of its parts (DE-BY)."""
    from holidays import list_supported_countries

    country, _, part = code.partition("-")
    parts = list_supported_countries().get(country)
    return parts is not None and (not part or part in parts)


def known_countries() -> list[str]:
    """Return the two-letter codes of all countries whose holidays are known."""
    from holidays import list_supported_countries

    return [code for code in list_supported_countries() if len(code) == len("NO")]


def is_holiday(code: str, day: date) -> bool:
    """Say whether a day is a public holiday."""
    return day in _names(code, day.year, Language.NB)


def holiday_name(code: str, day: date, language: Language) -> str | None:
    """Return what a public holiday is called, or None on any other day."""
    name = _names(code, day.year, language).get(day)
    if name is not None and language is Language.NN and code.startswith("NO"):
        return _NYNORSK.get(name, name)
    return name


@lru_cache(maxsize=512)
def _names(code: str, year: int, language: Language) -> dict[date, str]:
    from holidays import country_holidays

    country, _, part = code.partition("-")
    bare = country_holidays(country)
    wanted = "en" if language is Language.EN else "no"
    # Languages are called en_US, en_GB, no, ...; a country without the wanted one answers in its own.
    spoken = next(
        (each for each in bare.supported_languages if each.split("_")[0] == wanted), bare.default_language
    )
    days = country_holidays(country, subdiv=part or None, years=year, language=spoken)
    return {day: name for day, name in days.items() if day.year == year}
