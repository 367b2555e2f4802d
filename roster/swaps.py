"""Swaps and covers: a colleague takes over a stretch of somebody's duty, perhaps for one in return.

A small state machine of values. Whoever keeps swaps stores what comes out; this room only decides.

    asked --accept--> accepted --undo--> undone
      |---decline--> declined
      `---withdraw-> withdrawn

An accepted swap stands in the organisation as overrides of the kind `swap` that exchange one person
(contract section 3, Precedence), so every answer has it at once; undoing takes them out again. A swap
that would do nothing, or something else than what was agreed, is refused with the reason.
"""

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from roster.duties import on_by_person
from roster.history import History, as_history
from roster.organisation import Organisation, Override, Role, Schedule
from roster.overlaps import shared
from roster.spans import Interval
from roster.swap_conflicts import Conflict, conflicts_between
from roster.swap_states import LEADS, Act, Outcome, Period, Refused, State, Step, Swap, SwapRefusedError
from roster.timeline import Timeline, build_timeline
from roster.wallclock import as_utc, to_instant, to_wall

# How far ahead a shift is looked for when a swap names no time.
FARTHEST: Final = timedelta(days=366)
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)


def ask(
    source: History | Organisation,
    swap_id: str,
    *,
    schedule_id: str,
    asker: str,
    other: str,
    by: str,
    at: datetime,
    gives: Period | None = None,
    takes: Period | None = None,
) -> Outcome:
    """Ask a colleague to take over within `gives`; by default the rest of the present or the next shift.

    Conflicts that would come of it are told already now; those that forbid it refuse it.

    Raises:
        SwapRefusedError: it cannot be, and why.
        ValueError: `at` is naive.
    """
    history, at = as_history(source), as_utc(at)
    organisation = history.current
    if organisation.schedule(schedule_id) is None:
        raise SwapRefusedError(Refused.UNKNOWN_SCHEDULE, names=[schedule_id])
    for person_id in (asker, other):
        if organisation.person(person_id) is None:
            raise SwapRefusedError(Refused.UNKNOWN_PERSON, names=[person_id])
    if asker == other:
        raise SwapRefusedError(Refused.WITH_ONESELF)
    step = _step(organisation, Act.ASK, (asker,), by=by, at=at)
    gives = _ahead(_shift_ahead(history, schedule_id, asker, at) if gives is None else gives, at)
    takes = None if takes is None else _ahead(takes, at)
    if takes is not None and takes.start < gives.end and gives.start < takes.end:
        raise SwapRefusedError(Refused.OVERLAP)
    swap = Swap(swap_id, schedule_id, asker, other, gives, takes, ((), ()), State.ASKED, (step,))
    swap = replace(swap, agreed=_on_within(history, swap))
    for person_id, on in zip((asker, other), swap.agreed, strict=True):
        if not on and (person_id == asker or takes is not None):
            raise SwapRefusedError(Refused.NOT_ON, names=[person_id])
    _, conflicts = _laid(history, swap, at)
    return Outcome(swap, organisation, conflicts)


def accept(source: History | Organisation, swap: Swap, *, by: str, at: datetime) -> Outcome:
    """Accept a swap: the organisation of the outcome has it. What has begun is taken over from now on.

    Raises:
        SwapRefusedError: somebody else was first, or the roster is not any more what was agreed on.
        ValueError: `at` is naive.
    """
    history, at = as_history(source), as_utc(at)
    step = _step(history.current, Act.ACCEPT, (swap.other,), by=by, at=at)
    if _is_done(swap, step):
        return Outcome(swap, history.current, changed=False)
    begun = replace(
        swap,
        gives=_ahead(swap.gives, at),
        takes=None if swap.takes is None else _ahead(swap.takes, at),
    )
    now_on = _on_within(history, begun)
    then_on = tuple(
        tuple(shared(agreed, [] if period is None else [(period.start, period.end)]))
        for agreed, period in zip(swap.agreed, (begun.gives, begun.takes), strict=True)
    )
    if now_on != then_on:
        raise SwapRefusedError(Refused.CHANGED, names=[swap.asker])
    organisation, conflicts = _laid(history, begun, at)
    return Outcome(_moved(begun, step), organisation, conflicts)


def decline(source: History | Organisation, swap: Swap, *, by: str, at: datetime) -> Outcome:
    """Say no to a swap.

    Raises:
        SwapRefusedError: it is not asked any more, or not of this person.
        ValueError: `at` is naive.
    """
    return _closed(source, swap, Act.DECLINE, (swap.other,), by=by, at=at)


def withdraw(source: History | Organisation, swap: Swap, *, by: str, at: datetime) -> Outcome:
    """Take back what was asked and not yet answered.

    Raises:
        SwapRefusedError: it is answered already, or was not asked by this person.
        ValueError: `at` is naive.
    """
    return _closed(source, swap, Act.WITHDRAW, (swap.asker,), by=by, at=at)


def undo(source: History | Organisation, swap: Swap, *, by: str, at: datetime) -> Outcome:
    """Undo an accepted swap: from now on the roster is as it was without it.

    Raises:
        SwapRefusedError: it is not accepted, is over, or later swaps build on it, which are named.
        ValueError: `at` is naive.
    """
    history, at = as_history(source), as_utc(at)
    step = _step(history.current, Act.UNDO, (swap.asker, swap.other), by=by, at=at)
    if _is_done(swap, step):
        return Outcome(swap, history.current, changed=False)
    last = max(swap.gives.end, swap.takes.end if swap.takes is not None else swap.gives.end)
    if last <= at:
        raise SwapRefusedError(Refused.OVER)
    organisation = history.current
    schedule = _schedule(organisation, swap)
    left = tuple(each for each in schedule.overrides if each.kind != "swap" or each.id not in swap.overrides)
    without = _with_overrides(organisation, schedule, left)
    built_on = _idle_without(organisation, without, swap, at, last)
    if built_on:
        raise SwapRefusedError(Refused.BUILT_ON, names=built_on)
    return Outcome(_moved(swap, step), without)


def _closed(
    source: History | Organisation, swap: Swap, act: Act, whose: tuple[str, ...], *, by: str, at: datetime
) -> Outcome:
    organisation = as_history(source).current
    step = _step(organisation, act, whose, by=by, at=as_utc(at))
    if _is_done(swap, step):
        return Outcome(swap, organisation, changed=False)
    return Outcome(_moved(swap, step), organisation)


def _step(organisation: Organisation, act: Act, whose: tuple[str, ...], *, by: str, at: datetime) -> Step:
    """Return the act as a step; a coordinator may do it for the one whose act it is."""
    if by in whose:
        return Step(act, by, at)
    person = organisation.person(by)
    if person is None or Role.COORDINATOR not in person.roles:
        raise SwapRefusedError(Refused.NOT_ALLOWED, names=[by])
    return Step(act, by, at, on_behalf_of=whose[0])


def _is_done(swap: Swap, step: Step) -> bool:
    """Say whether the same person did the same already; anything else that was done refuses the act."""
    before, after = LEADS[step.act]
    if swap.state is before:
        return False
    last = swap.steps[-1]
    if swap.state is after and last.by == step.by:
        return True
    raise SwapRefusedError(Refused.STATE, names=[swap.state], last=last)


def _moved(swap: Swap, step: Step) -> Swap:
    return replace(swap, state=LEADS[step.act][1], steps=(*swap.steps, step))


def _ahead(period: Period, at: datetime) -> Period:
    """Return what is left of a period: the past is never swapped."""
    start, end = max(as_utc(period.start), at), as_utc(period.end)
    if end <= start:
        raise SwapRefusedError(Refused.OVER)
    return Period(start, end)


def _shift_ahead(history: History, schedule_id: str, person_id: str, at: datetime) -> Period:
    timeline = build_timeline(history, schedule_id, start=at, end=at + FARTHEST)
    for start, end in on_by_person(timeline).get(person_id, ()):
        return Period(start, end)
    raise SwapRefusedError(Refused.NEVER_ON, names=[person_id])


def _on_within(history: History, swap: Swap) -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
    """Return when the asker is on within what is given, and the other within what is taken."""
    return (
        _on(history, swap.schedule, swap.asker, swap.gives),
        () if swap.takes is None else _on(history, swap.schedule, swap.other, swap.takes),
    )


def _on(
    source: History | Organisation, schedule_id: str, person_id: str, period: Period
) -> tuple[Interval, ...]:
    timeline = build_timeline(source, schedule_id, start=period.start, end=period.end)
    return tuple(on_by_person(timeline).get(person_id, ()))


def _laid(history: History, swap: Swap, at: datetime) -> tuple[Organisation, tuple[Conflict, ...]]:
    """Return the organisation with the swap in it, and what is doubtful in that.

    Raises:
        SwapRefusedError: it would not do what was agreed, or somebody cannot take it.
    """
    organisation = history.current
    schedule = _schedule(organisation, swap)
    taken = {each.id for each in schedule.overrides} & set(swap.overrides)
    if taken:
        raise SwapRefusedError(Refused.ID_TAKEN, names=sorted(taken))
    one, two = swap.overrides
    fresh = [_override(one, swap.asker, swap.other, swap.gives, organisation.zone)]
    if swap.takes is not None:
        fresh.append(_override(two, swap.other, swap.asker, swap.takes, organisation.zone))
    after = _with_overrides(organisation, schedule, (*schedule.overrides, *fresh))
    moves = tuple(
        (giver, taker, period)
        for giver, taker, period in (
            (swap.asker, swap.other, swap.gives),
            (swap.other, swap.asker, swap.takes),
        )
        if period is not None
    )
    conflicts = conflicts_between(
        organisation,
        after,
        swap.schedule,
        takers=tuple(
            (taker, _on(organisation, swap.schedule, giver, period)) for giver, taker, period in moves
        ),
        at=at,
    )
    blocking = tuple(each for each in conflicts if each.forbids)
    if blocking:
        raise SwapRefusedError(Refused.BLOCKED, conflicts=blocking)
    for giver, taker, period in moves:
        exact = _as_written(period, organisation.zone)
        given = _on(organisation, swap.schedule, giver, exact)
        got = _on(after, swap.schedule, taker, exact)
        if not given or shared(given, got) != list(given) or _on(after, swap.schedule, giver, exact):
            raise SwapRefusedError(Refused.HIDDEN, names=_sources(after, swap.schedule, exact))
    return after, conflicts


def _override(override_id: str, giver: str, taker: str, period: Period, zone: tzinfo) -> Override:
    exact = _as_written(period, zone)
    return Override(
        id=override_id,
        people=(taker,),
        start=to_wall(exact.start, zone).replace(fold=0),
        end=to_wall(exact.end, zone).replace(fold=0),
        replaces=giver,
        kind="swap",
    )


def _as_written(period: Period, zone: tzinfo) -> Period:
    """Return the period as wall clock can say it: whole minutes, and out of an hour that comes twice."""
    start, end = _writable(period.start, zone), _writable(period.end, zone)
    return Period(start, max(end, start + _MINUTE))


def _writable(instant: datetime, zone: tzinfo) -> datetime:
    whole = instant.replace(second=0, microsecond=0)
    writable = whole if whole == instant else whole + _MINUTE
    while to_instant(to_wall(writable, zone), zone) != writable:
        writable = writable.replace(minute=0) + _HOUR
    return writable


def _schedule(organisation: Organisation, swap: Swap) -> Schedule:
    schedule = organisation.schedule(swap.schedule)
    if schedule is None:
        raise SwapRefusedError(Refused.UNKNOWN_SCHEDULE, names=[swap.schedule])
    return schedule


def _with_overrides(
    organisation: Organisation, schedule: Schedule, overrides: tuple[Override, ...]
) -> Organisation:
    changed = replace(schedule, overrides=overrides)
    return replace(
        organisation,
        schedules=tuple(changed if each.id == schedule.id else each for each in organisation.schedules),
    )


def _sources(organisation: Organisation, schedule_id: str, period: Period) -> list[str]:
    timeline = build_timeline(organisation, schedule_id, start=period.start, end=period.end)
    return list(dict.fromkeys(each.source for each in timeline.shifts if each.source.startswith("override:")))


def _idle_without(
    before: Organisation, after: Organisation, swap: Swap, at: datetime, last: datetime
) -> list[str]:
    """Return the ids of other swaps that would do less, or something else, were this one taken out."""
    had, has = (
        _by_source(build_timeline(each, swap.schedule, start=at, end=last)) for each in (before, after)
    )
    own = {f"swap:{each}" for each in swap.overrides}
    return [
        source.removeprefix("swap:")
        for source, pieces in had.items()
        if source.startswith("swap:") and source not in own and has.get(source) != pieces
    ]


def _by_source(timeline: Timeline) -> dict[str, list[tuple[datetime, datetime, tuple[str, ...]]]]:
    found: dict[str, list[tuple[datetime, datetime, tuple[str, ...]]]] = {}
    for shift in timeline.shifts:
        found.setdefault(shift.source, []).append((shift.start, shift.end, shift.people))
    return found
