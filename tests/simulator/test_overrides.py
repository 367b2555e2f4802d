"""Connection overrides in a URL's fragment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.overrides import split_overrides


def test_a_url_without_fragment_has_the_defaults() -> None:
    bare, overrides = split_overrides("https://example.com/a?b=1")
    assert bare == "https://example.com/a?b=1"
    assert (overrides.connect_ms, overrides.read_ms, overrides.total_ms, overrides.retries) == (
        5000,
        15000,
        15000,
        1,
    )
    assert overrides.retries_on("ct")
    assert not overrides.retries_on("rt")
    assert not overrides.retries_on("5xx")


def test_a_fragment_is_taken_off_and_obeyed() -> None:
    bare, overrides = split_overrides(
        "https://example.com/a#rc=2&rp=ct,rt,5xx&rt=4000&ct=2000&sni=y&e=dublin"
    )
    assert bare == "https://example.com/a"
    assert (overrides.connect_ms, overrides.read_ms, overrides.retries) == (2000, 4000, 2)
    assert [word for word in ("ct", "rt", "4xx", "5xx") if overrides.retries_on(word)] == ["ct", "rt", "5xx"]
    assert overrides.problems == ()


@pytest.mark.parametrize(
    ("fragment", "code"),
    [
        ("rc=9", 11243),
        ("rt=99", 11243),
        ("rp=never", 11243),
        ("e=oslo", 11243),
        ("sni=x", 11243),
        ("zz=1", 11241),
        ("rc", 11240),
    ],
)
def test_what_is_wrong_with_a_fragment_is_named_and_ignored(fragment: str, code: int) -> None:
    _, overrides = split_overrides(f"https://example.com/a#{fragment}")
    assert [problem[0] for problem in overrides.problems] == [code]
    assert overrides.retries == 1


@given(st.text(max_size=40))
def test_no_fragment_breaks_it(fragment: str) -> None:
    _, overrides = split_overrides(f"https://example.com/a#{fragment}")
    assert 0 <= overrides.retries <= 5
