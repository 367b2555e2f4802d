"""TOML with line numbers: reads a file into values, an index from key path to line, and problems.

Used for the organisation file and for the configuration. Whatever bytes come in, the outcome is a
document or a list of problems, never another exception: size, encoding, nesting and numbers have limits.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from roster.toml_scanner import LOST_TABLE, Finding, Path, Scan, scan
from roster.toml_values import shown

LARGEST_FILE_BYTES: Final = 16_000_000

_MOST_ROUNDS: Final = 20
_ROUND_BYTES: Final = 2_000_000
# tomllib means to raise TOMLDecodeError only; numbers and nesting beyond Python's limits raise others.
_NOT_READ: Final = (ValueError, RecursionError, LookupError, OverflowError, AttributeError, TypeError)
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file. As text it is `file:line: what: remedy`; `where` is its key path."""

    file: str
    line: int
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}: {self.remedy}"


class TomlError(ValueError):
    """A file is no TOML that can be used; caught by commands and pages, which show all `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class TomlDocument:
    """The values of a file (plain dicts and lists), and the line of each key path."""

    filename: str
    value: dict[str, Any]
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """Return the line (from 1) on which a key or element stands, else that of what holds it."""
        while path:
            line = self.lines.get(path)
            if line is not None:
                return line
            path = path[:-1]
        return 1


@dataclass(frozen=True, slots=True)
class TomlReading:
    """What could be read of a file, for a reader that wants to tell of everything at once.

    `spoiled` are paths whose value cannot be and is told of in `problems`; in `document` it is 0.
    `incomplete` are tables of which a line had to be left out; `whole_tables_lost` tells that a header was.
    """

    document: TomlDocument
    problems: tuple[Problem, ...]
    spoiled: frozenset[Path]
    incomplete: frozenset[Path]
    whole_tables_lost: bool


def read_toml(data: bytes | str, *, filename: str) -> TomlDocument:
    """Read a TOML file.

    Raises:
        TomlError: it is no valid TOML, or beyond the limits; `problems` has everything that is wrong.
    """
    reading = read_what_can_be(data, filename=filename)
    if reading.problems:
        raise TomlError(reading.problems)
    return reading.document


def read_what_can_be(data: bytes | str, *, filename: str) -> TomlReading:
    """Read a TOML file as far as it goes, leaving out the statements that are no TOML."""
    text = _decoded(data, filename)
    if isinstance(text, Problem):
        return TomlReading(TomlDocument(filename, {}, {}), (text,), frozenset(), frozenset(), True)
    return _Reading(text, filename).run()


def _decoded(data: bytes | str, filename: str) -> str | Problem:
    if len(data) > LARGEST_FILE_BYTES:
        size = f"{len(data) / 1e6:.0f} MB"
        limit = LARGEST_FILE_BYTES // 1_000_000
        return Problem(filename, 1, "", f"the file is {size} large", f"it may hold {limit} MB at most")
    if isinstance(data, str):
        text = data
    else:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            return Problem(filename, line, "", "the file is not UTF-8 text", "save it as UTF-8")
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


class _Reading:
    """Reading by leaving out: first what the scanner doubts, then, in rounds, what tomllib stops at."""

    def __init__(self, text: str, filename: str) -> None:
        self._filename = filename
        self._scan: Scan = scan(text)
        self._problems: list[Problem] = []
        self._left_out: set[int] = set()
        self._incomplete: set[Path] = set()
        self._tables_lost = False

    def run(self) -> TomlReading:
        for finding in self._scan.spoiled:
            self._tell(finding)
        for number, finding in self._scan.unreadable.items():
            if self._leave_out(number):
                self._tell(finding)
        for number in self._scan.doubtful:
            self._judge(number)
        value = self._parsed()
        self._problems.sort(key=lambda problem: problem.line)
        return TomlReading(
            document=TomlDocument(self._filename, value, self._scan.lines),
            problems=tuple(self._problems),
            spoiled=frozenset(finding.path for finding in self._scan.spoiled),
            incomplete=frozenset(self._incomplete),
            whole_tables_lost=self._tables_lost,
        )

    def _judge(self, number: int) -> None:
        """Ask tomllib of one statement by itself, and leave it out when it is no TOML."""
        statement = self._scan.statements[number]
        if number in self._left_out:
            return
        text = self._scan.text[statement.begin : statement.end]
        try:
            tomllib.loads(text)
        except _NOT_READ as error:
            line, what, remedy = _told(error, text.count("\n") + 1)
            at = min(statement.first_line + line - 1, statement.last_line)
            self._problems.append(Problem(self._filename, at, "", what, remedy))
            self._leave_out(number)

    def _parsed(self) -> dict[str, Any]:
        for _ in range(min(_MOST_ROUNDS, 1 + _ROUND_BYTES // max(len(self._scan.text), 1))):
            text = self._text_left()
            try:
                return tomllib.loads(text)
            except _NOT_READ as error:
                line, what, remedy = _told(error, text.count("\n") + 1)
            self._problems.append(Problem(self._filename, line, "", what, remedy))
            number = self._statement_on(line)
            if number is None or not self._leave_out(number):
                break
        self._tables_lost = True
        return {}

    def _tell(self, finding: Finding) -> None:
        where = where_of(finding.path)
        what = f"{where}: {finding.what}" if where else finding.what
        self._problems.append(Problem(self._filename, finding.line, where, what, finding.remedy))

    def _statement_on(self, line: int) -> int | None:
        lines = [statement.first_line for statement in self._scan.statements]
        return bisect_right(lines, line) - 1 if lines and lines[0] <= line else None

    def _leave_out(self, number: int) -> bool:
        """Leave out a statement, and with a header all that belongs to it; False if it is out already."""
        if number in self._left_out:
            return False
        statements = self._scan.statements
        self._left_out.add(number)
        if not statements[number].is_header:
            self._incomplete.add(statements[number].table)
            return True
        self._tables_lost = True
        while number + 1 < len(statements) and not statements[number + 1].is_header:
            number += 1
            self._left_out.add(number)
        return True

    def _text_left(self) -> str:
        """Return the text with line ends alone where statements are left out: lines keep their numbers."""
        if not self._left_out:
            return self._scan.text
        parts: list[str] = []
        copied = 0
        for number in sorted(self._left_out):
            statement = self._scan.statements[number]
            lines = statement.last_line - statement.first_line
            parts += [self._scan.text[copied : statement.begin], "\n" * lines]
            copied = statement.end
        return "".join([*parts, self._scan.text[copied:]])


def _told(error: Exception, last_line: int) -> tuple[int, str, str]:
    """Return line, what and remedy of what tomllib raised."""
    if not isinstance(error, tomllib.TOMLDecodeError):
        return last_line, "a value here cannot be read", "make it simpler"
    message = str(error)
    place = _PLACE.search(message)
    said = message if place is None else message[: place.start()]
    line = int(place[1]) if place is not None and place[1] else last_line
    return (line, *_in_plain_words(said))


def where_of(path: Path) -> str:
    """Return a key path as people write it: `people[0].phones[1]`, elements counted from 0."""
    where = ""
    for part in path[2:] if path[:1] == (LOST_TABLE,) else path:
        where += f"[{part}]" if isinstance(part, int) else f".{shown(part)}" if where else shown(part)
    return where


def _in_plain_words(said: str) -> tuple[str, str]:
    """Return what is wrong and what to do, for the messages of tomllib that people meet."""
    for pattern, what, remedy in _PLAIN_WORDS:
        if re.search(pattern, said):
            return what, remedy
    return f"this is no valid TOML ({said})", "write it as key = value, texts in quotation marks"


_PLAIN_WORDS: Final = (
    ("Expected '=' after", "a key without a value", "write key = value"),
    (
        "Expected newline",
        "there is more after the value",
        "end the line there; texts stand in quotation marks",
    ),
    (
        "Unclosed array",
        "a list is not closed, or a comma is missing in it",
        "separate its values by commas, and end with ]",
    ),
    (
        "Unclosed inline table",
        "a table is not closed, or a comma is missing in it",
        "separate by commas, and end with }",
    ),
    (
        "Unterminated string|Illegal character '.n'|Expected \"'\"",
        "a text is not closed",
        "end it with the quotation mark it began with",
    ),
    ("Duplicate inline table key", "a key stands here twice", "keep one of the two"),
    (
        "Cannot declare .* twice",
        "this table has been opened before",
        "put its keys together under one header, or double the brackets for a list",
    ),
    (
        "Cannot overwrite|redefine namespace|immutable namespace",
        "this key or table has been given before, in another form",
        "keep one of the two",
    ),
    (
        "Illegal character|invalid character",
        "a control character stands here",
        "remove it; the file is plain text",
    ),
    ("[Ee]scape|Unescaped", "a backslash with no meaning stands in a text", "write \\\\ for a backslash"),
    (
        "at the end of a(n array| table) declaration",
        "a table's header is not closed",
        "write [name], or [[name]] for one of a list",
    ),
    (
        "Invalid (statement|initial)",
        "this line is no key, table or comment",
        "write key = value, [table] or # comment",
    ),
    ("Invalid value", "a value is missing or is no TOML", "texts stand in quotation marks, lists in [ ]"),
)
