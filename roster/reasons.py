"""Why somebody is on duty at an instant, or nobody: the rules one by one, in words.

The rules are followed here at a single instant, layer by layer; the tests hold the outcome against the
timeline's at every instant they try.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from roster import phrases
from roster.desk import desk_day, is_open
from roster.history import History
from roster.holiday_names import holiday_name
from roster.layers import (
    absence_at,
    absence_interval,
    layer_end,
    open_windows,
    shift_of,
    turn_at,
)
from roster.meant_gaps import meant_gap_at
from roster.organisation import (
    Absence,
    Language,
    Layer,
    Organisation,
    Override,
    Schedule,
    ShiftLayer,
)
from roster.resolution import in_order_of_laying
from roster.spans import exchanged
from roster.wallclock import to_instant, to_wall


@dataclass(frozen=True, slots=True)
class Explanation:
    """Who is on at an instant, by which source (None: nobody, and not on purpose), and why."""

    people: tuple[str, ...]
    source: str | None
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Telling:
    """What all sentences of one explanation share."""

    history: History
    organisation: Organisation
    schedule: str
    at: datetime
    language: Language
    absence_reasons: bool

    @property
    def zone(self) -> ZoneInfo:
        return self.organisation.zone

    def say(self, key: str, **values: object) -> str:
        return phrases.sentence(key, self.language, **values)

    def when(self, instant: datetime) -> str:
        return phrases.instant_words(instant, self.zone, self.language)

    def names(self, people: Iterable[str]) -> str:
        return phrases.joined(tuple(self.name(person_id) for person_id in people), self.language)

    def name(self, person_id: str) -> str:
        person = self.organisation.person(person_id)
        return person_id if person is None else person.name


def explain(
    history: History, schedule_id: str, at: datetime, *, language: Language, absence_reasons: bool = False
) -> Explanation:
    """Return who is on a schedule at an instant (UTC), and the rules that led there, one sentence each.

    Why somebody is absent is said only with `absence_reasons`.
    """
    organisation = history.at(at)
    telling = _Telling(history, organisation, schedule_id, at, language, absence_reasons)
    said: list[str] = []
    if organisation is not history.current:
        since = next(version.since for version in history.versions if version.since > at)
        said.append(telling.say("history", since=telling.when(since)))
    schedule = organisation.schedule(schedule_id)
    if schedule is None:
        said.append(telling.say("absent-schedule", schedule=schedule_id))
        return Explanation((), None, tuple(said))
    people, source = _by_layers(schedule, telling, said)
    for override in in_order_of_laying(schedule.overrides):
        people, source = _by_override(override, people, source, telling, said)
    if source is None:
        said.extend(_nobody(schedule, telling))
    elif people:
        said.append(telling.say("result", people=telling.names(people)))
    return Explanation(people, source, tuple(said))


def _nobody(schedule: Schedule, telling: _Telling) -> Iterator[str]:
    """Say whether somebody should have been on, and what the desk has to do with it."""
    duty = schedule.duty
    if duty is not None:
        if is_open(duty, telling.zone, telling.at):
            yield telling.say("desk-open")
            return
        today = to_wall(telling.at, telling.zone).date()
        rule = desk_day(duty, today).rule
        if rule == "holiday" and duty.holidays is not None:
            yield telling.say("closed-holiday", holiday=holiday_name(duty.holidays, today, telling.language))
        else:
            yield telling.say("closed-eve" if rule == "eve" else "closed-hours")
    yield telling.say("gap")
    meant = meant_gap_at(schedule.meant_gaps, telling.zone, telling.at)
    if meant is not None:
        yield telling.say("meant-gap", reason=f": {meant.reason}" if meant.reason else "")


def _by_layers(schedule: Schedule, telling: _Telling, said: list[str]) -> tuple[tuple[str, ...], str | None]:
    if not schedule.layers:
        said.append(telling.say("no-layers"))
    for number, layer in reversed(tuple(enumerate(schedule.layers))):
        people = _by_layer(layer, telling, said)
        if people:
            if number:
                said.append(telling.say("wins", layer=layer.name))
            return people, f"layer:{layer.name}"
    return (), None


def _by_layer(layer: Layer | ShiftLayer, telling: _Telling, said: list[str]) -> tuple[str, ...]:
    """Return whom one layer puts on, saying why, or why nobody."""
    on = (
        _by_shifts(layer, telling, said) if isinstance(layer, ShiftLayer) else _by_turns(layer, telling, said)
    )
    present: list[str] = []
    for person_id in on:
        person = telling.organisation.person(person_id)
        absence = None if person is None else absence_at(person.absences, telling.zone, telling.at)
        if person is None or absence is None:
            present.append(person_id)
            continue
        said.append(_away(person.name, absence, layer, telling))
    return tuple(present)


def _by_shifts(layer: ShiftLayer, telling: _Telling, said: list[str]) -> tuple[str, ...]:
    shift = shift_of(layer, telling.zone, telling.at)
    if shift is None:
        said.append(telling.say("between-shifts", layer=layer.name))
        return ()
    start, end = (telling.when(to_instant(wall, telling.zone)) for wall in (shift.start, shift.end))
    said.append(
        telling.say("shift", layer=layer.name, start=start, end=end, people=telling.names(shift.people))
    )
    return shift.people


def _by_turns(layer: Layer, telling: _Telling, said: list[str]) -> tuple[str, ...]:
    at, zone = telling.at, telling.zone
    turn = turn_at(layer, zone, at)
    if turn is None:
        begins = to_instant(layer.start, zone)
        if at < begins:
            said.append(telling.say("not-begun", layer=layer.name, start=telling.when(begins)))
        else:
            ended = telling.when(layer_end(layer, zone))
            said.append(telling.say("ended", layer=layer.name, until=ended))
        return ()
    if layer.windows and not any(
        opens <= at < closes for opens, closes in open_windows(layer.windows, zone, at, at)
    ):
        said.append(telling.say("outside-windows", layer=layer.name))
        return ()
    said.append(
        telling.say(
            "turn",
            layer=layer.name,
            unit=phrases.rotation_unit(layer.rotation, telling.language),
            number=turn.number + 1,
            begun=phrases.day_words(layer.start, telling.language),
            start=telling.when(turn.start),
            end=telling.when(turn.end),
            people=telling.names(turn.people),
        )
    )
    return turn.people


def _away(name: str, absence: Absence, layer: Layer | ShiftLayer, telling: _Telling) -> str:
    reason = f" ({absence.reason})" if absence.reason and telling.absence_reasons else ""
    shared = {"person": name, "reason": reason, "layer": layer.name}
    if isinstance(absence.from_, datetime) or isinstance(absence.to, datetime):
        gone, back = absence_interval(absence, telling.zone)
        return telling.say("away", start=telling.when(gone), end=telling.when(back), **shared)
    first, last = (phrases.day_words(day, telling.language) for day in (absence.from_, absence.to))
    return telling.say("away-days", start=first, last=last, **shared)


def _by_override(
    override: Override,
    people: tuple[str, ...],
    source: str | None,
    telling: _Telling,
    said: list[str],
) -> tuple[tuple[str, ...], str | None]:
    """Return who is on once an override or swap is laid over, saying what it does."""
    start, end = to_instant(override.start, telling.zone), to_instant(override.end, telling.zone)
    if not start <= telling.at < end:
        return people, source
    kind = override.kind
    spoken = {"id": override.id, "start": telling.when(start), "end": telling.when(end)}
    if override.replaces is None:
        key = kind if override.people else f"{kind}-nobody"
        said.append(
            telling.say(key, people=telling.names(override.people), **spoken) + _entered(override, telling)
        )
        return override.people, override.source
    replaced = telling.name(override.replaces)
    if override.replaces not in people:
        said.append(telling.say(f"{kind}-idle", replaced=replaced, **spoken))
        return people, source
    replacing = telling.say(
        f"{kind}-replaces", people=telling.names(override.people), replaced=replaced, **spoken
    )
    said.append(replacing + _entered(override, telling))
    return exchanged(people, override.replaces, override.people), override.source


def _entered(override: Override, telling: _Telling) -> str:
    """Say when an override was entered and by whom, as far as the history knows."""
    version = telling.history.entered(telling.schedule, override, telling.at)
    if version is None:
        return ""
    by = "" if version.by is None else telling.say("entered-by", by=version.by)
    day = phrases.day_words(to_wall(version.since, telling.zone), telling.language)
    return " " + telling.say("entered", since=day, by=by)
