r"""What the command line prints, made so that no terminal obeys what strangers wrote.

`guarded_output` stands between every command and its terminal: whatever a terminal would act on (escape
sequences, signs that turn the direction of writing) is written out, as `\u001b`, which JSON reads back.
"""

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from roster.foreign import escaped

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_HANDLER = "vakttelefon-escapes"


class GuardedStream:
    """A text stream that writes out what a terminal would obey; `unguarded` is the stream behind it."""

    def __init__(self, unguarded: TextIO) -> None:
        self.unguarded = unguarded
        reconfigure = getattr(unguarded, "reconfigure", None)
        if reconfigure is not None and unguarded.errors == "strict":
            # a terminal of Latin-1 has no sign for much of what is written today
            reconfigure(errors=_HANDLER)

    def write(self, text: str) -> int:
        """Write a text with its escapes; the length is the text's own, as callers expect."""
        self.unguarded.write(escaped(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """Be the stream in everything else."""
        return getattr(self.unguarded, name)


@contextmanager
def guarded_output() -> Iterator[None]:
    """Guard standard output and standard error for as long as a command runs."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = GuardedStream(before[0]), GuardedStream(before[1])
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def cell(text: str) -> "Text":
    """Return a table's cell: one line, with nothing in it that a terminal obeys."""
    from rich.text import Text

    return Text(escaped(text).replace("\n", " "))


def print_table(table: "Table") -> None:
    """Print a table of `cell`s, with rich's own signs for bold and colour where there is a terminal."""
    from rich.console import Console

    sys.stdout.flush()
    Console(file=getattr(sys.stdout, "unguarded", sys.stdout)).print(table)


def _as_escapes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


codecs.register_error(_HANDLER, _as_escapes)
