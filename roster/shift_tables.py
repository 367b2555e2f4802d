"""Reading rosters that stand in tables: CSV files, and rows pasted from a spreadsheet.

A row says who, from when and to when; or who and which week. Days and times are written as people in Norway
write them, or as ISO 8601. What cannot be read is told by its line.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from roster.taking_in import MOST_ENTRIES, Entry, NotTaken
from roster.toml_lines import LARGEST_FILE_BYTES
from roster.wallclock import FIRST_YEAR, LAST_YEAR, to_instant

_HEADINGS: Final = {
    "from": {"from", "fra", "frå", "start", "starts", "begin", "begynner", "byrjar"},
    "to": {"to", "til", "end", "ends", "slutt", "stop"},
    "from-time": {"from time", "start time", "fra kl", "frå kl", "starttid", "kl"},
    "to-time": {"to time", "end time", "til kl", "sluttid"},
    "week": {"week", "veke", "uke"},
    "who": {"who", "person", "people", "name", "namn", "navn", "vakt", "vakthavande", "vakthavende"},
}
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_CLOCK: Final = re.compile(r"(?:kl\.? ?)?(\d{1,2})(?:[:.]?(\d{2}))?(?::\d{2})?", re.IGNORECASE)
_WEEK: Final = re.compile(
    r"(?:(?:week|veke|uke) *)?(\d{1,2})[ ./,-]+(\d{4})|(\d{4})-? *W(\d{1,2})", re.IGNORECASE
)
_DAY: Final = timedelta(days=1)


class TableReadError(Exception):
    """The bytes are no table that can be read. Caught by commands, which tell it."""


@dataclass(frozen=True, slots=True)
class TableReading:
    """The entries of a table in its order, and the rows that could not be read."""

    entries: tuple[Entry, ...]
    not_read: tuple[NotTaken, ...]


def read_table(data: bytes, *, zone: tzinfo, week_begins: int = 0) -> TableReading:
    """Return the entries of a table.

    A week begins `week_begins` minutes after its Monday 00:00, and ends where the next one begins.

    Raises:
        TableReadError: it is too large, or has no columns that say who and when.
    """
    rows = _rows(data)
    if not rows:
        message = "the table has no rows"
        raise TableReadError(message)
    columns = _columns(rows[0][1])
    if columns is not None:
        rows = rows[1:]
    elif len(rows[0][1]) in {2, 3}:
        columns = {"who": 2, "from": 0, "to": 1} if len(rows[0][1]) == 3 else {"who": 1, "week": 0}
    else:
        message = "no columns are known: head them from, to and person, or week and person"
        raise TableReadError(message)
    entries: list[Entry] = []
    not_read: list[NotTaken] = []
    for line, cells in rows:
        try:
            entries.append(_entry(line, cells, columns, zone, week_begins))
        except ValueError as error:
            not_read.append(NotTaken(f"line {line}", " | ".join(cells)[:200], str(error)))
    return TableReading(tuple(entries), tuple(not_read))


def _rows(data: bytes) -> list[tuple[int, list[str]]]:
    if len(data) > LARGEST_FILE_BYTES:
        message = f"the table is larger than {LARGEST_FILE_BYTES // 2**20} MB"
        raise TableReadError(message)
    text = _text(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max("\t;,", key=first.count)
    try:
        read = [
            (number, [cell.strip() for cell in row])
            for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), 1)
        ]
    except csv.Error as error:
        message = f"the table cannot be read ({error}): save it as CSV"
        raise TableReadError(message) from error
    rows = [(number, row) for number, row in read if any(row)]
    if len(rows) > MOST_ENTRIES:
        message = f"the table has more than {MOST_ENTRIES} rows: read it in parts"
        raise TableReadError(message)
    return rows


def _text(data: bytes) -> str:
    """Return the text of a file as spreadsheets write it: UTF-8, UTF-16 with its mark, or Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _columns(cells: Sequence[str]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        heading = cell.strip().rstrip(".:").casefold()
        for key, words in _HEADINGS.items():
            if heading in words:
                found.setdefault(key, place)
    return found if "who" in found and ({"from", "to"} <= found.keys() or "week" in found) else None


def _entry(line: int, cells: Sequence[str], columns: dict[str, int], zone: tzinfo, week_begins: int) -> Entry:
    def cell(key: str) -> str:
        place = columns.get(key)
        return cells[place] if place is not None and place < len(cells) else ""

    who = cell("who")
    if not who:
        message = "nobody is named: write who is on"
        raise ValueError(message)
    start: date
    end: date
    if "week" in columns:
        monday = _week(cell("week"))
        start, end = (
            to_instant(datetime(day.year, day.month, day.day) + timedelta(minutes=week_begins), zone)
            for day in (monday, monday + 7 * _DAY)
        )
    else:
        start = _moment(f"{cell('from')} {cell('from-time')}".strip(), zone)
        end = _moment(f"{cell('to')} {cell('to-time')}".strip(), zone)
        if isinstance(start, datetime) != isinstance(end, datetime):
            message = "one of the two has a time of day and the other has none: give both one"
            raise ValueError(message)
        if not isinstance(end, datetime):
            end += _DAY  # people write the last day, and mean it whole
    return Entry(f"line {line}", who, (), start, end)


def _week(text: str) -> date:
    match = _WEEK.fullmatch(text.strip())
    if match is not None:
        week, year = (int(match[1]), int(match[2])) if match[1] else (int(match[4]), int(match[3]))
        try:
            return date.fromisocalendar(_year(year), week, 1)
        except ValueError:
            pass
    message = f'“{text}” is no week: write it as "49 2026" or "2026-W49"'
    raise ValueError(message)


def _moment(text: str, zone: tzinfo) -> date:
    """Return a day, or an instant in UTC where a time of day is given."""
    if not text:
        message = "a time is missing: write from when and to when"
        raise ValueError(message)
    day_first, iso = _DAY_FIRST.match(text), _ISO.match(text)
    match = day_first or iso
    if match is None:
        message = f"“{text}” is no day: write it as 24.12.2026 or 2026-12-24"
        raise ValueError(message)
    numbers = [int(each) for each in match.groups()]
    day, month, year = numbers if day_first else numbers[::-1]
    year += 2000 if day_first and year < 100 else 0
    try:
        minutes = _minutes(text[match.end() :].strip(" T,"))
        found = date(_year(year), month, day)
    except ValueError:
        message = f"“{text}” is no day and time: write it as 24.12.2026 08:00 or 2026-12-24 08:00"
        raise ValueError(message) from None
    if minutes is None:
        return found
    return to_instant(datetime(year, month, day) + timedelta(minutes=minutes), zone)


def _year(year: int) -> int:
    """Return a year that has room around it; ValueError for any other."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(year)
    return year


def _minutes(clock: str) -> int | None:
    """Return a time of day in minutes from midnight, None for none; ValueError for what is no time."""
    if not clock:
        return None
    match = _CLOCK.fullmatch(clock)
    minutes = -1 if match is None else int(match[1]) * 60 + int(match[2] or 0)
    if not 0 <= minutes <= 24 * 60:
        raise ValueError(clock)
    return minutes
