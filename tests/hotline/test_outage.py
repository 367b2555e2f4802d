"""The database goes away in the middle of something: people are served all the same, and nothing is lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from dispatcher.store.engine import Database
from dispatcher.telephony.port import DeliveryError, RemoteRecording
from tests.hotline.rig import CALLER, KARI, KIM, OLA, Rig, Twiml, sid

CALL, LEG = sid("CA", 1), sid("CA", 2)

Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass
class Outage:
    """Whether the database is away, and since when within a transaction."""

    is_down: bool = False
    at_commit: bool = False

    def of(self, real: Transaction) -> Transaction:
        @contextmanager
        def transaction() -> Iterator[Connection]:
            if self.is_down and not self.at_commit:
                raise _gone()
            with real() as connection:
                yield connection
                if self.is_down:
                    raise _gone()

        return transaction


def _gone() -> OperationalError:
    return OperationalError("SELECT 1", {}, ConnectionError("connection refused"))


@pytest.fixture(params=["at connecting", "at the end of a transaction"])
def outage(request: pytest.FixtureRequest, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Outage:
    """Something that takes the rig's database away; what was begun then is rolled back."""
    made = Outage(at_commit=request.param != "at connecting")
    db: Database = rig.db
    monkeypatch.setattr(db, "read", made.of(db.read))
    monkeypatch.setattr(db, "write", made.of(db.write))
    return made


def leads_on(answer: Twiml) -> bool:
    """Whether a caller is brought to a human or a recorder."""
    return bool({"Dial", "Record", "Gather", "Redirect"} & set(answer.verbs()))


def test_a_call_that_comes_while_the_database_is_away_reaches_the_duty_and_becomes_a_case(
    rig: Rig, outage: Outage
) -> None:
    rig.services.organisations.current()
    outage.is_down = True
    dial = rig.ring(CALL)
    assert dial.numbers == [KARI]
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    assert "1" in question.said
    assert "Hangup" not in rig.press(question, "1", leg=LEG).verbs()
    assert not leads_on(rig.dial_over(dial, CALL, status="completed", bridged=True))
    rig.hang_up(CALL)
    came_at = rig.clock.now()
    rig.clock.advance(minutes=20)
    outage.is_down = False
    rig.work()
    (reference,) = rig.references()
    case = rig.case(reference)
    assert case.opened_at == came_at
    assert case.caller == CALLER
    assert [entry.kind for entry in case.timeline].count("call-received") == 1
    assert [entry.kind for entry in case.timeline].count("call-ended") == 1
    assert case.ticket.id is not None
    assert (case.state, case.acknowledged_by, case.acknowledged_at) == ("acknowledged", "kari", came_at)
    assert [(item.person, item.outcome) for item in case.calls[0].attempts] == [("kari", "accepted")]
    kinds = [entry.kind for entry in case.timeline]
    assert [kind for kind in kinds if kind in {"database-away", "ringing", "accepted", "connected"}] == [
        "database-away",
        "ringing",
        "accepted",
        "connected",
    ]
    assert any("Kari Nordmann" in text for text in rig.texts_to(CALLER))
    assert any("Du har V-" in text for text in rig.texts_to(KARI))
    assert rig.telephony.placed == []
    assert list(rig.services.settings.spool.glob("*.json")) == []


def test_a_1_on_the_plain_question_that_never_connected_leaves_the_case_to_be_paged(
    rig: Rig, outage: Outage
) -> None:
    rig.services.organisations.current()
    outage.is_down = True
    dial = rig.ring(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    assert "Record" in rig.dial_over(dial, CALL, status="completed", DialCallSid=LEG).verbs()
    rig.hang_up(CALL)
    outage.is_down = False
    rig.work()
    (reference,) = rig.references()
    case = rig.case(reference)
    assert case.state == "open"
    assert [item.outcome for item in case.calls[0].attempts] == ["failed"]
    assert {"connection-failed", "free-again", "paged"} <= set(rig.kinds(reference))
    assert any("fri att" in text for text in rig.texts_to(KARI))


def test_a_2_on_the_plain_question_is_noted_and_the_case_is_paged(rig: Rig, outage: Outage) -> None:
    rig.services.organisations.current()
    outage.is_down = True
    dial = rig.ring(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "2", leg=LEG)
    rig.dial_over(dial, CALL, DialCallSid=LEG)
    rig.hang_up(CALL)
    outage.is_down = False
    rig.work()
    (reference,) = rig.references()
    case = rig.case(reference)
    assert (case.state, case.calls[0].attempts[0].outcome) == ("open", "declined")
    assert rig.telephony.placed


def test_what_was_pressed_counts_too_when_the_database_comes_back_in_the_middle_of_the_talk(
    rig: Rig, outage: Outage
) -> None:
    """The call's end then comes by the ordinary way, before or after the worker has taken in the spool."""
    rig.services.organisations.current()
    for number, worker_first in ((1, True), (2, False)):
        call, leg = sid("CA", number * 10), sid("CA", number * 10 + 1)
        outage.is_down = True
        dial = rig.ring(call)
        rig.press(rig.twiml(dial.screen(KARI), CallSid=leg), "1", leg=leg)
        outage.is_down = False
        if worker_first:
            rig.work()
        rig.clock.advance(minutes=2)
        rig.dial_over(dial, call, status="completed", bridged=True, DialCallSid=leg)
        rig.hang_up(call)
        rig.work()
        reference = rig.references()[-1]
        case = rig.case(reference)
        assert (case.state, case.acknowledged_by) == ("acknowledged", "kari")
        assert case.calls[0].attempts[0].outcome == "accepted"
        assert "connected" in rig.kinds(reference)
        assert rig.telephony.placed == []


def test_taking_the_spool_in_twice_repeats_nothing(
    rig: Rig, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died between storing an event and deleting its file."""
    rig.services.organisations.current()
    outage.is_down = True
    dial = rig.ring(CALL)
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    rig.dial_over(dial, CALL, status="completed", bridged=True, DialCallSid=LEG)
    rig.hang_up(CALL)
    outage.is_down = False
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_args, **_named: None)
        rig.worker.tick()
    (reference,) = rig.references()
    once = rig.kinds(reference)
    rig.worker.tick()
    assert [kind for kind in rig.kinds(reference) if kind not in {"ticket-opened", "told-caller"}] == [
        kind for kind in once if kind not in {"ticket-opened", "told-caller"}
    ]
    assert len(rig.case(reference).calls[0].attempts) == 1


def test_when_nobody_answers_in_an_outage_the_message_is_recorded_and_filed_later(
    rig: Rig, outage: Outage
) -> None:
    rig.services.organisations.current()
    outage.is_down = True
    dial = rig.ring(CALL)
    recorder = rig.dial_over(dial, CALL)
    assert "Record" in recorder.verbs()
    assert not leads_on(rig.twiml(recorder.action("Record"), CallSid=CALL, RecordingDuration="12"))
    rig.hang_up(CALL)
    recording = sid("RE", 1)
    rig.telephony.recordings[CALL] = [RemoteRecording(recording, CALL, "completed", 12, "RecordVerb")]
    outage.is_down = False
    rig.advance(minutes=16)
    (reference,) = rig.references()
    (filed,) = rig.case(reference).calls[0].recordings
    assert (filed.sid, filed.stored) == (recording, True)
    assert rig.telephony.deleted == [recording]


def test_at_the_notice_the_caller_is_led_on_and_the_case_goes_on_afterwards(rig: Rig, outage: Outage) -> None:
    greeting = rig.ring(CALL)
    outage.is_down = True
    dial = rig.twiml(greeting.action("Gather"), CallSid=CALL, Digits="")
    assert dial.numbers == [KARI]
    assert "Record" in rig.dial_over(dial, CALL).verbs()
    rig.hang_up(CALL)
    outage.is_down = False
    rig.work()
    assert rig.kinds().count("call-received") == 1
    assert "call-ended" in rig.kinds()
    assert rig.texts_to(KARI)


def test_between_two_rungs_the_caller_is_led_on(rig: Rig, outage: Outage) -> None:
    dial = rig.begin(CALL)
    outage.is_down = True
    assert leads_on(rig.dial_over(dial, CALL))
    rig.hang_up(CALL)
    outage.is_down = False
    rig.work()
    assert rig.case().state == "open"
    assert rig.texts_to(KARI)


@pytest.mark.parametrize(("key", "state", "outcome"), [("1", "acknowledged", "kari"), ("2", "open", None)])
def test_a_key_pressed_in_the_outage_counts_once_the_database_is_back(
    rig: Rig, outage: Outage, key: str, state: str, outcome: str | None
) -> None:
    """1 connects at once, without the database; whoever pressed it has the case, and nobody is paged for it."""
    dial = rig.begin(CALL)
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    outage.is_down = True
    answer = rig.press(question, key, leg=LEG)
    assert ("Hangup" in answer.verbs()) == (key == "2")
    rig.dial_over(dial, CALL, status="completed", bridged=key == "1", DialCallSid=LEG)
    rig.hang_up(CALL)
    outage.is_down = False
    rig.work()
    case = rig.case()
    assert (case.state, case.acknowledged_by) == (state, outcome)
    assert bool(rig.telephony.placed) == (key == "2")


def test_a_callee_who_answers_in_the_outage_is_asked_and_only_1_connects(rig: Rig, outage: Outage) -> None:
    dial = rig.begin(CALL)
    outage.is_down = True
    question = rig.twiml(dial.screen(KARI), CallSid=LEG)
    assert "Gather" in question.verbs()
    assert rig.press(question, "5", leg=LEG).verbs()[-1] == "Hangup"
    assert "Hangup" not in rig.press(question, "1", leg=LEG).verbs()
    rig.dial_over(dial, CALL, status="completed", bridged=True, DialCallSid=LEG)
    rig.hang_up(CALL)
    outage.is_down = False
    rig.work()
    assert rig.case().acknowledged_by == "kari"
    assert "connected" in rig.kinds()


def test_reports_of_legs_and_recordings_are_answered_in_the_outage(rig: Rig, outage: Outage) -> None:
    dial = rig.begin(CALL)
    outage.is_down = True
    assert rig.post(dial.leg(KARI), CallSid=LEG, CallStatus="completed").status_code == 204
    recording = {"RecordingSid": sid("RE", 1), "RecordingStatus": "completed", "CallSid": CALL}
    assert rig.post("voice/recording", **recording).status_code == 204


def test_a_paging_call_in_the_outage_says_so_and_the_paging_goes_on_afterwards(
    rig: Rig, outage: Outage
) -> None:
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.work()
    page = rig.telephony.placed[0]
    outage.is_down = True
    assert rig.twiml(page["url"], CallSid=page["sid"]).said
    assert rig.post(page["status_callback"], CallSid=page["sid"], CallStatus="completed").status_code == 204
    outage.is_down = False
    rig.advance(minutes=5)
    assert rig.texts_to(OLA)


def test_sms_that_come_in_the_outage_are_acted_on_and_answered_afterwards(rig: Rig, outage: Outage) -> None:
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.work()
    outage.is_down = True
    rig.text(KARI, "ACK")
    rig.text("+4792000001", "Straumen er borte")
    outage.is_down = False
    rig.work()
    assert rig.case().acknowledged_by == "kari"
    assert any("Du har V-1001" in text for text in rig.texts_to(KARI))
    _first, other = rig.references()
    assert other in rig.texts_to("+4792000001")[0]
    assert rig.case(other).source == "sms"


def test_a_delivery_report_that_comes_in_the_outage_still_raises_the_alarm(rig: Rig, outage: Outage) -> None:
    """A page that nobody got, told of by Twilio once, while the database was away."""
    rig.telephony.refuse[KIM] = DeliveryError("busy", code=20429)
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.work()
    rig.telephony.refuse.clear()
    page = next(item for item in rig.telephony.sent if item["to"] == KARI)
    outage.is_down = True
    lost = {"MessageSid": page["sid"], "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert rig.post("sms-status", **lost).status_code == 204
    outage.is_down = False
    rig.work()
    assert any("Kari Nordmann" in text for text in rig.texts_to(KIM))


def test_an_event_that_fails_by_itself_does_not_hold_up_the_calls_behind_it(
    rig: Rig, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside for the operator, and `check` tells of it."""
    rig.services.organisations.current()
    outage.is_down = True
    rig.text("+4792000001", "eit")
    rig.clock.advance(seconds=1)
    rig.ring(CALL)
    outage.is_down = False

    def fails(*_facts: object) -> None:
        message = "a fault of ours"
        raise ValueError(message)

    monkeypatch.setattr("dispatcher.spool_replay.receive_sms", fails)
    rig.work()
    (reference,) = rig.references()
    assert rig.case(reference).source == "call"
    folder = rig.services.settings.spool
    assert [path.suffix for path in folder.iterdir()] == [".unreadable"]


@pytest.fixture
def hanging(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that neither answers nor fails, as on a disk that hangs, until the test is over."""
    rig.services.organisations.current()
    ends = threading.Event()

    def hangs() -> AbstractContextManager[Connection]:
        ends.wait(60)
        raise _gone()

    monkeypatch.setattr("webhooks.twilio.emergency.STORE_SECONDS", 0.1)
    monkeypatch.setattr(rig.db, "read", hangs)
    monkeypatch.setattr(rig.db, "write", hangs)
    yield
    ends.set()


@pytest.mark.usefixtures("hanging")
def test_a_store_that_only_hangs_keeps_no_caller_waiting(rig: Rig) -> None:
    dial = rig.ring(CALL)
    assert dial.numbers == [KARI]
    assert "1" in rig.twiml(dial.screen(KARI), CallSid=LEG).said
    rig.hang_up(CALL)
    assert len(list(rig.services.settings.spool.glob("*.json"))) == 3


@pytest.mark.usefixtures("hanging")
def test_a_spool_that_hangs_too_keeps_no_caller_waiting(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.twilio.emergency.LONGEST_SECONDS", 0.3)
    ends = threading.Event()
    monkeypatch.setattr("webhooks.twilio.emergency.spool", lambda *_args, **_named: ends.wait(60))
    assert rig.ring(CALL).numbers == [KARI]
    ends.set()


def test_a_1_on_a_paging_call_in_the_outage_takes_the_case_afterwards(rig: Rig, outage: Outage) -> None:
    rig.begin(CALL)
    rig.hang_up(CALL)
    rig.work()
    page = rig.telephony.placed[0]
    question = rig.twiml(page["url"], CallSid=page["sid"])
    outage.is_down = True
    assert rig.press(question, "1", leg=page["sid"]).said
    outage.is_down = False
    rig.work()
    assert rig.case().acknowledged_by == "kari"


@pytest.mark.parametrize("fault", ["raises", "takes hours"])
def test_a_roster_that_cannot_say_whom_to_ring_leads_to_the_recorder(
    rig: Rig, outage: Outage, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    rig.services.organisations.current()
    ends = threading.Event()

    def resolve(*_facts: object) -> None:
        if fault == "takes hours":
            ends.wait(60)
        raise ZeroDivisionError

    monkeypatch.setattr("webhooks.twilio.emergency.resolve_rung", resolve)
    monkeypatch.setattr("webhooks.twilio.emergency.LONGEST_SECONDS", 1.0)
    outage.is_down = True
    recorder = rig.ring(CALL)
    ends.set()
    assert "Record" in recorder.verbs()


@pytest.mark.parametrize(
    "shown",
    [
        {"from_": KARI},
        {"from_": CALLER, "ForwardedFrom": KARI},
        {"from_": CALLER, "ForwardedFrom": "90000001"},
    ],
    ids=str,
)
def test_a_telephone_that_is_forwarded_to_us_is_not_rung_again_while_the_database_is_away(
    rig: Rig, outage: Outage, shown: dict[str, str]
) -> None:
    rig.begin(sid("CA", 90), from_="+4792000090")
    outage.is_down = True
    answer = rig.ring(CALL, **shown)
    assert answer.numbers
    assert KARI not in answer.numbers
