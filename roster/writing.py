"""Writing an organisation as its file: text that reads back to an equal organisation.

What has its default value is left out, so that a file stays as short as people write it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from roster.organisation import (
    EVERY_DAY,
    MINUTES_IN_DAY,
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
    Schedule,
    ShiftLayer,
    Supplier,
    Window,
    Words,
)
from roster.rules import NO_RULES, Rules, Wish

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}

Lines = list[str]


def write_organisation(organisation: Organisation) -> str:
    """Return the organisation file; `read_organisation` makes an equal organisation of it."""
    lines = [f"timezone = {_text(organisation.timezone)}", f"language = {_text(organisation.language)}"]
    lines += _words(organisation.words)
    for municipality in organisation.municipalities:
        lines += ["", "[[municipalities]]", *_municipality(municipality)]
    for person in organisation.people:
        lines += ["", "[[people]]", *_person(person, organisation.language)]
    for supplier in organisation.suppliers:
        lines += ["", "[[suppliers]]", *_supplier(supplier)]
    for schedule in organisation.schedules:
        lines += ["", "[[schedules]]", *_schedule(schedule)]
    for ladder in organisation.ladders:
        lines += ["", "[[ladders]]", *_ladder(ladder)]
    for hotline in organisation.hotlines:
        lines += ["", "[[hotlines]]", *_hotline(hotline, organisation.language)]
    return "\n".join(lines) + "\n"


def _words(words: Words) -> Lines:
    known = {"ticket_system": words.ticket_system, "read_more": words.read_more}
    written = [f"{key} = {_text(value)}" for key, value in known.items() if value is not None]
    return [f"words = {{ {', '.join(written)} }}"] if written else []


def clock(minute: int) -> str:
    """Return a time of day as the file writes it: `08:00`, `24:00`."""
    hours, minutes = divmod(minute, 60)
    return f"{hours:02}:{minutes:02}"


def _text(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(each) or _character(each) for each in text) + '"'


def _character(character: str) -> str:
    return f"\\u{ord(character):04x}" if character < " " or character == "\x7f" else character


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(_text(text) for text in texts) + "]"


def _moment(moment: date | datetime) -> str:
    return moment.isoformat()


def _tables(key: str, tables: Sequence[str]) -> Lines:
    """Return a list of inline tables: on one line, or one a line where there are several."""
    if not tables:
        return []
    if len(tables) == 1:
        return [f"{key} = [{tables[0]}]"]
    return [f"{key} = [", *(f"  {table}," for table in tables), "]"]


def _inline(*pairs: str) -> str:
    return "{ " + ", ".join(pair for pair in pairs if pair) + " }"


def _municipality(municipality: Municipality) -> Lines:
    lines = [f"id = {_text(municipality.id)}", f"name = {_text(municipality.name)}"]
    if municipality.numbers:
        lines.append(f"numbers = {_list(municipality.numbers)}")
    if municipality.urgent:
        lines += ["urgent = [", *(f"  {_text(incident)}," for incident in municipality.urgent), "]"]
    return lines


def _person(person: Person, default: Language) -> Lines:
    lines = [f"id = {_text(person.id)}", f"name = {_text(person.name)}", f"phones = {_list(person.phones)}"]
    if person.email is not None:
        lines.append(f"email = {_text(person.email)}")
    if person.language is not default:
        lines.append(f"language = {_text(person.language)}")
    if person.roles != (Role.TECHNICIAN,):
        lines.append(f"roles = {_list(person.roles)}")
    lines += _tables("absences", [_absence(absence) for absence in person.absences])
    if person.share != 1:
        lines.append(f"share = {person.share!r}")
    return lines + _tables("wishes", [_wish(wish) for wish in person.wishes])


def _wish(wish: Wish) -> str:
    want = f"want = {_text(wish.want)}" if wish.want != "off" else ""
    return _inline(f"from = {_moment(wish.from_)}", f"to = {_moment(wish.to)}", want, _reason(wish.reason))


def _reason(reason: str) -> str:
    return f"reason = {_text(reason)}" if reason else ""


def _absence(absence: Absence) -> str:
    return _inline(f"from = {_moment(absence.from_)}", f"to = {_moment(absence.to)}", _reason(absence.reason))


def _supplier(supplier: Supplier) -> Lines:
    return [
        f"id = {_text(supplier.id)}",
        f"name = {_text(supplier.name)}",
        f"phones = {_list(supplier.phones)}",
    ]


def _schedule(schedule: Schedule) -> Lines:
    lines = [f"id = {_text(schedule.id)}", f"name = {_text(schedule.name)}"]
    lines += _tables("meant_gaps", [_meant_gap(meant) for meant in schedule.meant_gaps])
    if schedule.duty is not None:
        lines += ["", "  [schedules.duty]", *_indented(_duty(schedule.duty))]
    if schedule.rules != NO_RULES:
        lines += ["", "  [schedules.rules]", *_indented(_rules(schedule.rules))]
    for layer in schedule.layers:
        lines += ["", "  [[schedules.layers]]", *_indented(_layer(layer))]
    for override in schedule.overrides:
        lines += ["", "  [[schedules.overrides]]", *_indented(_override(override))]
    return lines


def _meant_gap(meant: MeantGap) -> str:
    if meant.window is not None:
        pairs = _hours_pairs(meant.window)
        return _inline(*(pairs if any(pairs) else ['from = "00:00"']), _reason(meant.reason))
    once = [f"{key} = {_moment(at)}" for key, at in (("start", meant.start), ("end", meant.end)) if at]
    return _inline(*once, _reason(meant.reason))


def _rules(rules: Rules) -> Lines:
    lines: Lines = []
    if rules.daily_rest != NO_RULES.daily_rest:
        lines.append(f"daily_rest = {rules.daily_rest}")
    if rules.weekly_rest != NO_RULES.weekly_rest:
        lines.append(f"weekly_rest = {rules.weekly_rest}")
    if rules.most_weeks != NO_RULES.most_weeks:
        lines.append(f"most_weeks = {rules.most_weeks!r}")
    if rules.standby != NO_RULES.standby:
        lines.append(f'standby = "{rules.standby.numerator}/{rules.standby.denominator}"')
    if rules.weeks_between:
        lines.append(f"weeks_between = {rules.weeks_between}")
    return lines + _tables("caps", [f"{{ days = {cap.days}, most = {cap.most} }}" for cap in rules.caps])


def _indented(lines: Lines) -> Lines:
    return [f"  {line}" for line in lines]


def _duty(duty: DutyHours) -> Lines:
    holidays = [] if duty.holidays is None else [f"holidays = {_text(duty.holidays)}"]
    return [
        *_tables("desk_hours", [_hours(hours) for hours in duty.desk_hours]),
        *holidays,
        *_tables("eves", [_eve(eve) for eve in duty.eves]),
        *_tables("open", [_open_day(day) for day in duty.open]),
    ]


def _hours(hours: DeskHours | Window) -> str:
    pairs = _hours_pairs(hours)
    return _inline(*pairs) if any(pairs) else "{}"


def _hours_pairs(hours: DeskHours | Window) -> list[str]:
    return [
        "" if hours.days == EVERY_DAY else f"days = {_list(WEEKDAYS[day] for day in hours.days)}",
        "" if hours.from_minute == 0 else f"from = {_text(clock(hours.from_minute))}",
        "" if hours.to_minute == MINUTES_IN_DAY else f"to = {_text(clock(hours.to_minute))}",
    ]


def _eve(eve: Eve) -> str:
    return _inline(
        "" if eve.date is None else f"date = {_text(eve.date)}",
        "" if eve.easter is None else f"easter = {eve.easter}",
        "" if eve.from_minute is None else f"from = {_text(clock(eve.from_minute))}",
    )


def _open_day(day: OpenDay) -> str:
    return _inline(
        f"date = {_text(day.date)}",
        f"from = {_text(clock(day.from_minute))}",
        f"to = {_text(clock(day.to_minute))}",
    )


def _layer(layer: Layer | ShiftLayer) -> Lines:
    if isinstance(layer, ShiftLayer):
        shifts = [_fixed_shift(shift) for shift in layer.shifts]
        return [f"name = {_text(layer.name)}", *(_tables("shifts", shifts) or ["shifts = []"])]
    lines = [
        f"name = {_text(layer.name)}",
        f"people = {_list('+'.join(turn) for turn in layer.people)}",
        f"rotation = {_text(layer.rotation)}",
    ]
    if layer.every != 1:
        lines.append(f"every = {layer.every}")
    lines.append(f"start = {_moment(layer.start)}")
    if layer.until is not None:
        lines.append(f"until = {_moment(layer.until)}")
    return lines + _tables("windows", [_hours(window) for window in layer.windows])


def _fixed_shift(shift: FixedShift) -> str:
    return _inline(
        f"people = {_list(shift.people)}", f"start = {_moment(shift.start)}", f"end = {_moment(shift.end)}"
    )


def _override(override: Override) -> Lines:
    lines = [f"id = {_text(override.id)}", f"people = {_list(override.people)}"]
    if override.replaces is not None:
        lines.append(f"replaces = {_text(override.replaces)}")
    if override.kind != "override":
        lines.append(f"kind = {_text(override.kind)}")
    return [*lines, f"start = {_moment(override.start)}", f"end = {_moment(override.end)}"]


def _ladder(ladder: Ladder) -> Lines:
    lines = [f"id = {_text(ladder.id)}"]
    for rung in ladder.rungs:
        lines += ["", "  [[ladders.rungs]]", f"  ring = {_list(str(target) for target in rung.ring)}"]
        if rung.order != "simultaneous":
            lines.append(f"  order = {_text(rung.order)}")
        lines.append(f"  seconds = {rung.seconds}")
    return lines


def _hotline(hotline: Hotline, default: Language) -> Lines:
    lines = [
        f"id = {_text(hotline.id)}",
        f"number = {_text(hotline.number)}",
        f"name = {_text(hotline.name)}",
        f"schedule = {_text(hotline.schedule)}",
        f"ladder = {_text(hotline.ladder)}",
    ]
    if hotline.language is not default:
        lines.append(f"language = {_text(hotline.language)}")
    if hotline.desk_number is not None:
        lines.append(f"desk_number = {_text(hotline.desk_number)}")
    if hotline.repeat_minutes != Hotline.__dataclass_fields__["repeat_minutes"].default:
        lines.append(f"repeat_minutes = {hotline.repeat_minutes}")
    return lines
