"""What the front page shows: who is on duty and why, and whom a call would ring now."""

from dataclasses import dataclass
from datetime import datetime

from dispatcher.people import name_of
from dispatcher.texts.catalogue import text
from roster.history import History
from roster.ladder import resolve_rung
from roster.on_duty import inside_desk_hours, who_is_on
from roster.organisation import Hotline, Language, Organisation


@dataclass(frozen=True, slots=True)
class DutyCard:
    """A schedule now; names instead of ids."""

    name: str
    people: tuple[str, ...]
    until: datetime | None
    next_people: tuple[str, ...]
    next_from: datetime | None
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """Somebody who would not be rung, and why in words."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RungCard:
    """A rung now: names in the order rung."""

    number: int
    seconds: int
    sequential: bool
    people: tuple[str, ...]
    skipped: tuple[SkippedLine, ...]


@dataclass(frozen=True, slots=True)
class HotlineCard:
    """A hotline and whom a call to it would ring now; `desk_open`: the desk comes first."""

    name: str
    number: str
    desk_open: bool
    rungs: tuple[RungCard, ...]


def duty_cards(
    history: History, *, at: datetime, language: str, absence_reasons: bool
) -> tuple[DutyCard, ...]:
    """Return every schedule as it is at an instant, with its reasons in a language."""
    organisation = history.current
    cards: list[DutyCard] = []
    for schedule in organisation.schedules:
        answer = who_is_on(
            history, schedule.id, at, language=Language(language), absence_reasons=absence_reasons
        )
        following = answer.next
        cards.append(
            DutyCard(
                name=schedule.name,
                people=_names(organisation, answer.people, language),
                until=answer.until,
                next_people=() if following is None else _names(organisation, following.people, language),
                next_from=None if following is None else following.from_,
                because=answer.because,
            )
        )
    return tuple(cards)


def hotline_cards(
    history: History, *, at: datetime, busy: frozenset[str], language: str
) -> tuple[HotlineCard, ...]:
    """Return whom each hotline would ring at an instant; people in `busy` are on another call."""
    organisation = history.current
    return tuple(
        HotlineCard(
            name=hotline.name,
            number=hotline.number,
            desk_open=bool(hotline.desk_number) and inside_desk_hours(history, hotline.schedule, at),
            rungs=_rungs(history, hotline, at=at, busy=busy, language=language),
        )
        for hotline in organisation.hotlines
    )


def _rungs(
    history: History, hotline: Hotline, *, at: datetime, busy: frozenset[str], language: str
) -> tuple[RungCard, ...]:
    organisation = history.current
    ladder = organisation.ladder(hotline.ladder)
    cards: list[RungCard] = []
    for number, rung in enumerate(() if ladder is None else ladder.rungs, start=1):
        resolved = resolve_rung(history, rung, at)
        passed_over = [(item.id, str(item.reason)) for item in resolved.skipped]
        passed_over += [(item.id, "on-a-call") for item in resolved.targets if item.id in busy]
        cards.append(
            RungCard(
                number=number,
                seconds=rung.seconds,
                sequential=rung.order == "sequential",
                people=tuple(item.name for item in resolved.targets if item.id not in busy),
                skipped=tuple(
                    SkippedLine(name_of(organisation, party, language), text(f"reason.{code}", language))
                    for party, code in passed_over
                ),
            )
        )
    return tuple(cards)


def _names(organisation: Organisation, ids: tuple[str, ...], language: str) -> tuple[str, ...]:
    return tuple(name_of(organisation, party, language) for party in ids)
