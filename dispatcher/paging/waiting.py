"""What a round of paging looks at in the store: who waits besides, who was told lately, who has passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, or_, select

from dispatcher.cases.model import CaseState, reference_of
from dispatcher.cases.scene import Scene
from dispatcher.paging.rounds import ALERTS, Recently, Told, just_passed, story_of
from dispatcher.store.tables import attempts, calls, cases, pages, timeline
from dispatcher.store.windows import within

HOUR: Final = timedelta(hours=1)
# Rounds of different cases that fall this close together are one.
CLOSE: Final = timedelta(seconds=30)
# As many waiting cases as a page names; of the others it says how many they are.
MOST_NAMED: Final = 5
_STORY: Final = (*sorted(ALERTS), "passed", "released", "reopened")
_LONGEST_STORY: Final = 200


@dataclass(frozen=True, slots=True)
class Others:
    """The other cases that nobody has taken and that were paged on the same ladder; newest named first."""

    count: int
    named: tuple[str, ...]


def others_waiting(connection: Connection, scene: Scene) -> Others:
    """Return which cases wait on the ladder besides this one."""
    waiting = (_waits_on_ladder(scene), cases.c.id != scene.case.id)
    count = connection.execute(select(func.count()).select_from(cases).where(*waiting)).scalar_one()
    if not count:
        return Others(0, ())
    newest = select(cases.c.id).where(*waiting).order_by(cases.c.opened_at.desc(), cases.c.id.desc())
    return Others(count, tuple(map(reference_of, connection.execute(newest.limit(MOST_NAMED)).scalars())))


def _waits_on_ladder(scene: Scene) -> ColumnElement[bool]:
    return (cases.c.state == CaseState.OPEN) & (cases.c.page_round > 0) & _on_ladder(scene)


def _on_ladder(scene: Scene) -> ColumnElement[bool]:
    hotlines = scene.organisation.hotlines
    here: ColumnElement[bool] = cases.c.hotline.in_(
        [item.id for item in hotlines if item.ladder == scene.ladder.id]
    )
    return or_(here, cases.c.hotline.is_(None)) if hotlines[0].ladder == scene.ladder.id else here


def _everybody(scene: Scene) -> ColumnElement[bool]:
    people, suppliers = scene.organisation.people, scene.organisation.suppliers
    return pages.c.person.in_([*(item.id for item in people), *(item.id for item in suppliers)])


def recently(
    connection: Connection, scene: Scene, story: Sequence[Told], *, first: bool, hastened: bool
) -> Recently:
    """Return what happened before the round that is due for a case, or `hastened` by somebody's PASS.

    `story`: as `read_story` returns it. A `first` round asks only who has passed: nothing else holds it.
    """
    passed = just_passed(story) | _declined(connection, scene)
    if first:
        return Recently(passed)
    return Recently(
        passed,
        pages_last_hour=_pages_last_hour(connection, scene),
        told_together=frozenset() if hastened else _told_together(connection, scene),
    )


def read_story(connection: Connection, case_id: int) -> tuple[Told, ...]:
    """Return who was alerted and who has passed, newest first."""
    rows = connection.execute(
        select(timeline.c.kind, timeline.c.by, timeline.c.data)
        .where(timeline.c.case_id == case_id, timeline.c.kind.in_(_STORY))
        .order_by(timeline.c.id.desc())
        .limit(_LONGEST_STORY)
    )
    return story_of((row.kind, row.by, row.data) for row in rows)


def _declined(connection: Connection, scene: Scene) -> frozenset[str]:
    """Return who has passed the case since the last round on a call that rang them."""
    case_id = scene.case.id
    alerted_at = connection.execute(
        select(func.max(timeline.c.at)).where(
            timeline.c.case_id == case_id, timeline.c.kind.in_([*ALERTS, "reopened"])
        )
    ).scalar_one()
    declined: list[Any] = [calls.c.case_id == case_id, attempts.c.declined_at.is_not(None)]
    if alerted_at is not None:
        declined.append(attempts.c.declined_at > alerted_at)
    by_key = connection.execute(
        select(attempts.c.person).join(calls, calls.c.sid == attempts.c.call_sid).where(*declined)
    ).scalars()
    return frozenset(by_key)


def _pages_last_hour(connection: Connection, scene: Scene) -> dict[str, int]:
    """Count what was handed over to each person; first pages of other cases use up nothing."""
    rows = connection.execute(
        select(pages.c.person, func.count())
        .where(
            _everybody(scene),
            pages.c.created_at > scene.now - 2 * HOUR,
            within(pages.c.handed_at, HOUR, now=scene.now),
            or_(pages.c.first.is_(False), pages.c.case_id == scene.case.id),
        )
        .group_by(pages.c.person)
    )
    return {row[0]: row[1] for row in rows}


def _told_together(connection: Connection, scene: Scene) -> frozenset[str]:
    """Return who had a page since the last round that tells of this case among others that wait."""
    began_at = connection.execute(
        select(func.max(pages.c.created_at)).where(pages.c.case_id == scene.case.id, pages.c.first)
    ).scalar_one()
    pause = timedelta(minutes=scene.hotline.repeat_minutes)
    rows = connection.execute(
        select(pages.c.person)
        .join(cases, cases.c.id == pages.c.case_id)
        .where(
            _everybody(scene),
            within(pages.c.created_at, pause - CLOSE, now=scene.now),
            *(() if began_at is None else (pages.c.created_at > began_at,)),
            pages.c.waiting > 0,
            pages.c.case_id != scene.case.id,
            or_(pages.c.outcome.is_(None), pages.c.outcome != "failed"),
            # one that was never sent, since somebody took its case first, told nobody
            or_(pages.c.handed_at.is_not(None), cases.c.state == CaseState.OPEN),
            _on_ladder(scene),
        )
    )
    return frozenset(rows.scalars())
