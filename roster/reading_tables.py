"""Typed reading of TOML tables: every key is asked for by type, and all mistakes are collected."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final, TypeVar

from roster.phones import PhoneError, PhoneNumber, parse_phone
from roster.toml_lines import Problem, TomlReading, where_of
from roster.toml_scanner import Path
from roster.toml_values import described, quoted, shown, wrong_text

_MOST_SUGGESTIONS: Final = 200
_MOST_CHOICES_SHOWN: Final = 12
_EARLIEST_YEAR: Final = 1900

_Enum = TypeVar("_Enum", bound=StrEnum)


class Report:
    """The problems found so far in one file, and what the tables need to tell of their own."""

    def __init__(self, reading: TomlReading) -> None:
        self.reading = reading
        self.problems: list[Problem] = list(reading.problems)
        self._told_of = {problem.where: number for number, problem in enumerate(reading.problems)}
        self._suggestions_left = _MOST_SUGGESTIONS

    def add(self, path: Path, where: str, what: str, remedy: str) -> None:
        """Note a problem at a key path; `where` is its path in words, and begins the message."""
        document = self.reading.document
        line = document.line_of(path)
        said = f"{where}: {what}" if where else what
        self.problems.append(Problem(document.filename, line, where, said, remedy))

    def call_place(self, path: Path, where: str) -> None:
        """Give a problem that was told of as the file was read its place in words."""
        plain = where_of(path)
        number = self._told_of.get(plain)
        if number is not None:
            problem = self.problems[number]
            named = f"{where}: {problem.what.removeprefix(f'{plain}: ')}"
            self.problems[number] = replace(problem, where=where, what=named)

    def nearest(self, word: str, words: Sequence[str]) -> str | None:
        """Return the word that was probably meant; looked for a limited number of times in a file."""
        if self._suggestions_left <= 0 or len(words) > 1000:
            return None
        self._suggestions_left -= 1
        near = get_close_matches(word[:80], words, 1, 0.6)
        return near[0] if near else None

    def one_of(self, word: str, words: Sequence[str]) -> str:
        """Return the remedy for a word that is none of `words`."""
        near = self.nearest(word, words)
        if near is not None:
            return f"did you mean {quoted(near)}?"
        if not words:
            return "there is none here yet: add it, or remove this"
        listed = ", ".join(quoted(each) for each in words[:_MOST_CHOICES_SHOWN])
        return f"use one of {listed}" + (", …" if len(words) > _MOST_CHOICES_SHOWN else "")


class Table:
    """One table of the file. Getters note what is wrong and return None (or an empty tuple) for it.

    Keys that were never asked for are told of by `close`.
    """

    def __init__(self, values: dict[str, Any], path: Path, where: str, report: Report) -> None:
        self.path = path
        self.where = where
        self._values = values
        self._report = report
        self._known: list[str] = []

    def called(self, name: str | None) -> None:
        """Put the table's id or name into its messages in place of its number."""
        if name is not None:
            self.where = f"{self.where.rpartition('[')[0]}.{shown(name)}"

    def problem(self, key: str, what: str, remedy: str) -> None:
        """Note a problem with one key; an empty key means the table itself."""
        path = (*self.path, key) if key else self.path
        self._report.add(path, self._where_is(key), what, remedy)

    def problem_with(self, key: str, number: int, what: str, remedy: str) -> None:
        """Note a problem with one element of a list."""
        self._report.add((*self.path, key, number), f"{self._where_is(key)}[{number}]", what, remedy)

    def has(self, key: str) -> bool:
        """Say whether a key is there at all, right or wrong."""
        return key in self._values

    def knows(self, *keys: str) -> None:
        """Count keys as known here, for those that are only read when they are there."""
        self._known.extend(keys)

    def is_empty_list(self, key: str) -> bool:
        """Say whether a key holds a list with nothing in it."""
        return self._values.get(key) == []

    def value(self, key: str, *, required: bool = False) -> Any:
        """Return a value of any type; None when it is left out, or told of already."""
        return self._get(key, required=required)

    def remedy_among(self, word: str, words: Sequence[str]) -> str:
        """Return the remedy for a word that is none of `words`."""
        return self._report.one_of(word, words)

    def _where_is(self, key: str) -> str:
        return ".".join(part for part in (self.where, shown(key)) if part)

    def _get(self, key: str, *, required: bool) -> Any:
        """Return the raw value; None when it is left out, or told of already."""
        self._known.append(key)
        if key not in self._values:
            reading = self._report.reading
            if required and not reading.whole_tables_lost and self.path not in reading.incomplete:
                self.problem("", f'the key "{key}" is missing', f"add {key} = …")
            return None
        if (*self.path, key) in self._report.reading.spoiled:
            self._report.call_place((*self.path, key), self._where_is(key))
            return None
        return self._values[key]

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return a text of one line that is not empty."""
        value = self._get(key, required=required)
        if value is None or not self._is_text(key, value):
            return None
        wrong = wrong_text(value)
        if wrong is not None:
            self.problem(key, *wrong)
            return None
        return str(value)

    def _is_text(self, key: str, value: object) -> bool:
        if isinstance(value, str):
            return True
        self.problem(key, f"{described(value)} where text is expected", "write text in quotation marks")
        return False

    def choice(self, key: str, choices: type[_Enum], *, required: bool = False) -> _Enum | None:
        """Return a word of a fixed set."""
        value = self._get(key, required=required)
        if value is None or not self._is_text(key, value):
            return None
        words = [member.value for member in choices]
        if value not in words:
            self.problem(key, f"{quoted(value)} is not known", self._report.one_of(value, words))
            return None
        return choices(value)

    def integer(self, key: str, *, least: int, most: int, required: bool = False) -> int | None:
        """Return a whole number within limits."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.problem(
                key,
                f"{described(value)} where a whole number is expected",
                "write a number, without quotation marks",
            )
            return None
        if not least <= value <= most:
            said = str(value) if abs(value) < 10**20 else "a very large number"
            self.problem(key, f"{said} is out of range", f"write a number from {least} to {most}")
            return None
        return value

    def number(self, key: str, *, least: int, most: int) -> float | None:
        """Return a number within limits, whole or not."""
        value = self._get(key, required=False)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.problem(
                key,
                f"{described(value)} where a number is expected",
                "write a number, without quotation marks",
            )
            return None
        if not least <= value <= most:
            said = str(value) if abs(value) < 10**20 or isinstance(value, float) else "a very large number"
            self.problem(key, f"{said} is out of range", f"write a number from {least} to {most}")
            return None
        return float(value)

    def phone(self, key: str, *, required: bool = False) -> PhoneNumber | None:
        """Return a telephone number that may be dialled."""
        value = self._get(key, required=required)
        if value is None or not self._is_text(key, value):
            return None
        try:
            return parse_phone(value)
        except PhoneError as error:
            self.problem(key, error.what, error.remedy)
            return None

    def local_time(self, key: str, *, required: bool = False) -> datetime | None:
        """Return a local date-time without offset."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if isinstance(value, datetime):
            return self._without_offset(key, value)
        example = f"{value.isoformat()}T08:00:00" if isinstance(value, date) else "2026-11-02T08:00:00"
        self.problem(
            key,
            f"{described(value)} where a local date-time is expected",
            f"write date and time without quotation marks, for instance {example}",
        )
        return None

    def day(self, key: str, *, required: bool = False) -> date | None:
        """Return a date."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value if self._year_is_possible(key, value) else None
        self.problem(
            key,
            f"{described(value)} where a date is expected",
            "write it without quotation marks, for instance 2026-12-20",
        )
        return None

    def day_or_time(self, key: str) -> date | datetime | None:
        """Return a required date, or local date-time without offset."""
        value = self._get(key, required=True)
        if value is None:
            return None
        if isinstance(value, datetime):
            return self._without_offset(key, value)
        if isinstance(value, date):
            return value if self._year_is_possible(key, value) else None
        self.problem(
            key,
            f"{described(value)} where a date or local date-time is expected",
            "write it without quotation marks, for instance 2026-12-20 or 2026-12-20T08:00:00",
        )
        return None

    def _without_offset(self, key: str, value: datetime) -> datetime | None:
        if value.tzinfo is not None:
            self.problem(
                key,
                "a date-time with an offset where local time is expected",
                f"write wall clock of the file's time zone: {value.replace(tzinfo=None).isoformat()}",
            )
            return None
        return value if self._year_is_possible(key, value) else None

    def _year_is_possible(self, key: str, value: date) -> bool:
        if value.year >= _EARLIEST_YEAR:
            return True
        self.problem(key, f"the year {value.year} is impossible", f"write a year from {_EARLIEST_YEAR} on")
        return False

    def items(self, key: str, *, required: bool = False) -> Iterator[tuple[int, Any]]:
        """Yield the elements of a list with their numbers, those told of already left out."""
        value = self._get(key, required=required)
        if value is None:
            return
        if not isinstance(value, list):
            self.problem(
                key, f"{described(value)} where a list is expected", "write it in square brackets: [ … ]"
            )
            return
        spoiled = self._report.reading.spoiled
        for number, item in enumerate(value):
            if (*self.path, key, number) in spoiled:
                self._report.call_place((*self.path, key, number), f"{self._where_is(key)}[{number}]")
            else:
                yield number, item

    def texts(self, key: str, *, required: bool = False, unseen: bool = False) -> list[tuple[int, str]]:
        """Return the texts of a list, each with its number; what is no text is told of.

        `unseen`: signs that cannot be seen may stand in them, since their reader reads over them.
        """
        texts: list[tuple[int, str]] = []
        for number, item in self.items(key, required=required):
            if not isinstance(item, str):
                said = f"{described(item)} where text is expected"
                self.problem_with(key, number, said, "write text in quotation marks")
                continue
            wrong = wrong_text(item, unseen=unseen)
            if wrong is None:
                texts.append((number, item))
            else:
                self.problem_with(key, number, *wrong)
        return texts

    def tables(self, key: str, *, required: bool = False, inline: bool = False) -> "Iterator[Table]":
        """Yield the tables of a list, `[[key]]` or inline."""
        names = [part for part in self.path if isinstance(part, str)]
        how = f"{key} = [{{ … }}]" if inline else f"[[{'.'.join([*names, key])}]]"
        value = self._values.get(key)
        if isinstance(value, dict):
            self._known.append(key)
            if self._report.reading.whole_tables_lost:
                return  # its header may be the one that was lost
            self.problem(key, "one table where a list of tables is expected", f"write {how}")
            return
        for number, item in self.items(key, required=required):
            if isinstance(item, dict):
                where = f"{self._where_is(key)}[{number}]"
                yield Table(item, (*self.path, key, number), where, self._report)
            else:
                self.problem_with(key, number, f"{described(item)} where a table is expected", f"write {how}")

    def table(self, key: str) -> "Table | None":
        """Return a table within this one."""
        value = self._get(key, required=False)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.problem(
                key, f"{described(value)} where a table is expected", f"write [{key}] with its keys below"
            )
            return None
        return Table(value, (*self.path, key), self._where_is(key), self._report)

    def close(self) -> None:
        """Tell of keys that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                near = self._report.nearest(key, self._known)
                remedy = (
                    f"did you mean {near}?"
                    if near
                    else f"remove it; the keys here are {', '.join(self._known)}"
                )
                self.problem(key, "unknown key", remedy)
