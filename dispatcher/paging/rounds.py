"""Paging: whom a round alerts, and when the next one is (contract section 5.7). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from dispatcher.cases.scene import Scene
from dispatcher.people import texting_phone
from roster.ladder import Callee, resolve_rung


@dataclass(frozen=True, slots=True)
class NewPage:
    """An alert about to be sent to somebody on one channel (sms or call)."""

    person: str
    channel: str
    phone: str


@dataclass(frozen=True, slots=True)
class Round:
    """A round of paging: its pages, whom it left out and why, and the number of the round after it."""

    number: int
    pages: tuple[NewPage, ...]
    skipped: tuple[tuple[str, str], ...]
    capped: tuple[str, ...]
    next_number: int
    pause: timedelta


def plan_round(
    scene: Scene,
    *,
    number: int,
    pages_last_hour: Mapping[str, int],
    cap: int,
    busy: frozenset[str],
) -> Round:
    """Return the round: the people of the next rung that has anybody to alert, round and round.

    People talking on a hotline call get the SMS but are not rung. `cap` is the most pages to one person
    within an hour; whoever has reached it is left out, and the coordinators hear of it.
    """
    rungs = scene.ladder.rungs
    skipped: list[tuple[str, str]] = []
    capped: list[str] = []
    pause = timedelta(minutes=scene.hotline.repeat_minutes)
    for step in range(len(rungs)):
        targets = resolve_rung(scene.history, rungs[(number + step) % len(rungs)], scene.now)
        skipped += [(item.id, item.reason) for item in targets.skipped]
        pages: list[NewPage] = []
        for callee in targets.targets:
            if pages_last_hour.get(callee.id, 0) >= cap:
                capped.append(callee.id)
                continue
            pages += _pages(callee, busy=callee.id in busy)
        if pages:
            return Round(number, tuple(pages), tuple(skipped), tuple(capped), number + step + 1, pause)
    return Round(number, (), tuple(skipped), tuple(capped), number + 1, pause)


def _pages(callee: Callee, *, busy: bool) -> list[NewPage]:
    pages = []
    mobile = texting_phone(callee.phones)
    if mobile is not None:
        pages.append(NewPage(callee.id, "sms", mobile))
    if not busy or mobile is None:
        pages.append(NewPage(callee.id, "call", callee.phones[0]))
    return pages
