"""Slots: what a schedule hands over from one to the next, and what is already laid down and stays.

A slot is one turn of a rotation as it shows today, whoever has it: a weekly layer with another layer over
its week-ends gives a slot for the working days and one for the week-end. Named hand-overs
(`mon 08:00, fri 15:30`) may be used instead. A slot belongs to a period when it begins within it, and is
planned whole. Overrides, swaps and layers of fixed shifts stay: their time is taken out of the slots.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from roster.history import History
from roster.layers import open_windows, turn_at
from roster.organisation import Layer, Organisation, Schedule, ShiftLayer
from roster.spans import Interval, Span, lay_over, limited_to, united, without
from roster.timeline import spans_between
from roster.wallclock import minute_of_day, to_instant, to_wall
from roster.writing import WEEKDAYS

# A turn that lasts longer is not planned for: nobody hands over so seldom.
LONGEST_TURN: Final = timedelta(days=400)
MOST_SLOTS: Final = 1000

_DAY: Final = timedelta(days=1)
_MOMENT: Final = timedelta(microseconds=1)
_HAND_OVER: Final = re.compile(r"(?:([a-z]{3}) +)?([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


class SlotsError(ValueError):
    """The period cannot be cut into slots. Caught by commands and pages, which tell `what` and `remedy`."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class HandOver:
    """A time at which the duty is handed over, every week or (`weekday` None) every day."""

    weekday: int | None
    minute: int


@dataclass(frozen=True, slots=True)
class Slot:
    """What one turn has to fill: intervals in UTC, in order.

    `whole` is the turn from its beginning to its end, with what is kept of it; `seats` is how many are on
    together.
    """

    parts: tuple[Interval, ...]
    whole: Interval
    seats: int = 1

    @property
    def start(self) -> datetime:
        """Return the instant at which it begins."""
        return self.parts[0][0]

    @property
    def end(self) -> datetime:
        """Return the instant at which it ends."""
        return self.parts[-1][1]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is planned on: the slots to fill, in order, and what shows in their time and stays as it is.

    `start` is when the first turn begins, though what is kept may come before the first slot.
    """

    start: datetime
    slots: tuple[Slot, ...]
    kept: tuple[Span, ...]


def read_hand_overs(text: str) -> tuple[HandOver, ...]:
    """Read hand-overs as people write them: `mon 08:00, fri 15:30`, or `08:00` for every day.

    Raises:
        SlotsError: a part of the text is no hand-over.
    """
    found: list[HandOver] = []
    for part in text.split(","):
        match = _HAND_OVER.fullmatch(part.strip().lower())
        if match is None or (match[1] is not None and match[1] not in WEEKDAYS):
            what = f'"{part.strip()}" is no hand-over'
            raise SlotsError(what, 'write "mon 08:00, fri 15:30", or "08:00" for every day')
        weekday = None if match[1] is None else WEEKDAYS.index(match[1])
        found.append(HandOver(weekday, 60 * int(match[2]) + int(match[3])))
    return tuple(found)


def ground_of(
    history: History,
    schedule: Schedule,
    *,
    start: datetime,
    end: datetime,
    hand_overs: Sequence[HandOver] = (),
    over: Collection[str] = (),
) -> Ground:
    """Return the slots that begin within [start, end), UTC, and what is kept within them.

    `over` names layers of fixed shifts that are planned over instead of kept.

    Raises:
        SlotsError: nothing hands over in that time, or there are too many slots.
    """
    organisation = history.current
    zone = organisation.zone
    if hand_overs:
        whole = _between_hand_overs(hand_overs, zone, start, end)
    else:
        whole = _turns(schedule, organisation, start, end)
    if not whole:
        what = f"no slot of {schedule.id} begins in that time"
        raise SlotsError(what, 'name another time, or the hand-overs: --slots "mon 08:00, fri 15:30"')
    if len(whole) > MOST_SLOTS:
        what = f"{len(whole)} slots are more than can be planned at once, which is {MOST_SLOTS}"
        raise SlotsError(what, "plan a shorter time")
    fixed_layers = {f"layer:{each.name}" for each in schedule.layers if isinstance(each, ShiftLayer)}
    planned_over = {f"layer:{name}" for name in over}
    stretch = (min(slot.start for slot in whole), max(slot.end for slot in whole))
    laid = [
        span
        for span in spans_between(history, schedule.id, *stretch)
        if not span[3].startswith("layer:") or span[3] in fixed_layers - planned_over
    ]
    taken = united((span[0], span[1]) for span in laid)
    open_slots = (
        Slot(parts=tuple(parts), whole=slot.whole, seats=slot.seats)
        for slot in whole
        if (parts := without(_written(slot.parts, zone), taken))
    )
    ordered = sorted(open_slots, key=lambda slot: (slot.start, slot.end))
    if not ordered:
        what = "all slots in that time are laid down already, by overrides, swaps or fixed shifts"
        raise SlotsError(what, "name another time, or plan over a layer of fixed shifts: --over LAYER")
    kept = limited_to(laid, united(part for slot in whole for part in slot.parts))
    return Ground(start=stretch[0], slots=tuple(ordered), kept=tuple(kept))


def _between_hand_overs(
    hand_overs: Sequence[HandOver], zone: tzinfo, start: datetime, end: datetime
) -> list[Slot]:
    first, last = to_wall(start, zone).date() - 8 * _DAY, to_wall(end, zone).date() + 8 * _DAY
    days = (first + number * _DAY for number in range((last - first).days + 1))
    instants = sorted(
        {
            minute_of_day(day, each.minute, zone)
            for day in days
            for each in hand_overs
            if each.weekday is None or each.weekday == day.weekday()
        }
    )
    return [_whole([(begins, ends)], 1) for begins, ends in pairwise(instants) if start <= begins < end]


def _turns(schedule: Schedule, organisation: Organisation, start: datetime, end: datetime) -> list[Slot]:
    """Return the turns that show, each with its visible parts, whoever has them and whoever is away."""
    zone = organisation.zone
    layers = [layer for layer in schedule.layers if isinstance(layer, Layer)]
    shown: list[Span] = []
    for number, layer in enumerate(layers):
        shown = lay_over(shown, _turns_of(layer, str(number), zone, start, end))
    parts: dict[tuple[str, tuple[str, ...]], list[Interval]] = {}
    for begins, ends, turn, source in shown:
        parts.setdefault((source, turn), []).append((begins, ends))
    found: list[Slot] = []
    for (source, (turn_number,)), intervals in parts.items():
        if start <= intervals[0][0] < end:
            turns = layers[int(source)].people
            seats = len(set(turns[int(turn_number) % len(turns)]))
            found.append(_whole(intervals, seats))
    return found


def _turns_of(layer: Layer, source: str, zone: tzinfo, start: datetime, end: datetime) -> list[Span]:
    """Return the turns of a layer that touch [start, end), whole, with their number in place of people."""
    spans: list[Span] = []
    at = max(start, to_instant(layer.start, zone))
    while at < end and len(spans) <= 2 * MOST_SLOTS:
        turn = turn_at(layer, zone, at)
        if turn is None:
            break
        begins, ends = max(turn.start, start - LONGEST_TURN), min(turn.end, end + LONGEST_TURN)
        spans.append((begins, ends, (str(turn.number),), source))
        at = max(turn.end, at + _MOMENT)
    if layer.windows and spans:
        spans = limited_to(spans, open_windows(layer.windows, zone, spans[0][0], spans[-1][1]))
    return [span for span in spans if span[0] < span[1]]


def _whole(parts: Sequence[Interval], seats: int) -> Slot:
    joined = united(parts)
    return Slot(parts=tuple(joined), whole=(joined[0][0], joined[-1][1]), seats=seats)


def _written(parts: Sequence[Interval], zone: tzinfo) -> list[Interval]:
    """Return the parts with ends that wall clock can name: of two equal times the first."""
    return united((to_instant(to_wall(a, zone), zone), to_instant(to_wall(b, zone), zone)) for a, b in parts)
