"""Ids and telephone numbers across one file: who declares them, who refers to them, who has them twice."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from roster.phones import PhoneNumber
from roster.reading_tables import Table
from roster.toml_lines import TomlReading
from roster.toml_values import quoted

IdKind = Literal["municipality", "person", "supplier", "schedule", "ladder", "hotline"]

_ID: Final = re.compile(r"\w[\w.\-]{0,63}")
_RESERVED: Final = {"person": {"desk"}, "supplier": {"desk"}}


@dataclass(frozen=True, slots=True)
class _Reference:
    kind: IdKind
    id: str
    table: Table
    key: str
    number: int | None


@dataclass(frozen=True, slots=True)
class _Owner:
    kind: Literal["person", "supplier", "desk"]
    id: str
    table: Table
    key: str
    number: int | None


@dataclass(slots=True)
class Names:
    """Collects while the tables are read; `check` tells of what does not fit once all are."""

    reading: TomlReading
    _declared: dict[IdKind, dict[str, Table]] = field(default_factory=dict)
    _unsure: set[IdKind] = field(default_factory=set)
    _references: list[_Reference] = field(default_factory=list)
    _hotline_numbers: dict[PhoneNumber, str] = field(default_factory=dict)
    _phones: list[tuple[PhoneNumber, _Owner]] = field(default_factory=list)

    def declare(self, kind: IdKind, table: Table) -> str | None:
        """Return a table's own `id`, checked to be well formed and the only one of its kind."""
        declared = read_id(table)
        if declared is None:
            self._unsure.add(kind)
            return None
        table.called(declared)
        if declared in _RESERVED.get(kind, ()):
            table.problem("id", f"{quoted(declared)} is reserved", "choose another id")
        known = self._declared.setdefault(kind, {})
        if declared in known:
            table.problem("id", f"{quoted(declared)} is used twice", "give each its own id")
        elif kind == "supplier" and declared in self._declared.get("person", {}):
            table.problem("id", f"{quoted(declared)} is a person's id too", "give each its own id")
        known.setdefault(declared, table)
        return declared

    def refer(self, kind: IdKind, wanted: str, table: Table, key: str, number: int | None = None) -> None:
        """Note that a value names something that has to be in the file."""
        self._references.append(_Reference(kind, wanted, table, key, number))

    def claim_hotline(self, number: PhoneNumber, hotline_id: str, table: Table) -> None:
        """Note a hotline's number; no two may have the same."""
        first = self._hotline_numbers.setdefault(number, hotline_id)
        if first != hotline_id:
            table.problem(
                "number", f"{number} is the number of hotline {quoted(first)} too", "give each its own"
            )

    def claim_phone(
        self,
        phone: PhoneNumber,
        owner: tuple[Literal["person", "supplier", "desk"], str],
        table: Table,
        key: str,
        number: int | None = None,
    ) -> None:
        """Note a number that is dialled; it may not be a hotline's, nor two people's."""
        self._phones.append((phone, _Owner(*owner, table, key, number)))

    def check(self) -> None:
        """Tell of unknown ids and of numbers that two have."""
        if not (self.reading.incomplete or self.reading.whole_tables_lost):
            self._check_references()
        people: dict[PhoneNumber, str] = {}
        for phone, owner in self._phones:
            if phone in self._hotline_numbers:
                hotline = quoted(self._hotline_numbers[phone])
                _tell(owner, f"{phone} is the number of hotline {hotline}", "a hotline cannot ring itself")
            if owner.kind == "person" and people.setdefault(phone, owner.id) != owner.id:
                what = f"{phone} is a phone of {quoted(people[phone])} too"
                _tell(owner, what, "leave it with the one whose phone it is")

    def _check_references(self) -> None:
        for reference in self._references:
            known = self._declared.get(reference.kind, {})
            if reference.id not in known and reference.kind not in self._unsure:
                remedy = reference.table.remedy_among(reference.id, list(known))
                _tell(reference, f"there is no {reference.kind} {quoted(reference.id)}", remedy)


def read_id(table: Table) -> str | None:
    """Return a table's `id`: letters, digits, `-`, `_` and `.`, at most 64."""
    written = table.text("id", required=True)
    if written is not None and not _ID.fullmatch(written):
        table.problem("id", f"{quoted(written)} is no id", "use letters, digits, - _ and . (at most 64)")
        return None
    return written


def _tell(place: _Reference | _Owner, what: str, remedy: str) -> None:
    if place.number is None:
        place.table.problem(place.key, what, remedy)
    else:
        place.table.problem_with(place.key, place.number, what, remedy)
