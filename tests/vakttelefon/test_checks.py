"""`check` finds what would fail at 03:00, each thing on its own."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import insert

from dispatcher.spool import spool
from dispatcher.store.tables import effects, workers
from dispatcher.telephony.port import DeliveryError, IncomingNumber, Telephony
from tests.hotline.rig import HOTLINE, ORGANISATION
from tests.vakttelefon.cli.shell import Shell, set_up
from tests.vakttelefon.cli.twilio import simulated_twilio
from vakttelefon.checks import Finding, Level, check_everything
from vakttelefon.checks import duty as duty_checks
from vakttelefon.checks.looking import Answer, certificate_ends, look
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


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Installation:
    """An installation in which nothing is wrong."""
    return prepared(tmp_path / "vakt", sqlite_url)


def prepared(folder: Path, database_url: str) -> Installation:
    shell = set_up(folder, database_url)
    shell.configure(more=f'fallback_url = "{FALLBACK}"\n')
    shell.import_organisation()
    with shell.database() as database, database.write() as connection:
        connection.execute(insert(workers).values(id="w:1:x", started_at=NOW, seen_at=NOW))
    return Installation(shell, FakeTelephony([incoming(shell.config)]))


@pytest.fixture
def prepared_anywhere(database_url: str, tmp_path: Path) -> Installation:
    """The same, on both databases."""
    return prepared(tmp_path / "vakt", database_url)


def changed(config: Config, section: str, **values: Any) -> Config:
    return replace(config, **cast("Any", {section: replace(getattr(config, section), **values)}))


def test_an_installation_in_which_nothing_is_wrong_has_only_ok(prepared_anywhere: Installation) -> None:
    findings = prepared_anywhere.findings()
    assert [str(each) for each in findings if each.level is not Level.OK] == []
    assert [each.name for each in findings] == [
        "config", "permissions", "keys", "disk", "spool", "database", "worker", "effects", "tickets",
        "organisation", "public-url", "fallback", "twilio", "clock", "numbers", "roster", "phones",
        "coordinator", "rotation",
    ]  # fmt: skip


def test_a_line_reads_level_name_what_and_remedy() -> None:
    finding = Finding(Level.WARN, "clock", "is 90 s behind\nTwilio's", "set it")
    assert str(finding) == "warn  clock         is 90 s behind Twilio's: set it"


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"account_sid": ""}, "account_sid"),
        ({"auth_tokens": ()}, "auth_token"),
        ({"account_sid": "", "auth_tokens": ()}, "account_sid and auth_token"),
    ],
)
def test_missing_credentials_fail(installation: Installation, values: dict[str, Any], missing: str) -> None:
    found = installation.trouble(changed(installation.shell.config, "twilio", **values))
    assert (found.level, found.name) == (Level.FAIL, "twilio")
    assert found.what == f"credentials are missing: [twilio] {missing}"


def test_wrong_credentials_and_an_unreachable_twilio_fail_and_hide_nothing(
    installation: Installation,
) -> None:
    installation.telephony.refusal = DeliveryError("the credentials are refused (HTTP 401, code 20003)")
    found = installation.troubles()
    assert [(each.level, each.name) for each in found] == [(Level.FAIL, "twilio"), (Level.FAIL, "numbers")]
    assert "20003" in found[0].what


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("http://vakt.example.no", Level.FAIL),
        ("http://10.0.0.5:8000", Level.FAIL),
        ("http://localhost:8000", Level.WARN),
        ("http://127.0.0.1:8000", Level.WARN),
        ("https://localhost", Level.WARN),
    ],
)
def test_a_public_url_that_is_not_https_fails_and_loopback_warns(
    installation: Installation, url: str, level: Level
) -> None:
    config = replace(installation.shell.config, public_url=url)
    installation.telephony.numbers = [incoming(config)]
    found = installation.trouble(config)
    assert (found.level, found.name) == (level, "public-url")


@pytest.mark.parametrize(
    ("answer", "level", "words"),
    [
        (Answer(None, failure="no connection"), Level.WARN, "no connection from here"),
        (Answer(502), Level.WARN, "answers HTTP 502"),
        (
            Answer(None, failure="its certificate is not accepted", is_refused_certificate=True),
            Level.FAIL,
            "Twilio refuses it too",
        ),
    ],
)
def test_a_public_url_that_does_not_answer_is_found(
    installation: Installation, answer: Answer, level: Level, words: str
) -> None:
    installation.answers["https://vakt.example.no/healthz"] = answer
    found = installation.trouble()
    assert (found.level, found.name) == (level, "public-url")
    assert words in found.what


def test_a_certificate_that_ends_within_two_weeks_warns(installation: Installation) -> None:
    installation.certificate = NOW + timedelta(days=13)
    assert installation.trouble().what == "the certificate of vakt.example.no ends on 2026-12-08"
    installation.certificate = None
    assert installation.troubles() == []


@pytest.mark.parametrize(
    ("fallback", "public_url", "level"),
    [
        ("", "https://vakt.example.no", Level.FAIL),
        ("https://VAKT.example.no/plan-b", "https://vakt.example.no", Level.FAIL),
        ("https://vakt.example.no:8443/plan-b", "https://vakt.example.no", Level.FAIL),
        ("", "http://localhost:8000", Level.WARN),
    ],
)
def test_no_fallback_that_would_outlive_this_machine_is_found(
    installation: Installation, fallback: str, public_url: str, level: Level
) -> None:
    config = changed(
        replace(installation.shell.config, public_url=public_url), "twilio", fallback_url=fallback
    )
    installation.telephony.numbers = [incoming(config)]
    found = [each for each in installation.troubles(config) if each.name == "fallback"]
    assert [each.level for each in found] == [level]


@pytest.mark.parametrize(
    ("answer", "is_fine"),
    [(Answer(200), True), (Answer(403), True), (Answer(404), False), (Answer(None, failure="x"), False)],
)
def test_a_fallback_that_does_not_answer_warns(
    installation: Installation, answer: Answer, *, is_fine: bool
) -> None:
    installation.answers[FALLBACK] = answer
    assert [(each.level, each.name) for each in installation.troubles()] == (
        [] if is_fine else [(Level.WARN, "fallback")]
    )


@pytest.mark.parametrize(
    "field_name",
    ["voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url", "voice_method"],
)
def test_a_number_whose_webhooks_differ_fails(installation: Installation, field_name: str) -> None:
    wrong = incoming(installation.shell.config, **{field_name: "https://old.example.no"})
    installation.telephony.numbers = [wrong]
    found = installation.trouble()
    assert (found.level, found.name, found.remedy) == (Level.FAIL, "numbers", "run `vakttelefon provision`")
    assert f"{field_name}: https://old.example.no → " in found.what


def test_a_number_that_the_account_lacks_fails(installation: Installation) -> None:
    installation.telephony.numbers = []
    found = installation.trouble()
    assert (found.level, found.what) == (Level.FAIL, f"{HOTLINE} (drift) is no number of the account")


@pytest.mark.parametrize("field_name", ["voice_application_sid", "trunk_sid"])
def test_an_application_or_trunk_that_wins_over_the_addresses_fails(
    installation: Installation, field_name: str
) -> None:
    installation.telephony.numbers = [incoming(installation.shell.config, **{field_name: "XX1"})]
    found = installation.trouble()
    assert found.level is Level.FAIL
    assert f"{field_name} XX1, which wins over its addresses" in found.what


@pytest.mark.parametrize(("seconds", "told"), [(90, "ahead of"), (-3700, "behind")])
def test_a_clock_that_differs_from_twilios_warns(installation: Installation, seconds: int, told: str) -> None:
    api = "https://api.twilio.com"
    installation.answers[api] = Answer(200, NOW - timedelta(seconds=seconds))
    assert installation.trouble().what == f"is {abs(seconds)} s {told} Twilio's"
    installation.answers[api] = Answer(None, failure="no connection")
    assert installation.trouble().level is Level.WARN
    installation.answers[api] = Answer(200, NOW - timedelta(seconds=60))
    assert installation.troubles() == []


def test_an_unmigrated_or_unreachable_database_fails_and_hides_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    empty = changed(installation.shell.config, "database", url=f"sqlite:///{tmp_path / 'none.db'}")
    found = installation.trouble(empty)
    assert found.name == "database"
    assert found.what.endswith("run `vakttelefon init`")
    (tmp_path / "no.db").write_bytes(b"this is no database, however long one makes it" * 100)
    broken = changed(installation.shell.config, "database", url=f"sqlite:///{tmp_path / 'no.db'}")
    assert installation.trouble(broken).what == "cannot be used (DatabaseError)"
    down = changed(installation.shell.config, "database", url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert installation.trouble(down).what == "cannot be used (OperationalError)"


def test_a_worker_that_is_not_there_warns(prepared_anywhere: Installation) -> None:
    prepared_anywhere.now = NOW + timedelta(seconds=30)
    found = prepared_anywhere.trouble()
    assert (found.level, found.name) == (Level.WARN, "worker")


def test_what_was_given_up_or_is_late_warns(prepared_anywhere: Installation) -> None:
    def effect(key: str, state: str, at: datetime) -> dict[str, Any]:
        finished = at if state == "failed" else None
        return {
            "kind": "sms", "key": key, "data": {}, "state": state, "due_at": at, "created_at": at, "tries": 1,
            "maybe_done": False, "finished_at": finished,
        }  # fmt: skip

    with prepared_anywhere.shell.database() as database, database.write() as connection:
        rows = [
            effect("a", "failed", NOW - timedelta(hours=1)),
            effect("b", "failed", NOW - timedelta(hours=25)),
            effect("c", "pending", NOW - timedelta(minutes=2)),
            effect("d", "pending", NOW + timedelta(minutes=2)),
        ]
        connection.execute(insert(effects), rows)
    assert [each.what for each in prepared_anywhere.troubles()] == [
        "given up in the last day: 1 sms",
        "1 should have gone out more than a minute ago",
    ]


def test_a_spool_that_is_not_empty_warns(installation: Installation) -> None:
    folder = installation.shell.config.server.spool
    spool(folder, "call", {"CallSid": "CA1"}, at=NOW)
    assert installation.trouble().what == "1 request waits for the database"
    next(folder.glob("*.json")).rename(folder / "1.unreadable")
    assert "could not be read" in installation.trouble().what


def test_keys_that_are_missing_or_damaged_fail(installation: Installation) -> None:
    config = installation.shell.config
    config.recording.key_file.write_text("short", encoding="ascii")
    config.web.secret_file.unlink()
    found = installation.troubles()
    assert [(each.level, each.name) for each in found] == [(Level.FAIL, "keys")] * 2
    config.web.secret_file.write_text("x", encoding="ascii")
    config.web.secret_file.chmod(0o600)
    assert "too short" in installation.troubles()[1].what


def test_secrets_that_others_may_read_warn(installation: Installation) -> None:
    config = installation.shell.config
    for path in (config.recording.key_file, installation.shell.config_file):
        path.chmod(0o644)
    found = installation.troubles()
    assert [(each.level, each.name) for each in found] == [(Level.WARN, "permissions")] * 2
    assert found[0].remedy == f"chmod 600 {config.recording.key_file}"


def test_a_disk_that_fills_up_is_found(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Usage:
        free: int

    monkeypatch.setattr("vakttelefon.checks.machine.shutil.disk_usage", lambda _path: Usage(1_500_000_000))
    found = installation.troubles()[0]
    assert (found.level, found.what) == (Level.WARN, "only 1.5 GB are free for the recordings")
    monkeypatch.setattr("vakttelefon.checks.machine.shutil.disk_usage", lambda _path: Usage(90_000_000))
    assert {each.level for each in installation.troubles()} == {Level.FAIL}


def test_nothing_imported_and_no_hotline_fail(sqlite_url: str, tmp_path: Path) -> None:
    bare = Installation(set_up(tmp_path / "vakt", sqlite_url), FakeTelephony())
    told = [each.what for each in bare.troubles() if each.name == "organisation"]
    assert told == ["none is imported"]
    bare.shell.import_organisation('timezone = "Europe/Oslo"\n')
    told = [each.what for each in bare.troubles() if each.name == "organisation"]
    assert told == ["it has no hotline"]


def troubles_with(installation: Installation, text: str) -> list[tuple[Level, str, str]]:
    installation.shell.import_organisation(text)
    return [(each.level, each.name, each.what) for each in installation.troubles()]


def test_a_gap_in_the_next_14_days_fails_with_schedule_and_local_times(installation: Installation) -> None:
    until = ORGANISATION.replace(
        "start = 2026-11-23T08:00:00", "start = 2026-11-23T08:00:00\n  until = 2026-12-05T20:00:00"
    )
    assert troubles_with(installation, until)[0] == (
        Level.FAIL,
        "roster",
        "nobody is on duty in drift from 2026-12-05 20:00 to 2026-12-07 08:00",
    )
    later = until.replace("2026-12-05T20:00:00", "2026-12-10T08:00:00")
    # what lies further ahead than 14 days is no finding yet
    assert troubles_with(installation, later) == []


def test_many_gaps_are_told_in_a_few_lines(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_checks, "_MOST_GAPS", 2)
    text = ORGANISATION.replace(
        "start = 2026-11-23T08:00:00",
        'start = 2026-11-23T08:00:00\n  windows = [{ days = ["sat"] }]',
    )
    told = [what for _level, name, what in troubles_with(installation, text) if name == "roster"]
    assert len(told) == 3
    assert "more gaps in the next 14 days" in told[-1]


@pytest.mark.parametrize("person", ["+4790000001", "+4790000004"])
def test_somebody_on_the_roster_or_a_ladder_without_a_phone_fails(
    installation: Installation, person: str
) -> None:
    ((level, name, what),) = troubles_with(
        installation, ORGANISATION.replace(f'phones = ["{person}"]', "phones = []")
    )
    assert (level, name) == (Level.FAIL, "phones")
    where = "layer Veke of drift" if person == "+4790000001" else "ladder standard"
    assert what.endswith(f"({where}) has no usable phone")


def test_an_override_to_come_counts_and_one_that_is_over_does_not(installation: Installation) -> None:
    text = ORGANISATION.replace('phones = ["+4790000005"]', "phones = []").replace("coordinator", "reviewer")
    text = text.replace('name = "Per Berg"', 'name = "Per Berg"\nroles = ["coordinator"]')
    override = """  [[schedules.overrides]]
  id = "bytte"
  people = ["kim"]
  start = 2026-11-{}T08:00:00
  end = 2026-11-{}T08:00:00

[[ladders]]"""
    past = text.replace("[[ladders]]", override.format("23", "24"), 1)
    assert troubles_with(installation, past) == []
    coming = text.replace("[[ladders]]", override.format("28", "29"), 1)
    assert troubles_with(installation, coming) == [
        (Level.FAIL, "phones", "kim (override bytte of drift) has no usable phone")
    ]


def test_somebody_without_a_mobile_warns(installation: Installation) -> None:
    text = ORGANISATION.replace('phones = ["+4790000001"]', 'phones = ["+4755100001"]')
    ((level, name, what),) = troubles_with(installation, text)
    assert (level, name) == (Level.WARN, "phones")
    assert "kari (layer Veke of drift) has no mobile" in what


def test_no_coordinator_or_none_with_a_phone_fails(installation: Installation) -> None:
    nobody = troubles_with(installation, ORGANISATION.replace('roles = ["coordinator"]', ""))
    assert [(level, name) for level, name, _ in nobody] == [(Level.FAIL, "coordinator")]
    silent = troubles_with(installation, ORGANISATION.replace('phones = ["+4790000005"]', ""))
    assert silent == [(Level.FAIL, "coordinator", "without a phone: kim")]


def test_an_hourly_layer_of_whole_days_warns(installation: Installation) -> None:
    text = ORGANISATION.replace('rotation = "weekly"', 'rotation = "hourly"\n  every = 24')
    ((level, name, what),) = troubles_with(installation, text)
    assert (level, name) == (Level.WARN, "rotation")
    assert "layer Veke of drift hands over every 24 elapsed hours" in what
    assert troubles_with(installation, text.replace("every = 24", "every = 12")) == []


def test_a_check_that_fails_itself_is_a_finding_and_hides_no_other(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(duty_checks, "find_gaps", broken)
    found = installation.trouble()
    assert (found.level, found.name, found.what) == (
        Level.FAIL,
        "roster",
        "could not be checked (RuntimeError)",
    )


def test_the_command_asks_a_real_server_and_exits_1_on_a_fail(installation: Installation) -> None:
    shell = installation.shell
    with simulated_twilio() as (_, url):
        shell.configure(api=url, public_url="http://localhost:1")
        result = shell.run("check")
        assert result.exit_code == 1
        lines = result.stdout.splitlines()
        assert "ok    twilio        the credentials work, and the account is active" in lines
        assert "ok    clock         agrees with Twilio's" in lines
        assert any(
            line.startswith(f"fail  numbers       {HOTLINE} (drift) leads elsewhere") for line in lines
        )
        shell.ok("provision")
        # loopback and the simulator: what is left are warnings, and the roster of some day
        told = json.loads(shell.run("check", "--json").stdout)
        assert {each["name"] for each in told["findings"] if each["level"] == "fail"} <= {"roster"}
        assert told["ok"] is not any(each["level"] == "fail" for each in told["findings"])
        shell.configure(api=url, token="wrong", public_url="http://localhost:1")
        assert "fail  twilio " in shell.run("check").stdout
    # and now nobody answers there
    result = shell.run("check")
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_an_invalid_configuration_is_told_as_findings(small_folder: Shell) -> None:
    result = small_folder.run("check", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert [each["name"] for each in told["findings"]] == ["config", "config"]


@pytest.fixture
def small_folder(tmp_path: Path) -> Shell:
    """A folder with a configuration that has two mistakes."""
    shell = Shell(tmp_path, "")
    shell.write("config.toml", "[server]\nport = 0\nthreads = 0\n")
    return shell


def test_looking_at_an_address_tells_status_time_or_failure() -> None:
    with simulated_twilio() as (_, url):
        answer = look(f"{url}/nowhere")
        assert answer.status in {401, 404}
        assert answer.date is not None
        assert abs(answer.date - datetime.now(UTC)) < timedelta(minutes=1)
        # it speaks no TLS
        assert look(url.replace("http:", "https:")).status is None
        port = int(url.rpartition(":")[2])
        assert certificate_ends("127.0.0.1", port) is None
    assert look(url).failure.startswith("no connection")
    assert look("http://127.0.0.1:99999").failure.startswith("no connection")
