"""The configuration as a whole: file, environment, secrets, and all problems at once."""

import os
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vakttelefon.config import Config, ConfigError, Problem, config_path, keys, load_config

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
ACCOUNT = "AC" + "0123456789abcdef" * 2
COMPLETE = {
    "VAKTTELEFON__PUBLIC_URL": "https://vakt.example.no",
    "VAKTTELEFON_TWILIO__ACCOUNT_SID": ACCOUNT,
    "VAKTTELEFON_TWILIO__AUTH_TOKEN": "token0",
}


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems_of(file: Path, environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load_config(file, environ=environ or {})
    return caught.value.problems


def dotted_keys(table: dict[str, object], above: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= dotted_keys(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = value
    return found


def test_the_example_names_every_key_with_its_true_default() -> None:
    assert dotted_keys(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))) == keys()


def test_every_key_of_the_example_has_a_comment_above_it() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = []
    for number, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            block = number
            while block and lines[block - 1] and not lines[block - 1].startswith(("#", "[")):
                block -= 1
            if not lines[block - 1].startswith("#"):
                bare.append(line)
    assert bare == []


def test_the_example_in_the_package_is_the_one_at_the_root() -> None:
    packaged = files("vakttelefon") / "examples" / "config.example.toml"
    assert packaged.read_bytes() == EXAMPLE.read_bytes()


def test_the_example_means_the_same_as_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_bytes(EXAMPLE.read_bytes())
    (tmp_path / "empty.toml").write_bytes(b"")
    example = load_config(tmp_path / "example.toml", environ={})
    empty = load_config(tmp_path / "empty.toml", environ={})
    assert example.server == empty.server
    assert example.twilio == empty.twilio
    assert (example.recording, example.web, example.mail) == (empty.recording, empty.web, empty.mail)
    assert example.public_url == empty.public_url == "http://localhost:8000"
    assert example.limits.pages_per_person_per_hour == 30
    assert example.path == tmp_path / "example.toml"


def test_paths_count_from_the_folder_of_the_file_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    write(tmp_path / "etc", '[recording]\ndirectory = "calls"\nkey_file = "/keys/recording.key"\n')
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("etc/config.toml"), environ={})
    assert config.recording.directory == tmp_path / "etc/calls"
    assert config.recording.key_file == Path("/keys/recording.key")
    assert config.server.spool == tmp_path / "etc/var/spool"
    assert config.database.url == f"sqlite:///{tmp_path}/etc/var/vakttelefon.db"


def test_all_problems_are_told_at_once_each_with_its_line_and_remedy(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        'public_url = "https://vakt.example.no/telefon"\n'
        "[server]\n"
        'port = "8000"\n'
        "thread = 3\n"
        "[recordings]\n"
        "retention_days = 3\n"
        "[log]\n"
        'level = "loud"\n',
    )
    problems = problems_of(file, {"VAKTTELEFON_SERVER__THREADS": "many"})
    assert {(problem.where, problem.line) for problem in problems} == {
        ("public_url", 1),
        ("server.port", 3),
        ("server.thread", 4),
        ("recordings", 5),
        ("log.level", 8),
        ("VAKTTELEFON_SERVER__THREADS", None),
    }
    assert all(problem.what and problem.remedy for problem in problems)
    assert f"{file}:3" in str(problems[1])


def test_an_unknown_key_is_told_with_the_nearest_known_one(tmp_path: Path) -> None:
    remedies = {
        problem.where: problem.remedy
        for problem in problems_of(write(tmp_path, "port = 1\nhotlines = 2\n[twilio]\nauth_tokn = 'x'\n"))
    }
    assert "auth_token" in remedies["twilio.auth_tokn"]
    assert "mail.port" in remedies["port"]
    assert "config.example.toml" in remedies["hotlines"]


@pytest.mark.parametrize(
    "text", ["server = 5\n", "[[server]]\nport = 1\n", 'twilio = { voices = "Polly" }\n']
)
def test_a_table_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (problem,) = problems_of(write(tmp_path, text))
    assert problem.what == "is not a table"


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, "[server]\nport = = 1\n"))
    assert problem.line == 2


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf[server]\r\nport = 8123\r\n")
    assert load_config(file, environ={}).server.port == 8123


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a" * 1_000_001, b"a = [" * 5000, b"\0"])
def test_a_hostile_file_ends_in_a_message(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(data)
    assert problems_of(file)[0].what


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path)
    assert "cannot be read" in problem.what


def test_without_a_file_one_is_told_to_run_init(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "config.toml", {"VAKTTELEFON_SERVER__PORT": "8123"})
    assert "vakttelefon init" in problem.remedy
    assert "VAKTTELEFON_TWILIO__AUTH_TOKEN" in problem.remedy


def test_a_complete_environment_needs_no_file(tmp_path: Path) -> None:
    config = load_config(tmp_path / "config.toml", environ=COMPLETE)
    assert config.public_url == "https://vakt.example.no"
    assert config.twilio.auth_token == "token0"
    assert config.path is None
    assert config.recording.directory == tmp_path / "var/recordings"


@pytest.mark.parametrize("missing", COMPLETE)
def test_an_incomplete_environment_needs_a_file(tmp_path: Path, missing: str) -> None:
    environ = {name: value for name, value in COMPLETE.items() if name != missing}
    assert "init" in problems_of(tmp_path / "config.toml", environ)[0].remedy


def test_every_key_can_be_given_by_environment(tmp_path: Path) -> None:
    for name, default in keys().items():
        variable = f"VAKTTELEFON_{name.replace('.', '__').upper()}"
        text = str(default).lower() if isinstance(default, bool) else str(default)
        config = load_config(write(tmp_path, ""), environ={variable: text})
        assert isinstance(config, Config), variable


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        f'public_url = "https://a.example.no"\n[server]\nport = 1\n[twilio]\naccount_sid = "{ACCOUNT}"\n'
        'auth_token = "old0"\n[twilio.voices]\nnn = "Polly.Liv"\n',
    )
    config = load_config(
        file,
        environ={
            "VAKTTELEFON_PUBLIC_URL": "https://b.example.no",
            "VAKTTELEFON_SERVER__PORT": "2",
            "VAKTTELEFON_TWILIO__AUTH_TOKEN": "new0\nold0\n",
            "VAKTTELEFON_TWILIO__VOICES__NN": "alice",
            "VAKTTELEFON_RECORDING__CONVERSATIONS": "consent",
        },
    )
    assert config.public_url == "https://b.example.no"
    assert config.server.port == 2
    assert config.twilio.account_sid == ACCOUNT
    assert config.twilio.auth_tokens == ("new0", "old0")
    assert config.twilio.voices.nn == "alice"
    assert config.recording.conversations == "consent"


def test_a_misspelt_variable_is_told_with_the_nearest_known_one(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, ""), {"VAKTTELEFON_TWILIO__AUTHTOKEN": "hemmeleg"})
    assert "VAKTTELEFON_TWILIO__AUTH_TOKEN" in problem.remedy
    assert "hemmeleg" not in str(problem)


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    environ = {"VAKTTELEFON_CONFIG": "x", "VAKTTELEFON_ADMIN_USER": "kari", "OTHER__THING": "y"}
    assert load_config(write(tmp_path, ""), environ=environ).server.port == 8000


def test_both_spellings_of_public_url_at_once_are_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(
        write(tmp_path, ""), {**COMPLETE, "VAKTTELEFON_PUBLIC_URL": "https://b.example.no"}
    )
    assert "VAKTTELEFON__PUBLIC_URL" in problem.what


def test_a_secret_can_lie_in_a_file_or_a_variable_named_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("new0\nold0\n", encoding="utf-8")
    file = write(
        tmp_path,
        '[twilio]\nauth_token_file = "token"\n[database]\nurl_env = "DB"\n[mail]\npassword_env = "MAIL"\n',
    )
    config = load_config(file, environ={"DB": "postgresql://vakt:p@db/vakt", "MAIL": "løynd ord"})
    assert config.twilio.auth_tokens == ("new0", "old0")
    assert config.database.url == "postgresql+psycopg://vakt:p@db/vakt"
    assert config.mail.password == "løynd ord"


def test_a_secrets_file_can_be_named_by_environment(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\ufeffnew0\n", encoding="utf-8")
    file = write(tmp_path, '[twilio]\nauth_token = "old0"\n')
    config = load_config(file, environ={"VAKTTELEFON_TWILIO__AUTH_TOKEN_FILE": str(tmp_path / "token")})
    assert config.twilio.auth_token == "new0"


@pytest.mark.parametrize(
    "line",
    ['auth_token_file = "absent"', 'auth_token_file = "."', 'auth_token_file = "empty"', 'auth_token_file = "latin"',
     'auth_token_file = "huge"', "auth_token_file = 5", 'auth_token_file = ""', 'auth_token_file = "a\\u0000b"',
     'auth_token_env = "ABSENT"', 'auth_token = "a"\nauth_token_env = "HOME"'],
)  # fmt: skip
def test_a_secret_that_cannot_be_had_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "empty").write_bytes(b" \n")
    (tmp_path / "latin").write_bytes(b"\xe6\xf8\xe5")
    (tmp_path / "huge").write_bytes(b"a\n" * 40_000)
    (problem,) = problems_of(write(tmp_path, f"[twilio]\n{line}\n"))
    assert problem.line is not None
    assert problem.remedy


def test_secrets_never_show_in_what_is_printed(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '[twilio]\nauth_token = "hemmeleg1"\n[database]\nurl = "postgresql://kari:hemmeleg2@db/vakt"\n'
        '[mail]\nhost = "smtp.example.no"\nfrom = "vakt@example.no"\npassword = "hemmeleg3"\n',
    )
    assert "hemmeleg" not in repr(load_config(file, environ={}))


def test_mail_needs_a_sender_once_there_is_a_server(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, '[mail]\nhost = "smtp.example.no"\n'))
    assert problem.where == "mail.from"


def test_the_file_is_the_one_named_else_the_variables_else_the_one_here() -> None:
    assert config_path(Path("a.toml"), environ={"VAKTTELEFON_CONFIG": "b.toml"}) == Path("a.toml")
    assert config_path(environ={"VAKTTELEFON_CONFIG": "b.toml"}) == Path("b.toml")
    assert config_path(environ={}) == Path("config.toml")


def test_the_process_environment_is_what_counts_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAKTTELEFON_CONFIG", str(write(tmp_path, "[server]\nport = 1\n")))
    monkeypatch.setenv("VAKTTELEFON_SERVER__PORT", "2")
    assert load_config().server.port == 2
    assert "VAKTTELEFON_SERVER__PORT" in os.environ


@given(
    data=st.one_of(
        st.binary(max_size=200), st.text(alphabet="[]=\"'#.\n ab1{},", max_size=60).map(str.encode)
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_file_holds_it_is_a_configuration_or_a_list_of_problems(
    tmp_path: Path, data: bytes
) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(data)
    try:
        told: tuple[Problem, ...] = ()
        load_config(file, environ={})
    except ConfigError as refused:
        told = refused.problems
    assert all(problem.what and problem.remedy for problem in told)


@given(
    name=st.sampled_from(sorted(keys())),
    value=st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.just("consent")),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_variable_holds_only_that_variable_is_told(
    tmp_path: Path, name: str, value: object
) -> None:
    variable = f"VAKTTELEFON_{name.replace('.', '__').upper()}"
    try:
        told: set[str] = set()
        load_config(write(tmp_path, '[mail]\nfrom = "vakt@example.no"\n'), environ={variable: str(value)})
    except ConfigError as refused:
        told = {problem.where for problem in refused.problems}
    assert told <= {variable, "mail.from"}


def test_an_empty_secret_beside_the_name_of_its_file_is_not_given_twice(tmp_path: Path) -> None:
    """`init` writes every key with its default; adding `auth_token_file` is all that has to be done."""
    (tmp_path / "token").write_text("token1\n", encoding="utf-8")
    file = write(tmp_path, '[twilio]\nauth_token = ""\nauth_token_file = "token"\n')
    environ = {name: value for name, value in COMPLETE.items() if not name.endswith("AUTH_TOKEN")}
    assert load_config(file, environ=environ).twilio.auth_token == "token1"


@pytest.mark.parametrize(
    ("table", "name"), [("twilio", "auth_token"), ("mail", "password"), ("database", "url")]
)
@pytest.mark.parametrize("way", ["env", "file"])
def test_every_empty_secret_gives_way_to_where_it_is_named(
    tmp_path: Path, table: str, name: str, way: str
) -> None:
    secret = "sqlite:///other.db"
    (tmp_path / "secret").write_text(secret, encoding="utf-8")
    file = write(tmp_path, f'[{table}]\n{name} = ""\n{name}_{way} = "secret"\n')
    config = load_config(file, environ={"secret": secret})
    assert secret.removeprefix("sqlite:///") in str(getattr(getattr(config, table), name))
    variable = f"VAKTTELEFON_{table}__{name}".upper()
    named = "secret" if way == "env" else str(tmp_path / "secret")
    environ = {variable: "", f"{variable}_{way.upper()}": named, "secret": secret}
    config = load_config(write(tmp_path, ""), environ=environ)
    assert secret.removeprefix("sqlite:///") in str(getattr(getattr(config, table), name))


def test_two_secrets_that_are_both_given_are_still_refused(tmp_path: Path) -> None:
    file = write(tmp_path, '[twilio]\nauth_token = "token1"\nauth_token_file = "token"\n')
    (problem,) = problems_of(file, {})
    assert str(problem).endswith("is given, and so is twilio.auth_token: keep only one of them")


def test_a_table_that_is_opened_twice_is_told_with_its_name_once(tmp_path: Path) -> None:
    file = write(tmp_path, '[twilio]\nauth_token = "x"\n[twilio]\naccount_sid = ""\n')
    (problem,) = problems_of(file, COMPLETE)
    assert str(problem).startswith(f"{file}:3: ")
    assert str(problem).count("twilio") <= 1 + str(file).count("twilio")


@pytest.mark.parametrize("place", ["config", "secret"])
def test_a_pipe_or_device_in_place_of_a_file_is_told_at_once(tmp_path: Path, place: str) -> None:
    """Nobody writes to the pipe: opening it the usual way would wait for ever."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for odd in (pipe, Path("/dev/zero")):
        file = odd
        if place == "secret":
            file = tmp_path / "config.toml"
            file.write_text(f'[twilio]\nauth_token_file = "{odd}"\n')
        with pytest.raises(ConfigError) as refused:
            load_config(file, environ={})
        (problem,) = refused.value.problems
        assert "pipe or device" in str(problem)
