"""Where a setting comes from: the file, the environment, a secret's own file; and what is wrong with it.

A section is a frozen dataclass whose fields are made by `key` or `section`; `build` fills one from the
sources and collects every problem instead of stopping at the first.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, cast

from dispatcher.files import MOST_KEY_BYTES, read_small_file
from roster.toml_lines import TomlReading
from vakttelefon.config_rules import BadValueError, Given, Rule

T = TypeVar("T")
At = tuple[str, ...]

ENV_PREFIX = "VAKTTELEFON_"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: in a line of the file, or in an environment variable (`where`, with no file).

    As text it is `file:line: key: what: remedy` or `VARIABLE: what: remedy` (contract section 1).
    """

    file: str | None
    line: int | None
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.file is None or self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.where, self.what, self.remedy) if part)


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One key: its default as written in TOML, its rule, and whether it is a secret."""

    default: object
    rule: Rule[Any]
    secret: bool


def key(default: object, rule: Rule[T], *, secret: bool = False, name: str = "") -> T:
    """Declare a key of a section; `name` is its name in the file where the field's own cannot be used.

    A secret never appears in the section's repr, and may be given as `KEY_env` or `KEY_file`.
    """
    spec = KeySpec(default=default, rule=rule, secret=secret)
    made: T = field(default=rule(Given(default)), repr=not secret, metadata={"key": spec, "name": name})
    return made


def section(kind: type[T]) -> T:
    """Declare a table within a section."""
    made: T = field(default_factory=kind, metadata={"section": kind})
    return made


def known_keys(kind: type, at: At = ()) -> Iterator[tuple[At, KeySpec]]:
    """Walk every key of a section and the tables within it, in the order of declaration."""
    for declared in fields(kind):
        if inner := declared.metadata.get("section"):
            yield from known_keys(inner, (*at, declared.name))
        elif spec := declared.metadata.get("key"):
            yield (*at, declared.metadata["name"] or declared.name), spec


def dotted(at: At) -> str:
    """Return the name of a key as messages show it."""
    return ".".join(at)


@dataclass(slots=True)
class Sources:
    """The configuration file, the environment, and the problems found so far."""

    file: Path
    reading: TomlReading | None
    environ: Mapping[str, str]
    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def problem_in_file(self, at: At, what: str, remedy: str) -> None:
        """Record a problem with a key of the file, with its line; a key that is no TOML has been told."""
        if self.reading is not None and at in self.reading.spoiled:
            return
        line = self.reading.document.line_of(at) if self.reading is not None else None
        self.problems.append(Problem(str(self.file), line, dotted(at), what, remedy))

    def problem_in_environment(self, name: str, what: str, remedy: str) -> None:
        """Record a problem with an environment variable."""
        self.problems.append(Problem(None, None, name, what, remedy))

    def build(self, kind: type[T], at: At = ()) -> T:
        """Make a section from what is given, with the default for every key that is absent or wrong."""
        table = self._in_file(at)
        if table is not None and not isinstance(table, dict):
            self.problem_in_file(at, "is not a table", f"write [{dotted(at)}] and its keys below it")
        values: dict[str, Any] = {}
        for declared in fields(cast("Any", kind)):
            name = declared.metadata.get("name") or declared.name
            if inner := declared.metadata.get("section"):
                values[declared.name] = self.build(inner, (*at, name))
            elif spec := declared.metadata.get("key"):
                values[declared.name] = self._value((*at, name), spec)
        return kind(**values)

    def _value(self, at: At, spec: KeySpec) -> object:
        default = spec.rule(Given(spec.default, folder=self.folder))
        try:
            return self._from_environment(at, spec, default)
        except LookupError:
            return self._from_file(at, spec, default)

    def _from_environment(self, at: At, spec: KeySpec, default: object) -> object:
        """Return the value that the environment gives; LookupError when it gives none."""
        ways = [name for way in _ways(at, spec) for name in environment_names(way) if name in self.environ]
        if len(ways) > 1 and ways[0] in environment_names(at) and not self.environ[ways[0]]:
            ways = ways[1:]
        if not ways:
            raise LookupError
        if len(ways) > 1:
            self.problem_in_environment(ways[1], f"is set, and so is {ways[0]}", "set only one of them")
            return default
        (name,) = ways
        try:
            value = self.environ[name]
            if spec.secret and name not in environment_names(at):
                value = self._secret_at(value, by_file=name.endswith("_FILE"))
            return spec.rule(Given(value, is_text=True, folder=self.folder))
        except BadValueError as bad:
            self.problem_in_environment(name, bad.what, bad.remedy)
            return default

    def _from_file(self, at: At, spec: KeySpec, default: object) -> object:
        ways = [way for way in _ways(at, spec) if self._in_file(way) is not None]
        # The key stands there empty, as `init` writes it, and is named beside: it is not given twice.
        if len(ways) > 1 and ways[0] == at and self._in_file(at) == "":
            ways = ways[1:]
        if not ways:
            return default
        if len(ways) > 1:
            self.problem_in_file(ways[1], f"is given, and so is {dotted(ways[0])}", "keep only one of them")
            return default
        (way,) = ways
        value = self._in_file(way)
        try:
            if way != at:
                value = self._secret_at(value, by_file=way[-1].endswith("_file"))
            return spec.rule(Given(value, folder=self.folder))
        except BadValueError as bad:
            self.problem_in_file(way, bad.what, bad.remedy)
            return default

    def _in_file(self, at: At) -> object:
        value: object = self.reading.document.value if self.reading is not None else None
        for name in at:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def _secret_at(self, name: object, *, by_file: bool) -> str:
        """Fetch a secret from the named file or environment variable."""
        if not isinstance(name, str) or not name.strip():
            raise BadValueError("names nothing", "write a name in quotes")
        if not by_file:
            value = self.environ.get(name, "")
            if not value.strip():
                raise BadValueError(f"names the environment variable {name!r}, which is not set", "set it")
            return value
        path = self.folder / name
        try:
            secret = read_small_file(path, most=MOST_KEY_BYTES).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadValueError(
                f"names the file {path}, which is not UTF-8", "write plain text into it"
            ) from None
        except (OSError, ValueError) as wrong:
            reason = (wrong.strerror if isinstance(wrong, OSError) else None) or "cannot be opened"
            remedy = (
                "make it, or correct the name"
                if isinstance(wrong, FileNotFoundError)
                else "let this user read it"
                if isinstance(wrong, PermissionError)
                else "name a file with the secret alone in it"
            )
            raise BadValueError(f"names the file {path}: {reason}", remedy) from None
        if not secret.strip():
            raise BadValueError(f"names the file {path}, which is empty", "put the secret into it")
        return secret

    def report_unknown(self, kind: type) -> None:
        """Record every key of the file and every variable of the environment that means nothing."""
        known = dict(known_keys(kind))
        ways = {way for at, spec in known.items() for way in _ways(at, spec)}
        tables = {at[:depth] for at in known for depth in range(len(at))}
        if self.reading is not None:
            for at in _unknown_in(self.reading.document.value, (), ways, tables):
                self.problem_in_file(at, "is not a known key", _nearest(at, ways | tables))
        names = {name: way for way in ways for name in environment_names(way)}
        for name in sorted(self.environ):
            rest = name.removeprefix(ENV_PREFIX)
            if rest == name or "__" not in name.removeprefix(ENV_PREFIX[:-1]) or name in names:
                continue
            near = get_close_matches(name, names, 1, 0.7)
            remedy = (
                f"did you mean {near[0]}?" if near else "unset it, or look its name up in config.example.toml"
            )
            self.problem_in_environment(name, "is not a known setting", remedy)


def environment_names(at: At) -> tuple[str, ...]:
    """Return the variables that give a key: VAKTTELEFON_SECTION__KEY; one in no section has two spellings."""
    name = f"{ENV_PREFIX}{'__'.join(at).upper()}"
    if len(at) > 1:
        return (name,)
    return (f"{ENV_PREFIX}_{at[0].upper()}", name)


def read_environ() -> Mapping[str, str]:
    """Return a copy of this process's environment."""
    return dict(os.environ)


def _ways(at: At, spec: KeySpec) -> tuple[At, ...]:
    """Return the names under which a key may be given: a secret has three."""
    if not spec.secret:
        return (at,)
    *table, name = at
    return (at, (*table, f"{name}_env"), (*table, f"{name}_file"))


def _unknown_in(value: Mapping[str, object], at: At, ways: set[At], tables: set[At]) -> Iterator[At]:
    for name, inner in value.items():
        here = (*at, name)
        if here in tables:
            if isinstance(inner, dict):
                yield from _unknown_in(inner, here, ways, tables)
        elif here not in ways:
            yield here


def _nearest(at: At, known: set[At]) -> str:
    siblings = [name[-1] for name in sorted(known) if name and name[:-1] == at[:-1]]
    if near := get_close_matches(at[-1], siblings, 1, 0.6):
        return f"did you mean {near[0]}?"
    if elsewhere := [name for name in sorted(known) if name and name[-1] == at[-1]]:
        return f"did you mean {dotted(elsewhere[0])}?"
    return "take it out, or look its name up in config.example.toml"
