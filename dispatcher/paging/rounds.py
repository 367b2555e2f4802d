"""Paging: whom a round alerts, and when the next one is (contract section 5.7). Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from dispatcher.cases.scene import Scene
from dispatcher.people import texting_phone
from roster.ladder import Callee, resolve_rung

# A first round names the others that wait once this many do, besides the case itself.
MANY_OTHERS = 3
ALERTS = frozenset({"paged", "paged-together"})


@dataclass(frozen=True, slots=True)
class NewPage:
    """An alert about to be sent to somebody on one channel (sms or call)."""

    person: str
    channel: str
    phone: str


@dataclass(frozen=True, slots=True)
class Round:
    """A round of paging: its pages, whom it left out and why, and the number of the round after it.

    `together`: those who were told of this case in another case's page lately. `only_passed`: nobody is left
    but those who have just passed the case.
    """

    number: int
    pages: tuple[NewPage, ...]
    together: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    capped: tuple[str, ...]
    next_number: int
    pause: timedelta
    only_passed: bool = False

    @property
    def reaches_nobody(self) -> bool:
        """Whether nobody hears of the case in this round."""
        return not self.pages and not self.together


@dataclass(frozen=True, slots=True)
class Recently:
    """What happened before a round: who has just passed the case, and who was told what within the hour.

    `pages_last_hour`: pages handed over to each person that count towards the cap. `told_together`: people
    who had a page lately that names this case among others that wait.
    """

    passed: frozenset[str] = frozenset()
    pages_last_hour: Mapping[str, int] = field(default_factory=dict)
    told_together: frozenset[str] = frozenset()


def plan_round(
    scene: Scene, *, number: int, first: bool, recently: Recently, cap: int, busy: Collection[str]
) -> Round:
    """Return the round: the people of the next rung that has anybody to alert, round and round.

    People talking on a hotline call get the SMS but are not rung. Whoever has just passed the case is left
    out unless nobody else is left. `cap` is the most pages to one person within an hour; it holds later
    rounds only, the first round of a case is always sent (contract sections 4 and 5.7).
    """
    plan = _planned(
        scene, number, first=first, recently=recently, cap=cap, busy=busy, left_out=recently.passed
    )
    if plan.reaches_nobody and recently.passed:
        nobody: frozenset[str] = frozenset()
        return _planned(scene, number, first=first, recently=recently, cap=cap, busy=busy, left_out=nobody)
    return plan


def _planned(
    scene: Scene,
    number: int,
    *,
    first: bool,
    recently: Recently,
    cap: int,
    busy: Collection[str],
    left_out: frozenset[str],
) -> Round:
    rungs = scene.ladder.rungs
    skipped: list[tuple[str, str]] = []
    capped: list[str] = []
    only_passed = bool(recently.passed) and not left_out
    pause = timedelta(minutes=scene.hotline.repeat_minutes)
    for step in range(len(rungs)):
        targets = resolve_rung(scene.history, rungs[(number + step) % len(rungs)], scene.now)
        skipped += [(item.id, item.reason) for item in targets.skipped]
        pages: list[NewPage] = []
        together: list[str] = []
        for callee in targets.targets:
            if callee.id in left_out:
                skipped.append((callee.id, "passed"))
            elif not first and callee.id in recently.told_together:
                together.append(callee.id)
            elif not first and recently.pages_last_hour.get(callee.id, 0) >= cap:
                capped.append(callee.id)
            else:
                pages += _pages(callee, busy=callee.id in busy)
        if pages or together:
            after = number + step + 1
            whom = (tuple(pages), tuple(together), tuple(skipped), tuple(capped))
            return Round(number, *whom, after, pause, only_passed)
    return Round(number, (), (), tuple(skipped), tuple(capped), number + 1, pause, only_passed)


def _pages(callee: Callee, *, busy: bool) -> list[NewPage]:
    pages = []
    mobile = texting_phone(callee.phones)
    if mobile is not None:
        pages.append(NewPage(callee.id, "sms", mobile))
    if not busy or mobile is None:
        pages.append(NewPage(callee.id, "call", callee.phones[0]))
    return pages


@dataclass(frozen=True, slots=True)
class Told:
    """A timeline entry as paging looks at it: `person` was alerted in a `round`, or it is who did it."""

    kind: str
    person: str | None
    round: int | None = None


def story_of(rows: Iterable[tuple[str, str | None, Mapping[str, Any]]]) -> tuple[Told, ...]:
    """Return timeline rows (kind, by, data) as paging looks at them, in the order given."""
    return tuple(
        Told(kind, data.get("person") if kind in ALERTS else by, data.get("round")) for kind, by, data in rows
    )


def is_first_round(story: Iterable[Told]) -> bool:
    """Whether nobody was alerted yet since the case was opened, or opened again. `story` is newest first.

    It is read from what was done, so that whatever hastens or moves a round leaves it the first.
    """
    latest = next((item.kind for item in story if item.kind in ALERTS or item.kind == "reopened"), None)
    return latest not in ALERTS


def just_passed(story: Iterable[Told]) -> frozenset[str]:
    """Return who has passed the case since anybody was last alerted. `story` is newest first."""
    found: set[str] = set()
    for item in story:
        if item.kind in ALERTS or item.kind == "reopened":
            break
        if item.kind in {"passed", "released"} and item.person is not None:
            found.add(item.person)
    return frozenset(found)


def may_hasten(story: Iterable[Told], person: str) -> bool:
    """Whether a PASS of `person` brings the next round at once: one for each time they were alerted.

    It does for whoever was alerted in the present round, and for whoever lets go of the case for the first
    time since they were alerted. `story` is newest first, and begins with that PASS.
    """
    present: int | None = None
    releases = 0
    for item in story:
        if item.kind == "released" and item.person == person:
            releases += 1
        if item.kind not in ALERTS:
            continue
        present = item.round if present is None else present
        if item.person == person:
            return item.round == present or releases == 1
    return releases == 1
