"""Telephones that answer by themselves, and our own numbers: nothing feeds itself (contract section 4)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from dispatcher.spool import spool
from dispatcher.store.tables import messages
from tests.hotline.rig import CALLER, HOTLINE, KARI, KIM, OLA, ORGANISATION, Rig, sid
from tests.hotline.test_same_instant import at_once

STRANGER = "+4791000077"
SWEDISH = "+46766860001"
TWO_HOTLINES = (
    ORGANISATION
    + f"""
[[hotlines]]
id = "helse"
number = "{SWEDISH}"
name = "Helsevakta"
schedule = "drift"
ladder = "standard"
language = "en"
"""
)


def purposes(rig: Rig) -> list[str]:
    with rig.db.read() as connection:
        inbound = select(messages.c.purpose).where(messages.c.direction == "in").order_by(messages.c.id)
        return list(connection.execute(inbound).scalars())


@pytest.mark.parametrize(
    "from_",
    [
        HOTLINE,
        SWEDISH,
        "\u202a+4721000000\u202c",
        "4721000000",
        "004721000000",
        "21 00 00 00",
        "46766860001",
        "+46 76-686 00 01",
    ],
)
def test_an_sms_from_a_hotlines_own_number_however_written_is_kept_and_nothing_more(
    make_rig: Callable[..., Rig], from_: str
) -> None:
    rig = make_rig(organisation=TWO_HOTLINES)
    rig.text(from_, "hallo")
    rig.text(from_, "ACK")
    rig.text(from_, "STOP")
    rig.work()
    assert rig.references() == []
    assert purposes(rig) == ["loop"] * 3
    assert [item["to"] for item in rig.telephony.sent] == [KIM]


def test_a_loop_is_told_once_for_each_number_whatever_is_forged(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(organisation=TWO_HOTLINES)
    for number in range(30):
        rig.text((HOTLINE, SWEDISH)[number % 2], f"loop {number}")
        rig.work()
        rig.clock.advance(minutes=7)
    assert len(rig.texts_to(KIM)) == 2
    assert len(rig.telephony.sent) == 2


@pytest.mark.parametrize(
    "words",
    ["Eg er på ferie", "Ring meg seinare", "Tar ikkje telefonen no", "OK, autosvar", "Nei takk", "🚗"],
)
def test_a_technicians_machine_gets_five_answers_and_then_none_for_an_hour(rig: Rig, words: str) -> None:
    for _ in range(12):
        rig.text(KARI, words)  # a burst: nothing has been sent yet
    rig.work()
    assert len(rig.texts_to(KARI)) == 5
    rig.clock.advance(minutes=59)
    rig.text(KARI, words)
    rig.work()
    assert len(rig.texts_to(KARI)) == 5
    rig.clock.advance(minutes=2)
    rig.text(KARI, words)
    rig.work()
    assert len(rig.texts_to(KARI)) == 6
    assert rig.references() == []


def test_a_burst_in_the_same_instant_is_counted_exactly(rig: Rig) -> None:
    """Each message is decided about in a thread of its own, on PostgreSQL in a connection of its own."""
    rig.text(CALLER, "Nettet er nede")
    rig.work()
    bursts = [partial(rig.text, number, f"autosvar {n}") for n in range(6) for number in (KARI, CALLER)]
    at_once(*bursts)
    rig.work()
    helped = [text for text in rig.texts_to(KARI) if "LISTE" in text]
    told = [text for text in rig.texts_to(KARI) if text.startswith("Nytt i V-1001")]
    assert (len(helped), len(told), len(rig.texts_to(CALLER))) == (5, 5, 5)
    assert rig.references() == ["V-1001"]


def test_commands_are_answered_sixty_times_and_carried_out_all_the_same(rig: Rig) -> None:
    rig.begin(sid("CA", 1))
    rig.hang_up(sid("CA", 1))
    for number in range(70):
        rig.text(OLA, f"NOTAT V-1001 måling {number}")
    rig.work()
    assert sum("Notert" in body for body in rig.texts_to(OLA)) == 60
    assert rig.kinds().count("note") == 70


def test_help_lines_that_ran_out_leave_commands_answered(rig: Rig) -> None:
    for _ in range(9):
        rig.text(KARI, "eg er i møte")
    rig.text(KARI, "KVEN")
    rig.work()
    assert "Kari Nordmann" in rig.texts_to(KARI)[-1]
    assert len(rig.texts_to(KARI)) == 6


def test_questions_back_count_with_the_help_lines(rig: Rig) -> None:
    for words in ("ACK V-9999", "NOTAT", "eg veit ikkje", "FERDIG 9999", "TAR ikkje", "ACK", "HAST V-9999 x"):
        rig.text(KARI, words)
    rig.work()
    assert len(rig.texts_to(KARI)) == 5


def test_a_callers_machine_gets_five_receipts_and_the_duty_five_messages_and_the_timeline_has_all(
    rig: Rig,
) -> None:
    rig.text(CALLER, "Nettet er nede")
    rig.work()
    paged = len(rig.texts_to(KARI))
    for number in range(20):
        rig.text(CALLER, f"autosvar {number}")
    rig.work()
    assert len(rig.texts_to(CALLER)) == 5
    assert [text for text in rig.texts_to(KARI)[paged:] if "autosvar" in text] == [
        f"Nytt i V-1001: autosvar {number}" for number in range(5)
    ]
    received = [entry.text for entry in rig.case().timeline if entry.kind == "sms-received"]
    assert len(received) == 21
    assert [text for text in received if "ikkje sendt vidare" in text] == received[6:]
    rig.clock.advance(minutes=10)
    rig.text(CALLER, "no brenn det")
    rig.work()
    assert "no brenn det" in rig.texts_to(KARI)[-1]
    assert len(rig.texts_to(CALLER)) == 5


def test_one_numbers_flood_leaves_another_number_answered_and_told(rig: Rig) -> None:
    for number in range(15):
        rig.text(CALLER, f"autosvar {number}")
    rig.text(STRANGER, "Dørene opnar seg ikkje")
    rig.work()
    rig.text(STRANGER, "No røyk")
    rig.work()
    assert len(rig.texts_to(STRANGER)) == 2
    assert any("No røyk" in text for text in rig.texts_to(KARI))


def test_a_withheld_or_named_sender_is_answered_nothing_and_opens_a_case_each_time(rig: Rig) -> None:
    rig.text("NAV", "Du har fått eit brev")
    rig.text("anonymous", "brann")
    rig.work()
    assert rig.references() == ["V-1001", "V-1002"]
    assert {item["to"] for item in rig.telephony.sent} == {KARI}


def test_fifty_forged_opt_outs_alarm_once_an_hour(rig: Rig) -> None:
    for word in ("STOP", "revoke", "Optout.", "UNSUBSCRIBE", "stopp") * 10:
        rig.text(KARI, word)
        rig.work()
        rig.clock.advance(seconds=20)
    assert len(rig.texts_to(KIM)) == 1
    assert rig.texts_to(KARI) == []
    rig.text(OLA, "QUIT")
    rig.work()
    assert len(rig.texts_to(KIM)) == 2


def test_an_answer_that_twilio_refuses_because_its_receiver_opted_out_alarms_too(rig: Rig) -> None:
    for _ in range(3):
        rig.text(OLA, "HVEM")
        rig.work()
        refused = next(item for item in reversed(rig.telephony.sent) if item["to"] == OLA)
        rig.post("sms-status", MessageSid=refused["sid"], MessageStatus="undelivered", ErrorCode="21610")
        rig.work()
    assert len(rig.texts_to(KIM)) == 1
    assert "Ola Strand" in rig.texts_to(KIM)[0]


@pytest.mark.parametrize("word", ["REVOKE", "optout", "Cancel!", "UNSTOP", "stopall"])
def test_reserved_words_of_strangers_are_kept_and_open_no_case(rig: Rig, word: str) -> None:
    rig.text(STRANGER, word)
    rig.work()
    assert rig.references() == []
    assert purposes(rig) == ["received"]
    assert rig.telephony.sent == []


def test_pictures_are_mentioned_to_whoever_is_paged_and_told_and_on_the_timeline(rig: Rig) -> None:
    def picture(number: int, from_: str, body: str, count: str) -> None:
        form: dict[str, Any] = {"MediaUrl0": "https://api.example.no/m/1", "MediaContentType0": "image/png"}
        rig.post(
            "sms", MessageSid=sid("MM", number), From=from_, To=HOTLINE, Body=body, NumMedia=count, **form
        )
        rig.work()

    picture(1, STRANGER, "", "1")
    assert rig.texts_to(KARI)[0].endswith("Meldinga: (1 bilete)")
    picture(2, STRANGER, "sjå " + "røyk " * 100, "3")
    assert "Nytt i V-1001: (3 bilete) sjå røyk" in rig.texts_to(KARI)[-1]
    picture(3, KARI, "NOTAT V-1001", "2")
    entries = [entry.text for entry in rig.case().timeline if entry.kind in {"sms-received", "note"}]
    assert entries[0] == "SMS motteken: (1 bilete)"
    assert entries[1].startswith("SMS motteken: (3 bilete) sjå")
    assert entries[2] == "Notat: (2 bilete)"
    assert rig.case(language="en").timeline[0].text == "SMS received: (1 picture)"
    with rig.db.read() as connection:
        assert list(
            connection.execute(select(messages.c.media).where(messages.c.direction == "in")).scalars()
        )[:2] == [1, 3]


@pytest.mark.parametrize("count", ["", "x", "-1", "1e9", "99999999999999999999", "٣"])
def test_a_count_of_pictures_that_is_none_counts_as_none(rig: Rig, count: str) -> None:
    rig.post("sms", MessageSid=sid("MM", 9), From=STRANGER, To=HOTLINE, Body="hei", NumMedia=count)
    rig.work()
    assert rig.texts_to(KARI)[0].endswith("Meldinga: hei")


@pytest.mark.parametrize(
    ("media", "said"),
    [
        ({}, "hei"),
        ({"NumMedia": "2"}, "(2 bilete) hei"),
        ({"NumMedia": "to"}, "hei"),
        ({"NumMedia": "²"}, "hei"),
        ({"NumMedia": "9" * 5_000}, "hei"),
    ],
)
def test_pictures_outlast_the_spool_and_files_written_before_it_kept_them_still_read(
    rig: Rig, media: dict[str, str], said: str
) -> None:
    data = {"MessageSid": sid("SM", 1), "From": STRANGER, "To": HOTLINE, "Body": "hei", **media}
    spool(rig.services.settings.spool, "sms", data, at=rig.clock.now())
    rig.work()
    assert rig.texts_to(KARI)[0].endswith(f"Meldinga: {said}")
