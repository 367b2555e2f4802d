"""The words of the pages in nn, nb and en, one TOML file per language.

They are kept apart from `dispatcher.texts`, whose words are spoken and sent by SMS and are measured for it.
A key is `section.name`, as in the files.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Final

LANGUAGES: Final = ("nn", "nb", "en")
LANGUAGE_NAMES: Final = {"nn": "Nynorsk", "nb": "Bokmål", "en": "English"}


@cache
def page_texts(language: str) -> dict[str, str]:
    """Return every text of a language by key; KeyError for a language there is none for."""
    if language not in LANGUAGES:
        message = f"the pages are not written in {language!r}: use one of {', '.join(LANGUAGES)}"
        raise KeyError(message)
    source = resources.files("admin.texts").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{name}": str(words)
        for section, texts in tomllib.loads(source).items()
        for name, words in texts.items()
    }


def page_text(key: str, language: str, /, **values: object) -> str:
    """Return a text with its values filled in; KeyError for an unknown key or a missing value."""
    return page_texts(language)[key].format_map(values)
