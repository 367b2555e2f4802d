"""The product and a simulated Twilio in one process, on one virtual clock: whole calls in a blink.

Webhooks travel signed into the WSGI application, REST requests into the simulator's; nothing is noted down
or faked in between.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from sqlalchemy import event, func, select

from dispatcher.cases.queries import case_detail
from dispatcher.cases.views import CaseDetail
from dispatcher.organisations import Organisations, save_version
from dispatcher.recordings.vault import Vault
from dispatcher.services import Services
from dispatcher.settings import Settings
from dispatcher.store.engine import Database
from dispatcher.store.tables import cases, effects, metadata
from dispatcher.telephony.twilio_rest import TwilioTelephony
from dispatcher.tickets.builtin import BuiltinTickets
from dispatcher.worker import Worker
from roster.reading import read_organisation
from simulator import Faults, Simulator, Switches, VirtualClock, WsgiTransport, personas
from simulator.facade import CallHandle
from simulator.in_process import WsgiAdapter
from simulator.personas import Behaviour, Persona
from simulator.records import Message
from tests.hotline.rig import ACCOUNT, CALLER, EVENING, HOTLINE, ORGANISATION, PUBLIC_URL, TOKEN
from vakttelefon.config import Config, load_config
from vakttelefon.wiring import create_app, settings_of

API = "https://api.twilio.com"
DESK = "+4756000000"
SECOND_HOTLINE = "+4721000001"
KARI, OLA, OLAS_DESK_PHONE, SIRI, PER, KIM = (
    "+4790000001",
    "+4790000002",
    "+4755100002",
    "+4790000003",
    "+4790000004",
    "+4790000005",
)
NAMES = {
    KARI: "Kari",
    OLA: "Ola",
    OLAS_DESK_PHONE: "Ola",
    SIRI: "Siri",
    PER: "Per",
    KIM: "Kim",
    CALLER: "Turid",
    DESK: "the desk",
}
# The usual organisation with another hotline beside the usual one.
TWO_HOTLINES = f"""{ORGANISATION}
[[hotlines]]
id = "vatn"
number = "{SECOND_HOTLINE}"
name = "Vassvakta"
schedule = "drift"
ladder = "standard"
"""
# A Thursday at 10 in Oslo: the service desk is open.
DESK_HOURS = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Theatre:
    """One installation, its worker and the world around it. `Theatre.opened` makes one."""

    simulator: Simulator
    services: Services
    worker: Worker
    app: Flask
    transport: WsgiTransport
    config: Config

    @classmethod
    def opened(
        cls,
        database_url: str,
        folder: Path,
        *,
        switches: Switches | None = None,
        faults: Faults | None = None,
        at: datetime = EVENING,
        organisation: str = ORGANISATION,
        **settings: Any,
    ) -> "Theatre":
        """Open an installation on a migrated, empty database; everybody's phone rings unanswered."""
        clock = VirtualClock(at)
        late = _LateApp()
        transport = WsgiTransport(late, PUBLIC_URL)
        simulator = Simulator(
            ACCOUNT,
            TOKEN,
            clock=clock,
            transport=transport,
            switches=switches or Switches(seed=1),
            faults=faults,
        )
        session = requests.Session()
        session.mount(API, WsgiAdapter(simulator.app))
        config = _config(folder)
        db = Database(database_url)
        if db.is_sqlite:
            event.listen(db.engine, "connect", _without_waiting_for_the_disk)
        known: Settings = replace(settings_of(config), **settings)
        services = Services(
            db=db,
            clock=clock,
            settings=known,
            telephony=TwilioTelephony(
                ACCOUNT, TOKEN, api_base_url=API, timeout_seconds=8, http_client=session
            ),
            tickets=BuiltinTickets(db),
            vault=Vault(folder / "recordings", bytes(32)),
            organisations=Organisations(db),
        )
        with db.write() as connection:
            document = read_organisation(organisation, filename="organisation.toml")
            save_version(connection, document, replaces=None, at=at, actor="test")
        app = create_app(config, services)
        late.app = app
        worker = Worker(services)
        worker.begin()
        diary = _Diary(worker, db)
        simulator.add_tenant(next_due=diary.next_due_at, run_due=worker.tick)
        add_hotline(simulator, HOTLINE, "Vakttelefonen")
        theatre = cls(simulator, services, worker, app, transport, config)
        for number, name in NAMES.items():
            simulator.add_phone(number, name, personas.no_answer())
        return theatre

    def close(self) -> None:
        """Close the database."""
        self.services.db.close()

    # the play

    def cast(self, **phones: Persona) -> None:
        """Give phones (by their owner's name, or `desk` and `ola_desk`) to personas."""
        numbers = {
            "kari": KARI,
            "ola": OLA,
            "ola_desk": OLAS_DESK_PHONE,
            "siri": SIRI,
            "per": PER,
            "kim": KIM,
        }
        for name, persona in phones.items():
            self.simulator.phone({**numbers, "desk": DESK}[name]).persona = persona

    def ring(self, *, by: Behaviour | None = None, caller: str = CALLER, **more: Any) -> CallHandle:
        """Let somebody ring the hotline."""
        return self.simulator.ring(caller, HOTLINE, by=by or personas.caller(), **more)

    def text(self, from_: str, body: str) -> None:
        """Let somebody text the hotline."""
        self.simulator.text(from_, HOTLINE, body)

    def run(self, **by: float) -> None:
        """Let virtual time pass."""
        self.simulator.advance(timedelta(**by))

    def until_over(self, call: CallHandle, *, then: timedelta = timedelta(minutes=3)) -> None:
        """Let time pass until a call is over, and then some for what follows."""
        assert self.simulator.run_until(lambda: call.is_over, timedelta(minutes=30))
        self.simulator.advance(then)

    # what came of it

    def case(self, reference: str = "V-1001") -> CaseDetail:
        """Return a case as the API shows it."""
        with self.services.db.read() as connection:
            found = case_detail(connection, reference, "nn")
        assert found is not None, f"there is no {reference}"
        return found

    def case_count(self) -> int:
        """Return how many cases there are."""
        with self.services.db.read() as connection:
            return connection.execute(select(func.count()).select_from(cases)).scalar_one()

    def kinds(self, reference: str = "V-1001") -> Counter[str]:
        """Return how often each kind of timeline entry is there."""
        return Counter(entry.kind for entry in self.case(reference).timeline)

    def sms(self, to: str | None = None) -> list[Message]:
        """Return what the hotline has texted (to a number), in order."""
        return [
            message
            for message in self.simulator.messages
            if message.direction != "inbound" and to in {None, message.to}
        ]

    def rung(self, to: str | None = None) -> list[str]:
        """Return the numbers that were rung by REST (pages and alarms), in order."""
        return [
            leg.to for leg in self.simulator.calls if leg.direction == "outbound-api" and to in {None, leg.to}
        ]

    def heard(self, call: CallHandle) -> str:
        """Return everything the caller has heard."""
        return " ".join(call.heard)

    def effect_states(self) -> Counter[str]:
        """Return how many effects stand where."""
        with self.services.db.read() as connection:
            return Counter(connection.execute(select(effects.c.state)).scalars())

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the whole database, to show that nothing has changed in it."""
        with self.services.db.read() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(select(table))]
                for table in metadata.sorted_tables
                if table.name != "workers"
            }


def add_hotline(simulator: Simulator, number: str, name: str) -> None:
    """Add a number of the account whose webhooks are the product's."""
    base = f"{PUBLIC_URL}/webhooks/twilio"
    simulator.add_number(
        number,
        voice_url=f"{base}/voice",
        voice_fallback_url=f"{base}/voice/fallback",
        status_callback=f"{base}/call-status",
        sms_url=f"{base}/sms",
        name=name,
    )


class _Diary:
    """Tells when the worker is next due; asks the database only when something was committed since."""

    def __init__(self, worker: Worker, db: Database) -> None:
        self._worker = worker
        self._known = False
        self._due: datetime | None = None
        db.after_commit(self._forget)

    def _forget(self) -> None:
        self._known = False

    def next_due_at(self) -> datetime | None:
        if not self._known:
            self._known = True
            self._due = self._worker.next_due_at()
        return self._due


class _LateApp:
    """Stands in for the application until it is built."""

    app: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self.app(environ, start_response)


def _without_waiting_for_the_disk(connection: Any, _entry: object) -> None:
    # Nothing of a test has to outlive a power cut.
    connection.execute("PRAGMA synchronous=OFF")


def _config(folder: Path) -> Config:
    (folder / "web.key").write_bytes(b"an invented secret of the web pages")
    return load_config(
        folder / "none.toml",
        environ={
            "VAKTTELEFON_PUBLIC_URL": PUBLIC_URL,
            "VAKTTELEFON_TWILIO__ACCOUNT_SID": ACCOUNT,
            "VAKTTELEFON_TWILIO__AUTH_TOKEN": TOKEN,
            "VAKTTELEFON_SERVER__SPOOL": str(folder / "spool"),
            "VAKTTELEFON_WEB__SECRET_FILE": str(folder / "web.key"),
        },
    )
