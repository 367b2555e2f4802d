"""Alarms to the coordinators: once an hour about the same, never held back about somebody else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

import dispatcher.mailing
from dispatcher.alarms import alarm_effects
from dispatcher.mail import MailSettings
from dispatcher.outbox.queue import add_effects
from dispatcher.store.tables import effects
from dispatcher.telephony.port import DeliveryError
from tests.hotline.rig import HOTLINE, KARI, KIM, OLA, ORGANISATION, PER, SIRI, Rig, sid

LIV, LIV_PHONE = "liv", "+4790000006"
TWO_COORDINATORS = ORGANISATION.replace(
    "[[suppliers]]",
    f"""[[people]]
id = "{LIV}"
name = "Liv Lid"
phones = ["{LIV_PHONE}"]
roles = ["coordinator"]
email = "liv@example.no"
language = "en"

[[suppliers]]""",
    1,
).replace('phones = ["+4790000005"]', 'phones = ["+4790000005"]\nemail = "kim@example.no"')
NOBODY_ON = ORGANISATION.replace("start = 2026-11-23T08:00:00", "start = 2027-11-23T08:00:00").replace(
    'ring = ["next-on-duty:drift", "person:per"]', 'ring = ["on-duty:drift"]'
)


def abandon(rig: Rig, number: int, *, caller: str | None = None) -> None:
    """Let somebody ring, hear the ladder out, and hang up."""
    call, from_ = sid("CA", 40_000 + number), caller or f"+4791{number:06d}"
    rig.begin(call, from_=from_)
    rig.hang_up(call, from_=from_)


def test_the_same_alarm_about_a_person_is_told_again_after_sixty_minutes_and_not_at_the_turn_of_the_hour(
    rig: Rig,
) -> None:
    rig.advance(minutes=58)
    rig.text(SIRI, "STOPP")
    rig.advance(minutes=5)  # another hour by the clock
    rig.text(SIRI, "STOPP")
    rig.advance(minutes=50)
    rig.text(SIRI, "STOPP")
    rig.work()
    assert len(rig.texts_to(KIM)) == 1
    rig.advance(minutes=6)
    rig.text(SIRI, "STOPP")
    rig.work()
    assert len(rig.texts_to(KIM)) == 2


def test_alarms_about_different_people_are_never_held_back(rig: Rig) -> None:
    for phone in (KARI, OLA, SIRI, PER):
        rig.text(phone, "STOP")
        rig.text(phone, "UNSUBSCRIBE")
    rig.work()
    alarms = rig.texts_to(KIM)
    assert len(alarms) == 4
    assert len({text.split(" har ")[0] for text in alarms}) == 4


def test_each_receiver_has_an_hour_of_their_own(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.text(OLA, "STOP")
    rig.work()
    rig.clock.advance(minutes=1)
    rig.import_organisation(TWO_COORDINATORS)
    rig.text(OLA, "STOP")
    rig.work()
    assert len(rig.texts_to(KIM)) == 1
    assert len(rig.texts_to(LIV_PHONE)) == 1


def test_a_clock_that_was_a_day_ahead_for_a_minute_silences_no_alarm(rig: Rig) -> None:
    rig.clock.advance(days=1)
    rig.text(PER, "STOP")
    rig.work()
    rig.clock.advance(days=-1, minutes=2)
    rig.text(PER, "STOP")
    rig.work()
    assert len(rig.texts_to(KIM)) == 2


def test_many_waiting_cases_become_one_alarm_and_what_comes_later_is_told_an_hour_after_it(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(organisation=NOBODY_ON)
    for number in range(12):
        abandon(rig, number)
        rig.work()
        rig.clock.advance(seconds=20)
    texts = rig.texts_to(KIM)
    assert len(texts) == 4
    assert ["V-" in text for text in texts] == [True] * 4
    assert "saker ventar" in texts[-1]
    assert "V-1001" in texts[-1]
    rig.advance(minutes=70)
    later = rig.texts_to(KIM)[4:]
    assert any("12 saker ventar" in text for text in later)
    assert len(later) <= 4


def test_an_alarm_that_is_held_back_stands_on_its_cases_timeline(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(organisation=NOBODY_ON)
    for number in range(8):
        abandon(rig, number)
    rig.work()
    assert "alarm" in rig.kinds("V-1001")
    entry = next(item for item in rig.case("V-1008").timeline if item.kind == "held-back")
    assert entry.text == "alarm til koordinatorane vart halden tilbake: det same er meldt den siste timen"


def test_without_a_coordinator_no_alarm_is_queued(rig: Rig) -> None:
    nobody = rig.import_organisation(
        ORGANISATION.replace('roles = ["coordinator"]', 'roles = ["technician"]')
    )
    assert alarm_effects(nobody, "alarm.opted-out", key="x", from_=HOTLINE, name="Ola") == ()


def mail_to(monkeypatch: pytest.MonkeyPatch, act: Callable[[str], None]) -> list[str]:
    """Have mail noted instead of sent; `act` may fail for an address."""
    tried: list[str] = []

    def send(_settings: MailSettings, *, to: str, **_mail: Any) -> None:
        tried.append(to)
        act(to)

    monkeypatch.setattr(dispatcher.mailing, "send_mail", send)
    return tried


def with_mail(rig: Rig) -> None:
    """Give an installation a mail server."""
    mail = MailSettings(host="mail.example.no", port=25, username="", password="", sender="vakt@example.no")
    services = replace(rig.services, mail=mail)
    rig.services = rig.worker._services = services


def test_an_address_that_is_refused_keeps_nobody_else_from_being_mailed(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(organisation=TWO_COORDINATORS)
    with_mail(rig)

    def refuse(to: str) -> None:
        if to.startswith("kim"):
            raise DeliveryError("no such user", permanent=True, code=550)

    tried = mail_to(monkeypatch, refuse)
    rig.text(PER, "STOP")
    rig.advance(hours=1)
    assert sorted(tried) == ["kim@example.no", "liv@example.no"]


def test_a_mail_that_may_have_been_taken_is_not_sent_again(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(organisation=TWO_COORDINATORS)
    with_mail(rig)

    def hang(_to: str) -> None:
        raise DeliveryError("the mail server did not answer in time", ambiguous=True)

    tried = mail_to(monkeypatch, hang)
    rig.text(PER, "STOP")
    rig.advance(hours=2)
    assert sorted(tried) == ["kim@example.no", "liv@example.no"]


def test_an_alarm_mail_of_an_earlier_version_still_reaches_everybody(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(organisation=TWO_COORDINATORS)
    with_mail(rig)
    tried = mail_to(monkeypatch, lambda _to: None)
    (alarm,) = alarm_effects(
        rig.import_organisation(TWO_COORDINATORS), "alarm.opted-out", key="x", from_=HOTLINE, name="Ola"
    )
    data = {"template": "alarm.opted-out", "values": {"name": "Ola"}}
    old = replace(alarm, kind="alarm-mail", key="alarm-mail:old", data=data)
    with rig.db.write() as connection:
        add_effects(connection, (old,), case_id=None, now=rig.clock.now())
    rig.work()
    assert sorted(tried) == ["kim@example.no", "liv@example.no"]
    with rig.db.read() as connection:
        states = connection.execute(select(effects.c.state).where(effects.c.kind == "alarm-mail")).scalars()
        assert set(states) == {"done"}
