"""Forwarded phones and switchboards in night mode: where their calls go, what the next one sees, and how loops end."""

from datetime import timedelta
from typing import Any, Literal

import pytest

from simulator import EntryKind, Switches, personas
from simulator.phones import When
from tests.simulator.scene import BASE, CALLER, HOTLINE, KARI, OLA, SIRI, Scene, make_scene

SECOND = "+4721000001"
SWITCHBOARD = "+4790000009"
DIAL_KARI = f'<Dial action="/done" timeout="40"><Number>{KARI}</Number></Dial>'


@pytest.fixture
def stage(scene: Scene) -> Scene:
    """The hotline rings Kari; a second number of the account says where one is, and waits."""
    scene.simulator.add_number(SECOND, voice_url=f"{BASE}/second", status_callback=f"{BASE}/second-status")
    scene.answer("/voice", DIAL_KARI)
    scene.answer("/second", '<Pause length="2"/><Say>The second</Say><Pause length="60"/>')
    for number in (KARI, OLA, SIRI):
        scene.phone(number, personas.no_answer())
    return scene


def seconds(scene: Scene, amount: float) -> None:
    scene.simulator.advance(timedelta(seconds=amount))


def test_a_forwarded_phone_does_not_ring_and_the_next_one_takes_the_call_in_its_place(stage: Scene) -> None:
    stage.simulator.forward(KARI, OLA)
    stage.phone(OLA, personas.human(answers_after=3, talk_seconds=20))
    stage.simulator.ring(CALLER, HOTLINE)
    stage.simulator.run_until_idle()
    rang = [entry.who for entry in stage.simulator.journal.of(EntryKind.RINGING)]
    assert rang == [OLA]
    assert stage.rang() == [KARI]  # to Twilio it is one call to Kari
    assert stage.forms("/done")[0]["DialCallStatus"] == "completed"
    assert stage.simulator.calls[1].handset.phone.number == OLA


def test_no_longer_forwarded_it_rings_again(stage: Scene) -> None:
    stage.simulator.forward(KARI, OLA)
    stage.simulator.forward(KARI, None)
    stage.simulator.ring(CALLER, HOTLINE)
    stage.simulator.run_until_idle()
    assert [entry.who for entry in stage.simulator.journal.of(EntryKind.RINGING)] == [KARI]


@pytest.mark.parametrize("shows", ["caller", "own"])
@pytest.mark.parametrize("teller", [KARI, None], ids=["told", "untold"])
def test_a_phone_forwarded_to_a_number_of_the_account_makes_a_new_inbound_call_as_its_carrier_shows_it(
    stage: Scene, shows: Literal["caller", "own"], teller: str | None
) -> None:
    stage.simulator.forward(KARI, SECOND, shows=shows, forwarded_from=teller is not None)
    stage.answer("/voice", f'<Dial callerId="{HOTLINE}"><Number>{KARI}</Number></Dial>')
    stage.simulator.ring(CALLER, HOTLINE)
    seconds(stage, 10)
    form = stage.forms("/second")[0]
    assert (form["Direction"], form["To"]) == ("inbound", SECOND)
    assert form["From"] == (HOTLINE if shows == "caller" else KARI)
    assert form.get("ForwardedFrom") == teller
    assert stage.simulator.calls[2].forwarded_from == teller


def test_the_leg_is_answered_when_the_far_end_is_and_both_hear_each_other(stage: Scene) -> None:
    stage.simulator.forward(KARI, SECOND)
    stage.answer("/second", f'<Pause length="2"/><Say>The second</Say><Dial>{OLA}</Dial>')
    stage.phone(OLA, personas.human(answers_after=2))
    call = stage.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    seconds(stage, 3)
    leg = stage.simulator.calls[1]
    assert leg.status == "ringing"
    seconds(stage, 15)
    assert leg.status == "in-progress"
    assert call.heard == ["The second"]
    call.speak(2, "Is anybody there?")
    stage.simulator.phone(OLA).speak(2, "Ola here")
    seconds(stage, 1)
    assert stage.simulator.phone(OLA).handsets[0].texts == ["Is anybody there?"]
    assert call.heard == ["The second", "Ola here"]


@pytest.mark.parametrize("who", ["caller", "far end"])
def test_a_hang_up_at_either_end_ends_every_call_of_the_chain(stage: Scene, who: str) -> None:
    stage.simulator.forward(KARI, OLA)
    stage.simulator.forward(OLA, SECOND)
    call = stage.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    seconds(stage, 10)
    assert {leg.status for leg in stage.simulator.calls} == {"in-progress"}
    if who == "caller":
        call.hang_up()
    else:
        stage.simulator.calls[2].handset.hang_up()
    seconds(stage, 2)
    assert {leg.status for leg in stage.simulator.calls} == {"completed"}
    assert stage.forms("/second-status")[0]["CallStatus"] == "completed"


def test_a_caller_who_gives_up_while_it_rings_ends_the_forwarded_call_unanswered(stage: Scene) -> None:
    stage.simulator.forward(KARI, SECOND)
    stage.answer("/second", f'<Dial answerOnBridge="true">{OLA}</Dial>')
    stage.simulator.ring(CALLER, HOTLINE, by=personas.caller(hangs_up_after=6))
    stage.simulator.run_until_idle()
    assert stage.forms("/second-status")[0]["CallStatus"] == "no-answer"
    assert stage.statuses()[OLA] == "canceled"


@pytest.mark.parametrize(
    ("when", "persona", "other"),
    [
        ("no-answer", personas.no_answer(), personas.busy()),
        ("busy", personas.busy(), personas.unreachable()),
        ("busy", personas.declines(), personas.no_answer()),
        ("unreachable", personas.unreachable(), personas.busy()),
    ],
    ids=["no answer", "busy", "declines", "switched off"],
)
def test_a_phone_can_be_forwarded_for_one_reason_only(
    stage: Scene, when: When, persona: personas.Persona, other: personas.Persona
) -> None:
    stage.simulator.forward(KARI, OLA, when=when)
    stage.phone(OLA, personas.human(answers_after=1, talk_seconds=5))
    for mood, taken in ((persona, True), (other, False)):
        stage.phone(KARI, mood)
        stage.simulator.ring(CALLER, HOTLINE)
        stage.simulator.run_until_idle()
        assert (stage.forms("/done")[-1]["DialCallStatus"] == "completed") is taken


def test_a_phone_forwarded_on_no_answer_rings_first_and_can_be_answered_in_time(stage: Scene) -> None:
    stage.simulator.forward(KARI, OLA, when="no-answer", after_seconds=8)
    stage.phone(OLA, personas.human(answers_after=1, talk_seconds=5))
    stage.simulator.ring(CALLER, HOTLINE)
    seconds(stage, 5)
    assert stage.simulator.phone(KARI).state == "ringing"
    seconds(stage, 5)
    assert stage.simulator.phone(KARI).state == "idle"
    assert not stage.simulator.phone(KARI).answer()
    stage.simulator.run_until_idle()
    first = stage.simulator.calls[1]
    assert first.answered_at is not None
    assert first.answered_at - first.created_at == timedelta(seconds=1 + 8 + 1 + 1)
    stage.phone(KARI, personas.human(answers_after=4, talk_seconds=5))
    stage.simulator.ring(CALLER, HOTLINE)
    stage.simulator.run_until_idle()
    assert stage.simulator.calls[3].handset.phone.number == KARI


def test_the_patience_of_the_dial_counts_from_the_first_ring_on(stage: Scene) -> None:
    stage.simulator.forward(KARI, OLA, when="no-answer", after_seconds=50)
    stage.simulator.ring(CALLER, HOTLINE)
    stage.simulator.run_until_idle()
    assert [entry.who for entry in stage.simulator.journal.of(EntryKind.RINGING)] == [KARI]
    assert stage.forms("/done")[0]["DialCallStatus"] == "no-answer"


def test_phones_forwarded_in_a_ring_are_given_up_after_so_many_times() -> None:
    scene = make_scene(switches=Switches(seed=1, most_forwards=3))
    scene.answer("/voice", DIAL_KARI)
    scene.simulator.forward(KARI, OLA)
    scene.simulator.forward(OLA, KARI)
    scene.simulator.ring(CALLER, HOTLINE)
    scene.simulator.run_until_idle()
    assert len(scene.simulator.journal.of(EntryKind.FORWARDS)) == 3
    assert scene.forms("/done")[0]["DialCallStatus"] == "failed"
    with pytest.raises(ValueError, match="no number of the account"):
        scene.simulator.ring(CALLER, KARI)


def test_a_chain_of_carriers_tells_who_forwarded_last_and_shows_what_the_last_one_shows(stage: Scene) -> None:
    stage.simulator.forward(KARI, OLA, shows="own")
    stage.simulator.forward(OLA, SECOND, shows="caller")
    stage.simulator.ring(CALLER, HOTLINE)
    seconds(stage, 10)
    form = stage.forms("/second")[0]
    assert (form["From"], form["ForwardedFrom"]) == (KARI, OLA)


def test_a_loop_through_the_application_goes_on_only_as_long_as_the_caller_does(stage: Scene) -> None:
    stage.simulator.forward(KARI, HOTLINE)
    stage.simulator.ring(CALLER, HOTLINE, by=personas.caller(hangs_up_after=12))
    stage.simulator.run_until_idle()
    again = stage.forms("/voice")[1:]
    assert 2 <= len(again) <= 12
    assert {form["ForwardedFrom"] for form in again} == {KARI}
    assert all(leg.is_over for leg in stage.simulator.calls)


def test_a_switchboard_in_night_mode_answers_and_rings_the_number_then(stage: Scene) -> None:
    stage.phone(SWITCHBOARD)
    stage.simulator.forward(SWITCHBOARD, SECOND, answers_first=True)
    stage.answer("/voice", f'<Dial action="/done" timeout="20">{SWITCHBOARD}</Dial>')
    call = stage.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    seconds(stage, 2.5)
    leg = stage.simulator.calls[1]
    assert leg.answered_at is not None
    assert stage.forms("/second") == []
    seconds(stage, 10)
    assert stage.forms("/second")[0]["ForwardedFrom"] == SWITCHBOARD
    assert call.heard == ["The second"]
    call.hang_up()
    seconds(stage, 1)
    assert all(leg.is_over for leg in stage.simulator.calls)


def test_a_switchboard_forwards_to_a_person_who_answers_or_lets_it_ring(stage: Scene) -> None:
    stage.simulator.forward(SWITCHBOARD, OLA, answers_first=True)
    stage.answer("/voice", f'<Dial action="/done" timeout="20">{SWITCHBOARD}</Dial>')
    stage.phone(OLA, personas.manual())
    call = stage.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    seconds(stage, 5)
    assert stage.simulator.phone(OLA).state == "ringing"
    assert stage.simulator.phone(OLA).answer()
    assert stage.simulator.phone(OLA).state == "in-call"
    stage.simulator.phone(OLA).speak(1, "Ola here")
    assert call.heard == ["Ola here"]
    stage.simulator.phone(OLA).hang_up()
    seconds(stage, 1)
    assert call.is_over
    second = stage.simulator.ring(CALLER, HOTLINE, by=personas.silent_caller())
    stage.simulator.run_until_idle()
    assert second.is_over
    assert stage.simulator.phone(OLA).state == "idle"


def test_whoever_rings_a_forwarded_phone_comes_in_where_it_leads(stage: Scene) -> None:
    stage.simulator.forward(SWITCHBOARD, SECOND)
    call = stage.simulator.ring(CALLER, SWITCHBOARD, by=personas.silent_caller())
    seconds(stage, 5)
    assert call.heard == ["The second"]
    form = stage.forms("/second")[0]
    assert (form["From"], form["ForwardedFrom"]) == (CALLER, SWITCHBOARD)


@pytest.mark.parametrize(
    ("number", "to", "more", "complaint"),
    [
        (HOTLINE, KARI, {}, "number of the account"),
        (KARI, "90000001", {}, "E.164"),
        (KARI, KARI, {}, "itself"),
        (KARI, OLA, {"when": "busy", "answers_first": True}, "answers_first"),
    ],
)
def test_a_forwarding_that_makes_no_sense_is_refused(
    stage: Scene, number: str, to: str, more: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        stage.simulator.forward(number, to, **more)
