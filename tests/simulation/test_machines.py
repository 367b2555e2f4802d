"""Telephones that answer every SMS by themselves, pictures, and hotlines that text one another, against the whole product."""

from collections import Counter
from collections.abc import Callable

import pytest

from simulator import personas
from tests.hotline.rig import CALLER, HOTLINE, KARI, OLA
from tests.simulation.theatre import KIM, SECOND_HOTLINE, TWO_HOTLINES, Theatre, add_hotline

MOTHER = "+4791000077"
JPEG = ("image/jpeg", b"\xff\xd8\xff\xe0 an invented picture")
AUTO = "Eg køyrer no og svarer seinare. (Automatisk svar)"


def test_a_callers_autoresponder_ends_and_leaves_a_case_taken_and_closed(theatre: Theatre) -> None:
    theatre.simulator.autorespond(CALLER, AUTO, after_seconds=4)
    theatre.text(CALLER, "Nettet er nede på rådhuset")
    theatre.run(minutes=2)
    theatre.text(KARI, "TAR V-1001")
    theatre.run(minutes=3)
    assert theatre.case().acknowledged_by == "kari"
    theatre.text(KARI, "FERDIG ruter starta")
    theatre.run(minutes=55)
    assert theatre.case().state == "closed"
    assert theatre.case_count() == 1
    assert len(theatre.sms(CALLER)) == 7  # five receipts, taken, solved
    assert len(theatre.sms(KARI)) <= 10
    assert "reopened" not in theatre.kinds()


def test_a_case_taken_by_somebody_off_duty_stays_taken_whatever_a_machine_answers(theatre: Theatre) -> None:
    theatre.simulator.autorespond(CALLER, AUTO)
    theatre.text(CALLER, "Nettet er nede på rådhuset")
    theatre.run(minutes=6)
    theatre.text(OLA, "TAR V-1001")
    theatre.run(minutes=10)
    assert theatre.case().acknowledged_by == "ola"


def test_words_of_a_human_open_a_closed_case_at_once_after_machines_answers_too(theatre: Theatre) -> None:
    theatre.simulator.autorespond(CALLER, AUTO)
    theatre.text(CALLER, "Nettet er nede på rådhuset")
    theatre.run(minutes=2)
    theatre.text(KARI, "FERDIG V-1001")
    theatre.run(seconds=30)
    assert theatre.case().state == "closed"
    theatre.text(CALLER, "Det er ikkje oppe")
    theatre.run(seconds=20)
    assert theatre.case().state == "open"


def test_two_machines_and_a_technicians_one_end_within_the_limits(theatre: Theatre) -> None:
    for phone, words in ((CALLER, AUTO), (KARI, "OK, eg ser det seinare"), (OLA, "Jeg er på ferie")):
        theatre.simulator.autorespond(phone, words)
    theatre.text(CALLER, "Nettet er nede på rådhuset")
    theatre.run(minutes=60)
    sent = Counter(message.to for message in theatre.sms())
    assert sent[CALLER] == 5
    assert sent[KARI] <= 20
    assert sent[OLA] <= 20
    assert theatre.case_count() == 1


def test_an_autoresponding_technician_gets_the_pages_and_a_few_help_lines(
    theatre: Theatre, open_theatre: Callable[..., Theatre], other_sqlite_url: str
) -> None:
    plain = open_theatre(other_sqlite_url)
    theatre.simulator.autorespond(KARI, AUTO, after_seconds=3)
    for each in (plain, theatre):
        each.text(MOTHER, "Vasslekkasje i kjellaren")
        each.run(hours=1)
    assert theatre.case_count() == 1
    assert theatre.case().acknowledged_by is None
    assert len(theatre.sms(KARI)) <= len(plain.sms(KARI)) + 5
    assert theatre.kinds()["paged"] == plain.kinds()["paged"]


def test_a_command_between_automatic_replies_is_carried_out_all_the_same(theatre: Theatre) -> None:
    theatre.simulator.autorespond(KARI, AUTO, after_seconds=3)
    theatre.text(MOTHER, "Vasslekkasje i kjellaren")
    theatre.run(minutes=9)
    theatre.text(KARI, "TAR V-1001")
    theatre.run(minutes=1)
    assert theatre.case().acknowledged_by == "kari"


@pytest.mark.parametrize("words", ["", "Slik ser det ut her"], ids=["no words", "words"])
def test_a_picture_message_opens_a_case_and_the_picture_is_mentioned(theatre: Theatre, words: str) -> None:
    theatre.simulator.text(CALLER, HOTLINE, words, media=[JPEG, JPEG])
    theatre.run(minutes=2)
    assert theatre.case_count() == 1
    told = " ".join(message.body for message in theatre.sms(KARI))
    assert words in told
    assert "bilete" in told
    assert "bilete" in " ".join(entry.text for entry in theatre.case().timeline)


def test_a_picture_for_a_case_that_somebody_has_is_mentioned_to_whoever_has_it(theatre: Theatre) -> None:
    theatre.cast(kari=personas.human(answers_after=3))
    theatre.until_over(theatre.ring(by=personas.caller(talk_seconds=20)))
    before = len(theatre.sms(KARI))
    theatre.simulator.text(CALLER, HOTLINE, "", media=[JPEG])
    theatre.run(minutes=1)
    assert theatre.case_count() == 1
    assert "bilete" in " ".join(message.body for message in theatre.sms(KARI)[before:])


@pytest.mark.parametrize("sender", [HOTLINE, SECOND_HOTLINE], ids=["itself", "the other one"])
def test_an_sms_from_a_hotline_is_kept_and_the_coordinators_are_told_once(
    sqlite_url: str, open_theatre: Callable[..., Theatre], sender: str
) -> None:
    theatre = open_theatre(sqlite_url, organisation=TWO_HOTLINES)
    add_hotline(theatre.simulator, SECOND_HOTLINE, "Vassvakta")
    to = SECOND_HOTLINE if sender == HOTLINE else HOTLINE
    for _ in range(6):
        theatre.simulator.text(sender, to, "Vakttelefonen: Saka di er registrert som V-1007.")
        theatre.run(minutes=5)
    assert theatre.case_count() == 0
    assert not theatre.sms(HOTLINE)
    assert not theatre.sms(SECOND_HOTLINE)
    assert len(theatre.sms(KIM)) == 1
    assert {message.to for message in theatre.sms()} <= {KIM}
