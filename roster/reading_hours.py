"""Reading hours: windows of the week, and the duty hours with desk hours, eves and odd days (contract 3)."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from roster.desk import is_date
from roster.holiday_names import is_known_country, known_countries
from roster.organisation import EVERY_DAY, MINUTES_IN_DAY, DeskHours, DutyHours, Eve, OpenDay, Window
from roster.reading_tables import Table
from roster.toml_values import described, quoted

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_WEEK_MINUTES: Final = 7 * MINUTES_IN_DAY


def read_windows(table: Table) -> tuple[Window, ...]:
    """Read the windows of a layer; those that overlap are told of."""
    windows: list[tuple[int, Window]] = []
    for number, each in enumerate(table.tables("windows", inline=True)):
        days, opens, closes = read_days(each), read_clock(each, "from"), read_clock(each, "to")
        each.close()
        if days is not None and opens is not None and closes is not None:
            windows.append((number, Window(days=days, from_minute=opens, to_minute=closes)))
    _check_overlaps(table, windows)
    return tuple(window for _, window in windows)


def _check_overlaps(table: Table, windows: Sequence[tuple[int, Window]]) -> None:
    """Tell of windows of one layer that overlap, by the minutes of the week."""
    stretches: list[tuple[int, int, int]] = []
    for number, window in windows:
        length = (window.to_minute - window.from_minute) % MINUTES_IN_DAY or MINUTES_IN_DAY
        for day in window.days:
            begins = day * MINUTES_IN_DAY + window.from_minute
            ends = begins + length
            stretches.append((begins, min(ends, _WEEK_MINUTES), number))
            if ends > _WEEK_MINUTES:
                stretches.append((0, ends - _WEEK_MINUTES, number))
    stretches.sort()
    told: set[tuple[int, int]] = set()
    reaches, holder = 0, -1
    for begins, ends, number in stretches:
        if begins < reaches and holder != number:
            pair = (min(holder, number), max(holder, number))
            if pair not in told:
                told.add(pair)
                table.problem_with(
                    "windows",
                    pair[1],
                    f"it overlaps windows[{pair[0]}] of the same layer",
                    "make them meet or keep them apart",
                )
        if ends > reaches:
            reaches, holder = ends, number


def read_duty(table: Table) -> DutyHours:
    """Read `[schedules.duty]`."""
    desk_hours: list[DeskHours] = []
    for each in table.tables("desk_hours", inline=True):
        days, opens, closes = read_days(each), read_clock(each, "from"), read_clock(each, "to")
        each.close()
        if days is not None and opens is not None and closes is not None:
            desk_hours.append(DeskHours(days=days, from_minute=opens, to_minute=closes))
    holidays = table.text("holidays")
    if holidays is not None and not is_known_country(holidays):
        remedy = table.remedy_among(holidays.upper(), known_countries())
        table.problem("holidays", f"no public holidays are known for {quoted(holidays)}", remedy)
    eves = tuple(eve for each in table.tables("eves", inline=True) if (eve := _read_eve(each)) is not None)
    odd = tuple(
        day for each in table.tables("open", inline=True) if (day := _read_open_day(each)) is not None
    )
    table.close()
    return DutyHours(desk_hours=tuple(desk_hours), holidays=holidays, eves=eves, open=odd)


def _read_eve(table: Table) -> Eve | None:
    both = table.has("date") and table.has("easter")
    neither = not (table.has("date") or table.has("easter"))
    day = _read_date(table) if table.has("date") else None
    easter = table.integer("easter", least=-366, most=366)
    closes = read_clock(table, "from") if table.has("from") else None
    table.knows("date", "from")
    if both or neither:
        table.problem(
            "",
            f"an eve with {'both' if both else 'neither'} date {'and' if both else 'nor'} easter",
            "give it one of the two",
        )
    table.close()
    if both or (day is None and easter is None):
        return None
    return Eve(date=day, easter=easter, from_minute=closes)


def _read_open_day(table: Table) -> OpenDay | None:
    day = _read_date(table)
    opens, closes = read_clock(table, "from", required=True), read_clock(table, "to", required=True)
    if opens is not None and closes is not None and closes <= opens:
        table.problem("to", "the desk closes before it opens", "write a later time, 24:00 at most")
    table.close()
    if day is None or opens is None or closes is None:
        return None
    return OpenDay(date=day, from_minute=opens, to_minute=closes)


def _read_date(table: Table) -> str | None:
    """Return `MM-DD` or `YYYY-MM-DD`; an unquoted date of the file is taken as the latter."""
    written = table.value("date", required=True)
    if written is None:
        return None
    if isinstance(written, date) and not isinstance(written, datetime):
        return written.isoformat()
    if isinstance(written, str) and is_date(written):
        return written
    what = quoted(written) if isinstance(written, str) else described(written)
    table.problem(
        "date", f"{what} is no possible date", 'write "12-24" for every year, or "2026-12-24" for once'
    )
    return None


def read_days(table: Table) -> tuple[int, ...] | None:
    """Return weekdays in order, every day where they are left out; None when they are told of."""
    if not table.has("days"):
        table.knows("days")
        return EVERY_DAY
    days: list[int] = []
    for number, name in table.texts("days"):
        if name not in _WEEKDAYS:
            table.problem_with(
                "days", number, f"{quoted(name)} is no weekday", table.remedy_among(name.lower(), _WEEKDAYS)
            )
        elif _WEEKDAYS.index(name) in days:
            table.problem_with("days", number, f"{quoted(name)} is named twice", "name each weekday once")
        else:
            days.append(_WEEKDAYS.index(name))
    if table.is_empty_list("days"):
        table.problem("days", "no weekday is named", "leave days out for every day")
    return tuple(sorted(days)) or None


def read_clock(table: Table, key: str, *, required: bool = False) -> int | None:
    """Return a time of day in minutes; left out it is 00:00 for `from` and 24:00 for `to`."""
    if not table.has(key) and not required:
        table.knows(key)
        return 0 if key == "from" else MINUTES_IN_DAY
    written = table.value(key, required=required)
    if written is None:
        return None
    match = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    if match is not None:
        return int(match[1]) * 60 + int(match[2])
    if written == "24:00" and key == "to":
        return MINUTES_IN_DAY
    what = quoted(written) if isinstance(written, str) else described(written)
    latest = "24:00" if key == "to" else "23:59"
    table.problem(key, f"{what} is no time of day", f'write it as text from "00:00" to "{latest}"')
    return None
