"""A throw-away installation: embedded SQLite, the example organisation, a simulated Twilio, one clock."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dispatcher.accounts.users import create_user
from dispatcher.organisations import save_version
from dispatcher.recordings.vault import make_key_file
from dispatcher.services import Services
from dispatcher.store.migrate import upgrade
from dispatcher.worker import Worker
from roster.ladder import next_on_duty
from roster.on_duty import who_is_on
from roster.organisation import Organisation, Person
from roster.reading import read_organisation
from simulator.clock import VirtualClock
from simulator.facade import Simulator
from simulator.server import LoopbackServer
from simulator.transport import HttpTransport
from simulator.wall.views import create_blueprint
from vakttelefon.config import Config, load_config
from vakttelefon.logging import set_up_logging
from vakttelefon.wiring import build_services, create_app, example_organisation

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
# The demo listens on this machine only, and its installation is gone when it ends.
ADMIN, ADMIN_PASSWORD = "admin", "vakt-demo-admin"
TECHNICIAN_PASSWORD = "vakt-demo-vakt"  # noqa: S105
CALLERS = {
    "+4790100001": ("Turid Lie", "Fjordvik kommune"),
    "+4790100002": ("Odd Moen", "ukjent nummer"),
}
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
ROLE_WORDS = {
    "technician": "teknikar",
    "coordinator": "koordinator",
    "reviewer": "gjennomgang",
    "administrator": "administrator",
}
ON_DUTY = {"nn": "På vakt", "nb": "På vakt", "en": "On duty"}
NIGHT_HOUR, NIGHT_MINUTE = 2, 40


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays whom: the person on duty, the backup, and the next one on the ladder."""

    on_duty: Person
    backup: Person
    next_one: Person


@dataclass(frozen=True, slots=True)
class Installation:
    """A running demo installation."""

    config: Config
    services: Services
    worker: Worker
    simulator: Simulator
    organisation: Organisation
    cast: Cast
    web: LoopbackServer

    @property
    def hotline_number(self) -> str:
        """The number that callers ring."""
        return self.organisation.hotlines[0].number


def choose_night(organisation: Organisation, *, after: datetime) -> tuple[datetime, Cast]:
    """Return the coming night at which duty, backup and the person named on the ladder are three people."""
    schedule = organisation.hotlines[0].schedule
    third = "per"
    for days in range(1, 60):
        local = (after.astimezone(organisation.zone) + timedelta(days=days)).replace(
            hour=NIGHT_HOUR, minute=NIGHT_MINUTE, second=0, microsecond=0
        )
        night = local.astimezone(UTC)
        on_duty = who_is_on(organisation, schedule, night).people
        following = next_on_duty(organisation, schedule, night)
        if len(on_duty) == len(following) == 1 and len({on_duty[0], following[0], third}) == 3:
            people = [organisation.person(name) for name in (on_duty[0], following[0], third)]
            known = [person for person in people if person is not None]
            return night, Cast(known[0], known[1], known[2])
    message = "the example organisation has no night with three different people"
    raise ValueError(message)


@contextmanager
def installed(*, port: int, started_at: datetime | None = None) -> Iterator[Installation]:
    """Set up everything, serve it on loopback (`port` 0: any free one), and take it down afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="vakttelefon-demo-")))
        text = example_organisation().read_text(encoding="utf-8")
        organisation = read_organisation(text, filename="organisation.toml")
        night, cast = choose_night(organisation, after=started_at or datetime.now(UTC))
        clock = VirtualClock(night)
        token = secrets.token_hex(16)
        simulator = stack.enter_context(Simulator(ACCOUNT_SID, token, clock=clock, transport=HttpTransport()))
        rest = stack.enter_context(LoopbackServer(simulator.app))
        late = _LateApp()
        web = LoopbackServer(late, port=port)
        config = _config(folder, web_url=web.url, rest_url=rest.url, token=token)
        set_up_logging(config)
        services = _services(config, clock, organisation, night)
        stack.callback(services.db.close)
        app = create_app(config, services)
        app.register_blueprint(
            create_blueprint(
                simulator,
                timezone=organisation.timezone,
                marks=lambda language: marks_of_duty(services, language),
            ),
            url_prefix="/phones",
        )
        late.app = app.wsgi_app
        stack.enter_context(web)
        worker = Worker(services)
        worker.begin()
        _add_phones(simulator, organisation, config)
        yield Installation(config, services, worker, simulator, organisation, cast, web)


def marks_of_duty(services: Services, language: str) -> list[tuple[str, str]]:
    """Return the telephones of whoever is on duty now, each with what the wall is to write on it."""
    organisation = services.organisations.current()
    if organisation is None:
        return []
    now, word = services.clock.now(), ON_DUTY[language]
    several = len(organisation.schedules) > 1
    return [
        (number, f"{word}: {schedule.name}" if several else word)
        for schedule in organisation.schedules
        for name in who_is_on(organisation, schedule.id, now).people
        if (person := organisation.person(name)) is not None
        for number in person.phones
    ]


class _LateApp:
    """Stands in for the application, whose address has to be known before it can be built."""

    app: WsgiApp | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.app is None:
            start_response("503 Service Unavailable", [])
            return []
        return self.app(environ, start_response)


def _config(folder: Path, *, web_url: str, rest_url: str, token: str) -> Config:
    (folder / "config.toml").write_text(
        f"""public_url = "{web_url}"
[twilio]
account_sid = "{ACCOUNT_SID}"
auth_token = "{token}"
api_base_url = "{rest_url}"
[log]
level = "ERROR"
""",
        encoding="utf-8",
    )
    return load_config(folder / "config.toml", environ={})


def _services(config: Config, clock: VirtualClock, organisation: Organisation, night: datetime) -> Services:
    upgrade(config.database.url)
    make_key_file(config.recording.key_file)
    make_key_file(config.web.secret_file)
    services = build_services(config, clock=clock)
    with services.db.write() as connection:
        save_version(connection, organisation, replaces=None, at=night, actor="demo")
        create_user(connection, ADMIN, ADMIN_PASSWORD, "administrator", night)
        for person in organisation.people:
            role = "coordinator" if "coordinator" in person.roles else "technician"
            create_user(connection, person.id, TECHNICIAN_PASSWORD, role, night, person=person.id)
    return services


def _add_phones(simulator: Simulator, organisation: Organisation, config: Config) -> None:
    base = f"{config.public_url}/webhooks/twilio"
    for hotline in organisation.hotlines:
        simulator.add_number(
            hotline.number,
            voice_url=f"{base}/voice",
            voice_fallback_url=f"{base}/voice/fallback",
            status_callback=f"{base}/call-status",
            sms_url=f"{base}/sms",
            name=hotline.name,
        )
    for number, (name, label) in CALLERS.items():
        simulator.add_phone(number, name, label=label)
    for person in organisation.people:
        for number in person.phones:
            simulator.add_phone(
                number, person.name, label=", ".join(ROLE_WORDS[role] for role in person.roles)
            )
    for supplier in organisation.suppliers:
        for number in supplier.phones:
            simulator.add_phone(number, supplier.name, label="leverandør")
