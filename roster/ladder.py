"""Whom a rung rings at an instant: its targets turned into people and suppliers with telephones.

Contract section 3, Ladders, and section 5.4: the absent and those without a phone are skipped, each with
a reason. Somebody on duty is rung even when absent: only an override can have put them there, on purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from roster.ahead import names_once_settled, periods_ahead, settled_from
from roster.history import History, as_history
from roster.layers import absence_at
from roster.on_duty import people_on
from roster.organisation import Language, Organisation, Rung, Target
from roster.phones import PhoneNumber
from roster.timeline import UnknownScheduleError
from roster.wallclock import as_utc

CalleeKind = Literal["person", "supplier"]
SkipReason = Literal["no-phone", "absent", "unknown"]


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to ring: phones in the order in which they are tried, and the language to speak."""

    kind: CalleeKind
    id: str
    name: str
    phones: tuple[PhoneNumber, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class Skipped:
    """Somebody who is not rung, and why: `no-phone`, `absent`, or `unknown` (no longer in the file)."""

    id: str
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class RungTargets:
    """Whom a rung rings, in order and nobody twice, and who is skipped."""

    targets: tuple[Callee, ...]
    skipped: tuple[Skipped, ...]


def resolve_rung(source: History | Organisation, rung: Rung, at: datetime) -> RungTargets:
    """Return whom a rung rings at an aware instant. A target that names nobody leaves nothing.

    Raises:
        ValueError: `at` is naive.
    """
    history = as_history(source)
    at = as_utc(at)
    organisation = history.at(at)
    callees: dict[tuple[CalleeKind, str], Callee] = {}
    skipped: dict[str, Skipped] = {}
    for target in rung.ring:
        for kind, callee_id in _named(history, target, at):
            found = _callee(organisation, kind, callee_id, at, absent_too=target.kind == "on-duty")
            if isinstance(found, Callee):
                callees.setdefault((kind, callee_id), found)
            else:
                skipped.setdefault(callee_id, found)
    rung_ids = {callee_id for _, callee_id in callees}
    return RungTargets(
        targets=tuple(callees.values()),
        skipped=tuple(each for each in skipped.values() if each.id not in rung_ids),
    )


def next_on_duty(source: History | Organisation, schedule_id: str, at: datetime) -> tuple[str, ...]:
    """Return the next different person to come on after an aware instant who is not absent at that instant.

    In a gap: who comes on next and is not absent. Several when they come on together; empty when nobody
    different who could be rung ever comes on.

    Raises:
        UnknownScheduleError: no version has the schedule.
        ValueError: `at` is naive.
    """
    history = as_history(source)
    at = as_utc(at)
    organisation = history.at(at)
    passed_over = {*people_on(history, schedule_id, at), *_absent(organisation, at)}
    settled = settled_from(history, schedule_id)
    for _, end, people in periods_ahead(history, schedule_id, at):
        others = tuple(person_id for person_id in people if person_id not in passed_over)
        if others:
            return others
        if end >= settled and names_once_settled(history, schedule_id) <= passed_over:
            return ()
    return ()


def _absent(organisation: Organisation, at: datetime) -> Iterator[str]:
    """Yield who is absent at an instant, and so cannot be rung then however soon they come on."""
    for person in organisation.people:
        if absence_at(person.absences, organisation.zone, at) is not None:
            yield person.id


def _named(history: History, target: Target, at: datetime) -> Iterator[tuple[CalleeKind, str]]:
    """Yield whom one target names; a schedule that is not in the file names nobody."""
    match target.kind:
        case "person" | "supplier":
            yield target.kind, target.id
        case "everyone":
            schedule = history.at(at).schedule(target.id)
            for layer in () if schedule is None else schedule.layers:
                yield from (("person", person_id) for person_id in layer.named)
        case "on-duty" | "next-on-duty":
            look_up = people_on if target.kind == "on-duty" else next_on_duty
            try:
                people = look_up(history, target.id, at)
            except UnknownScheduleError:
                return
            yield from (("person", person_id) for person_id in people)
        case unknown:
            assert_never(unknown)


def _callee(
    organisation: Organisation, kind: CalleeKind, callee_id: str, at: datetime, *, absent_too: bool
) -> Callee | Skipped:
    match kind:
        case "supplier":
            supplier = organisation.supplier(callee_id)
            if supplier is None:
                return Skipped(callee_id, "unknown")
            if not supplier.phones:
                return Skipped(callee_id, "no-phone")
            return Callee(kind, callee_id, supplier.name, supplier.phones, organisation.language)
        case "person":
            person = organisation.person(callee_id)
            if person is None:
                return Skipped(callee_id, "unknown")
            if not absent_too and absence_at(person.absences, organisation.zone, at) is not None:
                return Skipped(callee_id, "absent")
            if not person.phones:
                return Skipped(callee_id, "no-phone")
            return Callee(kind, callee_id, person.name, person.phones, person.language)
        case unknown:
            assert_never(unknown)
