"""Each rule takes what is meant, and answers anything else with what to do."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vakttelefon import config_rules as rules
from vakttelefon.config_rules import BadValueError, Given

FOLDER = Path("/srv/vakt")


def in_file(value: object) -> Given:
    return Given(value, folder=FOLDER)


def in_environment(value: str) -> Given:
    return Given(value, is_text=True, folder=FOLDER)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://vakt.example.no", "https://vakt.example.no"),
        ("https://vakt.example.no/", "https://vakt.example.no"),
        (" https://vakt.example.no:8443 ", "https://vakt.example.no:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://vakt.example.no", "http://vakt.example.no"),
        ("https://[::1]:8000", "https://[::1]:8000"),
    ],
)
def test_public_url_is_kept_as_written_but_for_the_last_slash(written: str, meant: str) -> None:
    assert rules.public_url(in_file(written)) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "vakt.example.no",
        "ftp://vakt.example.no",
        "https://",
        "https://vakt.example.no/telefon",
        "https://vakt.example.no//",
        "https://vakt.example.no?a=b",
        "https://vakt.example.no?",
        "https://vakt.example.no#top",
        "https://kari:hemmeleg@vakt.example.no",
        "https://vakt.example.no:0",
        "https://vakt.example.no:99999",
        "https://vakt example.no",
        "https://blåbær.example.no",
        "https://[::1",
        "https://vakt.example.no\n",
        "https://-vakt.example.no",
        7,
        ["https://vakt.example.no"],
    ],
)
def test_public_url_refuses_whatever_would_break_signatures(written: object) -> None:
    with pytest.raises(BadValueError) as caught:
        rules.public_url(in_file(written))
    assert caught.value.remedy
    assert "hemmeleg" not in str(caught.value)


@pytest.mark.parametrize(
    "written", ["https://api.twilio.com", "http://127.0.0.1:4010", "http://localhost", "http://[::1]:1"]
)
def test_api_base_url_takes_https_and_http_on_this_machine(written: str) -> None:
    assert rules.api_base_url(in_file(written)) == written


@pytest.mark.parametrize(
    "written", ["http://api.twilio.com", "http://10.0.0.1", "https://api.twilio.com/2010-04-01", ""]
)
def test_api_base_url_refuses_http_elsewhere_and_paths(written: str) -> None:
    with pytest.raises(BadValueError):
        rules.api_base_url(in_file(written))


def test_fallback_url_is_https_with_any_path_or_nothing() -> None:
    assert rules.https_url_or_empty(in_file("")) == ""
    address = "https://handler.twilio.com/twiml/EH0123?Language=nn"
    assert rules.https_url_or_empty(in_file(address)) == address
    for wrong in (
        "http://handler.twilio.com/twiml/EH0123",
        "https://a:b@example.no/x",
        "https://example.no/#x",
    ):
        with pytest.raises(BadValueError):
            rules.https_url_or_empty(in_file(wrong))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///var/vakt.db", "sqlite:////srv/vakt/var/vakt.db"),
        ("sqlite:////data/vakt.db", "sqlite:////data/vakt.db"),
        ("sqlite:///vakt.db?timeout=5", "sqlite:////srv/vakt/vakt.db?timeout=5"),
        ("postgresql+psycopg://vakt:p@db/vakt", "postgresql+psycopg://vakt:p@db/vakt"),
        ("postgresql://db/vakt", "postgresql+psycopg://db/vakt"),
        ("postgres://db/vakt", "postgresql+psycopg://db/vakt"),
    ],
)
def test_database_url_counts_from_the_folder_and_names_the_driver(written: str, meant: str) -> None:
    assert rules.database_url(in_file(written)) == meant


@pytest.mark.parametrize(
    "written",
    ["", "var/vakt.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://var/x.db", "sqlite:///file:x?mode=memory",
     "mysql://kari:hemmeleg@db/vakt", "postgresql://", "kari:hemmeleg@db", 5],
)  # fmt: skip
def test_database_url_refuses_what_would_not_last_and_never_shows_a_password(written: object) -> None:
    with pytest.raises(BadValueError) as caught:
        rules.database_url(in_file(written))
    assert "hemmeleg" not in str(caught.value)


@pytest.mark.parametrize("written", [1, 5, 9])
def test_a_number_within_its_bounds_is_taken(written: int) -> None:
    assert rules.whole_number(1, 9)(in_file(written)) == written
    assert rules.whole_number(1, 9)(in_environment(f" {written} ")) == written


@pytest.mark.parametrize("written", [0, 10, -1, True, 1.0, "5", None, 10**30])
def test_a_number_out_of_bounds_or_of_another_kind_is_refused(written: object) -> None:
    with pytest.raises(BadValueError, match="whole number"):
        rules.whole_number(1, 9)(in_file(written))


@pytest.mark.parametrize("written", ["", "five", "5.0", "0x5", "٥", "5 5"])
def test_a_number_in_the_environment_is_written_in_digits(written: str) -> None:
    with pytest.raises(BadValueError, match="whole number"):
        rules.whole_number(1, 9)(in_environment(written))


def test_a_path_counts_from_the_folder_of_the_file() -> None:
    assert rules.path(in_file("var/x")) == FOLDER / "var/x"
    assert rules.path(in_file("/var/x")) == Path("/var/x")
    for wrong in ("", "  ", "~/x", "a\0b", 3):
        with pytest.raises(BadValueError):
            rules.path(in_file(wrong))


def test_a_word_is_one_of_a_few_in_any_case() -> None:
    assert rules.one_of("DEBUG", "INFO")(in_file("info")) == "INFO"
    with pytest.raises(BadValueError, match="use one of DEBUG, INFO"):
        rules.one_of("DEBUG", "INFO")(in_file("loud"))
    with pytest.raises(BadValueError):
        rules.one_of("DEBUG", "INFO")(in_file(1))


@pytest.mark.parametrize("good", ["", "AC" + "0a" * 16, "AC" + "x" * 32])
def test_an_account_sid_has_twilios_form(good: str) -> None:
    assert rules.account_sid(in_file(good)) == good


@pytest.mark.parametrize("wrong", ["AC…", "SK" + "0" * 32, "AC123", "ac" + "0" * 32, 1])
def test_another_sid_is_not_an_account(wrong: object) -> None:
    with pytest.raises(BadValueError):
        rules.account_sid(in_file(wrong))


def test_while_rotating_the_tokens_stand_one_a_line() -> None:
    assert rules.secret_lines(in_file("new0\r\n\n  old0 \n")) == ("new0", "old0")
    assert rules.secret_lines(in_file("")) == ()


@pytest.mark.parametrize("wrong", ["two words", "hemmelég", "x" * 3000, ["a"], 5])
def test_a_token_with_a_strange_sign_is_refused_without_showing_it(wrong: object) -> None:
    with pytest.raises(BadValueError) as caught:
        rules.secret_lines(in_file(wrong))
    assert str(wrong) not in str(caught.value)


def test_a_password_may_hold_any_printable_sign_on_one_line() -> None:
    assert rules.secret(in_file(" pæss ord\n")) == "pæss ord"
    for wrong in ("a\nb", 5, "x" * 3000):
        with pytest.raises(BadValueError):
            rules.secret(in_file(wrong))


@pytest.mark.parametrize(
    ("written", "is_text", "meant"),
    [(True, False, True), (False, False, False), ("consent", False, "consent"), ("Consent", True, "consent"),
     ("true", True, True), ("0", True, False), ("no", True, False), ("ON", True, True)],
)  # fmt: skip
def test_conversations_are_recorded_or_not_or_by_consent(
    *, written: object, is_text: bool, meant: object
) -> None:
    assert rules.conversations(Given(written, is_text=is_text)) == meant


@pytest.mark.parametrize(
    ("written", "is_text"), [("true", False), ("maybe", True), ("", True), (1, False), (None, False)]
)
def test_whether_to_record_is_never_guessed(*, written: object, is_text: bool) -> None:
    with pytest.raises(BadValueError, match="consent"):
        rules.conversations(Given(written, is_text=is_text))


@pytest.mark.parametrize("good", ["127.0.0.1", "192.0.2.7", "::1", "[::1]", "localhost", "smtp.example.no"])
def test_a_host_is_a_name_or_an_address(good: str) -> None:
    assert rules.host(in_file(good)) == good
    assert rules.host_or_empty(in_file(good)) == good
    assert rules.host_or_empty(in_file("")) == ""


@pytest.mark.parametrize("wrong", ["", "http://localhost", "a b", "localhost:8000", "-a", "a..b"])
def test_a_host_is_nothing_else(wrong: str) -> None:
    with pytest.raises(BadValueError):
        rules.host(in_file(wrong))


def test_voices_and_mail_addresses_have_their_forms() -> None:
    assert rules.voice(in_file("Google.nb-NO-Wavenet-F")) == "Google.nb-NO-Wavenet-F"
    assert rules.email_or_empty(in_file("vakt@example.no")) == "vakt@example.no"
    assert rules.email_or_empty(in_file("")) == ""
    for rule, wrong in (
        (rules.voice, ""),
        (rules.voice, "<Say>"),
        (rules.email_or_empty, "vakt@"),
        (rules.email_or_empty, 1),
    ):
        with pytest.raises(BadValueError):
            rule(in_file(wrong))


@pytest.mark.parametrize(
    ("name", "is_this_machine"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("localhost.example.no", False),
    ],
)
def test_loopback_is_this_machine_alone(*, name: str, is_this_machine: bool) -> None:
    assert rules.is_loopback(name) is is_this_machine


EVERY_RULE: list[rules.Rule[Any]] = [
    rules.text, rules.whole_number(1, 9), rules.one_of("a"), rules.path, rules.host, rules.host_or_empty,
    rules.public_url, rules.api_base_url, rules.https_url_or_empty, rules.database_url, rules.account_sid,
    rules.secret, rules.secret_lines, rules.voice, rules.conversations, rules.email_or_empty,
]  # fmt: skip


@given(
    written=st.one_of(
        st.text(), st.integers(), st.booleans(), st.none(), st.floats(), st.lists(st.text()),
        st.text(alphabet="htps:/[]@?#%.0a", max_size=30), st.dates(),
    ),
    is_text=st.booleans(),
)  # fmt: skip
def test_no_rule_fails_in_any_other_way(*, written: object, is_text: bool) -> None:
    for rule in EVERY_RULE:
        refused: BadValueError | None = None
        try:
            rule(Given(written, is_text=is_text))
        except BadValueError as bad:
            refused = bad
        assert refused is None or (refused.what and refused.remedy), rule
