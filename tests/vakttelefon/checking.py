"""An installation in which nothing is wrong, for tests that spoil one thing."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import insert

from dispatcher.store.tables import workers
from dispatcher.telephony.port import DeliveryError, IncomingNumber, Telephony
from tests.hotline.rig import HOTLINE
from tests.vakttelefon.cli.shell import Shell, set_up
from vakttelefon.checks import Finding, Level, check_everything
from vakttelefon.checks.looking import Answer
from vakttelefon.config import Config
from vakttelefon.provisioning import wanted_webhooks

# A Wednesday evening in Oslo.
NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
FALLBACK = "https://handler.example.net/twiml/EH1"


def incoming(config: Config | None = None, **fields: str) -> IncomingNumber:
    """Return the hotline's number, configured for `config` or not at all."""
    number = IncomingNumber("PN1", HOTLINE, "", "POST", "", "", "", "", "", "")
    if config is not None:
        wanted = wanted_webhooks(config)
        number = replace(
            number,
            voice_url=wanted.voice_url,
            voice_fallback_url=wanted.voice_fallback_url,
            status_callback=wanted.status_callback,
            sms_url=wanted.sms_url,
            sms_fallback_url=wanted.sms_fallback_url,
        )
    return replace(number, **fields)


@dataclass
class FakeTelephony:
    """An account with some numbers; `refusal` is what it says to everything."""

    numbers: list[IncomingNumber] = field(default_factory=list)
    refusal: DeliveryError | None = None
    configured: list[str] = field(default_factory=list)

    def check_account(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    def list_numbers(self) -> list[IncomingNumber]:
        self.check_account()
        return self.numbers

    def configure_number(self, sid: str, **_urls: str) -> None:
        self.configured.append(sid)


@dataclass
class Installation:
    """An installation in which nothing is wrong, until a test changes something."""

    shell: Shell
    telephony: FakeTelephony
    answers: dict[str, Answer] = field(default_factory=dict)
    certificate: datetime | None = NOW + timedelta(days=60)
    now: datetime = NOW

    def findings(self, config: Config | None = None) -> tuple[Finding, ...]:
        return check_everything(
            config or self.shell.config,
            telephony=cast("Telephony", self.telephony),
            now=self.now,
            look=lambda url: self.answers.get(url, Answer(200, self.now)),
            certificate_ends=lambda _host, _port: self.certificate,
        )

    def troubles(self, config: Config | None = None) -> list[Finding]:
        return [finding for finding in self.findings(config) if finding.level is not Level.OK]

    def trouble(self, config: Config | None = None) -> Finding:
        """Return the only thing that is wrong."""
        found = self.troubles(config)
        assert len(found) == 1, [str(each) for each in found]
        return found[0]


def prepared(folder: Path, database_url: str) -> Installation:
    shell = set_up(folder, database_url)
    shell.configure(more=f'fallback_url = "{FALLBACK}"\n')
    shell.import_organisation()
    with shell.database() as database, database.write() as connection:
        connection.execute(insert(workers).values(id="w:1:x", started_at=NOW, seen_at=NOW))
    return Installation(shell, FakeTelephony([incoming(shell.config)]))


def changed(config: Config, section: str, **values: Any) -> Config:
    return replace(config, **cast("Any", {section: replace(getattr(config, section), **values)}))
