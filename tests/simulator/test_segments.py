"""How many segments an SMS takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.segments import count_segments, smart_encoded


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", "GSM-7", 1),
        ("æøåÆØÅ éèùìòäöüñß", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 159 + "€", "GSM-7", 2),
        ("–" + "a" * 69, "UCS-2", 1),
        ("–" + "a" * 70, "UCS-2", 2),
        ("č", "UCS-2", 1),
        ("☎", "UCS-2", 1),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        # 33 emoji fill 66 of 67 units: the 34th is not split
        ("😀" * 67, "UCS-2", 3),
    ],
)
def test_known_texts(text: str, encoding: str, count: int) -> None:
    segments = count_segments(text)
    assert (segments.encoding, segments.count) == (encoding, count)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.text(alphabet="abcæ€", max_size=20))
def test_a_longer_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert count_segments(text + more).count >= count_segments(text).count


def test_smart_encoding_brings_typographic_signs_back_to_gsm() -> None:
    assert smart_encoded("«Hei» – “du”…") == '"Hei" - "du"...'
    assert count_segments(smart_encoded("–" * 160)).count == 1
