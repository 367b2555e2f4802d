"""Reading the organisation file (contract section 3): everything right, or everything that is wrong.

All mistakes are told at once, each with file, line, what is wrong and what to do. Whatever bytes come
in, the outcome is an organisation or an `OrganisationError`.
"""

import re
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from roster.layers import absence_interval
from roster.organisation import (
    Absence,
    Hotline,
    Ladder,
    Language,
    Municipality,
    Organisation,
    Person,
    Role,
    Rung,
    Supplier,
    Target,
    Words,
)
from roster.phones import PhoneError, PhoneNumber, is_forbidden, parse_phone
from roster.reading_names import IdKind, Names
from roster.reading_rules import read_share, read_wishes
from roster.reading_schedules import read_schedule
from roster.reading_tables import Report, Table
from roster.toml_lines import Problem, TomlError, read_what_can_be
from roster.toml_values import quoted

LONGEST_RING_SECONDS: Final = 600

# What a machine may call a zone and what is none: the same file would mean another time elsewhere.
_NO_PLACES: Final = frozenset({"localtime", "posixrules", "Factory"})
_RANGE: Final = re.compile(r"\+[1-9][0-9]{0,14}\*", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


class OrganisationError(TomlError):
    """The file is no organisation; caught by commands and pages, which show all `problems`."""


class _Order(StrEnum):
    SIMULTANEOUS = "simultaneous"
    SEQUENTIAL = "sequential"


class _TargetKind(StrEnum):
    ON_DUTY = "on-duty"
    NEXT_ON_DUTY = "next-on-duty"
    EVERYONE = "everyone"
    PERSON = "person"
    SUPPLIER = "supplier"


_REFERS_TO: Final[dict[_TargetKind, IdKind]] = {
    _TargetKind.ON_DUTY: "schedule",
    _TargetKind.NEXT_ON_DUTY: "schedule",
    _TargetKind.EVERYONE: "schedule",
    _TargetKind.PERSON: "person",
    _TargetKind.SUPPLIER: "supplier",
}


def read_organisation(data: bytes | str, *, filename: str) -> Organisation:
    """Read an organisation file.

    Raises:
        OrganisationError: something in it is wrong; `problems` has everything, in the order of lines.
    """
    reading = read_what_can_be(data, filename=filename)
    report = Report(reading)
    organisation = None
    if reading.document.value or not reading.problems:
        organisation = _read(Table(reading.document.value, (), "", report), Names(reading))
    if report.problems or organisation is None:
        raise OrganisationError(_in_order(report.problems))
    return organisation


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.line))


def _read(root: Table, names: Names) -> Organisation | None:
    timezone = root.text("timezone", required=True)
    zone = None if timezone is None else _zone(timezone, root)
    language = root.choice("language", Language) or Language.NN
    words = _read_words(root)
    where = zone or UTC
    ranges: dict[str, str] = {}
    municipalities = [_read_municipality(each, names, ranges) for each in root.tables("municipalities")]
    people = [_read_person(each, names, language, where) for each in root.tables("people")]
    suppliers = [_read_supplier(each, names) for each in root.tables("suppliers")]
    schedules = [read_schedule(each, names, where) for each in root.tables("schedules")]
    ladders = [_read_ladder(each, names) for each in root.tables("ladders")]
    hotlines = [_read_hotline(each, names, language) for each in root.tables("hotlines")]
    root.close()
    names.check()
    if timezone is None or zone is None:
        return None
    return Organisation(
        timezone=timezone,
        language=language,
        words=words,
        municipalities=tuple(each for each in municipalities if each is not None),
        people=tuple(each for each in people if each is not None),
        suppliers=tuple(each for each in suppliers if each is not None),
        schedules=tuple(each for each in schedules if each is not None),
        ladders=tuple(each for each in ladders if each is not None),
        hotlines=tuple(each for each in hotlines if each is not None),
    )


def _read_words(root: Table) -> Words:
    table = root.table("words")
    if table is None:
        return Words()
    words = Words(table.text("ticket_system"), table.text("read_more"))
    table.close()
    return words


def _zone(timezone: str, root: Table) -> tzinfo | None:
    try:
        if timezone not in _NO_PLACES:
            return ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):
        pass
    remedy = root.remedy_among(timezone, sorted(zone for zone in available_timezones() if "/" in zone))
    root.problem("timezone", f"{quoted(timezone)} is no known time zone", remedy)
    return None


def _read_municipality(table: Table, names: Names, taken: dict[str, str]) -> Municipality | None:
    municipality_id = names.declare("municipality", table)
    name = table.text("name", required=True)
    numbers: list[str] = []
    for number, text in table.texts("numbers", unseen=True):
        read = _read_number_or_range(table, number, text)
        if read is None:
            continue
        first = taken.setdefault(read, municipality_id or "")
        if first != (municipality_id or ""):
            table.problem_with(
                "numbers", number, f"{read} is a number of {quoted(first)} too", "leave it with one of them"
            )
        numbers.append(read)
    urgent = tuple(text for _, text in table.texts("urgent"))
    table.close()
    if municipality_id is None or name is None:
        return None
    return Municipality(id=municipality_id, name=name, numbers=tuple(numbers), urgent=urgent)


def _read_number_or_range(table: Table, number: int, text: str) -> str | None:
    if "*" in text:
        compact = "".join(text.split())
        if _RANGE.fullmatch(compact) and not is_forbidden(PhoneNumber(compact.removesuffix("*"))):
            return compact
        table.problem_with(
            "numbers",
            number,
            f"{quoted(text)} is no range of numbers",
            "write + and digits, and one * at the end, for instance +475637*",
        )
        return None
    return _read_phone(table, "numbers", number, text)


def _read_phone(table: Table, key: str, number: int, text: str) -> PhoneNumber | None:
    try:
        return parse_phone(text)
    except PhoneError as error:
        table.problem_with(key, number, error.what, error.remedy)
        return None


def _read_phones(table: Table) -> list[tuple[int, PhoneNumber]]:
    read = (
        (number, _read_phone(table, "phones", number, text))
        for number, text in table.texts("phones", unseen=True)
    )
    return [(number, phone) for number, phone in read if phone is not None]


def _read_person(table: Table, names: Names, language: Language, zone: tzinfo) -> Person | None:
    person_id = names.declare("person", table)
    name = table.text("name", required=True)
    phones = _read_phones(table)
    for number, phone in phones:
        names.claim_phone(phone, ("person", person_id or table.where), table, "phones", number)
    email = table.text("email")
    if email is not None and not _EMAIL.fullmatch(email):
        table.problem("email", f"{quoted(email)} is no e-mail address", "write it as name@example.no")
    spoken = table.choice("language", Language) or language
    roles = _read_roles(table)
    absences = [_read_absence(each, zone) for each in table.tables("absences", inline=True)]
    share, wishes = read_share(table), read_wishes(table)
    table.close()
    if person_id is None or name is None:
        return None
    return Person(
        id=person_id,
        name=name,
        phones=tuple(phone for _, phone in phones),
        email=email,
        language=spoken,
        roles=roles,
        absences=tuple(each for each in absences if each is not None),
        share=share,
        wishes=wishes,
    )


def _read_roles(table: Table) -> tuple[Role, ...]:
    if not table.has("roles"):
        table.knows("roles")
        return (Role.TECHNICIAN,)
    known = [role.value for role in Role]
    roles: list[Role] = []
    for number, text in table.texts("roles"):
        if text in known:
            roles.append(Role(text))
        else:
            table.problem_with("roles", number, f"{quoted(text)} is no role", table.remedy_among(text, known))
    return tuple(dict.fromkeys(roles))


def _read_absence(table: Table, zone: tzinfo) -> Absence | None:
    gone, back = table.day_or_time("from"), table.day_or_time("to")
    reason = table.text("reason") or ""
    absence = None
    if gone is not None and back is not None:
        absence = Absence(from_=gone, to=back, reason=reason)
        begins, ends = absence_interval(absence, zone)
        if ends <= begins:
            table.problem(
                "to",
                f"{back.isoformat()} ends the absence at or before its start",
                "write a later day or time",
            )
    table.close()
    return absence


def _read_supplier(table: Table, names: Names) -> Supplier | None:
    supplier_id = names.declare("supplier", table)
    name = table.text("name", required=True)
    phones = _read_phones(table)
    for number, phone in phones:
        names.claim_phone(phone, ("supplier", supplier_id or table.where), table, "phones", number)
    table.close()
    if supplier_id is None or name is None:
        return None
    return Supplier(id=supplier_id, name=name, phones=tuple(phone for _, phone in phones))


def _read_ladder(table: Table, names: Names) -> Ladder | None:
    ladder_id = names.declare("ladder", table)
    rungs = tuple(_read_rung(each, names) for each in table.tables("rungs", required=True))
    if table.is_empty_list("rungs"):
        table.problem("rungs", "the ladder has no rung", "add [[ladders.rungs]]")
    table.close()
    return None if ladder_id is None else Ladder(id=ladder_id, rungs=rungs)


def _read_rung(table: Table, names: Names) -> Rung:
    ring: list[Target] = []
    for number, text in table.texts("ring", required=True):
        kind, colon, wanted = text.partition(":")
        known = [each.value for each in _TargetKind]
        if kind not in known:
            table.problem_with(
                "ring",
                number,
                f"{quoted(text)} is no target",
                f"write KIND:ID; {table.remedy_among(kind, known)}",
            )
        elif not colon or not wanted:
            table.problem_with("ring", number, f"{quoted(text)} names nobody", f"write {kind}:ID")
        else:
            target = _TargetKind(kind)
            names.refer(_REFERS_TO[target], wanted, table, "ring", number)
            ring.append(Target(kind=target.value, id=wanted))
    if table.is_empty_list("ring"):
        table.problem("ring", "the rung rings nobody", 'name whom it rings, for instance ["on-duty:drift"]')
    order = table.choice("order", _Order)
    seconds = table.integer("seconds", least=1, most=LONGEST_RING_SECONDS)
    table.close()
    return Rung(
        ring=tuple(ring),
        order="sequential" if order is _Order.SEQUENTIAL else "simultaneous",
        seconds=25 if seconds is None else seconds,
    )


def _read_hotline(table: Table, names: Names, language: Language) -> Hotline | None:
    hotline_id = names.declare("hotline", table)
    number = table.phone("number", required=True)
    if number is not None:
        names.claim_hotline(number, hotline_id or table.where, table)
    name = table.text("name", required=True)
    schedule, ladder = table.text("schedule", required=True), table.text("ladder", required=True)
    if schedule is not None:
        names.refer("schedule", schedule, table, "schedule")
    if ladder is not None:
        names.refer("ladder", ladder, table, "ladder")
    spoken = table.choice("language", Language) or language
    desk_number = table.phone("desk_number")
    if desk_number is not None:
        names.claim_phone(desk_number, ("desk", hotline_id or table.where), table, "desk_number")
    repeat_minutes = table.integer("repeat_minutes", least=1, most=1440)
    table.close()
    if hotline_id is None or number is None or name is None or schedule is None or ladder is None:
        return None
    return Hotline(
        id=hotline_id,
        number=number,
        name=name,
        schedule=schedule,
        ladder=ladder,
        language=spoken,
        desk_number=desk_number,
        repeat_minutes=5 if repeat_minutes is None else repeat_minutes,
    )
