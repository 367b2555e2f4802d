"""Taking in a roster that was made elsewhere: people matched, shifts laid side by side, absences noted.

What cannot be taken in is told of, entry by entry, and nothing is guessed: a name that fits two people fits
nobody.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from roster.organisation import Absence, FixedShift, Organisation, ShiftLayer
from roster.wallclock import midnight, to_instant, to_wall

MOST_ENTRIES: Final = 20_000

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WORD: Final = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a foreign roster: where it stands, what it says, whose e-mail is on it, and when.

    `start` and `end` are dates (`end` not included) for whole days, else instants in UTC.
    """

    where: str
    text: str
    emails: tuple[str, ...]
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An entry, or a part of one, that is not taken in as it stands, and why."""

    where: str
    text: str
    reason: str

    def __str__(self) -> str:
        shown = f" “{self.text}”" if self.text else ""
        return f"{self.where}{shown}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Taken:
    """The organisation with what was taken in, how many entries were, and what was not."""

    organisation: Organisation
    count: int
    not_taken: tuple[NotTaken, ...]


class TakingInError(Exception):
    """Nothing can be taken in as asked. Caught by commands, which tell it."""


def take_in_layer(
    organisation: Organisation, schedule_id: str, layer_name: str, entries: Sequence[Entry]
) -> Taken:
    """Return the organisation with a layer of fixed shifts made of entries.

    It takes the place of a layer of fixed shifts of that name, else it is laid on top. People of entries
    that overlap are on together.

    Raises:
        TakingInError: there is no such schedule, or a rotation has the name.
    """
    schedule = organisation.schedule(schedule_id)
    if schedule is None:
        message = f'there is no schedule "{schedule_id}"'
        raise TakingInError(message)
    if any(each.name == layer_name and not isinstance(each, ShiftLayer) for each in schedule.layers):
        message = f'the layer "{layer_name}" is a rotation: name another layer'
        raise TakingInError(message)
    matched, not_taken = _matched(organisation, entries)
    matched, doubtful = _without_shared_days(matched)
    pieces = [(*_instants(entry, organisation.zone), people) for entry, people in matched]
    shifts, moved = _side_by_side(pieces, organisation.zone)
    layer = ShiftLayer(layer_name, shifts)
    layers = tuple(layer if each.name == layer_name else each for each in schedule.layers)
    if layer not in layers:
        layers = (*layers, layer)
    changed = replace(schedule, layers=layers)
    return Taken(
        replace(
            organisation,
            schedules=tuple(changed if each.id == schedule_id else each for each in organisation.schedules),
        ),
        len(matched),
        (*not_taken, *doubtful, *moved),
    )


def take_in_absences(organisation: Organisation, entries: Sequence[Entry]) -> Taken:
    """Return the organisation with entries as absences of the people that they name; none is noted twice."""
    matched, not_taken = _matched(organisation, entries)
    fresh: dict[str, list[Absence]] = {}
    for entry, people in matched:
        for person_id in people:
            fresh.setdefault(person_id, []).append(_absence(entry, organisation.zone))
    everybody = tuple(
        replace(person, absences=tuple(dict.fromkeys((*person.absences, *fresh.get(person.id, ())))))
        for person in organisation.people
    )
    return Taken(replace(organisation, people=everybody), len(matched), not_taken)


def _matched(
    organisation: Organisation, entries: Sequence[Entry]
) -> tuple[list[tuple[Entry, tuple[str, ...]]], tuple[NotTaken, ...]]:
    names = _Names(organisation)
    matched: list[tuple[Entry, tuple[str, ...]]] = []
    not_taken: list[NotTaken] = []
    for entry in entries:
        people, doubt = names.people_of(entry)
        if entry.end <= entry.start:
            not_taken.append(NotTaken(entry.where, entry.text, "it ends at or before its start"))
        elif people:
            matched.append((entry, people))
        else:
            reason = doubt or "nobody of the roster is named in it: write the e-mail or the full name"
            not_taken.append(NotTaken(entry.where, entry.text, reason))
    return matched, tuple(not_taken)


def _without_shared_days(
    matched: Sequence[tuple[Entry, tuple[str, ...]]],
) -> tuple[list[tuple[Entry, tuple[str, ...]]], list[NotTaken]]:
    """Return entries without those of whole days that meet on a day: one's last is the next one's first.

    Whether they are on together that whole day or hand over in it, such entries do not say.
    """
    whole = [
        (number, entry) for number, (entry, _) in enumerate(matched) if not isinstance(entry.start, datetime)
    ]
    by_last_day: dict[date, list[int]] = {}
    for number, entry in whole:
        by_last_day.setdefault(entry.end - _DAY, []).append(number)
    meets: dict[int, str] = {}
    for number, entry in whole:
        for earlier in by_last_day.get(entry.start, ()):
            other, people = matched[earlier]
            if other.start < entry.start and other.end < entry.end and people != matched[number][1]:
                meets.setdefault(earlier, f"{entry.start} is the first day of {entry.where} too")
                meets.setdefault(number, f"{entry.start} is the last day of {other.where} too")
    doubtful = [
        NotTaken(
            matched[number][0].where,
            matched[number][0].text,
            f"{reason}: write the times of day at which they hand over, or end the one a day earlier",
        )
        for number, reason in sorted(meets.items())
    ]
    return [each for number, each in enumerate(matched) if number not in meets], doubtful


class _Names:
    """Looks up people by e-mail, then by full name, then by a first name or id that only one has."""

    def __init__(self, organisation: Organisation) -> None:
        self._emails = {
            person.email.casefold(): person.id for person in organisation.people if person.email is not None
        }
        self._full: dict[tuple[str, ...], list[str]] = {}
        self._single: dict[str, list[str]] = {}
        for person in organisation.people:
            words = tuple(_words(person.name))
            self._full.setdefault(words, []).append(person.id)
            for word in dict.fromkeys((words[0] if words else "", *_words(person.id))):
                self._single.setdefault(word, []).append(person.id)

    def people_of(self, entry: Entry) -> tuple[tuple[str, ...], str]:
        """Return whom an entry names, in the order in which it does; else why nobody."""
        addresses = [*entry.emails, *_EMAIL.findall(entry.text)]
        by_email = [self._emails[each.casefold()] for each in addresses if each.casefold() in self._emails]
        if by_email:
            return tuple(dict.fromkeys(by_email)), ""
        words = list(_words(entry.text))
        found: dict[int, str] = {}
        doubtful: list[str] = []
        taken: set[int] = set()
        for name, people in sorted(self._full.items(), key=lambda each: -len(each[0])):
            for place in _places(words, name):
                if taken & set(range(place, place + len(name))):
                    continue
                taken |= set(range(place, place + len(name)))
                if len(people) == 1:
                    found[place] = people[0]
                else:
                    doubtful += people
        if not found and not doubtful:
            for place, word in enumerate(words):
                people = self._single.get(word, [])
                if len(people) == 1:
                    found[place] = people[0]
                elif people:
                    doubtful += people
        if doubtful:
            return (
                (),
                f"it may mean {' or '.join(dict.fromkeys(doubtful))}: write the e-mail or the full name",
            )
        return tuple(dict.fromkeys(found[place] for place in sorted(found))), ""


def _words(text: str) -> list[str]:
    """Return the words of a text in small letters and without accents, as names are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o").replace("æ", "ae"))
    return _WORD.findall("".join(each for each in plain if not unicodedata.combining(each)))


def _places(words: Sequence[str], name: tuple[str, ...]) -> Iterable[int]:
    if name:
        for place in range(len(words) - len(name) + 1):
            if tuple(words[place : place + len(name)]) == name:
                yield place


def _instants(entry: Entry, zone: tzinfo) -> tuple[datetime, datetime]:
    start, end = entry.start, entry.end
    return (
        start if isinstance(start, datetime) else midnight(start, zone),
        end if isinstance(end, datetime) else midnight(end, zone),
    )


def _side_by_side(
    pieces: Sequence[tuple[datetime, datetime, tuple[str, ...]]], zone: tzinfo
) -> tuple[tuple[FixedShift, ...], list[NotTaken]]:
    """Return pieces as shifts that do not overlap: whoever shares a time is on together in it."""
    moved: list[NotTaken] = []
    begins_at: dict[datetime, list[int]] = {}
    ends_at: dict[datetime, list[int]] = {}
    for number, (start, end, _) in enumerate(pieces):
        begins_at.setdefault(start, []).append(number)
        ends_at.setdefault(end, []).append(number)
    edges = sorted(begins_at.keys() | ends_at.keys())
    on: dict[int, None] = {}
    laid: list[tuple[datetime, datetime, tuple[str, ...]]] = []
    for begins, ends in pairwise(edges):
        for number in ends_at.get(begins, ()):
            on.pop(number, None)
        for number in begins_at.get(begins, ()):
            on[number] = None
        people = tuple(dict.fromkeys(person for number in on for person in pieces[number][2]))
        if not people:
            continue
        if laid and laid[-1][1] == begins and laid[-1][2] == people:
            laid[-1] = (laid[-1][0], ends, people)
        else:
            laid.append((begins, ends, people))
    shifts: list[FixedShift] = []
    for begins, ends, people in laid:
        start, end = (_written(each, zone, moved) for each in (begins, ends))
        if to_instant(start, zone) < to_instant(end, zone):
            shifts.append(FixedShift(people, start, end))
    return tuple(shifts), list(dict.fromkeys(moved))


def _written(instant: datetime, zone: tzinfo, moved: list[NotTaken]) -> datetime:
    """Return an instant as wall clock; in the second of two like hours it moves to the end of that hour."""
    wall = to_wall(instant, zone)
    if to_instant(wall, zone) == instant:
        return wall
    later = instant
    while to_instant(to_wall(later, zone), zone) != later:
        later = later.replace(minute=0, second=0, microsecond=0) + _HOUR
    written = to_wall(later, zone)
    reason = f"it falls into an hour that comes twice and cannot be written: {written:%H:%M} is taken"
    moved.append(NotTaken(f"{wall:%Y-%m-%d %H:%M}", "", reason))
    return written


def _absence(entry: Entry, zone: tzinfo) -> Absence:
    reason = " ".join(entry.text.split())[:200]
    start, end = entry.start, entry.end
    if isinstance(start, datetime) and isinstance(end, datetime):
        gone, back = to_wall(start, zone).replace(fold=0), to_wall(end, zone).replace(fold=0)
        return Absence(gone, back, reason)
    return Absence(start, end - _DAY, reason)
