"""Twilio's REST side fails in every way, at every point of a call: nothing is lost and nothing doubled."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatcher.store.tables import pages
from simulator import Faults, personas
from simulator.faults import RestFaultKind
from tests.hotline.rig import CALLER
from tests.simulation.stories import assert_order
from tests.simulation.theatre import KARI, KIM, OLA, PER, Theatre

FOR_EVER = 1_000_000
Open = Callable[..., Theatre]
Fails = Callable[[Faults, int], None]


def _answers(status: int) -> Fails:
    return lambda faults, times: faults.answer(status, times=times)


def _strikes(kind: RestFaultKind) -> Fails:
    return lambda faults, times: faults.strike(kind, times=times)


WAYS = {
    "401": _answers(401),
    "429": _answers(429),
    "500": _answers(500),
    "503": _answers(503),
    "refused": _strikes(RestFaultKind.REFUSED),
    "request lost": _strikes(RestFaultKind.LOST_REQUEST),
    "answer lost": _strikes(RestFaultKind.LOST_ANSWER),
}


def miss(theatre: Theatre) -> None:
    """Let a caller give up while it rings, so that somebody has to be paged."""
    call = theatre.ring(by=personas.caller(hangs_up_after=22.0))
    assert theatre.simulator.run_until(lambda: call.is_over, timedelta(minutes=5))


def assert_paged_once_each(theatre: Theatre) -> None:
    """Every paging call that was placed belongs to one page, and each page has one at the most."""
    with theatre.services.db.read() as connection:
        rows = connection.execute(select(pages.c.phone, pages.c.sid).where(pages.c.channel == "call")).all()
    placed = Counter(row.phone for row in rows if row.sid is not None)
    assert placed == Counter(theatre.rung())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "before", [0, 4, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3, 5, 6))]
)
def test_a_burst_of_faults_at_any_point_loses_nothing_and_doubles_nothing(
    way: str, before: int, sqlite_url: str, open_theatre: Open
) -> None:
    faults = Faults()
    # first as many good answers as it takes to come to the point
    faults.strike(RestFaultKind.SLOW, times=before)
    WAYS[way](faults, 4)
    theatre = open_theatre(sqlite_url, faults=faults)
    miss(theatre)
    theatre.run(minutes=4)
    theatre.text(KARI, "ACK")
    theatre.run(minutes=20)
    case = theatre.case()
    assert (str(case.state), case.acknowledged_by) == ("acknowledged", "kari")
    assert theatre.sms(KARI)
    assert theatre.rung(KARI)
    assert_order(theatre)
    assert_paged_once_each(theatre)


def test_after_an_hour_of_401_everything_is_sent_once_and_the_paging_goes_on(
    sqlite_url: str, open_theatre: Open
) -> None:
    """Rounds that were overtaken meanwhile are not sent after the event."""
    faults = Faults()
    faults.answer(401, times=FOR_EVER)
    theatre = open_theatre(sqlite_url, faults=faults)
    miss(theatre)
    theatre.run(hours=1)
    assert theatre.sms() == []
    assert theatre.rung() == []
    faults.rest.clear()
    theatre.run(minutes=11)
    assert len(theatre.sms(CALLER)) == 1
    assert 1 <= len(theatre.sms(KARI)) <= 4
    assert theatre.rung(KARI)
    theatre.text(KARI, "ACK")
    theatre.run(minutes=10)
    assert theatre.case().acknowledged_by == "kari"
    assert_order(theatre)
    assert_paged_once_each(theatre)


@pytest.mark.parametrize("way", WAYS)
def test_while_sms_is_shut_people_are_reached_by_calls(way: str, sqlite_url: str, open_theatre: Open) -> None:
    faults = Faults()
    WAYS[way](faults, FOR_EVER)
    faults.rest[0].resource = "Messages"
    theatre = open_theatre(sqlite_url, faults=faults)
    miss(theatre)
    theatre.cast(per=personas.human())
    theatre.run(minutes=12)
    assert theatre.rung(KARI)
    assert theatre.case().acknowledged_by == "per"
    assert_paged_once_each(theatre)


@pytest.mark.parametrize("way", WAYS)
def test_while_calls_are_shut_people_are_reached_by_sms(
    way: str, sqlite_url: str, open_theatre: Open
) -> None:
    faults = Faults()
    WAYS[way](faults, FOR_EVER)
    faults.rest[0].resource = "Calls"
    faults.rest[0].method = "POST"
    theatre = open_theatre(sqlite_url, faults=faults)
    miss(theatre)
    theatre.run(minutes=12)
    assert {message.to for message in theatre.sms()} >= {KARI, OLA, PER, CALLER}
    theatre.text(PER, "ACK")
    theatre.run(minutes=2)
    assert theatre.case().acknowledged_by == "per"
    texts = [(message.to, message.body) for message in theatre.sms()]
    assert len(texts) == len(set(texts))


def test_a_person_whom_nothing_can_reach_is_passed_over_and_the_coordinator_is_told(
    sqlite_url: str, open_theatre: Open
) -> None:
    theatre = open_theatre(sqlite_url)
    theatre.cast(kari=personas.landline())
    theatre.simulator.text(KARI, "+4721000000", "STOP")
    theatre.run(minutes=1)
    miss(theatre)
    theatre.run(minutes=7)
    assert theatre.sms(KIM)
    assert theatre.sms(OLA)
    assert theatre.rung(PER)


def test_an_alarm_that_sms_does_not_take_for_minutes_is_spoken_on_the_telephone(
    sqlite_url: str, open_theatre: Open
) -> None:
    """Once, though its SMS is tried on for hours."""
    faults = Faults()
    faults.answer(503, times=FOR_EVER, resource="Messages")
    theatre = open_theatre(sqlite_url, faults=faults)
    call = theatre.ring(by=personas.caller(message_seconds=15))
    theatre.until_over(call, then=timedelta(minutes=12))
    assert theatre.sms(KIM) == []
    assert len(theatre.rung(KIM)) == 1
