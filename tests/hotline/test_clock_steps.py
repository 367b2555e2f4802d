"""The machine's clock is set back or runs ahead for a while: nobody is paged late, nothing is kept for ever."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from dispatcher.budgets.limits import Budgets
from dispatcher.outbox.claims import LEASE, claim_effects
from dispatcher.outbox.clock_steps import step_back
from dispatcher.outbox.lanes import Lane
from dispatcher.quality.readiness import missing_parts
from dispatcher.store.tables import deadlines, effects, pages, workers
from dispatcher.telephony.port import DeliveryError
from dispatcher.worker import Worker
from tests.hotline.rig import CALLER, KARI, OLA, Rig, sid
from tests.hotline.telephony import EVENING

MINUTE = timedelta(minutes=1)


def missed_call(rig: Rig, number: int = 1) -> None:
    rig.begin(sid("CA", number))
    rig.hang_up(sid("CA", number))
    rig.work()


def pages_so_far(rig: Rig) -> int:
    with rig.db.read() as connection:
        return len(connection.execute(select(pages.c.id)).all())


def minutes_until_next_page(rig: Rig) -> int:
    before = pages_so_far(rig)
    for number in range(1, 30):
        rig.advance(minutes=1)
        if pages_so_far(rig) > before:
            return number
    return 30


@pytest.mark.parametrize(
    "back", [MINUTE / 4, 3 * MINUTE, timedelta(hours=7, minutes=13), timedelta(days=400)]
)
def test_a_clock_set_back_delays_no_round_of_paging(rig: Rig, back: timedelta) -> None:
    missed_call(rig)
    rig.advance(minutes=2)
    rig.clock.instant -= back
    assert minutes_until_next_page(rig) == 3


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=1), timedelta(days=27_000)])
def test_a_clock_that_ran_ahead_for_a_minute_delays_no_round_either(rig: Rig, ahead: timedelta) -> None:
    missed_call(rig)
    rig.clock.instant += ahead
    rig.work()
    rig.advance(minutes=1)
    rig.clock.instant -= ahead
    assert minutes_until_next_page(rig) <= 5


def test_a_case_that_comes_in_while_the_clock_is_ahead_is_paged_on_afterwards(rig: Rig) -> None:
    rig.work()
    rig.clock.instant += timedelta(days=1)
    missed_call(rig)
    rig.clock.instant -= timedelta(days=1)
    assert minutes_until_next_page(rig) == 5


def test_a_receipt_that_failed_before_the_clock_was_set_back_is_tried_again_in_time(rig: Rig) -> None:
    rig.telephony.refuse = {CALLER: DeliveryError("not now")}
    missed_call(rig)
    rig.telephony.refuse = {}
    rig.clock.instant -= timedelta(hours=2)
    rig.work()
    rig.advance(seconds=10)
    assert rig.texts_to(CALLER)


def test_what_may_have_been_sent_before_the_step_is_looked_for_in_the_corrected_time(rig: Rig) -> None:
    """The provider's clock was right all along: its message is older than our effect claims to be."""
    rig.telephony.act_before_failing = True
    rig.telephony.fail = [DeliveryError("no answer", ambiguous=True)]
    rig.clock.instant += timedelta(hours=1)
    rig.text(CALLER, "Telefonane er nede")
    rig.work()
    rig.clock.instant -= timedelta(hours=1)
    for sent in rig.telephony.sent:
        sent["at"] -= timedelta(hours=1)
    rig.advance(minutes=1)
    bodies = [(sent["to"], sent["body"]) for sent in rig.telephony.sent]
    assert len(bodies) == len(set(bodies))


def test_audio_is_deleted_when_its_time_is_up_and_not_before(make_rig: Callable[..., Rig]) -> None:
    """A clock set back by days brings no deletion forward; one that ran ahead puts none off by more than its days."""
    rig = make_rig(recording_retention_days=30)
    missed_call(rig)
    rig.post(
        "voice/recording",
        CallSid=sid("CA", 1),
        RecordingSid=sid("RE", 1),
        RecordingStatus="completed",
        RecordingDuration="42",
        RecordingSource="RecordVerb",
    )
    rig.work()
    due = deadline_at(rig, "purge")
    rig.clock.instant -= timedelta(days=20)
    rig.work()
    assert deadline_at(rig, "purge") == min(due, rig.clock.now() + timedelta(days=30))
    rig.clock.instant += timedelta(days=20)
    rig.work()
    assert "recording-deleted" not in rig.kinds()


def deadline_at(rig: Rig, kind: str) -> datetime:
    with rig.db.read() as connection:
        due: datetime = connection.execute(
            select(deadlines.c.due_at).where(deadlines.c.kind == kind)
        ).scalar_one()
        return due


def test_retention_goes_on_daily_after_the_clock_was_in_another_century(rig: Rig) -> None:
    rig.worker.begin()
    rig.clock.instant += timedelta(days=27_000)
    rig.work()
    rig.clock.instant -= timedelta(days=27_000)
    rig.work()
    assert deadline_at(rig, "retention") == rig.clock.now() + timedelta(days=1)


def test_a_program_started_after_the_clock_was_corrected_pages_in_time(rig: Rig) -> None:
    """Nobody saw the step: what was queued in the future tells of it."""
    rig.clock.instant += timedelta(hours=5)
    missed_call(rig)
    rig.clock.instant -= timedelta(hours=5)
    rig.worker = Worker(rig.services)
    rig.worker.begin()
    assert minutes_until_next_page(rig) <= 5


def test_machines_whose_clocks_differ_by_seconds_do_not_hasten_each_other(rig: Rig) -> None:
    rig.clock.instant += timedelta(seconds=30)
    missed_call(rig)
    due = deadline_at(rig, "page")
    rig.clock.instant -= timedelta(seconds=30)
    other = Worker(rig.services)
    other.begin()
    other.tick()
    assert deadline_at(rig, "page") == due


def test_a_claim_from_the_future_runs_out_within_a_lease(rig: Rig) -> None:
    rig.text(CALLER, "Telefonane er nede")
    rig.worker.tick()
    rig.text(OLA, "?")
    claim_effects(rig.db, worker="gone", now=rig.clock.now() + timedelta(hours=3), free={Lane.PEOPLE: 9})
    rig.clock.instant -= MINUTE
    rig.worker.tick()
    with rig.db.read() as connection:
        until = connection.execute(select(effects.c.claimed_until).where(effects.c.claimed_by == "gone"))
        assert until.scalar_one() <= rig.clock.now() + LEASE


def test_a_worker_seen_in_the_future_does_not_pass_for_one_that_is_there(rig: Rig) -> None:
    with rig.db.write() as connection:
        ahead = rig.clock.now() + timedelta(days=1)
        connection.execute(workers.insert().values(id="gone", started_at=ahead, seen_at=ahead))
    assert [missing.what for missing in missing_parts(rig.services)] == ["worker"]


def test_a_running_worker_follows_its_clock(rig: Rig) -> None:
    """The same with threads: the page that was due in five minutes comes five minutes later by the new clock."""
    missed_call(rig)
    worker = Worker(rig.services)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    pause = threading.Event()
    while worker._clock_at is None:
        pause.wait(0.01)
    rig.clock.instant -= timedelta(hours=1)
    while worker._clock_at != rig.clock.now():
        pause.wait(0.01)
    rig.clock.advance(minutes=5)
    worker.wake()
    while len(rig.telephony.placed) < 2 and thread.is_alive():
        pause.wait(0.01)
    worker.stop()
    thread.join(30)
    assert len(rig.telephony.placed) >= 2


def test_only_a_step_worth_the_name_counts() -> None:
    def step(**back: float) -> timedelta:
        return step_back(seen_at=EVENING, now=EVENING - timedelta(**back))

    assert step(seconds=1.9) == step(seconds=-3_600) == timedelta(0)
    assert step(seconds=2) == timedelta(seconds=2)
    assert step(days=9) == timedelta(days=9)
    assert step_back(seen_at=None, now=EVENING) == timedelta(0)


def test_what_was_told_before_the_clock_was_set_back_uses_up_nothing_until_its_time_comes(rig: Rig) -> None:
    stranger, hour = "+4792000077", timedelta(hours=1)
    for number in range(6):
        rig.text(stranger, f"Hei {number}")
    rig.work()
    told, answered = len(rig.texts_to(KARI)), len(rig.texts_to(stranger))
    rig.clock.instant -= hour
    rig.text(stranger, "Hei att")
    rig.work()
    assert len(rig.texts_to(stranger)) == answered + 1
    assert len(rig.texts_to(KARI)) > told
    rig.clock.instant += hour
    rig.text(stranger, "Hei igjen")
    rig.work()
    assert len(rig.texts_to(stranger)) == answered + 1


def test_receipts_of_before_a_clock_was_set_back_use_up_no_budget(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(budgets=Budgets(caller_sms_per_hotline_per_hour=1))
    rig.text("+4792000001", "Hei")
    rig.work()
    rig.clock.instant -= timedelta(hours=3)
    rig.text("+4792000002", "Hallo")
    rig.work()
    assert len(rig.texts_to("+4792000002")) == 1


def test_a_page_from_before_the_clock_was_set_back_makes_no_call_a_loop(rig: Rig) -> None:
    missed_call(rig)
    rig.clock.instant -= timedelta(hours=1)
    assert "Gather" in rig.ring(sid("CA", 7), from_=KARI).verbs()
    assert rig.references() == ["V-1001", "V-1002"]


def test_a_page_of_several_cases_from_before_the_clock_was_set_back_stands_for_no_round_after_it(
    rig: Rig,
) -> None:
    for number in range(1, 6):
        missed_call(rig, number)
    rig.clock.instant -= timedelta(minutes=40)
    before = len(rig.texts_to(OLA)) + len(rig.texts_to(KARI))
    rig.advance(minutes=11)
    assert len(rig.texts_to(OLA)) + len(rig.texts_to(KARI)) > before


def test_a_talk_goes_on_though_the_clock_is_set_back_in_the_middle_of_it(rig: Rig) -> None:
    dial = rig.begin(sid("CA", 1))
    leg = sid("CA", 31)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=leg), "1", leg=leg)
    rig.clock.instant -= timedelta(minutes=30)
    assert KARI not in rig.begin(sid("CA", 2), from_="+4792000002").numbers
