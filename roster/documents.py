"""The organisation as one JSON document, as the store keeps it: canonical, exact and quick to load.

JSON rather than the file's TOML: a web process loads it on the first request after a change, and JSON
loads some fifty times as fast. Every value is written out, defaults too, so that a stored version keeps
its meaning when a default changes; keys that an older document lacks take their default.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final, TypeVar, cast

from roster.organisation import (
    Absence,
    DeskHours,
    DutyHours,
    Eve,
    FixedShift,
    Hotline,
    Ladder,
    Language,
    Layer,
    MeantGap,
    Municipality,
    OpenDay,
    Organisation,
    Override,
    Person,
    Role,
    Rotation,
    Rung,
    Schedule,
    ShiftLayer,
    Supplier,
    Target,
    TargetKind,
    Window,
    Words,
)
from roster.phones import is_forbidden
from roster.rules import NO_RULES, Cap, Rules, Wish

FORMAT: Final = 2

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
        "words": {
            "ticket_system": organisation.words.ticket_system,
            "read_more": organisation.words.read_more,
        },
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
        "share": person.share,
        "wishes": [
            {
                "from": each.from_.isoformat(),
                "to": each.to.isoformat(),
                "want": each.want,
                "reason": each.reason,
            }
            for each in person.wishes
        ],
    }


def _plain_schedule(schedule: Schedule) -> Plain:
    return {
        "id": schedule.id,
        "name": schedule.name,
        "duty": None if schedule.duty is None else _plain_duty(schedule.duty),
        "layers": [_plain_layer(each) for each in schedule.layers],
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
        "meant_gaps": [
            {
                "start": _written(each.start),
                "end": _written(each.end),
                "window": None if each.window is None else _plain_hours(each.window),
                "reason": each.reason,
            }
            for each in schedule.meant_gaps
        ],
        "rules": _plain_rules(schedule.rules),
    }


def _plain_layer(layer: Layer | ShiftLayer) -> Plain:
    if isinstance(layer, ShiftLayer):
        return {
            "name": layer.name,
            "shifts": [
                {"people": each.people, "start": each.start.isoformat(), "end": each.end.isoformat()}
                for each in layer.shifts
            ],
        }
    return {
        "name": layer.name,
        "people": layer.people,
        "rotation": layer.rotation,
        "start": layer.start.isoformat(),
        "every": layer.every,
        "until": _written(layer.until),
        "windows": [_plain_hours(window) for window in layer.windows],
    }


def _plain_rules(rules: Rules) -> Plain:
    return {
        "daily_rest": rules.daily_rest,
        "weekly_rest": rules.weekly_rest,
        "most_weeks": rules.most_weeks,
        "standby": str(rules.standby),
        "weeks_between": rules.weeks_between,
        "caps": [{"days": each.days, "most": each.most} for each in rules.caps],
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


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
        words=Words(**plain.get("words", {})),
        municipalities=_each(plain, "municipalities", lambda each: Municipality(**_with_tuples(each))),
        people=_each(plain, "people", _person),
        suppliers=_each(plain, "suppliers", lambda each: Supplier(**_dialled(_with_tuples(each)))),
        schedules=_each(plain, "schedules", _schedule),
        ladders=_each(plain, "ladders", _ladder),
        hotlines=_each(plain, "hotlines", _hotline),
    )


def _each(plain: Plain, key: str, build: Callable[[Plain], _Built]) -> tuple[_Built, ...]:
    return tuple(map(build, plain.get(key, ())))


def _with_tuples(plain: Plain) -> Plain:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}


def _dialled(values: Plain) -> Plain:
    """Leave out telephones that earlier versions took and that are never dialled."""
    return values | {"phones": tuple(phone for phone in values["phones"] if not is_forbidden(phone))}


def _person(plain: Plain) -> Person:
    values = _dialled(_with_tuples(plain))
    values["language"] = Language(values["language"])
    values["roles"] = tuple(map(Role, values["roles"]))
    values["absences"] = tuple(
        Absence(from_=_day_or_instant(each["from"]), to=_day_or_instant(each["to"]), reason=each["reason"])
        for each in values["absences"]
    )
    values["wishes"] = _each(
        plain,
        "wishes",
        lambda each: Wish(
            from_=date.fromisoformat(each["from"]),
            to=date.fromisoformat(each["to"]),
            want=each["want"],
            reason=each["reason"],
        ),
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
        meant_gaps=_each(plain, "meant_gaps", _meant_gap),
        rules=_rules(plain["rules"]) if "rules" in plain else NO_RULES,
    )


def _rules(plain: Plain) -> Rules:
    return Rules(
        **{
            **plain,
            "standby": Fraction(plain["standby"]),
            "caps": _each(plain, "caps", lambda each: Cap(**each)),
        }
    )


def _meant_gap(plain: Plain) -> MeantGap:
    window = plain["window"]
    return MeantGap(
        start=_moment(plain["start"]),
        end=_moment(plain["end"]),
        window=None if window is None else Window(**_with_tuples(window)),
        reason=plain["reason"],
    )


def _duty(plain: Plain) -> DutyHours:
    return DutyHours(
        desk_hours=_each(plain, "desk_hours", lambda each: DeskHours(**_with_tuples(each))),
        holidays=plain["holidays"],
        eves=_each(plain, "eves", lambda each: Eve(**each)),
        open=_each(plain, "open", lambda each: OpenDay(**each)),
    )


def _layer(plain: Plain) -> Layer | ShiftLayer:
    if "shifts" in plain:
        return ShiftLayer(name=plain["name"], shifts=_each(plain, "shifts", _fixed_shift))
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


def _fixed_shift(plain: Plain) -> FixedShift:
    return FixedShift(
        people=tuple(plain["people"]),
        start=datetime.fromisoformat(plain["start"]),
        end=datetime.fromisoformat(plain["end"]),
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
    desk = plain["desk_number"]
    return Hotline(
        **plain
        | {
            "language": Language(plain["language"]),
            "desk_number": None if desk is None or is_forbidden(desk) else desk,
        }
    )
