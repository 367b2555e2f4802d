"""Telephones that answer every SMS by themselves, played against the whole product for an hour."""

from collections import Counter

from tests.hotline.rig import CALLER, KARI, OLA
from tests.simulation.theatre import Theatre

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
