"""What changed between two organisations, in lines that a person reads before saying yes."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeVar

from roster.organisation import (
    EVERY_DAY,
    MINUTES_IN_DAY,
    Absence,
    DeskHours,
    DutyHours,
    Eve,
    FixedShift,
    Layer,
    MeantGap,
    OpenDay,
    Organisation,
    Override,
    Rung,
    Schedule,
    ShiftLayer,
    Window,
)
from roster.rules import NO_RULES, Rules, Wish
from roster.writing import WEEKDAYS, clock

Sign = Literal["+", "-", "~"]
Named = tuple[str, dict[str, str]]

_NOTHING: Final = "(nothing)"
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: `+` new, `-` gone, `~` changed; what it is about, and how."""

    sign: Sign
    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.sign} {self.what}: {self.detail}" if self.detail else f"{self.sign} {self.what}"


def differences(old: Organisation | None, new: Organisation) -> tuple[Difference, ...]:
    """Return what differs, in the order of the file; nothing when the organisations are equal.

    With no old organisation everything is new.
    """
    if old == new:
        return ()
    before = {} if old is None else dict(_described(old))
    after = dict(_described(new))
    found: list[Difference] = []
    for what, values in before.items():
        if what not in after:
            found.append(Difference("-", what, _summary(values)))
    for what, values in after.items():
        if what not in before:
            found.append(Difference("+", what, _summary(values)))
            continue
        earlier = before[what]
        found.extend(
            Difference("~", what, f"{key}: {earlier.get(key, _NOTHING)} → {values.get(key, _NOTHING)}")
            for key in dict.fromkeys((*earlier, *values))
            if earlier.get(key) != values.get(key)
        )
    return (*found, *_moved(before, after))


def _moved(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> Iterator[Difference]:
    """Tell of a new order, which decides precedence among layers and overrides."""
    kept_before = [what for what in before if what in after]
    kept_after = [what for what in after if what in before]
    if kept_before != kept_after:
        first = next(now for was, now in zip(kept_before, kept_after, strict=True) if was != now)
        yield Difference("~", "order", f"changed, from {first} on")


def _summary(values: dict[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _described(organisation: Organisation) -> Iterator[Named]:
    """Yield everything that has a name of its own, with its values in words; names occur once."""
    yield (
        "organisation",
        _filled(
            {
                "timezone": organisation.timezone,
                "language": organisation.language,
                "words.ticket_system": organisation.words.ticket_system or "",
                "words.read_more": organisation.words.read_more or "",
            }
        ),
    )
    for municipality in organisation.municipalities:
        values = {"name": municipality.name, "numbers": _listed(municipality.numbers)}
        yield (
            f"municipality {municipality.id}",
            _filled({**values, "urgent": _each(municipality.urgent, _quoted)}),
        )
    for person in organisation.people:
        yield (
            f"person {person.id}",
            _filled(
                {
                    "name": person.name,
                    "phones": _listed(person.phones),
                    "email": person.email or "",
                    "language": person.language,
                    "roles": _listed(person.roles),
                    "absences": _each(person.absences, _absence),
                    "share": "" if person.share == 1 else str(person.share),
                    "wishes": _each(person.wishes, _wish),
                }
            ),
        )
    for supplier in organisation.suppliers:
        yield f"supplier {supplier.id}", _filled({"name": supplier.name, "phones": _listed(supplier.phones)})
    for schedule in organisation.schedules:
        yield from _schedule(schedule)
    for ladder in organisation.ladders:
        yield f"ladder {ladder.id}", {"rungs": _each(ladder.rungs, _rung)}
    for hotline in organisation.hotlines:
        yield (
            f"hotline {hotline.id}",
            _filled(
                {
                    "number": hotline.number,
                    "name": hotline.name,
                    "schedule": hotline.schedule,
                    "ladder": hotline.ladder,
                    "language": hotline.language,
                    "desk_number": hotline.desk_number or "",
                    "repeat_minutes": str(hotline.repeat_minutes),
                }
            ),
        )


def _schedule(schedule: Schedule) -> Iterator[Named]:
    more = {"meant_gaps": _each(schedule.meant_gaps, _meant_gap), "rules": _rules(schedule.rules)}
    yield f"schedule {schedule.id}", {"name": schedule.name, **_duty(schedule.duty), **_filled(more)}
    for layer in schedule.layers:
        yield f"layer {layer.name} of {schedule.id}", _layer(layer)
    for override in schedule.overrides:
        yield f"override {override.id} of {schedule.id}", _override(override)


def _duty(duty: DutyHours | None) -> dict[str, str]:
    if duty is None:
        return {"duty": "always"}
    return _filled(
        {
            "duty": "outside desk hours",
            "desk_hours": _each(duty.desk_hours, _hours),
            "holidays": duty.holidays or "",
            "eves": _each(duty.eves, _eve),
            "open": _each(duty.open, _open_day),
        }
    )


def _rules(rules: Rules) -> str:
    """Return the rules that are not as they are by default."""
    caps = ", ".join(f"{cap.most} in {cap.days} days" for cap in rules.caps)
    values = {
        "daily_rest": (rules.daily_rest, NO_RULES.daily_rest),
        "weekly_rest": (rules.weekly_rest, NO_RULES.weekly_rest),
        "most_weeks": (rules.most_weeks, NO_RULES.most_weeks),
        "standby": (rules.standby, NO_RULES.standby),
        "weeks_between": (rules.weeks_between, NO_RULES.weeks_between),
        "caps": (caps, ""),
    }
    return "; ".join(f"{key} {value}" for key, (value, default) in values.items() if value != default)


def _layer(layer: Layer | ShiftLayer) -> dict[str, str]:
    if isinstance(layer, ShiftLayer):
        return {"shifts": _each(layer.shifts, _fixed_shift) or "none"}
    return _filled(
        {
            "people": _listed(tuple("+".join(turn) for turn in layer.people)),
            "rotation": layer.rotation + (f", every {layer.every}" if layer.every != 1 else ""),
            "start": _moment(layer.start),
            "until": "" if layer.until is None else _moment(layer.until),
            "windows": _each(layer.windows, _hours),
        }
    )


def _override(override: Override) -> dict[str, str]:
    return _filled(
        {
            "people": _listed(override.people) or "nobody, on purpose",
            "replaces": override.replaces or "",
            "kind": override.kind,
            "from": _moment(override.start),
            "to": _moment(override.end),
        }
    )


def _filled(values: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts)


def _each(items: Sequence[_Item], describe: Callable[[_Item], str]) -> str:
    return "; ".join(describe(item) for item in items)


def _quoted(text: str) -> str:
    """Quote a free text, so that where it ends is plain."""
    return json.dumps(text, ensure_ascii=False)


def _moment(moment: date) -> str:
    return moment.isoformat().replace("T", " ").removesuffix(":00")


def _absence(absence: Absence) -> str:
    reason = f" ({_quoted(absence.reason)})" if absence.reason else ""
    return f"{_moment(absence.from_)} to {_moment(absence.to)}{reason}"


def _wish(wish: Wish) -> str:
    reason = f" ({_quoted(wish.reason)})" if wish.reason else ""
    return f"{wish.want} {_moment(wish.from_)} to {_moment(wish.to)}{reason}"


def _fixed_shift(shift: FixedShift) -> str:
    return f"{'+'.join(shift.people)} {_moment(shift.start)} to {_moment(shift.end)}"


def _meant_gap(meant: MeantGap) -> str:
    reason = f" ({_quoted(meant.reason)})" if meant.reason else ""
    if meant.window is not None:
        return f"{_hours(meant.window)}{reason}"
    return " to ".join(_moment(each) for each in (meant.start, meant.end) if each is not None) + reason


def _hours(hours: DeskHours | Window) -> str:
    days = "every day" if hours.days == EVERY_DAY else ", ".join(WEEKDAYS[day] for day in hours.days)
    if hours.from_minute == 0 and hours.to_minute == MINUTES_IN_DAY:
        return days
    return f"{days} {clock(hours.from_minute)}-{clock(hours.to_minute)}"


def _eve(eve: Eve) -> str:
    day = eve.date if eve.date is not None else f"Easter {eve.easter:+d}"
    return day if eve.from_minute is None else f"{day} from {clock(eve.from_minute)}"


def _open_day(day: OpenDay) -> str:
    return f"{day.date} {clock(day.from_minute)}-{clock(day.to_minute)}"


def _rung(rung: Rung) -> str:
    return f"{' and '.join(str(target) for target in rung.ring)}, {rung.order}, {rung.seconds} s"
