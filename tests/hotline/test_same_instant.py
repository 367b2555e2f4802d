"""Things that happen in the same instant, in real threads, on both databases: one is first, the other is told."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from dispatcher.worker import Worker
from tests.hotline.rig import CALLER, KARI, OLA, PER, Rig, Twiml, sid

ROUNDS = 3
NAMES = {"kari": "Kari Nordmann", "ola": "Ola Strand", "per": "Per Berg"}
PHONES = {"kari": KARI, "ola": OLA, "per": PER}

T = TypeVar("T")


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Do all acts in the same instant, each in a thread of its own, and return what they returned."""
    barrier = threading.Barrier(len(acts))

    def act(what: Callable[[], T]) -> T:
        barrier.wait(timeout=10)
        return what()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return [future.result(timeout=30) for future in [pool.submit(act, what) for what in acts]]


def ringing_second_rung(rig: Rig, number: int) -> tuple[Twiml, str]:
    """Let a caller come as far as the rung on which two people are rung at once."""
    call = sid("CA", number * 100)
    dial = rig.begin(call, from_=f"+479100{number:04}")
    return rig.dial_over(dial, call), call


def untaken(rig: Rig, number: int) -> str:
    """Open a case that nobody has, everybody on the ladder being paged, and return its reference."""
    call, caller = sid("CA", number * 100), f"+479100{number:04}"
    rig.begin(call, from_=caller)
    rig.hang_up(call, from_=caller)
    rig.advance(minutes=6)
    return f"V-{1000 + number}"


def holder_of(rig: Rig, reference: str) -> tuple[str, str]:
    """Return the id and the name of whoever has a case, taken exactly once."""
    case = rig.case(reference)
    assert case.state == "acknowledged"
    assert case.acknowledged_by is not None
    assert Counter(entry.kind for entry in case.timeline)["acknowledged"] == 1
    return case.acknowledged_by, NAMES[case.acknowledged_by]


def other_of(pair: tuple[str, str], holder: str) -> str:
    assert holder in pair
    return pair[1] if holder == pair[0] else pair[0]


def answers_since(rig: Rig, start: int, person: str) -> list[str]:
    return [item["body"] for item in rig.telephony.sent[start:] if item["to"] == PHONES[person]]


def test_of_two_people_who_press_1_at_once_one_is_connected_and_the_other_hears_by_whom(rig: Rig) -> None:
    pair = ("ola", "per")
    for number in range(1, ROUNDS + 1):
        dial, call = ringing_second_rung(rig, number)
        legs = {person: sid("CA", number * 100 + place) for place, person in enumerate(pair, start=1)}
        questions = {person: rig.twiml(dial.screen(PHONES[person]), CallSid=legs[person]) for person in pair}
        heard = dict(
            zip(
                pair,
                at_once(*(_presses(rig, questions[person], legs[person]) for person in pair)),
                strict=True,
            )
        )
        holder, name = holder_of(rig, f"V-{1000 + number}")
        loser = other_of(pair, holder)
        assert "Hangup" not in heard[holder].verbs()
        assert heard[loser].verbs()[-1] == "Hangup"
        assert name in heard[loser].said
        rig.dial_over(dial, call, status="completed", bridged=True, DialCallSid=legs[holder])
        outcomes = {item.person: item.outcome for item in rig.case(f"V-{1000 + number}").calls[0].attempts}
        assert (outcomes[holder], outcomes[loser]) == ("accepted", "canceled")


def _presses(rig: Rig, question: Twiml, leg: str) -> Callable[[], Twiml]:
    return lambda: rig.press(question, "1", leg=leg)


def _rings(rig: Rig, call: str, caller: str) -> Callable[[], Twiml]:
    return lambda: rig.ring(call, from_=caller)


def _asks_for_help(rig: Rig, stranger: str, words: str, number: int) -> Callable[[], None]:
    return lambda: rig.text(stranger, words, message=sid("SM", number))


def _texts(rig: Rig, person: str, body: str, number: int) -> Callable[[], None]:
    return lambda: rig.text(PHONES[person], body, message=sid("SM", 50_000 + number))


def test_of_two_people_who_send_ack_at_once_one_has_the_case_and_the_other_is_told_by_whom(rig: Rig) -> None:
    pair = ("kari", "per")
    for number in range(1, ROUNDS + 1):
        reference = untaken(rig, number)
        start = len(rig.telephony.sent)
        at_once(
            _texts(rig, "kari", f"ACK {reference}", number * 10),
            _texts(rig, "per", f"TAR {reference}", number * 10 + 1),
        )
        rig.work()
        holder, name = holder_of(rig, reference)
        loser = other_of(pair, holder)
        assert any("alt teken av " + name in body for body in answers_since(rig, start, loser))
        assert not any("alt teken" in body for body in answers_since(rig, start, holder))
        told = [item["body"] for item in rig.telephony.sent[start:] if item["to"] == f"+479100{number:04}"]
        assert [name in body for body in told] == [True]


def test_ack_by_sms_and_1_on_the_ringing_telephone_at_once_have_one_winner(rig: Rig) -> None:
    """Whoever is second is told by whom; a caller who still waits is connected all the same."""
    for number in range(1, ROUNDS + 1):
        dial, call = ringing_second_rung(rig, number)
        leg = sid("CA", number * 100 + 1)
        question = rig.twiml(dial.screen(OLA), CallSid=leg)
        start, reference = len(rig.telephony.sent), f"V-{1000 + number}"
        heard: list[Any] = at_once(
            _presses(rig, question, leg), _texts(rig, "kari", f"ACK {reference}", number * 10)
        )
        rig.work()
        holder, name = holder_of(rig, reference)
        if holder == "ola":
            assert "Hangup" not in heard[0].verbs()
            assert any("alt teken av " + name in body for body in answers_since(rig, start, "kari"))
        else:
            assert any(reference in body for body in answers_since(rig, start, "kari"))
            assert name in heard[0].said or "Hangup" not in heard[0].verbs()
        rig.hang_up(call)  # else Ola would be passed over next time, being in a call


def test_ack_by_sms_and_1_on_a_paging_call_at_once_have_one_winner(rig: Rig) -> None:
    for number in range(1, ROUNDS + 1):
        placed = len(rig.telephony.placed)
        reference = untaken(rig, number)
        page = next(item for item in rig.telephony.placed[placed:] if item["to"] == PER)
        question = rig.twiml(page["url"], CallSid=page["sid"])
        start = len(rig.telephony.sent)
        heard: list[Any] = at_once(
            _presses(rig, question, page["sid"]), _texts(rig, "kari", f"ACK {reference}", number * 10)
        )
        rig.work()
        holder, name = holder_of(rig, reference)
        assert heard[0].verbs()[-1] == "Hangup"
        if holder == "kari":
            assert name in heard[0].said
        else:
            assert any("alt teken av " + name in body for body in answers_since(rig, start, "kari"))


def test_done_and_ack_at_once_end_in_one_closed_case_or_one_that_is_told_to_be_taken(rig: Rig) -> None:
    """DONE takes and closes what nobody has; after another's ACK it closes for that other."""
    for number in range(1, ROUNDS + 1):
        reference = untaken(rig, number)
        start = len(rig.telephony.sent)
        at_once(
            _texts(rig, "kari", f"DONE {reference} ruteren er starta", number * 10),
            _texts(rig, "per", f"ACK {reference}", number * 10 + 1),
        )
        rig.work()
        case = rig.case(reference)
        kinds = Counter(entry.kind for entry in case.timeline)
        assert case.state == "closed"
        assert kinds["closed"] == 1
        assert kinds["acknowledged"] == 1
        answers = answers_since(rig, start, "per")
        assert case.acknowledged_by in {"kari", "per"}
        if case.acknowledged_by == "kari":
            assert any("Kari Nordmann" in body for body in answers)
        assert any(reference in body for body in answers_since(rig, start, "kari"))


def test_the_same_first_webhook_many_times_at_once_is_one_case_and_one_greeting(rig: Rig) -> None:
    for number in range(1, ROUNDS + 1):
        rings = _rings(rig, sid("CA", number), f"+4791{number:06d}")
        greetings = at_once(rings, rings, rings, rings)
        assert len({greeting.document for greeting in greetings}) == 1
        assert len(rig.references()) == number
    for reference in rig.references():
        assert rig.kinds(reference) == ["call-received"]


def test_the_first_webhook_and_the_end_of_a_call_at_once_are_one_case(rig: Rig) -> None:
    call = sid("CA", 1)
    at_once(lambda: rig.ring(call), lambda: rig.hang_up(call))
    rig.work()
    (reference,) = rig.references()
    kinds = Counter(rig.kinds(reference))
    assert (kinds["call-received"], kinds["call-ended"]) == (1, 1)
    assert len([body for body in rig.texts_to(CALLER) if reference in body]) == 1


def test_the_same_message_twice_at_once_has_one_effect_and_one_reply(rig: Rig) -> None:
    for number in range(1, ROUNDS + 1):
        reference = untaken(rig, number)
        start = len(rig.telephony.sent)
        texts = _texts(rig, "kari", f"ACK {reference}", number)
        at_once(texts, texts)
        rig.work()
        assert holder_of(rig, reference)[0] == "kari"
        assert len(answers_since(rig, start, "kari")) == 1


def test_two_messages_of_one_stranger_at_once_are_one_case(rig: Rig) -> None:
    """A long SMS that arrives in two parts is one trouble, not two."""
    for number in range(1, ROUNDS + 1):
        stranger = f"+479200{number:04}"
        at_once(
            _asks_for_help(rig, stranger, "Straumen er borte", 60_000 + number),
            _asks_for_help(rig, stranger, "på rådhuset", 70_000 + number),
        )
    found = rig.references()
    assert len(found) == ROUNDS
    assert [Counter(rig.kinds(reference))["sms-received"] for reference in found] == [2] * ROUNDS


def test_several_workers_on_one_database_do_every_effect_once(rig: Rig) -> None:
    calls = [(sid("CA", number), f"+479100{number:04}") for number in range(1, 9)]
    for call, caller in calls:
        rig.begin(call, from_=caller)
        rig.hang_up(call, from_=caller)
    workers = [Worker(rig.services) for _ in range(3)]
    at_once(*(_drains(worker) for worker in workers))
    rig.clock.advance(minutes=5)  # the next round of paging is a deadline: one of them takes each
    at_once(*(_drains(worker) for worker in workers))
    texts = Counter((item["to"], item["body"]) for item in rig.telephony.sent)
    assert max(texts.values()) == 1
    assert len(rig.texts_to(KARI)) == len(calls)
    (together,) = rig.texts_to(PER)  # later rounds of many cases are one page
    assert "7 til ventar" in together
    placed = Counter(item["url"] for item in rig.telephony.placed)
    assert max(placed.values()) == 1
    for number in range(1, 9):
        kinds = Counter(rig.kinds(f"V-{1000 + number}"))
        assert kinds["ticket-opened"] == 1


def _drains(worker: Worker) -> Callable[[], None]:
    def drain() -> None:
        while worker.tick():
            pass

    return drain
