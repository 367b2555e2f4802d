"""A whole installation in one process: real store, real web application, real worker; telephony is noted down.

Webhooks are posted signed, as Twilio posts them; `Rig.work` does what is due at the rig's clock.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from flask import Flask
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from dispatcher.cases.queries import case_detail
from dispatcher.cases.views import CaseDetail
from dispatcher.organisations import Organisations, save_version
from dispatcher.recordings.vault import Vault
from dispatcher.services import Services
from dispatcher.settings import Settings
from dispatcher.store.engine import Database
from dispatcher.store.tables import cases, effects
from dispatcher.tickets.builtin import BuiltinTickets
from dispatcher.worker import Worker
from roster.organisation import Organisation
from roster.reading import read_organisation
from tests.hotline.telephony import EVENING, NotedTelephony, RigClock
from vakttelefon.config import Config, load_config
from vakttelefon.wiring import create_app, settings_of

ACCOUNT = "AC" + "a" * 32
TOKEN = "an-invented-auth-token"
PUBLIC_URL = "https://vakt.example.no"
HOTLINE = "+4721000000"
KARI, OLA, SIRI, PER, KIM = (f"+479000000{n}" for n in range(1, 6))
CALLER = "+4791000001"

ORGANISATION = """
timezone = "Europe/Oslo"
language = "nn"

[[municipalities]]
id = "alver"
name = "Alver kommune"
numbers = ["+4791000001", "+47563*"]

[[people]]
id = "kari"
name = "Kari Nordmann"
phones = ["+4790000001"]
[[people]]
id = "ola"
name = "Ola Strand"
phones = ["+4790000002", "+4755100002"]
language = "nb"
[[people]]
id = "siri"
name = "Siri Vik"
phones = ["+4790000003"]
language = "en"
[[people]]
id = "per"
name = "Per Berg"
phones = ["+4790000004"]
[[people]]
id = "kim"
name = "Kim Dahl"
phones = ["+4790000005"]
roles = ["coordinator"]

[[suppliers]]
id = "nettfirma"
name = "Nettfirma AS"
phones = ["+4755000000"]

[[schedules]]
id = "drift"
name = "Driftsvakt"
  [schedules.duty]
  desk_hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", to = "15:30" }]
  [[schedules.layers]]
  name = "Veke"
  people = ["kari", "ola", "siri"]
  rotation = "weekly"
  start = 2026-11-23T08:00:00

[[ladders]]
id = "standard"
  [[ladders.rungs]]
  ring = ["on-duty:drift"]
  seconds = 25
  [[ladders.rungs]]
  ring = ["next-on-duty:drift", "person:per"]
  order = "simultaneous"
  seconds = 20

[[hotlines]]
id = "drift"
number = "+4721000000"
name = "Vakttelefonen"
schedule = "drift"
ladder = "standard"
desk_number = "+4756000000"
repeat_minutes = 5
"""


def sid(kind: str, number: int) -> str:
    """Return an invented Twilio identifier."""
    return f"{kind}{number:032x}"


class Twiml:
    """A TwiML answer, to be looked at."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.root = ElementTree.fromstring(document)

    def verbs(self) -> list[str]:
        return [element.tag for element in self.root]

    def one(self, name: str) -> ElementTree.Element:
        found = list(self.root.iter(name))
        assert len(found) == 1, self.document
        return found[0]

    @property
    def said(self) -> str:
        return " ".join(element.text or "" for element in self.root.iter("Say"))

    @property
    def numbers(self) -> list[str]:
        return [element.text or "" for element in self.root.iter("Number")]

    def screen(self, phone: str) -> str:
        return next(element for element in self.root.iter("Number") if element.text == phone).attrib["url"]

    def leg(self, phone: str) -> str:
        number = next(element for element in self.root.iter("Number") if element.text == phone)
        return number.attrib["statusCallback"]

    def action(self, verb: str) -> str:
        return self.one(verb).attrib["action"]


class Rig:
    """An installation and the telephone company around it."""

    def __init__(
        self, database_url: str, folder: Path, *, organisation: str = ORGANISATION, **settings: Any
    ) -> None:
        self.clock = RigClock()
        self.telephony = NotedTelephony(self.clock)
        self.db = Database(database_url)
        self.config: Config = load_config(
            folder / "none.toml",
            environ={
                "VAKTTELEFON_PUBLIC_URL": PUBLIC_URL,
                "VAKTTELEFON_TWILIO__ACCOUNT_SID": ACCOUNT,
                "VAKTTELEFON_TWILIO__AUTH_TOKEN": TOKEN,
                "VAKTTELEFON_SERVER__SPOOL": str(folder / "spool"),
                "VAKTTELEFON_WEB__SECRET_FILE": str(folder / "web.key"),
            },
        )
        (folder / "web.key").write_bytes(b"an invented secret of the web pages")
        known: Settings = replace(settings_of(self.config), **settings)
        self.services = Services(
            db=self.db,
            clock=self.clock,
            settings=known,
            telephony=self.telephony,
            tickets=BuiltinTickets(self.db),
            vault=Vault(folder / "recordings", bytes(32)),
            organisations=Organisations(self.db),
        )
        self.app: Flask = create_app(self.config, self.services)
        self.worker = Worker(self.services)
        self.import_organisation(organisation)

    def import_organisation(self, text: str) -> Organisation:
        organisation = read_organisation(text, filename="organisation.toml")
        with self.db.write() as connection:
            present = self.services.organisations.current(connection)
            save_version(connection, organisation, replaces=present, at=self.clock.now(), actor="test")
        return organisation

    def close(self) -> None:
        self.db.close()

    # Twilio's side

    def post(self, url: str, *, token: str = TOKEN, account: str = ACCOUNT, **form: str) -> Any:
        """Post a signed webhook; `url` is a path below the Twilio webhooks or a whole address."""
        if not url.startswith("http"):
            url = f"{PUBLIC_URL}/webhooks/twilio/{url}"
        form = {"AccountSid": account, "ApiVersion": "2010-04-01", **form}
        signature = RequestValidator(token).compute_signature(url, form)
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self.app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})

    def twiml(self, url: str, **form: str) -> Twiml:
        response = self.post(url, **form)
        assert response.status_code == 200, response.data
        return Twiml(response.get_data(as_text=True))

    def ring(self, call: str, *, from_: str = CALLER, to: str = HOTLINE, **form: str) -> Twiml:
        known = {"CallSid": call, "From": from_, "To": to, "CallStatus": "ringing", "Direction": "inbound"}
        return self.twiml("voice", **(known | form))

    def begin(self, call: str, *, digits: str = "", **ring: Any) -> Twiml:
        greeting = self.ring(call, **ring)
        return self.twiml(greeting.action("Gather"), CallSid=call, Digits=digits, CallStatus="in-progress")

    def hang_up(
        self, call: str, *, from_: str = CALLER, seconds: int = 30, status: str = "completed"
    ) -> None:
        response = self.post(
            "call-status",
            CallSid=call,
            From=from_,
            To=HOTLINE,
            CallStatus=status,
            CallDuration=str(seconds),
            SequenceNumber="0",
        )
        assert response.status_code == 204

    def dial_over(
        self, dial: Twiml, call: str, *, status: str = "no-answer", bridged: bool = False, **form: str
    ) -> Twiml:
        return self.twiml(
            dial.action("Dial"),
            **{
                "CallSid": call,
                "DialCallStatus": status,
                "DialBridged": "true" if bridged else "false",
                "CallStatus": "in-progress",
                **form,
            },
        )

    def press(self, question: Twiml, digits: str, *, leg: str = "") -> Twiml:
        return self.twiml(question.action("Gather"), CallSid=leg or sid("CA", 999), Digits=digits)

    def text(self, from_: str, body: str, *, message: str | None = None) -> None:
        number = next(self.telephony._numbers)
        response = self.post(
            "sms",
            MessageSid=message or sid("SM", 10_000 + number),
            From=from_,
            To=HOTLINE,
            Body=body,
            NumMedia="0",
        )
        assert response.status_code == 200

    # our side

    def work(self) -> None:
        """Do everything that is due now."""
        while self.worker.tick():
            pass

    def advance(self, **by: float) -> None:
        """Let time pass, doing what is due on the way."""
        end = self.clock.now() + timedelta(**by)
        while True:
            self.work()
            due = self.worker.next_due_at()
            if due is None or due > end:
                break
            self.clock.instant = max(due, self.clock.instant)
        self.clock.instant = end
        self.work()

    def case(self, reference: str = "V-1001", language: str = "nn") -> CaseDetail:
        with self.db.read() as connection:
            found = case_detail(connection, reference, language)
        assert found is not None
        return found

    def references(self) -> list[str]:
        """Return every case there is; what was rolled back may leave a number unused on PostgreSQL."""
        with self.db.read() as connection:
            numbers = connection.execute(select(cases.c.id).order_by(cases.c.id)).scalars()
            return [f"V-{number}" for number in numbers]

    def texts_to(self, phone: str) -> list[str]:
        return [item["body"] for item in self.telephony.sent if item["to"] == phone]

    def kinds(self, reference: str = "V-1001") -> list[str]:
        return [entry.kind for entry in self.case(reference).timeline]

    def unfinished(self) -> list[str]:
        with self.db.read() as connection:
            rows = connection.execute(
                select(effects.c.key).where(effects.c.state.in_(["pending", "claimed"]))
            )
            return [row.key for row in rows]


__all__ = ["EVENING", "Rig", "Twiml", "sid"]
