"""Calls that come back to us from our own doing end, take no case, and cost the caller nothing (contract 5.8)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from dispatcher.decision import NewEffect
from dispatcher.outbox.queue import add_effects
from dispatcher.store.tables import calls
from tests.hotline.rig import CALLER, HOTLINE, KARI, KIM, OLA, ORGANISATION, PER, SIRI, Rig, sid

CALL, BACK, LEG = sid("CA", 1), sid("CA", 70), sid("CA", 2)
DESK = "+4756000000"
OTHER = "+4721000077"
TWO_HOTLINES = f"""{ORGANISATION}
[[hotlines]]
id = "helse"
number = "{OTHER}"
name = "Helsevakta"
schedule = "drift"
ladder = "standard"
language = "en"
"""


def outcomes(rig: Rig) -> list[tuple[str, str | None]]:
    return [(item.person, item.outcome) for item in rig.case().calls[0].attempts]


def loops(rig: Rig) -> list[str]:
    with rig.db.read() as connection:
        return list(connection.execute(select(calls.c.sid).where(calls.c.is_loop)).scalars())


def alarms(rig: Rig) -> list[str]:
    rig.work()
    return [text for text in rig.texts_to(KIM) if "vidarekopla" in text]


@pytest.mark.parametrize(
    "shown",
    [
        {"from_": HOTLINE},
        {"from_": "anonymous", "ForwardedFrom": HOTLINE},
        {"from_": KARI},
        {"from_": "anonymous", "ForwardedFrom": KARI},
        {"from_": "+4791777777", "ForwardedFrom": KARI},
    ],
    ids=str,
)
def test_a_forwarded_telephone_ends_as_no_answer_and_the_ladder_goes_on(
    rig: Rig, shown: dict[str, str]
) -> None:
    dial = rig.begin(CALL)
    answer = rig.ring(BACK, **shown)
    assert answer.verbs()[-1] == "Hangup"
    assert "V-" not in answer.document
    assert rig.references() == ["V-1001"]
    assert loops(rig) == [BACK]
    assert outcomes(rig) == [("kari", "no-answer")]
    following = rig.dial_over(dial, CALL, status="completed", bridged=False, DialCallSid=LEG)
    assert set(following.numbers) == {OLA, PER}
    assert rig.case().state == "open"
    assert "loop" in rig.kinds()


@pytest.mark.parametrize(
    "written", ["90000001", "4790000001", "004790000001", "+47 900 00 001", "sip:+4790000001@sip.example.no"]
)
def test_a_forwarded_telephone_is_known_however_the_network_writes_it(rig: Rig, written: str) -> None:
    rig.begin(CALL)
    rig.ring(BACK, from_="+4799887766", ForwardedFrom=written)
    assert rig.references() == ["V-1001"]
    assert outcomes(rig) == [("kari", "no-answer")]


@pytest.mark.parametrize("written", ["21000000", "4721000000", "00 47 21 00 00 00", "SIP:21000000@x"])
def test_a_hotlines_own_number_is_known_however_the_network_writes_it(rig: Rig, written: str) -> None:
    rig.begin(CALL)
    assert rig.ring(BACK, from_=written).verbs() == ["Say", "Hangup"]
    rig.ring(sid("CA", 71), from_="anonymous", ForwardedFrom=written)
    assert rig.references() == ["V-1001"]


@pytest.mark.parametrize("written", ["56000000", "004756000000"])
def test_the_desks_switchboard_is_known_however_the_network_writes_it(rig: Rig, written: str) -> None:
    rig.clock.advance(hours=14)
    rig.begin(CALL)
    rig.ring(BACK, from_="+4799887766", ForwardedFrom=written)
    assert outcomes(rig) == [("desk", "no-answer")]


def test_a_strangers_number_without_its_plus_is_no_loop_while_somebody_is_rung(rig: Rig) -> None:
    rig.begin(CALL)
    rig.ring(BACK, from_="4799887766", ForwardedFrom="99112233")
    assert rig.references() == ["V-1001", "V-1002"]


def test_the_outcome_is_the_same_in_whatever_order_the_reports_come(rig: Rig) -> None:
    dial = rig.begin(CALL)
    rig.twiml(dial.screen(KARI), CallSid=LEG)
    rig.post(dial.leg(KARI), CallSid=LEG, CallStatus="in-progress", SequenceNumber="2")
    rig.ring(BACK, from_=HOTLINE)
    rig.post(dial.leg(KARI), CallSid=LEG, CallStatus="completed", SequenceNumber="3")
    rig.post(dial.leg(KARI), CallSid=LEG, CallStatus="ringing", SequenceNumber="1")
    rig.dial_over(dial, CALL, status="completed", bridged=False, DialCallSid=LEG)
    assert outcomes(rig)[0] == ("kari", "no-answer")


def test_the_same_first_request_of_a_loop_again_is_answered_alike_and_told_once(rig: Rig) -> None:
    rig.begin(CALL)
    first, second = rig.ring(BACK, from_=HOTLINE), rig.ring(BACK, from_=HOTLINE)
    rig.ring(sid("CA", 71), from_=HOTLINE)
    assert first.document == second.document
    assert len(alarms(rig)) == 1
    assert rig.kinds().count("loop") == 1


def test_a_telephone_is_told_of_again_on_the_next_day(rig: Rig) -> None:
    for day in range(2):
        rig.ring(sid("CA", 80 + day), from_=HOTLINE)
        rig.advance(hours=24)
    assert len(alarms(rig)) == 2


def test_a_hotline_that_rings_another_is_told_so_in_the_other_ones_language(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(organisation=TWO_HOTLINES)
    answer = rig.ring(BACK, from_=HOTLINE, to=OTHER)
    assert answer.verbs() == ["Say", "Hangup"]
    assert "Helsevakta" in answer.said
    assert "ringing" in answer.said
    assert rig.references() == []


def test_the_end_of_a_loop_is_stored_with_it(rig: Rig) -> None:
    rig.ring(BACK, from_=HOTLINE)
    rig.hang_up(BACK, from_=HOTLINE, seconds=4)
    with rig.db.read() as connection:
        row = connection.execute(select(calls).where(calls.c.sid == BACK)).one()
    assert (row.case_id, row.status, row.duration_seconds) == (None, "completed", 4)
    assert rig.references() == []
    rig.advance(minutes=30)
    assert rig.telephony.placed == []


def test_a_loop_whose_end_is_first_heard_of_opens_no_case_either(rig: Rig) -> None:
    rig.hang_up(BACK, from_=HOTLINE)
    assert rig.references() == []
    assert loops(rig) == [BACK]


def test_a_loop_whose_end_is_never_told_is_asked_about(rig: Rig) -> None:
    rig.ring(BACK, from_=HOTLINE)
    rig.advance(minutes=2)
    assert any(BACK in key for key in rig.unfinished())


@pytest.fixture
def at_ten(rig: Rig) -> Rig:
    rig.clock.advance(hours=14)  # Thursday at ten: the desk is open
    return rig


@pytest.mark.parametrize("answered_first", [False, True])
@pytest.mark.parametrize("shown", [HOTLINE, DESK])
def test_a_switchboard_in_night_mode_has_not_answered_whatever_the_dial_says(
    at_ten: Rig, shown: str, *, answered_first: bool
) -> None:
    rig = at_ten
    dial = rig.begin(CALL)
    assert dial.numbers == [DESK]
    if answered_first:
        rig.post(dial.leg(DESK), CallSid=LEG, CallStatus="in-progress", SequenceNumber="1")
        assert rig.case().acknowledged_by == "desk"
    rig.ring(BACK, from_=shown)
    if not answered_first:
        rig.post(dial.leg(DESK), CallSid=LEG, CallStatus="in-progress", SequenceNumber="1")
    case = rig.case()
    assert (case.state, case.acknowledged_by) == ("open", None)
    following = rig.dial_over(dial, CALL, status="completed", bridged=True, DialCallSid=LEG)
    assert following.numbers == [KARI]
    rig.hang_up(CALL)
    rig.work()
    assert rig.case().state == "open"
    assert outcomes(rig)[0] == ("desk", "no-answer")
    assert not any("Servicedesken" in text for text in rig.texts_to(CALLER))
    assert [call["to"] for call in rig.telephony.placed] == [KARI]


def test_a_desk_that_talks_keeps_its_case_when_its_number_rings_in(at_ten: Rig) -> None:
    rig = at_ten
    dial = rig.begin(CALL)
    rig.post(dial.leg(DESK), CallSid=LEG, CallStatus="in-progress", SequenceNumber="1")
    rig.clock.advance(minutes=4)
    rig.ring(BACK, from_=DESK)
    assert rig.references() == ["V-1001", "V-1002"]
    rig.dial_over(dial, CALL, status="completed", bridged=True, DialCallSid=LEG)
    rig.hang_up(CALL)
    rig.work()
    assert rig.case().acknowledged_by == "desk"
    assert sum("Servicedesken" in text for text in rig.texts_to(CALLER)) == 1


def test_two_callers_whose_desk_is_forwarded_both_reach_the_duty(at_ten: Rig) -> None:
    rig = at_ten
    other = sid("CA", 5)
    first, second = rig.begin(CALL), rig.begin(other, from_="+4791000099")
    rig.ring(BACK, from_=HOTLINE)
    rig.ring(sid("CA", 71), from_=HOTLINE)
    for dial, call in ((first, CALL), (second, other)):
        assert KARI in rig.dial_over(dial, call, status="completed", bridged=True).numbers
        rig.hang_up(call)


def test_a_technician_who_really_rings_while_being_rung_presses_a_key_and_is_a_caller(rig: Rig) -> None:
    rig.begin(CALL)
    answer = rig.ring(BACK, from_=KARI)
    greeting = rig.press(answer, "1", leg=BACK)
    assert "Vakttelefonen" in greeting.said
    assert rig.references() == ["V-1001", "V-1002"]
    again = rig.press(answer, "1", leg=BACK)
    assert again.document == greeting.document
    dial = rig.twiml(greeting.action("Gather"), CallSid=BACK, Digits="")
    assert KARI not in dial.numbers
    assert rig.references() == ["V-1001", "V-1002"]
    assert loops(rig) == []


def test_without_the_key_the_call_is_over(rig: Rig) -> None:
    rig.begin(CALL)
    answer = rig.ring(BACK, from_=KARI)
    assert rig.press(answer, "", leg=BACK).verbs() == ["Hangup"]
    assert rig.references() == ["V-1001"]


def test_a_leg_that_seemed_to_come_back_is_taken_by_key_all_the_same(rig: Rig) -> None:
    dial = rig.begin(CALL)
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    rig.ring(BACK, from_=KARI)
    rig.press(question, "1", leg=LEG)
    rig.dial_over(dial, CALL, status="completed", bridged=True, DialCallSid=LEG)
    assert rig.case().acknowledged_by == "kari"
    assert outcomes(rig) == [("kari", "accepted")]


def test_a_technician_who_has_passed_rings_in_as_a_caller(rig: Rig) -> None:
    dial = rig.begin(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "2", leg=LEG)
    rig.ring(BACK, from_=KARI)
    assert rig.references() == ["V-1001", "V-1002"]


def test_a_technician_rings_in_as_a_caller_while_nothing_rings(rig: Rig) -> None:
    rig.ring(BACK, from_=SIRI)
    assert rig.references() == ["V-1001"]


def test_a_network_that_names_the_called_number_as_forwarding_loses_no_caller(rig: Rig) -> None:
    assert "Gather" in rig.ring(CALL, ForwardedFrom=HOTLINE).verbs()
    assert rig.references() == ["V-1001"]


@pytest.mark.parametrize("kind", ["alarm-call", "test-call"])
def test_an_alarm_or_a_test_call_that_comes_back_opens_no_case_while_it_rings(rig: Rig, kind: str) -> None:
    data = {"to": SIRI, "from": HOTLINE, "person": "siri", "body": "Prøve"}
    with rig.db.write() as connection:
        add_effects(connection, (NewEffect(kind, f"{kind}:1", data),), case_id=None, now=rig.clock.now())
    rig.work()
    rig.clock.advance(seconds=5)
    assert rig.ring(BACK, from_=SIRI).verbs()[-1] == "Hangup"
    assert rig.references() == []
    rig.clock.advance(minutes=2)
    rig.ring(sid("CA", 71), from_=SIRI)
    assert rig.references() == ["V-1001"]


def test_a_paged_telephone_that_is_forwarded_to_us_opens_no_case(rig: Rig) -> None:
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.work()
    assert [call["to"] for call in rig.telephony.placed] == [KARI]
    assert rig.ring(BACK, from_="anonymous", ForwardedFrom=KARI).verbs() == ["Say", "Hangup"]
    assert rig.references() == ["V-1001"]
