"""PASS: whoever has just passed is not paged next, and hastens a case once for each time they were alerted."""

from collections.abc import Callable

import pytest

from dispatcher.paging.rounds import Told, is_first_round, just_passed, may_hasten
from tests.hotline.rig import KARI, OLA, ORGANISATION, PER, SIRI, Rig, sid

ONE_RUNG = ORGANISATION.replace(
    """  [[ladders.rungs]]
  ring = ["next-on-duty:drift", "person:per"]
  order = "simultaneous"
  seconds = 20
""",
    "",
)
# Kari stands on both rungs.
TWICE = ORGANISATION.replace('"next-on-duty:drift", "person:per"', '"person:kari", "person:per"')


def miss(rig: Rig, number: int = 1) -> None:
    """Let a caller hang up while it rings."""
    call, from_ = sid("CA", number), f"+479200{number:04d}"
    rig.begin(call, from_=from_)
    rig.hang_up(call, from_=from_)
    rig.work()


def pages_to(rig: Rig, phone: str) -> int:
    """Count the SMS that page somebody; each says how to pass the case on."""
    how = ("VIDARE V-1001", "VIDERE V-1001", "PASS V-1001")
    return sum(any(words in text for words in how) for text in rig.texts_to(phone))


def test_whoever_passed_is_left_out_of_the_next_pass_though_on_the_next_rung_too(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(organisation=TWICE)
    miss(rig)
    rig.text(KARI, "PASS")
    rig.work()
    assert pages_to(rig, PER) == 1
    assert pages_to(rig, KARI) == 1
    skipped = [item.text for item in rig.case(language="en").timeline if item.kind == "page-skipped"]
    assert skipped == ["Kari Nordmann was not paged: has passed the case on"]
    rig.advance(minutes=5)
    assert pages_to(rig, KARI) == 2


def test_with_nobody_else_left_the_one_who_passed_is_paged_again_in_time_and_not_at_once(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(organisation=ONE_RUNG)
    miss(rig)
    for _ in range(20):
        rig.text(KARI, "PASS V-1001")
        rig.advance(seconds=2)
    assert pages_to(rig, KARI) == 1
    rig.advance(minutes=5)
    assert pages_to(rig, KARI) == 2


def test_whoever_declined_the_live_call_is_not_the_first_to_be_paged(rig: Rig) -> None:
    dial = rig.begin(sid("CA", 1))
    leg = sid("CA", 31)
    rig.post(dial.leg(KARI), CallSid=leg, CallStatus="in-progress", SequenceNumber="1")
    question = rig.twiml(dial.screen(KARI), CallSid=leg)
    rig.press(question, "2", leg=leg)
    rig.hang_up(sid("CA", 1))
    rig.work()
    assert rig.case().calls[0].attempts[0].outcome == "declined"
    assert pages_to(rig, KARI) == 0
    assert pages_to(rig, PER) == 1
    rig.advance(minutes=5)
    assert pages_to(rig, KARI) == 1


def test_a_second_pass_of_the_same_person_hastens_nothing(rig: Rig) -> None:
    miss(rig)
    for _ in range(30):
        rig.text(KARI, "PASS V-1001")
        rig.work()
        rig.clock.advance(seconds=1)
    assert (pages_to(rig, KARI), pages_to(rig, OLA), pages_to(rig, PER)) == (1, 1, 1)


def test_two_pass_in_one_instant_bring_one_round(rig: Rig) -> None:
    miss(rig)
    rig.text(KARI, "PASS V-1001")
    rig.text(KARI, "PASS V-1001")
    rig.work()
    assert (pages_to(rig, KARI), pages_to(rig, PER)) == (1, 1)


def test_a_pass_of_somebody_who_was_not_paged_is_answered_and_hastens_nothing(rig: Rig) -> None:
    miss(rig)
    rig.text(SIRI, "PASS V-1001")
    rig.work()
    assert len(rig.texts_to(SIRI)) == 1
    assert "passed" in rig.kinds()
    assert rig.texts_to(PER) == []
    rig.advance(minutes=5)
    assert pages_to(rig, PER) == 1


def test_a_pass_that_hastens_nothing_leaves_the_next_round_where_it_was(rig: Rig) -> None:
    miss(rig)
    rig.advance(minutes=4)
    rig.text(SIRI, "PASS V-1001")
    rig.advance(seconds=50)
    assert rig.texts_to(PER) == []
    rig.advance(seconds=15)
    assert pages_to(rig, PER) == 1


def test_each_of_several_people_may_hasten_once(rig: Rig) -> None:
    miss(rig)
    rig.text(KARI, "PASS V-1001")
    rig.work()
    rig.text(PER, "PASS V-1001")
    rig.work()
    assert pages_to(rig, KARI) == 2
    rig.text(OLA, "PASS V-1001")  # paged in the pass before
    rig.work()
    assert pages_to(rig, KARI) == 2


def test_key_2_on_a_page_counts_as_the_persons_pass(rig: Rig) -> None:
    miss(rig)
    page = rig.telephony.placed[0]
    rig.press(rig.twiml(page["url"], CallSid=page["sid"]), "2")
    rig.work()
    rig.text(KARI, "PASS V-1001")
    rig.work()
    assert (pages_to(rig, KARI), pages_to(rig, PER)) == (1, 1)


def test_letting_go_of_a_case_brings_the_next_rung_at_once_but_not_again_and_again(rig: Rig) -> None:
    miss(rig)
    for _ in range(10):
        rig.text(KARI, "ACK V-1001")
        rig.work()
        rig.text(KARI, "PASS V-1001")
        rig.work()
        rig.clock.advance(seconds=5)
    assert rig.case().state == "open"
    assert (pages_to(rig, KARI), pages_to(rig, PER)) == (1, 1)
    rig.advance(minutes=6)
    assert pages_to(rig, KARI) + pages_to(rig, PER) > 2


def test_letting_go_of_a_case_that_was_never_paged_pages_at_once(rig: Rig) -> None:
    dial = rig.begin(sid("CA", 1))
    leg = sid("CA", 32)
    rig.post(dial.leg(KARI), CallSid=leg, CallStatus="in-progress", SequenceNumber="1")
    rig.press(rig.twiml(dial.screen(KARI), CallSid=leg), "1", leg=leg)
    rig.dial_over(dial, sid("CA", 1), status="completed", bridged=True)
    rig.hang_up(sid("CA", 1))
    rig.work()
    assert rig.case().acknowledged_by == "kari"
    rig.text(KARI, "PASS V-1001")
    rig.work()
    assert (pages_to(rig, KARI), pages_to(rig, PER)) == (0, 1)


def test_whoever_has_passed_since_the_last_alert_has_just_passed() -> None:
    story = (
        Told("passed", "per"),
        Told("released", "ola"),
        Told("paged", "ola", 2),
        Told("passed", "kari"),
    )
    assert just_passed(story) == {"per", "ola"}
    assert just_passed((Told("passed", "per"), Told("reopened", None), Told("passed", "kari"))) == {"per"}


def test_only_those_alerted_in_the_present_round_hasten_and_a_release_once() -> None:
    round_two = (Told("paged", "per", 2), Told("paged-together", "ola", 2), Told("paged", "kari", 1))
    assert may_hasten((Told("passed", "ola"), *round_two), "ola")
    assert not may_hasten((Told("passed", "kari"), *round_two), "kari")
    assert not may_hasten((Told("passed", "siri"), *round_two), "siri")
    assert may_hasten((Told("released", "siri"), *round_two), "siri")
    twice = (Told("released", "siri"), Told("released", "siri"), *round_two)
    assert not may_hasten(twice, "siri")


@pytest.mark.parametrize("moved_by", [("PASS V-1001",), ("ACK V-1001", "PASS V-1001")], ids=" then ".join)
def test_a_first_round_that_somebody_moves_before_it_is_sent_is_still_the_first(
    make_rig: Callable[..., Rig], moved_by: tuple[str, ...]
) -> None:
    """Only later rounds are capped; here the cap lets none of them through."""
    rig = make_rig(pages_per_person_per_hour=0)
    miss(rig)
    rig.text(KARI, "DONE V-1001")
    rig.work()
    assert pages_to(rig, KARI) == 1
    rig.text("+4792000001", "Det er nede igjen, kom og hjelp")
    for words in moved_by:
        rig.text(KARI, words)
    rig.work()
    assert pages_to(rig, PER) == 1


def test_a_round_is_the_first_until_somebody_was_alerted() -> None:
    for kinds, expected in (
        ((), True),
        (("passed",), True),
        (("paged",), False),
        (("passed", "paged"), False),
        (("reopened", "paged-together", "paged"), True),
        (("released", "passed", "reopened", "paged"), True),
        (("paged-together", "reopened", "paged"), False),
    ):
        assert is_first_round([Told(kind, "kari") for kind in kinds]) is expected, kinds
