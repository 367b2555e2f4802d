"""The catalogue: every text in nn, nb and en, read once from one TOML file per language.

A key is `section.name`, as the files have it (`voice.greeting`). Values in braces are filled in as they are;
what a caller or a technician wrote is never read as a template.
"""

import tomllib
from collections.abc import Mapping
from importlib import resources
from string import Formatter
from types import MappingProxyType
from typing import Any, Final

LANGUAGES: Final = ("nn", "nb", "en")
"""The languages there are texts in; the first is the default of an organisation (contract section 3)."""


def _flattened(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            texts.update(_flattened(value, f"{prefix}{name}."))
        else:
            texts[f"{prefix}{name}"] = str(value)
    return texts


def _read(language: str) -> Mapping[str, str]:
    source = resources.files("dispatcher.texts").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return MappingProxyType(_flattened(tomllib.loads(source)))


def _named_values(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


_TEXTS: Final = MappingProxyType({language: _read(language) for language in LANGUAGES})
_PARAMETERS: Final = MappingProxyType(
    {
        language: MappingProxyType({key: _named_values(template) for key, template in texts.items()})
        for language, texts in _TEXTS.items()
    }
)

KEYS: Final = frozenset(_TEXTS[LANGUAGES[0]])
"""Every key of the catalogue; the same in each language, which a test compares."""


def template(key: str, language: str) -> str:
    """Return a text as the catalogue has it, with its values still in braces.

    Raises:
        KeyError: there is no such key or no such language.
    """
    if language not in _TEXTS:
        message = f"there are no texts in {language!r}: use one of {', '.join(LANGUAGES)}"
        raise KeyError(message)
    if key not in _TEXTS[language]:
        message = f"there is no text {key!r} in {language}.toml: add it there and to the other languages"
        raise KeyError(message)
    return _TEXTS[language][key]


def parameters(key: str, language: str = LANGUAGES[0]) -> frozenset[str]:
    """Return the names of the values that a text needs, the same in each language.

    Raises:
        KeyError: there is no such key or no such language.
    """
    template(key, language)
    return _PARAMETERS[language][key]


def text(key: str, language: str, /, **values: object) -> str:
    """Return the text of a key in a language with its values filled in.

    A value that the text does not name is let be, so that a stored timeline entry may carry more
    than its sentence tells. One that ends in an empty value ends before its colon: "Closed", not "Closed: ".
    `reply.who-next` has a value called `from`: give it as `**{"from": ...}`.

    Raises:
        KeyError: there is no such key or language, or a value that the text names is missing.
    """
    wanted = template(key, language)
    missing = _PARAMETERS[language][key] - values.keys()
    if missing:
        message = f"the text {key!r} needs the value {', '.join(sorted(missing))}"
        raise KeyError(message)
    before_last, colon, last = wanted.rpartition(": ")
    if colon and last.startswith("{") and last.endswith("}") and values.get(last[1:-1]) == "":
        wanted = before_last
    return wanted.format_map(values)
