"""Ringing the real call flow at any instant against the real roster, with simulated telephones.

A throw-away installation on embedded SQLite and a simulated Twilio, in this process and on a virtual clock,
gets the organisation; somebody rings the hotline, nobody answers, and what happens is read off. Nothing is
decided here, and nothing is left behind.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import requests
from sqlalchemy import select

from dispatcher.organisations import Organisations, save_version
from dispatcher.people import DESK
from dispatcher.recordings.vault import make_key_file
from dispatcher.services import Services
from dispatcher.store.migrate import upgrade
from dispatcher.store.tables import attempts
from dispatcher.telephony.twilio_rest import TwilioTelephony
from dispatcher.worker import Worker
from roster.history import History
from roster.ladder import SkipReason, resolve_rung
from roster.organisation import Hotline, Organisation, Rung
from simulator import Simulator, WsgiTransport, personas
from simulator.clock import VirtualClock
from simulator.facade import CallHandle
from simulator.handset import Sound
from simulator.in_process import WsgiAdapter
from simulator.personas import Persona
from vakttelefon.config import Config, load_config
from vakttelefon.logging import set_up_logging
from vakttelefon.wiring import TWILIO_TIMEOUT_SECONDS, build_services, create_app

_ACCOUNT: Final = "AC" + "0" * 32
_PUBLIC_URL: Final = "https://rehearsal.invalid"
_API: Final = "https://api.twilio.com"
# Invented callers; the first that is nobody's of the organisation rings.
_CALLERS: Final = ("+4790100001", "+4790100002", "+4790100003")
_LONGEST_CALL: Final = timedelta(hours=4)
_SETTLE: Final = timedelta(minutes=1)

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence that somebody hears, and when (UTC)."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Ring:
    """Telephones that ring at once: of which rung (None: the service desk), when (UTC), how long."""

    rung: int | None
    at: datetime
    seconds: int
    targets: tuple["Target", ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody whose telephone rings, and by which targets of the rung (`on-duty:drift`)."""

    id: str
    name: str
    phone: str
    named_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Somebody whom a rung names and who is not rung, and why."""

    rung: int
    id: str
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Told:
    """A page or message after the first ring: a call or an SMS, to whom, when (UTC), and its words."""

    at: datetime
    channel: str
    to: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What happens to a call that nobody answers.

    `first_ring_seconds`: from the answer to the first telephone that rings; None where none does.
    """

    hotline: Hotline
    at: datetime
    caller: str
    heard: tuple[Heard, ...]
    rings: tuple[Ring, ...]
    skipped: tuple[Skipped, ...]
    empty_rungs: tuple[int, ...]
    callee_hears: tuple[str, ...]
    told: tuple[Told, ...]
    ended_at: datetime
    first_ring_seconds: float | None


def rehearse_call(history: History, hotline_id: str, at: datetime, *, caller: str | None = None) -> Rehearsal:
    """Return what happens to a call to a hotline at an instant (aware) when nobody answers.

    The roster in force at that instant counts; later changes do not. Paging is followed until it has been
    round the ladder once. `caller` is an E.164 number; by default an invented one.

    Raises:
        LookupError: there is no such hotline at that instant.
    """
    known = _until(history, at)
    organisation = known.current
    hotline = organisation.hotline(hotline_id)
    if hotline is None:
        raise LookupError(hotline_id)
    number = caller or next(each for each in _CALLERS if organisation.person_by_phone(each) is None)
    with _stage(known, hotline, at, caller=number, persona=personas.no_answer()) as stage:
        call = stage.play(timedelta(minutes=hotline.repeat_minutes) * (_rungs(organisation, hotline) - 1))
        rings = tuple(stage.rings(organisation))
        silent = _read_off(stage, call, known, hotline, rings)
    with _stage(known, hotline, at, caller=number, persona=personas.human()) as stage:
        stage.play(timedelta())
        return replace(silent, at=at, callee_hears=stage.callee_hears())


def _until(history: History, at: datetime) -> History:
    """Return the history as it was at an instant: what was changed later is not known yet."""
    known = tuple(version for version in history.versions if version.since <= at)
    return History(versions=known or history.versions[:1])


def _rungs(organisation: Organisation, hotline: Hotline) -> int:
    ladder = organisation.ladder(hotline.ladder)
    return 1 if ladder is None else len(ladder.rungs)


def _read_off(
    stage: "_Stage", call: CallHandle, history: History, hotline: Hotline, rings: tuple[Ring, ...]
) -> Rehearsal:
    heard = tuple(Heard(each.at, each.text) for each in call.handset.heard if each.sound is Sound.SAID)
    ladder = history.current.ladder(hotline.ladder)
    skipped: list[Skipped] = []
    empty: list[int] = []
    at = stage.begun
    # Nobody answers, so every rung has its turn: each is looked at as of then.
    for number, rung in enumerate(() if ladder is None else ladder.rungs):
        at = next((ring.at for ring in rings if ring.rung == number), at)
        found = resolve_rung(history, rung, at)
        skipped += [Skipped(number, each.id, each.reason) for each in found.skipped]
        if not found.targets:
            empty.append(number)
    ended_at = call.leg.ended_at or stage.services.clock.now()
    return Rehearsal(
        hotline=hotline,
        at=stage.begun,
        caller=call.leg.from_,
        heard=heard,
        rings=rings,
        skipped=tuple(skipped),
        empty_rungs=tuple(empty),
        callee_hears=(),
        told=tuple(stage.told(history.current)),
        ended_at=ended_at,
        first_ring_seconds=seconds_to_first_ring(stage.simulator, call),
    )


def seconds_to_first_ring(simulator: Simulator, call: CallHandle) -> float | None:
    """Return the seconds from the answer of a call to the first telephone rung for it; None without one."""
    rung = [leg.created_at for leg in simulator.calls if leg.parent is call.leg]
    if not rung or call.leg.answered_at is None:
        return None
    return (min(rung) - call.leg.answered_at).total_seconds()


@dataclass(frozen=True, slots=True)
class _Stage:
    """The throw-away installation with its telephones."""

    services: Services
    simulator: Simulator
    hotline: Hotline
    caller: str
    begun: datetime

    def play(self, paging: timedelta) -> CallHandle:
        """Let the caller ring and listen to the end, then let paging go on for a while."""
        call = self.simulator.ring(self.caller, self.hotline.number, by=personas.caller(message_seconds=0))
        self.simulator.run_until(lambda: call.is_over, _LONGEST_CALL)
        self.simulator.advance(paging + _SETTLE)
        return call

    def rings(self, organisation: Organisation) -> Iterator[Ring]:
        """Yield the dials of the call in order."""
        with self.services.db.read() as connection:
            rows = connection.execute(select(attempts).order_by(attempts.c.id)).all()
        ladder = organisation.ladder(self.hotline.ladder)
        for dial in dict.fromkeys(row.dial for row in rows):
            legs = [row for row in rows if row.dial == dial]
            first = legs[0]
            rung = None if first.person == DESK or ladder is None else ladder.rungs[first.rung]
            targets = tuple(
                Target(leg.person, _name(organisation, leg.person), leg.phone, self._named_by(rung, leg))
                for leg in legs
            )
            number = None if rung is None else first.rung
            yield Ring(number, first.dialled_at, first.ring_seconds, targets)

    def _named_by(self, rung: Rung | None, leg: Any) -> tuple[str, ...]:
        history = self.services.organisations.history()
        if rung is None or history is None:
            return ()
        return tuple(
            str(target)
            for target in rung.ring
            for found in resolve_rung(history, replace(rung, ring=(target,)), leg.dialled_at).targets
            if found.id == leg.person
        )

    def callee_hears(self) -> tuple[str, ...]:
        """Return what the first telephone of the duty that was answered heard."""
        legs = (leg for leg in self.simulator.calls if leg.parent is not None and leg.answered_at is not None)
        return tuple(next((leg.handset.texts for leg in legs if leg.handset.texts), []))

    def told(self, organisation: Organisation) -> Iterator[Told]:
        """Yield pages and messages of the hotline in order of time."""
        names = _names_by_phone(organisation)
        calls = (
            (leg.created_at, "call", leg.to, "")
            for leg in self.simulator.calls
            if leg.direction == "outbound-api"
        )
        texts = (
            (message.created_at, "sms", message.to, message.body)
            for message in self.simulator.messages
            if message.direction != "inbound"
        )
        for at, channel, to, words in sorted(chain(calls, texts)):
            yield Told(at, channel, to, names.get(to, "the caller" if to == self.caller else ""), words)


@contextmanager
def _stage(
    history: History, hotline: Hotline, at: datetime, *, caller: str, persona: Persona
) -> Iterator[_Stage]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="vakttelefon-rehearsal-")))
        token = secrets.token_hex(16)
        config = _config(folder, token)
        set_up_logging(config)
        clock = VirtualClock(at)
        late = _LateApp()
        simulator = stack.enter_context(
            Simulator(_ACCOUNT, token, clock=clock, transport=WsgiTransport(late, _PUBLIC_URL))
        )
        services = _services(config, clock, simulator, token)
        stack.callback(services.db.close)
        _store(services, history, at)
        late.app = create_app(config, services).wsgi_app
        worker = Worker(services)
        worker.begin()
        simulator.add_tenant(next_due=worker.next_due_at, run_due=worker.tick)
        _add_phones(simulator, history.current, hotline, caller=caller, persona=persona)
        yield _Stage(services, simulator, hotline, caller, at)


class _LateApp:
    """Stands in for the application, which needs services that need the simulator first."""

    app: WsgiApp | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.app is None:
            start_response("503 Service Unavailable", [])
            return []
        return self.app(environ, start_response)


def _config(folder: Path, token: str) -> Config:
    (folder / "config.toml").write_text(
        f'public_url = "{_PUBLIC_URL}"\n'
        f'[twilio]\naccount_sid = "{_ACCOUNT}"\nauth_token = "{token}"\napi_base_url = "{_API}"\n'
        '[log]\nlevel = "ERROR"\n',
        encoding="utf-8",
    )
    return load_config(folder / "config.toml", environ={})


def _services(config: Config, clock: VirtualClock, simulator: Simulator, token: str) -> Services:
    upgrade(config.database.url)
    make_key_file(config.recording.key_file)
    make_key_file(config.web.secret_file)
    session = requests.Session()
    session.mount(_API, WsgiAdapter(simulator.app))
    telephony = TwilioTelephony(
        _ACCOUNT, token, api_base_url=_API, timeout_seconds=TWILIO_TIMEOUT_SECONDS, http_client=session
    )
    return build_services(config, clock=clock, telephony=telephony)


def _store(services: Services, history: History, at: datetime) -> None:
    replaces: Organisation | None = None
    with services.db.write() as connection:
        for version in history.versions:
            since = min(version.since, at)
            save_version(
                connection, version.organisation, replaces=replaces, at=since, actor=version.by or "rehearsal"
            )
            replaces = version.organisation
    assert Organisations(services.db).current() == history.current


def _add_phones(
    simulator: Simulator, organisation: Organisation, hotline: Hotline, *, caller: str, persona: Persona
) -> None:
    base = f"{_PUBLIC_URL}/webhooks/twilio"
    for each in organisation.hotlines:
        simulator.add_number(
            each.number,
            voice_url=f"{base}/voice",
            voice_fallback_url=f"{base}/voice/fallback",
            status_callback=f"{base}/call-status",
            sms_url=f"{base}/sms",
            name=each.name,
        )
    phones = _names_by_phone(organisation)
    if hotline.desk_number is not None:
        phones.setdefault(hotline.desk_number, DESK)
    for number, name in phones.items():
        # The desk stays silent in both plays: what a callee hears is wanted of the ladder.
        simulator.add_phone(number, name, personas.no_answer() if name == DESK else persona)
    if caller not in phones:
        simulator.add_phone(caller, "the caller")


def _names_by_phone(organisation: Organisation) -> dict[str, str]:
    people = {str(phone): each.name for each in organisation.people for phone in each.phones}
    return people | {str(phone): each.name for each in organisation.suppliers for phone in each.phones}


def _name(organisation: Organisation, party_id: str) -> str:
    party = organisation.person(party_id) or organisation.supplier(party_id)
    return party_id if party is None else party.name
