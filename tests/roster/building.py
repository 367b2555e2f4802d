"""Short ways to write organisations and timelines in tests."""

from datetime import datetime

from roster.history import History
from roster.organisation import Layer, Organisation
from roster.reading import read_organisation
from roster.timeline import build_timeline
from roster.wallclock import local, parse_instant

PEOPLE = {"kari": "+4790000001", "ola": "+4790000002", "siri": "+4790000003", "per": "+4790000004"}


def organisation(
    schedule: str = "", *, timezone: str = "Europe/Oslo", top: str = "", people: str = "", **extra: str
) -> Organisation:
    """Read an organisation of four people and the schedule `s`; `extra` gives a person more lines."""
    known = "".join(
        f'[[people]]\nid = "{each}"\nname = "{each.capitalize()}"\nphones = ["{phone}"]\n{extra.get(each, "")}\n'
        for each, phone in PEOPLE.items()
    )
    text = f'timezone = "{timezone}"\n{top}\n{known}\n{people}\n[[schedules]]\nid = "s"\nname = "Duty"\n{schedule}'
    return read_organisation(text, filename="organisation.toml")


def layer(people: str, rotation: str, start: str, more: str = "", *, name: str = "L") -> str:
    """Write a layer; `people` are turns separated by commas."""
    turns = ", ".join(f'"{turn}"' for turn in people.split(","))
    return f'[[schedules.layers]]\nname = "{name}"\npeople = [{turns}]\nrotation = "{rotation}"\nstart = {start}\n{more}\n'


def rotation_of(org: Organisation) -> Layer:
    """Return the first layer of the first schedule, which is a rotation."""
    first = org.schedules[0].layers[0]
    assert isinstance(first, Layer)
    return first


def override(override_id: str, people: str, start: str, end: str, more: str = "") -> str:
    """Write an override; `people` are ids separated by commas, or nothing."""
    listed = ", ".join(f'"{each}"' for each in people.split(",") if each)
    return f'[[schedules.overrides]]\nid = "{override_id}"\npeople = [{listed}]\nstart = {start}\nend = {end}\n{more}\n'


def at(text: str, source: Organisation | History) -> datetime:
    """Read an instant as the command line does: wall clock where it has no offset."""
    current = source.current if isinstance(source, History) else source
    return parse_instant(text, current.zone)


def shifts(source: Organisation | History, start: str, end: str) -> list[str]:
    """Return the shifts in a stretch as lines: `2026-03-29T00:00+01:00 kari layer:L`, and the end."""
    current = source.current if isinstance(source, History) else source
    timeline = build_timeline(source, "s", start=at(start, source), end=at(end, source))
    return [
        f"{local(shift.start, current.zone).isoformat(timespec='minutes')}"
        f"/{local(shift.end, current.zone).isoformat(timespec='minutes')}"
        f" {'+'.join(shift.people) or 'nobody'} {shift.source}"
        for shift in timeline.shifts
    ]


def gaps(source: Organisation | History, start: str, end: str) -> list[str]:
    """Return the gaps in a stretch as lines: `start/end`, wall clock of the zone with offsets left out."""
    current = source.current if isinstance(source, History) else source
    timeline = build_timeline(source, "s", start=at(start, source), end=at(end, source))
    return [
        f"{local(gap.start, current.zone).replace(tzinfo=None).isoformat(timespec='minutes')}"
        f"/{local(gap.end, current.zone).replace(tzinfo=None).isoformat(timespec='minutes')}"
        for gap in timeline.gaps
    ]
