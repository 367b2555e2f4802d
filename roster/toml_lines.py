"""TOML with line numbers: reads a file into values, an index from key path to line, and problems.

Used for the organisation file and for the configuration. Whatever bytes come in, the outcome is a
document or a list of problems, never another exception: size, encoding, nesting and numbers have limits.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from roster.toml_scanner import Finding, Path, Scan, scan

LARGEST_FILE_BYTES: Final = 16_000_000

_MOST_ROUNDS: Final = 20
_ROUND_BYTES: Final = 2_000_000
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
    """Repeated reading: each round leaves out the statement that tomllib could not read."""

    def __init__(self, text: str, filename: str) -> None:
        self._filename = filename
        self._scan: Scan = scan(text)
        self._text = self._scan.text
        self._problems: list[Problem] = []
        self._incomplete: set[Path] = set()
        self._tables_lost = False

    def run(self) -> TomlReading:
        for finding in self._scan.spoiled:
            self._tell(finding)
        for number, finding in self._scan.unreadable.items():
            self._tell(finding)
            self._leave_out(number)
        value = self._parsed()
        self._problems.sort(key=lambda problem: problem.line)
        return TomlReading(
            document=TomlDocument(self._filename, value, self._scan.lines),
            problems=tuple(self._problems),
            spoiled=frozenset(finding.path for finding in self._scan.spoiled),
            incomplete=frozenset(self._incomplete),
            whole_tables_lost=self._tables_lost,
        )

    def _parsed(self) -> dict[str, Any]:
        rounds = min(_MOST_ROUNDS, 1 + _ROUND_BYTES // max(len(self._text), 1))
        for _ in range(rounds):
            try:
                return tomllib.loads(self._text)
            except tomllib.TOMLDecodeError as error:
                line, what, remedy = self._told(str(error))
            except (RecursionError, ValueError, LookupError, OverflowError, AttributeError, TypeError):
                # Not to be met behind the scanner; the promise is a message all the same.
                line, what, remedy = 1, "the file cannot be read", "make its values simpler"
                self._problems.append(Problem(self._filename, line, "", what, remedy))
                break
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

    def _told(self, message: str) -> tuple[int, str, str]:
        """Return line, what and remedy of tomllib's message."""
        place = _PLACE.search(message)
        said = message if place is None else message[: place.start()]
        line = int(place[1]) if place is not None and place[1] else self._text.count("\n") + 1
        what, remedy = _in_plain_words(said)
        return line, what, remedy

    def _statement_on(self, line: int) -> int | None:
        found = None
        for number, statement in enumerate(self._scan.statements):
            if statement.first_line > line:
                break
            found = number
        return found

    def _leave_out(self, number: int) -> bool:
        """Blank a statement, and with a header all that belongs to it; False if it is blank already."""
        statements = self._scan.statements
        last = number
        if statements[number].is_header:
            self._tables_lost = True
            while last + 1 < len(statements) and not statements[last + 1].is_header:
                last += 1
        else:
            self._incomplete.add(statements[number].table)
        begin, end = statements[number].begin, statements[last].end
        left_out = self._text[begin:end]
        if not left_out.strip():
            return False
        blank = "".join("\n" if character == "\n" else " " for character in left_out)
        self._text = self._text[:begin] + blank + self._text[end:]
        return True


def where_of(path: Path) -> str:
    """Return a key path as people write it: `people[0].phones[1]`, elements counted from 0."""
    where = ""
    for part in path:
        where += f"[{part}]" if isinstance(part, int) else f".{part}" if where else part
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
