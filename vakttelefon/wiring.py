"""From a configuration to running parts: services, the web application, the worker."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from admin.blueprint import create_admin
from dispatcher.accounts.sessions import SessionRules
from dispatcher.budgets.limits import Budgets
from dispatcher.clock import Clock, SystemClock
from dispatcher.files import MOST_KEY_BYTES, read_small_file
from dispatcher.mail import MailSettings
from dispatcher.organisations import Organisations
from dispatcher.recordings.vault import Vault
from dispatcher.services import Services
from dispatcher.settings import Retention, Settings
from dispatcher.store.engine import Database
from dispatcher.store.limits import COMMANDS, Limits
from dispatcher.telephony.port import Telephony
from dispatcher.telephony.twilio_rest import TwilioTelephony
from dispatcher.tickets.builtin import BuiltinTickets
from vakttelefon.config import Config
from vakttelefon.session_key import wait_for_key
from webhooks.api import create_api
from webhooks.calendars import create_calendars
from webhooks.health import create_health
from webhooks.metrics import create_metrics
from webhooks.twilio.app import create_twilio
from webhooks.twilio.signature import TwilioAccount
from webhooks.twiml import Renderer

# The organisation in force, kept beside the spool for when the database cannot be asked.
LAST_GOOD = "organisation.last"
# In-flight effects must end within the ten seconds that SIGTERM leaves (contract section 6).
TWILIO_TIMEOUT_SECONDS = 8


def settings_of(config: Config) -> Settings:
    """Return what the dispatcher needs to know of the configuration."""
    mode = config.recording.conversations
    return Settings(
        public_url=config.public_url,
        spool=config.server.spool,
        record_conversations="consent" if mode == "consent" else "always" if mode else "never",
        recording_retention_days=config.recording.retention_days,
        call_minutes=config.limits.call_minutes,
        pages_per_person_per_hour=config.limits.pages_per_person_per_hour,
        budgets=Budgets(**{item.name: getattr(config.limits, item.name) for item in fields(Budgets)}),
        ticket_system=config.tickets.system,
        retention=Retention(
            cases_days=config.retention.cases_days,
            messages_days=config.retention.messages_days,
            audit_days=config.retention.audit_days,
        ),
    )


def telephony_of(config: Config) -> TwilioTelephony:
    """Return the telephone company of the configuration."""
    return TwilioTelephony(
        config.twilio.account_sid,
        config.twilio.auth_token,
        api_base_url=config.twilio.api_base_url,
        timeout_seconds=TWILIO_TIMEOUT_SECONDS,
    )


def mail_of(config: Config) -> MailSettings | None:
    """Return the mail server, or None where none is configured."""
    mail = config.mail
    if not mail.host:
        return None
    return MailSettings(
        host=mail.host,
        port=mail.port,
        username=mail.username,
        password=mail.password,
        sender=mail.sender,
        encryption=mail.encryption,
    )


def build_services(
    config: Config,
    *,
    clock: Clock | None = None,
    telephony: Telephony | None = None,
    limits: Limits = COMMANDS,
) -> Services:
    """Wire the services; `clock` and `telephony` are replaced by the demo and by tests.

    `limits`: how long this process waits for the database. The key of the recordings is read when needed.
    """
    db = Database(config.database.url, limits=limits)
    return Services(
        db=db,
        clock=clock or SystemClock(),
        settings=settings_of(config),
        telephony=telephony or telephony_of(config),
        tickets=BuiltinTickets(db),
        vault=Vault(config.recording.directory, config.recording.key_file),
        organisations=Organisations(db, keep=config.server.spool / LAST_GOOD),
        mail=mail_of(config),
    )


def create_app(config: Config, services: Services) -> Flask:
    """Make the web application: webhooks, API, health, metrics and pages."""
    app = Flask("vakttelefon", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    app.url_map.strict_slashes = False
    account = TwilioAccount(config.twilio.account_sid, config.twilio.auth_tokens, config.public_url)
    voices = config.twilio.voices
    renderer = Renderer(
        base=f"{config.public_url}/webhooks/twilio/voice",
        voices={"nn": voices.nn, "nb": voices.nb, "en": voices.en},
    )
    app.register_blueprint(create_twilio(services, account=account, renderer=renderer))
    app.register_blueprint(create_api(services))
    app.register_blueprint(create_calendars(services))
    app.register_blueprint(create_health(services))
    app.register_blueprint(create_metrics(services))
    sessions = SessionRules(
        lifetime=timedelta(hours=config.web.session_hours), idle=timedelta(minutes=config.web.idle_minutes)
    )
    try:
        secret = read_web_secret(config)
    except OSError:
        secret = b""
        wait_for_key(app, config.web.secret_file)
    app.register_blueprint(create_admin(services, secret=secret, session_rules=sessions))
    # Only who the client is: signatures are checked against public_url, never against the proxy's word.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=config.server.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
    )
    return app


def read_web_secret(config: Config) -> bytes:
    """Return the key that signs sessions.

    Raises:
        OSError: there is no such file, or it may not be read.
    """
    return read_small_file(config.web.secret_file, most=MOST_KEY_BYTES)


def example_organisation() -> Path:
    """Return the example organisation that the package ships."""
    return Path(__file__).parent / "examples" / "organisation.toml"
