"""A quick walk over TOML text that notes on which line each key path stands.

Neither `tomllib` nor `tomlkit` tells lines. This scanner walks statement by statement and leaves judging
the syntax to `tomllib`; it only looks for what `tomllib` answers badly: values that cannot be, keys given
twice, and nesting without end. Each of those is noted and blanked, so that one mistake does not hide the
rest of the file. Where the text is no TOML the scanner gives up on that statement.
"""

import re
import tomllib
from dataclasses import dataclass, field
from typing import Final

from roster.toml_values import shown, wrong_value

Path = tuple[str | int, ...]

# In place of a table's path, where its header is no TOML.
LOST_TABLE: Final = "\x00"
MOST_KEY_PARTS: Final = 16
DEEPEST_NESTING: Final = 40

# Possessive (`++`): nothing is given back, so a hostile text costs one pass and no memory.
_BLANK: Final = re.compile(r"[ \t]*+")
_BLANK_LINES: Final = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_KEY_PART: Final = re.compile(r"""([A-Za-z0-9_-]++)|"(?:[^"\\\n]++|\\[^\n])*+"|'[^'\n]*+'""")
_DOT: Final = re.compile(r"[ \t]*+\.[ \t]*+")
_EQUALS: Final = re.compile(r"[ \t]*+=[ \t]*+")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]++|\\[^\n])*+"')
_LITERAL: Final = re.compile(r"'[^'\n]*+'")
_BARE: Final = re.compile(r"[^\s,\[\]{}#=\"']++(?: [0-9]{2}:[0-9][^\s,\]}#]*+)?")


class _NoTomlError(Exception):
    """The text is no TOML here; caught by the walk, which leaves the statement to tomllib."""


class _UnreadableError(Exception):
    """The statement is not to be shown to tomllib; caught by the walk, which notes why."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that cannot be: where it stands, and what to do about it."""

    path: Path
    line: int
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A key with its value, or a table's header: text [begin, end), lines first to last, its table."""

    begin: int
    end: int
    first_line: int
    last_line: int
    table: Path
    is_header: bool


@dataclass(slots=True)
class Scan:
    """What the walk found. `text` is the source with spoiled values blanked, offsets unchanged.

    `spoiled` are single values; `unreadable` are whole statements, by their place in `statements`, and
    `doubtful` those of which the walk made nothing: tomllib has to say what is wrong with each.
    """

    text: str
    lines: dict[Path, int] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    spoiled: list[Finding] = field(default_factory=list)
    unreadable: dict[int, Finding] = field(default_factory=dict)
    doubtful: list[int] = field(default_factory=list)


def scan(text: str) -> Scan:
    """Walk over TOML text, its line ends already plain, and return what stands where."""
    return _Walk(text).run()


class _Walk:
    """The walk's state: where it is, which line that is, and which lists of tables are open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted_to = 0
        self._line = 1
        self._found = Scan(text)
        self._spoiled: list[tuple[Finding, int, int]] = []
        self._lists: dict[Path, int] = {}
        self._given: dict[Path, int] = {}

    def run(self) -> Scan:
        text, found = self._text, self._found
        table: Path = ()
        blanked: list[tuple[int, int]] = []
        while True:
            self._at = _end(_BLANK_LINES, text, self._at)
            if self._at >= len(text):
                break
            begin, line, is_header = self._at, self._line_here(), text[self._at] == "["
            self._spoiled.clear()
            try:
                table = self._header(line) if is_header else self._pair(table, line, 0)
                self._end_of_statement()
            except _NoTomlError:
                self._spoiled.clear()
                found.doubtful.append(len(found.statements))
                if is_header:  # what follows belongs to no table that is known
                    table = (LOST_TABLE, len(found.statements))
            except _UnreadableError as error:
                self._spoiled.clear()
                found.unreadable[len(found.statements)] = Finding(table, line, error.what, error.remedy)
            self._at = _line_end(text, max(begin + 1, self._at))
            last_line = self._line_here()
            found.statements.append(Statement(begin, self._at, line, last_line, table, is_header))
            for finding, start, end in self._spoiled:
                found.spoiled.append(finding)
                blanked.append((start, end))
        found.text = _with_blanks(text, blanked)
        return found

    def _end_of_statement(self) -> None:
        self._at = _end(_BLANK, self._text, self._at)
        if self._at < len(self._text) and self._text[self._at] not in "\n#":
            raise _NoTomlError

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line

    def _header(self, line: int) -> Path:
        is_list = self._text.startswith("[[", self._at)
        self._at = _end(_BLANK, self._text, self._at + (2 if is_list else 1))
        parts = self._key()
        self._at = _end(_BLANK, self._text, self._at)
        closing = "]]" if is_list else "]"
        if not self._text.startswith(closing, self._at):
            raise _NoTomlError
        self._at += len(closing)
        self._end_of_statement()  # before the table counts as opened
        path: Path = ()
        for number, part in enumerate(parts):
            path = (*path, part)
            if is_list and number == len(parts) - 1:
                self._lists[path] = self._lists.get(path, -1) + 1
            self._found.lines.setdefault(path, line)
            if path in self._lists:
                path = (*path, self._lists[path])
                self._found.lines.setdefault(path, line)
        return path

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            match = _KEY_PART.match(self._text, self._at)
            if match is None:
                raise _NoTomlError
            self._at = match.end()
            parts.append(match[0] if match[1] is not None else _unquoted(match[0]))
            if len(parts) > MOST_KEY_PARTS:
                raise _UnreadableError(
                    f"a key of more than {MOST_KEY_PARTS} parts", "no key here has more than three"
                )
            dot = _DOT.match(self._text, self._at)
            if dot is None:
                return tuple(parts)
            self._at = dot.end()

    def _pair(self, table: Path, line: int, depth: int) -> Path:
        path = table
        for part in self._key():
            path = (*path, part)
            self._found.lines.setdefault(path, line)
        equals = _EQUALS.match(self._text, self._at)
        if equals is None:
            raise _NoTomlError
        self._at = equals.end()
        self._value(path, depth)
        # Inside an inline table tomllib tells of doubles; a whole statement can be set aside here.
        first = self._given.setdefault(path, line) if depth == 0 else line
        if first != line:
            raise _UnreadableError(
                f'the key "{shown(str(path[-1]))}" stands here twice, first on line {first}',
                "keep one of the two",
            )
        return table

    def _value(self, path: Path, depth: int) -> None:
        text = self._text
        first = text[self._at : self._at + 1]
        if first in {'"', "'"}:
            self._at = self._string_end(first)
        elif first == "[":
            self._array(path, depth + 1)
        elif first == "{":
            self._inline_table(path, depth + 1)
        else:
            match = _BARE.match(text, self._at)
            if match is None:
                raise _NoTomlError
            line, self._at = self._line_here(), match.end()
            wrong = wrong_value(match[0])
            if wrong is not None:
                self._spoiled.append((Finding(path, line, *wrong), match.start(), match.end()))

    def _string_end(self, quote: str) -> int:
        text, at = self._text, self._at
        if text.startswith(quote * 3, at):
            return self._long_string_end(quote, at + 3)
        match = (_BASIC if quote == '"' else _LITERAL).match(text, at)
        if match is None:
            raise _NoTomlError
        return match.end()

    def _long_string_end(self, quote: str, at: int) -> int:
        text = self._text
        while True:
            end = text.find(quote * 3, at)
            if end < 0:
                self._at = len(text)
                raise _UnreadableError(f"a text opened with {quote * 3} is never closed", "close it")
            backslashes = 0
            while quote == '"' and end - 1 - backslashes >= at and text[end - 1 - backslashes] == "\\":
                backslashes += 1
            if backslashes % 2:
                at = end + 1
                continue
            end += 3
            for _ in range(2):  # up to two more quotation marks belong to the text
                end += text.startswith(quote, end)
            return end

    def _array(self, path: Path, depth: int) -> None:
        _check_depth(depth)
        text, number = self._text, 0
        line = self._line_here()
        self._at += 1
        while True:
            self._at = _end(_BLANK_LINES, text, self._at)
            if text.startswith("]", self._at):
                self._at += 1
                return
            element = (*path, number)
            here = self._line_here()
            if here != line:  # an element on its array's own line needs no entry
                self._found.lines.setdefault(element, here)
            self._value(element, depth)
            number += 1
            self._at = _end(_BLANK_LINES, text, self._at)
            if text.startswith(",", self._at):
                self._at += 1
            elif not text.startswith("]", self._at):
                raise _NoTomlError

    def _inline_table(self, path: Path, depth: int) -> None:
        _check_depth(depth)
        text = self._text
        self._at = _end(_BLANK, text, self._at + 1)
        if text.startswith("}", self._at):
            self._at += 1
            return
        while True:
            self._pair(path, self._line_here(), depth)
            self._at = _end(_BLANK, text, self._at)
            if text.startswith("}", self._at):
                self._at += 1
                return
            if not text.startswith(",", self._at):
                raise _NoTomlError
            self._at = _end(_BLANK, text, self._at + 1)


def _check_depth(depth: int) -> None:
    if depth > DEEPEST_NESTING:
        raise _UnreadableError(
            f"lists or tables nested more than {DEEPEST_NESTING} deep", "no value here goes deeper than three"
        )


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _unquoted(key: str) -> str:
    if key[0] == "'" or "\\" not in key:
        return key[1:-1]
    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except tomllib.TOMLDecodeError:
        raise _NoTomlError from None


def _with_blanks(text: str, blanked: list[tuple[int, int]]) -> str:
    """Put a plain 0 where a spoiled value stands, so that tomllib reads on."""
    parts: list[str] = []
    copied = 0
    for begin, end in blanked:
        parts += [text[copied:begin], "0".ljust(end - begin)]
        copied = end
    return "".join([*parts, text[copied:]]) if parts else text
