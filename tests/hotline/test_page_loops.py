"""A paging call to a telephone that is forwarded to the hotline reached nobody (contract 5.8)."""

import pytest

from tests.hotline.rig import HOTLINE, OLA, PER, Rig, sid

BACK = sid("CA", 70)
OLAS_DESK_PHONE = "+4755100002"


def page_second_rung(rig: Rig) -> dict[str, str]:
    """Let a call be missed and the second rung be paged; return the paging call to Ola's first telephone."""
    rig.begin(sid("CA", 1))
    rig.hang_up(sid("CA", 1))
    rig.advance(minutes=5)
    return next(call for call in rig.telephony.placed if call["to"] == OLA)


def rung(rig: Rig) -> list[str]:
    rig.work()
    return [call["to"] for call in rig.telephony.placed]


def outcomes(rig: Rig) -> list[str]:
    return [entry.text for entry in rig.case().timeline if entry.kind == "page-outcome"]


@pytest.mark.parametrize("shown", [{"from_": OLA}, {"from_": "anonymous", "ForwardedFrom": OLA}], ids=str)
def test_the_next_telephone_of_a_forwarded_one_is_rung(rig: Rig, shown: dict[str, str]) -> None:
    page = page_second_rung(rig)
    assert rig.ring(BACK, **shown).verbs()[-1] in {"Hangup", "Redirect"}
    assert rung(rig)[-1] == OLAS_DESK_PHONE
    assert any("svarte ikkje" in text for text in outcomes(rig))
    rig.post(page["status_callback"], CallSid=page["sid"], CallStatus="completed")
    assert rung(rig).count(OLAS_DESK_PHONE) == 1
    assert not any("telefonsvarar" in text for text in outcomes(rig))
    assert rig.references() == ["V-1001"]


def test_where_the_hotlines_number_is_shown_and_one_page_rings_it_is_that_one(rig: Rig) -> None:
    page_second_rung(rig)
    per = next(call for call in rig.telephony.placed if call["to"] == PER)
    rig.post(per["status_callback"], CallSid=per["sid"], CallStatus="busy")
    kari = rig.telephony.placed[0]
    rig.post(kari["status_callback"], CallSid=kari["sid"], CallStatus="no-answer")
    rig.ring(BACK, from_=HOTLINE)
    assert rung(rig)[-1] == OLAS_DESK_PHONE
    assert any("Ola" in text and "vidarekopla" in text for text in rig.texts_to("+4790000005"))


def test_where_several_pages_ring_with_the_hotlines_number_the_one_that_ends_without_a_key_goes_on(
    rig: Rig,
) -> None:
    page = page_second_rung(rig)
    before = rung(rig)
    rig.ring(BACK, from_=HOTLINE)
    assert rung(rig) == before
    assert rig.references() == ["V-1001"]
    rig.post(page["status_callback"], CallSid=page["sid"], CallStatus="completed")
    assert rung(rig)[len(before) :] == [OLAS_DESK_PHONE]


def test_a_private_voicemail_that_hears_a_page_out_swallows_nothing(rig: Rig) -> None:
    """Two silences are a voicemail: the person's other telephone rings, once."""
    page = page_second_rung(rig)
    question = rig.twiml(page["url"], CallSid=page["sid"])
    again = rig.press(question, "", leg=page["sid"])
    assert rig.press(again, "", leg=page["sid"]).verbs()[-1] == "Hangup"
    rig.post(page["status_callback"], CallSid=page["sid"], CallStatus="completed")
    assert rung(rig).count(OLAS_DESK_PHONE) == 1


@pytest.mark.parametrize("key", ["1", "2"])
def test_a_key_on_a_page_that_seemed_to_come_back_counts(rig: Rig, key: str) -> None:
    page = page_second_rung(rig)
    question = rig.twiml(page["url"], CallSid=page["sid"])
    rig.ring(BACK, from_=OLA)
    rig.work()
    rig.press(question, key, leg=page["sid"])
    rig.press(question, key, leg=page["sid"])
    rig.work()
    done = {"1": "acknowledged", "2": "passed"}[key]
    assert [entry.by for entry in rig.case().timeline if entry.kind == done] == ["ola"]


def test_a_loop_that_rings_in_twice_rings_the_next_telephone_once(rig: Rig) -> None:
    page_second_rung(rig)
    for number in range(3):
        rig.ring(sid("CA", 70 + number), from_=OLA)
        rig.work()
    assert rung(rig).count(OLAS_DESK_PHONE) == 1
    assert rig.kinds().count("loop") == 1
