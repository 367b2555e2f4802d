"""Whatever text comes in, every edge makes something of it that its reader takes and does not obey."""

import json
import unicodedata
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roster.foreign import escaped, is_plain, one_line, storable, storable_values, without_direction

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=60)
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@given(ANY_TEXT)
def test_a_storable_text_is_utf8_and_xml_and_stays_as_it_is(text: str) -> None:
    made = storable(text)
    made.encode()
    ElementTree.fromstring(f"<a>{escape(made)}</a>")
    assert "\0" not in made
    assert storable(made) == made


@given(ANY_TEXT)
def test_what_is_told_to_a_terminal_holds_nothing_that_it_obeys(text: str) -> None:
    told = escaped(text).replace("\r\n", "\n")
    odd = {c for c in told if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in TURNING}
    assert odd <= {"\n", "\t"}


@given(ANY_TEXT)
def test_json_that_was_escaped_for_a_terminal_is_the_same_json(text: str) -> None:
    assert json.loads(escaped(json.dumps({text: [text]}, ensure_ascii=False))) == {text: [text]}


@given(ANY_TEXT)
def test_one_line_is_one_plain_line(text: str) -> None:
    line = one_line(text)
    assert is_plain(line)
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Tr\udcf8bbel p\udce5 r\udce5dhuset", "Trøbbel på rådhuset"),
        ("\ud83d\udeb2", "🚲"),
        ("\udeb2\ud83d", "\ufffd\ufffd"),
        ("ein\r\nto\rtre\x0cfire", "ein\nto\ntre\nfire"),
        ("\x1b]0;tittel\x07", "]0;tittel"),
        ("שלום \u200f", "שלום \u200f"),
        ("vanleg «tekst» – 😀\tog\nmeir", "vanleg «tekst» – 😀\tog\nmeir"),
    ],
)
def test_what_can_be_read_is_kept(written: str, kept: str) -> None:
    """Bytes of an old terminal as Latin-1, halves that belong together as one; the rest as U+FFFD."""
    assert storable(written) == kept


def test_ordinary_text_is_not_even_copied() -> None:
    text = "Straumbrot på Kleppestø, kom fort"
    assert storable(text) is text


def test_json_values_are_cleaned_at_every_depth() -> None:
    assert storable_values({"a\0": [{"b": ("\ud800", 7, None, True)}]}) == {
        "a": [{"b": ["\ufffd", 7, None, True]}]
    }


def test_a_page_shows_text_in_the_order_in_which_it_stands() -> None:
    assert without_direction("Kari\u202e drawkcab\u2066") == "Kari drawkcab"
