"""A call or SMS whose answer was lost is looked for at Twilio, and never taken for somebody else's."""

from collections.abc import Callable

from sqlalchemy import select

from dispatcher.decision import NewEffect
from dispatcher.outbox.queue import add_effects
from dispatcher.store.tables import effects, pages
from dispatcher.telephony.port import DeliveryError
from tests.hotline.rig import CALLER, HOTLINE, KARI, OLA, ORGANISATION, PER, Rig, sid

DESK_PHONE = "+4755100009"
LOST = DeliveryError("Twilio did not answer in time", ambiguous=True)
BY_TELEPHONE = ORGANISATION.replace('phones = ["+4790000005"]', f'phones = ["{DESK_PHONE}"]')


def miss(rig: Rig, number: int = 1) -> None:
    """Let a caller hang up while it rings."""
    call, from_ = sid("CA", number), f"+479200{number:04d}"
    rig.begin(call, from_=from_)
    rig.hang_up(call, from_=from_)


def test_call(rig: Rig, person: str, phone: str, key: str) -> None:
    """Queue what `vakttelefon ring` queues."""
    data = {"to": phone, "from": HOTLINE, "person": person}
    effect = NewEffect("test-call", f"test-call:{key}", data)
    with rig.db.write() as connection:
        add_effects(connection, (effect,), case_id=None, now=rig.clock.now())


test_call.__test__ = False  # type: ignore[attr-defined]


def placed_to(rig: Rig, phone: str) -> list[str]:
    return [call["url"] for call in rig.telephony.placed if call["to"] == phone]


def test_three_alarms_to_one_telephone_are_each_spoken_though_two_requests_were_lost(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(organisation=BY_TELEPHONE)
    for phone, lost in ((KARI, False), (OLA, True), (PER, True)):
        rig.telephony.fail = [LOST] if lost else []
        rig.text(phone, "STOP")
        rig.work()
        rig.clock.advance(seconds=7)
    rig.advance(minutes=10)
    assert len(placed_to(rig, DESK_PHONE)) == len(set(placed_to(rig, DESK_PHONE))) == 3


def test_a_test_call_that_was_lost_is_not_taken_for_the_page_before_it(rig: Rig) -> None:
    miss(rig)
    rig.work()
    rig.clock.advance(seconds=10)
    rig.telephony.fail = [LOST]
    test_call(rig, "kari", KARI, "one")
    rig.work()
    rig.advance(seconds=30)
    assert sum("/test/" in url for url in placed_to(rig, KARI)) == 1


def test_a_page_that_was_lost_is_not_taken_for_the_test_call_before_it(rig: Rig) -> None:
    test_call(rig, "kari", KARI, "two")
    rig.work()
    rig.clock.advance(seconds=10)
    miss(rig)
    rig.telephony.refuse[KARI] = LOST
    rig.work()
    del rig.telephony.refuse[KARI]
    rig.advance(seconds=30)
    assert sum("/page/" in url for url in placed_to(rig, KARI)) == 1


def test_a_call_that_was_placed_though_its_answer_was_lost_is_placed_once(rig: Rig) -> None:
    real = rig.telephony.place_call

    def place_and_lose(**call: str) -> None:
        real(**call)
        rig.telephony.place_call = real  # type: ignore[method-assign]
        raise LOST

    rig.telephony.place_call = place_and_lose  # type: ignore[assignment,method-assign]
    test_call(rig, "kari", KARI, "three")
    rig.work()
    rig.advance(minutes=5)
    assert len(placed_to(rig, KARI)) == 1
    with rig.db.read() as connection:
        noted = connection.execute(select(effects.c.sid).where(effects.c.kind == "test-call")).scalar_one()
    assert noted == rig.telephony.placed[0]["sid"]


def test_a_paging_call_that_was_answered_before_its_request_was_is_not_placed_again(rig: Rig) -> None:
    real = rig.telephony.place_call

    def place_and_lose(**call: str) -> None:
        real(**call)
        raise LOST

    rig.telephony.place_call = place_and_lose  # type: ignore[assignment,method-assign]
    miss(rig)
    rig.worker.tick()
    rig.worker.tick()
    rig.telephony.place_call = real  # type: ignore[method-assign]
    page = rig.telephony.placed[0]
    rig.twiml(page["url"], CallSid=page["sid"])
    rig.advance(minutes=1)
    assert len(placed_to(rig, KARI)) == 1


def test_the_second_of_two_equal_texts_that_was_lost_is_sent_again(rig: Rig) -> None:
    rig.text(KARI, "?")
    rig.work()
    rig.clock.advance(seconds=15)
    rig.telephony.fail = [LOST]
    rig.text(KARI, "?")
    rig.work()
    rig.advance(minutes=1)
    assert len(rig.texts_to(KARI)) == 2


def test_equal_texts_that_were_both_sent_though_both_answers_were_lost_are_sent_once_each(rig: Rig) -> None:
    rig.telephony.act_before_failing = True
    rig.telephony.fail = [LOST, LOST]
    rig.text(KARI, "?")
    rig.work()
    rig.clock.advance(seconds=4)
    rig.text(KARI, "?")
    rig.work()
    rig.telephony.act_before_failing = False
    rig.advance(minutes=2)
    assert len(rig.texts_to(KARI)) == 2


def test_a_page_knows_when_it_was_handed_over(rig: Rig) -> None:
    miss(rig)
    rig.work()
    with rig.db.read() as connection:
        handed = connection.execute(select(pages.c.channel, pages.c.handed_at)).all()
    assert {row.channel for row in handed if row.handed_at is not None} == {"sms", "call"}
    assert rig.texts_to(CALLER) == []
