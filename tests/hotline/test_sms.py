"""SMS through signed webhooks: commands of the duty, words of callers (contract section 4)."""

import pytest

from tests.hotline.rig import CALLER, KARI, KIM, OLA, PER, SIRI, Rig, sid

CALL = sid("CA", 1)


@pytest.fixture
def untaken(rig: Rig) -> Rig:
    """A case nobody has: the caller hung up while it rang, and Kari was paged."""
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.work()
    return rig


def test_ack_takes_the_case_stops_paging_and_tells_the_caller_and_the_others(untaken: Rig) -> None:
    untaken.advance(minutes=6)  # the second rung has been paged too
    assert untaken.texts_to(OLA)
    untaken.text(KARI, "ack")
    untaken.work()
    case = untaken.case()
    assert (case.state, case.acknowledged_by) == ("acknowledged", "kari")
    assert "Kari Nordmann" in untaken.texts_to(CALLER)[-1]
    assert "Kari Nordmann" in untaken.texts_to(OLA)[-1]
    assert "V-1001" in untaken.texts_to(KARI)[-1]
    sent = len(untaken.telephony.sent)
    untaken.advance(hours=1)
    assert len(untaken.telephony.sent) == sent


@pytest.mark.parametrize(
    "words", ["TAR", "kvitter!", "  «ACK»  ", "ack v-1001", "Tar 1001", "ACK V1001 kjem"]
)
def test_ack_in_other_words(untaken: Rig, words: str) -> None:
    untaken.text(KARI, words)
    assert untaken.case().acknowledged_by == "kari"


def test_the_same_message_again_changes_nothing_and_is_not_answered_again(untaken: Rig) -> None:
    untaken.text(KARI, "ack", message=sid("SM", 1))
    untaken.work()
    before, sent = untaken.case(), len(untaken.telephony.sent)
    untaken.text(KARI, "ack", message=sid("SM", 1))
    untaken.work()
    assert untaken.case() == before
    assert len(untaken.telephony.sent) == sent


def test_a_late_ack_is_told_by_whom_and_when(untaken: Rig) -> None:
    untaken.advance(minutes=6)
    untaken.text(KARI, "ack")
    untaken.clock.advance(minutes=3)
    untaken.text(OLA, "ACK")
    untaken.work()
    assert "Kari Nordmann" in untaken.texts_to(OLA)[-1]
    assert "21:06" in untaken.texts_to(OLA)[-1]
    assert untaken.case().acknowledged_by == "kari"


def test_urgent_routine_and_note_leave_the_case_untaken(untaken: Rig) -> None:
    untaken.text(PER, "HAST 1001 heile nettet er nede")
    assert untaken.case().urgency == "urgent"
    untaken.text(PER, "NOTAT V-1001 ringde leverandøren")
    untaken.text(PER, "rutine v1001 falsk alarm")
    case = untaken.case()
    assert (case.urgency, case.state) == ("routine", "open")
    entries = [(entry.kind, entry.by, entry.text) for entry in case.timeline][-3:]
    assert [kind for kind, _by, _text in entries] == ["urgent", "note", "routine"]
    assert entries[0][1] == "per"
    assert "heile nettet er nede" in entries[0][2]


def test_done_takes_and_closes_and_the_caller_is_told_once(untaken: Rig) -> None:
    untaken.text(KARI, "FERDIG ruter starta på nytt")
    untaken.work()
    case = untaken.case()
    assert (case.state, case.acknowledged_by) == ("closed", "kari")
    last = untaken.texts_to(CALLER)
    assert "løyst" in last[-1]
    assert len(last) == 2  # the receipt, and this


def test_pass_pages_the_next_rung_at_once(untaken: Rig) -> None:
    assert not untaken.texts_to(OLA)
    untaken.text(KARI, "VIDARE")
    untaken.work()
    assert untaken.texts_to(OLA)
    assert untaken.texts_to(PER)
    assert untaken.case().state == "open"


def test_pass_of_ones_own_case_gives_it_back(untaken: Rig) -> None:
    untaken.text(KARI, "ACK")
    untaken.text(KARI, "PASS V-1001")
    untaken.work()
    assert untaken.case().state == "open"
    assert untaken.texts_to(OLA)


def test_on_a_closed_case_only_a_note_is_taken(untaken: Rig) -> None:
    untaken.text(KARI, "DONE ok")
    untaken.text(PER, "ACK V-1001")
    untaken.text(PER, "URGENT V-1001 nei")
    untaken.text(PER, "NOTE V-1001 etterarbeid")
    untaken.work()
    case = untaken.case()
    assert (case.state, case.urgency, case.acknowledged_by) == ("closed", "unassessed", "kari")
    assert case.timeline[-1].kind == "note"
    answers = untaken.texts_to(PER)
    assert "Kari Nordmann" in answers[0]
    assert "Kari Nordmann" in answers[1]


def test_with_two_cases_to_choose_from_they_are_listed_and_nothing_changes(untaken: Rig) -> None:
    other = sid("CA", 30)
    untaken.begin(other, from_="+4791000002")
    untaken.hang_up(other, from_="+4791000002")
    untaken.work()
    untaken.text(KARI, "ACK")
    untaken.work()
    assert "V-1001" in untaken.texts_to(KARI)[-1]
    assert "V-1002" in untaken.texts_to(KARI)[-1]
    assert untaken.case().state == untaken.case("V-1002").state == "open"


def test_an_unknown_case_is_said_to_be_unknown(untaken: Rig) -> None:
    untaken.text(KARI, "ACK V-4711")
    untaken.work()
    assert "V-4711" in untaken.texts_to(KARI)[-1]
    assert untaken.case().state == "open"


def test_list_who_and_help_are_answered_in_the_senders_language(untaken: Rig) -> None:
    untaken.text(SIRI, "LIST")
    untaken.text(SIRI, "WHO")
    untaken.text(SIRI, "?")
    untaken.text(SIRI, "what is this")
    untaken.work()
    listed, who, usage, unknown = untaken.texts_to(SIRI)
    assert "V-1001" in listed
    assert "Kari Nordmann" in who
    assert "Ola Strand" in who
    assert "ACK" in usage
    assert unknown == usage


def test_a_stranger_opens_a_case_gets_a_receipt_and_is_paged(rig: Rig) -> None:
    rig.text("+4792000001", "Straumen er borte på rådhuset")
    rig.work()
    case = rig.case()
    assert (case.source, case.state, case.caller) == ("sms", "open", "+4792000001")
    assert "V-1001" in rig.texts_to("+4792000001")[0]
    assert "Straumen er borte" in rig.texts_to(KARI)[0]
    assert [call["to"] for call in rig.telephony.placed] == [KARI]


def test_more_from_the_same_number_joins_the_case_and_is_told_to_whoever_has_it(rig: Rig) -> None:
    rig.text("+4792000001", "Straumen er borte")
    rig.work()
    rig.text(KARI, "ACK")
    rig.work()
    rig.text("+4792000001", "No er han tilbake")
    rig.work()
    assert "No er han tilbake" in rig.texts_to(KARI)[-1]
    with pytest.raises(AssertionError):
        rig.case("V-1002")
    rig.text(KARI, "DONE")
    rig.clock.advance(hours=25)
    rig.text("+4792000001", "Borte igjen")
    assert rig.case("V-1002").state == "open"


def test_a_message_with_a_nul_in_it_is_a_case_all_the_same(rig: Rig) -> None:
    """PostgreSQL takes that character in no text: it is left out."""
    rig.text("+4792000001", "Straumen\x00 er borte")
    rig.work()
    assert "Straumen er borte" in rig.texts_to(KARI)[0]


@pytest.mark.parametrize("word", ["STOP", "stopp", "Help", "INFO", "yes", "START", "end", "quit."])
def test_reserved_words_of_strangers_open_no_case(rig: Rig, word: str) -> None:
    rig.text("+4792000001", word)
    rig.work()
    with pytest.raises(AssertionError):
        rig.case()
    assert rig.telephony.sent == []


def test_stop_from_somebody_on_the_roster_alarms_the_coordinator(rig: Rig) -> None:
    rig.text(KARI, "Stopp")
    rig.work()
    assert "Kari Nordmann" in rig.texts_to(KIM)[0]
    assert rig.texts_to(KARI) == []


def test_a_lost_page_alarms_the_coordinator_and_hastens_the_next_rung(rig: Rig) -> None:
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.work()
    page = next(item for item in rig.telephony.sent if item["to"] == KARI)
    rig.post("sms-status", MessageSid=page["sid"], MessageStatus="undelivered", ErrorCode="30003")
    call = rig.telephony.placed[0]
    rig.post(call["status_callback"], CallSid=call["sid"], CallStatus="no-answer")
    rig.work()
    assert any("Kari Nordmann" in text for text in rig.texts_to(KIM))


def test_delivery_reports_in_any_order_never_downgrade(rig: Rig) -> None:
    rig.text(KARI, "?")
    rig.work()
    reply = rig.telephony.sent[-1]["sid"]
    for status in ("delivered", "sent", "queued"):
        assert rig.post("sms-status", MessageSid=reply, MessageStatus=status).status_code == 204
    from sqlalchemy import select

    from dispatcher.store.tables import messages

    with rig.db.read() as connection:
        kept = connection.execute(select(messages.c.status).where(messages.c.sid == reply)).scalar_one()
    assert kept == "delivered"
