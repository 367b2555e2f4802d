"""The configuration: what differs between installations (contract section 6).

Everything a coordinator would change is in the organisation file instead. `config.example.toml` names
every key with its default, its unit and why one would change it; a test holds the two together.
"""

# ruff: noqa: RUF009  `key` and `section` make dataclass fields
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from dispatcher.files import read_small_file
from roster.toml_lines import TomlReading, read_what_can_be
from vakttelefon import config_rules as rules
from vakttelefon.config_sources import (
    Problem,
    Sources,
    dotted,
    environment_names,
    key,
    known_keys,
    read_environ,
    section,
)

CONFIG_VARIABLE = "VAKTTELEFON_CONFIG"
DEFAULT_FILE = "config.toml"
MAX_FILE_BYTES = 1_000_000
CENTURY_DAYS = 36_500

# with these in the environment a file is not needed: everything else has a default that works
_NEEDED_WITHOUT_FILE = (("public_url",), ("twilio", "account_sid"), ("twilio", "auth_token"))


Encryption = Literal["auto", "starttls", "tls", "none"]
_ENCRYPTION: rules.Rule[Encryption] = rules.one_of("auto", "starttls", "tls", "none")

_SMS = rules.whole_number(0, 100_000, of="SMS")


class ConfigError(Exception):
    """The configuration cannot be used. Caught by the command line, which prints each problem and exits 2."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Server:
    """The web process: where it listens, how many requests at once, and where it keeps what must not be lost.

    `trusted_proxies`: how many reverse proxies stand in front and may say who the client is.
    `spool`: requests are kept here while the database is down.
    """

    host: str = key("127.0.0.1", rules.host)
    port: int = key(8000, rules.whole_number(1, 65_535))
    threads: int = key(16, rules.whole_number(1, 256, of="threads"))
    trusted_proxies: int = key(1, rules.whole_number(0, 5, of="proxies"))
    spool: Path = key("var/spool", rules.path)


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """The database, as an SQLAlchemy address; SQLite file names are absolute once loaded."""

    url: str = key("sqlite:///var/vakttelefon.db", rules.database_url, secret=True)


@dataclass(frozen=True, slots=True)
class Voices:
    """Which of Twilio's voices speaks each language; no Nynorsk voice exists, a Bokmål one reads it."""

    nn: str = key("Polly.Ida-Neural", rules.voice)
    nb: str = key("Polly.Ida-Neural", rules.voice)
    en: str = key("Polly.Amy-Neural", rules.voice)


@dataclass(frozen=True, slots=True)
class Twilio:
    """The account at Twilio. `auth_tokens` may hold several while the token is being rotated."""

    account_sid: str = key("", rules.account_sid)
    auth_tokens: tuple[str, ...] = key("", rules.secret_lines, secret=True, name="auth_token")
    api_base_url: str = key("https://api.twilio.com", rules.api_base_url)
    fallback_url: str = key("", rules.https_url_or_empty)
    voices: Voices = section(Voices)

    @property
    def auth_token(self) -> str:
        """The token with which requests to Twilio are made and signatures computed; empty without one."""
        return self.auth_tokens[0] if self.auth_tokens else ""


@dataclass(frozen=True, slots=True)
class Recording:
    """Recorded conversations and messages: whether, where, under which key, for how many days."""

    conversations: bool | Literal["consent"] = key(True, rules.conversations)
    directory: Path = key("var/recordings", rules.path)
    key_file: Path = key("var/recording.key", rules.path)
    retention_days: int = key(90, rules.whole_number(1, 3_650, of="days"))


@dataclass(frozen=True, slots=True)
class Web:
    """The pages for people: the file whose content signs sessions, and how long one lasts."""

    secret_file: Path = key("var/web.key", rules.path)
    session_hours: int = key(12, rules.whole_number(1, 168, of="hours"))
    idle_minutes: int = key(120, rules.whole_number(5, 10_080, of="minutes"))


@dataclass(frozen=True, slots=True)
class Tickets:
    """The ticket system in which every case has its stub."""

    system: str = key("builtin", rules.one_of("builtin"))


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server for messages to coordinators; without a host no mail is sent."""

    host: str = key("", rules.host_or_empty)
    port: int = key(587, rules.whole_number(1, 65_535))
    encryption: Encryption = key("auto", _ENCRYPTION)
    username: str = key("", rules.text)
    password: str = key("", rules.secret, secret=True)
    sender: str = key("", rules.email_or_empty, name="from")


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days things are kept; 0 keeps them for ever. Recordings have their own `retention_days`."""

    cases_days: int = key(1825, rules.whole_number(0, CENTURY_DAYS, of="days"))
    messages_days: int = key(365, rules.whole_number(0, CENTURY_DAYS, of="days"))
    audit_days: int = key(1825, rules.whole_number(0, CENTURY_DAYS, of="days"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a fault, or strangers, from costing money or sleep; all but one are by the hour.

    Pages to one person; SMS to callers, to people of the duty, and alarms (`dispatcher.budgets`); length of a
    call.
    """

    pages_per_person_per_hour: int = key(30, rules.whole_number(1, 1_000, of="pages"))
    caller_sms_per_number_per_hour: int = key(20, _SMS)
    caller_sms_per_country_per_hour: int = key(300, _SMS)
    caller_sms_abroad_per_hour: int = key(30, _SMS)
    caller_sms_new_country_per_hour: int = key(5, _SMS)
    caller_sms_per_hotline_per_hour: int = key(300, _SMS)
    caller_sms_per_hour: int = key(600, _SMS)
    told_per_case_per_hour: int = key(30, _SMS)
    told_per_person_per_hour: int = key(60, _SMS)
    alarms_about_cases_per_hour: int = key(3, rules.whole_number(1, 1_000, of="alarms"))
    # Twilio ends a leg after 240 minutes whatever is asked for (TwiML <Dial> timeLimit)
    call_minutes: int = key(240, rules.whole_number(1, 240, of="minutes"))


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to standard error, and in which form."""

    level: str = key("INFO", rules.one_of("DEBUG", "INFO", "WARNING", "ERROR"))
    format: str = key("text", rules.one_of("text", "json"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting of an installation, checked and typed; `path` is the file it came from, if any."""

    public_url: str = key("http://localhost:8000", rules.public_url)
    server: Server = section(Server)
    database: DatabaseSettings = section(DatabaseSettings)
    twilio: Twilio = section(Twilio)
    recording: Recording = section(Recording)
    web: Web = section(Web)
    tickets: Tickets = section(Tickets)
    mail: Mail = section(Mail)
    retention: Retention = section(Retention)
    limits: Limits = section(Limits)
    log: Log = section(Log)
    path: Path | None = None


def config_path(path: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Path:
    """Return the file that is meant: the one named, else $VAKTTELEFON_CONFIG, else config.toml here."""
    if path is not None:
        return path
    named = (os.environ if environ is None else environ).get(CONFIG_VARIABLE, "")
    return Path(named) if named.strip() else Path(DEFAULT_FILE)


def load_config(path: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Config:
    """Read and check the whole configuration; the environment wins over the file.

    Raises `ConfigError` with every problem at once, each with file and line or variable, and a remedy.
    Without a file the environment must give public_url, account_sid and auth_token.
    """
    environ = read_environ() if environ is None else environ
    file = config_path(path, environ=environ)
    reading = _read(file)
    if reading is None and not _is_complete(environ):
        variables = ", ".join(environment_names(at)[0] for at in _NEEDED_WITHOUT_FILE)
        what, remedy = "there is no such file", f"run `vakttelefon init` to make one, or set {variables}"
        raise ConfigError((Problem(str(file), None, "", what, remedy),))
    sources = Sources(file=file, reading=reading, environ=environ, folder=file.absolute().parent)
    if reading is not None:
        sources.problems += [Problem(p.file, p.line, "", p.what, p.remedy) for p in reading.problems]
    config = sources.build(Config)
    sources.report_unknown(Config)
    if config.mail.host and not config.mail.sender and not (reading and reading.problems):
        what = "names no sender, and mail.host is set"
        sources.problem_in_file(("mail", "from"), what, "give the address that mail comes from")
    if sources.problems:
        raise ConfigError(tuple(sources.problems))
    return replace(config, path=file if reading is not None else None)


def keys() -> dict[str, object]:
    """Return every key by its dotted name with its default as one writes it in TOML."""
    return {dotted(at): spec.default for at, spec in known_keys(Config)}


def _read(file: Path) -> TomlReading | None:
    """Read the file; None when there is none."""
    try:
        data = read_small_file(file, most=MAX_FILE_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as wrong:
        reason = (wrong.strerror if isinstance(wrong, OSError) else None) or "cannot be opened"
        problem = Problem(
            str(file), None, "", f"cannot be read: {reason}", "name a file that this user may read"
        )
        raise ConfigError((problem,)) from None
    return read_what_can_be(data, filename=str(file))


def _is_complete(environ: Mapping[str, str]) -> bool:
    """Return whether the environment alone gives all that has no default worth running with."""
    specs = dict(known_keys(Config))
    for at in _NEEDED_WITHOUT_FILE:
        suffixes = ("", "_ENV", "_FILE") if specs[at].secret else ("",)
        if not any(name + suffix in environ for name in environment_names(at) for suffix in suffixes):
            return False
    return True


__all__ = [
    "Config",
    "ConfigError",
    "Problem",
    "config_path",
    "keys",
    "load_config",
]
