"""The organisation as one JSON document, as the store keeps it: canonical, exact and quick to load.

JSON rather than the file's TOML: a web process loads it on the first request after a change, and JSON
loads some fifty times as fast. Every value is written out, defaults too, so that a stored version keeps
its meaning when a default changes; keys that an older document lacks take their default.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, TypeVar, cast

from roster.organisation import (
    Absence,
    DeskHours,
    DutyHours,
    Eve,
    Hotline,
    Ladder,
    Language,
    Layer,
    Municipality,
    OpenDay,
    Organisation,
    Override,
    Person,
    Role,
    Rotation,
    Rung,
    Schedule,
    Supplier,
    Target,
    TargetKind,
    Window,
)

FORMAT: Final = 1

Plain = dict[str, Any]

_Built = TypeVar("_Built")


def to_json(organisation: Organisation) -> str:
    """Return the organisation as its one canonical text: equal organisations give equal texts."""
    return json.dumps(_plain(organisation), ensure_ascii=False, separators=(",", ":"))


def from_json(document: str) -> Organisation:
    """Return the organisation that `to_json` wrote.

    The content is trusted: it was checked when the organisation was read.

    Raises:
        ValueError: the text is no such document, or was written by a newer version of this software.
    """
    try:
        plain = json.loads(document)
        if plain["format"] > FORMAT:
            message = "the stored organisation was written by a newer version: upgrade this software"
            raise ValueError(message)
        return _organisation(plain)
    except (KeyError, TypeError, AttributeError) as error:
        message = f"the stored organisation is damaged near {error}: import the organisation file again"
        raise ValueError(message) from error


def _plain(organisation: Organisation) -> Plain:
    return {
        "format": FORMAT,
        "timezone": organisation.timezone,
        "language": organisation.language,
        "municipalities": [
            {"id": each.id, "name": each.name, "numbers": each.numbers, "urgent": each.urgent}
            for each in organisation.municipalities
        ],
        "people": [_plain_person(each) for each in organisation.people],
        "suppliers": [
            {"id": each.id, "name": each.name, "phones": each.phones} for each in organisation.suppliers
        ],
        "schedules": [_plain_schedule(each) for each in organisation.schedules],
        "ladders": [
            {
                "id": each.id,
                "rungs": [
                    {
                        "ring": [str(target) for target in rung.ring],
                        "order": rung.order,
                        "seconds": rung.seconds,
                    }
                    for rung in each.rungs
                ],
            }
            for each in organisation.ladders
        ],
        "hotlines": [
            {
                "id": each.id,
                "number": each.number,
                "name": each.name,
                "schedule": each.schedule,
                "ladder": each.ladder,
                "language": each.language,
                "desk_number": each.desk_number,
                "repeat_minutes": each.repeat_minutes,
            }
            for each in organisation.hotlines
        ],
    }


def _plain_person(person: Person) -> Plain:
    return {
        "id": person.id,
        "name": person.name,
        "phones": person.phones,
        "email": person.email,
        "language": person.language,
        "roles": person.roles,
        "absences": [
            {"from": each.from_.isoformat(), "to": each.to.isoformat(), "reason": each.reason}
            for each in person.absences
        ],
    }


def _plain_schedule(schedule: Schedule) -> Plain:
    return {
        "id": schedule.id,
        "name": schedule.name,
        "duty": None if schedule.duty is None else _plain_duty(schedule.duty),
        "layers": [
            {
                "name": each.name,
                "people": each.people,
                "rotation": each.rotation,
                "start": each.start.isoformat(),
                "every": each.every,
                "until": None if each.until is None else each.until.isoformat(),
                "windows": [_plain_hours(window) for window in each.windows],
            }
            for each in schedule.layers
        ],
        "overrides": [
            {
                "id": each.id,
                "people": each.people,
                "start": each.start.isoformat(),
                "end": each.end.isoformat(),
                "replaces": each.replaces,
                "kind": each.kind,
            }
            for each in schedule.overrides
        ],
    }


def _plain_duty(duty: DutyHours) -> Plain:
    return {
        "desk_hours": [_plain_hours(each) for each in duty.desk_hours],
        "holidays": duty.holidays,
        "eves": [
            {"date": each.date, "easter": each.easter, "from_minute": each.from_minute} for each in duty.eves
        ],
        "open": [
            {"date": each.date, "from_minute": each.from_minute, "to_minute": each.to_minute}
            for each in duty.open
        ],
    }


def _plain_hours(hours: DeskHours | Window) -> Plain:
    return {"days": hours.days, "from_minute": hours.from_minute, "to_minute": hours.to_minute}


def _organisation(plain: Plain) -> Organisation:
    return Organisation(
        timezone=plain["timezone"],
        language=Language(plain["language"]),
        municipalities=_each(plain, "municipalities", lambda each: Municipality(**_with_tuples(each))),
        people=_each(plain, "people", _person),
        suppliers=_each(plain, "suppliers", lambda each: Supplier(**_with_tuples(each))),
        schedules=_each(plain, "schedules", _schedule),
        ladders=_each(plain, "ladders", _ladder),
        hotlines=_each(plain, "hotlines", _hotline),
    )


def _each(plain: Plain, key: str, build: Callable[[Plain], _Built]) -> tuple[_Built, ...]:
    return tuple(map(build, plain.get(key, ())))


def _with_tuples(plain: Plain) -> Plain:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}


def _person(plain: Plain) -> Person:
    values = _with_tuples(plain)
    values["language"] = Language(values["language"])
    values["roles"] = tuple(map(Role, values["roles"]))
    values["absences"] = tuple(
        Absence(from_=_day_or_instant(each["from"]), to=_day_or_instant(each["to"]), reason=each["reason"])
        for each in values["absences"]
    )
    return Person(**values)


def _day_or_instant(text: str) -> date | datetime:
    return date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else datetime.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _schedule(plain: Plain) -> Schedule:
    duty = plain["duty"]
    return Schedule(
        id=plain["id"],
        name=plain["name"],
        duty=None if duty is None else _duty(duty),
        layers=_each(plain, "layers", _layer),
        overrides=_each(plain, "overrides", _override),
    )


def _duty(plain: Plain) -> DutyHours:
    return DutyHours(
        desk_hours=_each(plain, "desk_hours", lambda each: DeskHours(**_with_tuples(each))),
        holidays=plain["holidays"],
        eves=_each(plain, "eves", lambda each: Eve(**each)),
        open=_each(plain, "open", lambda each: OpenDay(**each)),
    )


def _layer(plain: Plain) -> Layer:
    return Layer(
        **{
            **plain,
            "people": tuple(map(tuple, plain["people"])),
            "rotation": Rotation(plain["rotation"]),
            "start": _moment(plain["start"]),
            "until": _moment(plain["until"]),
            "windows": _each(plain, "windows", lambda each: Window(**_with_tuples(each))),
        }
    )


def _override(plain: Plain) -> Override:
    values = _with_tuples(plain)
    return Override(**{**values, "start": _moment(values["start"]), "end": _moment(values["end"])})


def _ladder(plain: Plain) -> Ladder:
    return Ladder(
        id=plain["id"],
        rungs=_each(
            plain,
            "rungs",
            lambda rung: Rung(
                ring=tuple(map(_target, rung["ring"])), order=rung["order"], seconds=rung["seconds"]
            ),
        ),
    )


def _target(text: str) -> Target:
    kind, _, target_id = text.partition(":")
    return Target(kind=cast("TargetKind", kind), id=target_id)


def _hotline(plain: Plain) -> Hotline:
    return Hotline(**{**plain, "language": Language(plain["language"])})
