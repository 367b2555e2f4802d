"""The alphabet and the length of an SMS."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatcher.messages.segments import fit_two_segments, is_gsm7, plain, segments, shortened

SIGNS = st.sampled_from("abæøå {}[]€~^…«»“”‘’–—\u00a0\t\n\r\u200b\u200d\ufe0f😀👍👩š\u0301\u030a\u20e3`´½•")
TEXTS = st.text(SIGNS, max_size=400) | st.text(max_size=400)


@pytest.mark.parametrize("text", ["", "æøåÆØÅ", "é è ù ì ò ä ö ü ñ ß", "€ [ ] { } | ~ ^ \\", "@£$¥ 100 %\n"])
def test_norwegian_letters_and_the_extension_table_are_gsm7(text: str) -> None:
    assert is_gsm7(text)


@pytest.mark.parametrize(
    "sign", ["–", "“", "…", "\u00a0", "\t", "😀", "á", "č", "đ", "ŋ", "š", "ŧ", "ž", "`", "ç", "\x1b"]
)
def test_typographic_signs_emoji_and_sami_letters_are_not_gsm7(sign: str) -> None:
    assert not is_gsm7(sign)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),
        ("€" * 153, 3),  # a pair is not split over the boundary at 153
        ("a" * 152 + "€" + "a" * 152, 3),
        ("š" * 70, 1),
        ("š" * 71, 2),
        ("š" * 134, 2),
        ("š" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),  # nor is an emoji's pair of units at 67
        ("æøå" * 50 + "–", 3),
    ],
)
def test_segments_are_counted_as_the_standard_says(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    ("text", "likeness"),
    [
        ("«Nettet» er nede – alt…", '"Nettet" er nede - alt...'),
        ("“a” ‘b’ ´c`", "\"a\" 'b' 'c'"),
        ("kl.\u00a021:40\tno", "kl. 21:40 no"),
        ("a\u200bb\ufeff\u00adc", "abc"),
        ("a\u2028b", "a\nb"),
        ("æøåÆØÅ é ü š ŋ 😀", "æøåÆØÅ é ü š ŋ 😀"),
        ("pa\u030a vakt", "på vakt"),
        ("ja\ufe0f\u200d", "ja"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_typographic_signs_become_their_likenesses_and_letters_stay(text: str, likeness: str) -> None:
    assert plain(text) == likeness


@settings(max_examples=150)
@given(TEXTS)
@example("\u1fef")
def test_making_plain_twice_changes_nothing_more(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@settings(max_examples=150)
@given(TEXTS)
def test_making_plain_never_touches_a_gsm7_text(text: str) -> None:
    kept = "".join(sign for sign in text if is_gsm7(sign))
    assert plain(kept) == kept


@settings(max_examples=150)
@given(TEXTS)
def test_whatever_is_fitted_takes_two_segments_at_most_and_begins_as_it_did(text: str) -> None:
    fitted = fit_two_segments(text)
    assert segments(fitted) <= 2
    assert fitted == plain(text) or plain(text).startswith(fitted.removesuffix("..."))


@pytest.mark.parametrize(("sign", "length"), [("a", 306), ("š", 134), ("😀", 68)])
def test_a_cut_text_uses_the_room_there_is(sign: str, length: int) -> None:
    fitted = fit_two_segments(sign * 400)
    assert fitted.endswith(f"{sign}...")
    assert length - 2 <= len(fitted) <= length


def test_a_text_that_is_only_too_long_because_of_its_last_sign_becomes_gsm7() -> None:
    fitted = fit_two_segments("a" * 306 + "😀")
    assert is_gsm7(fitted)
    assert len(fitted) == 306


def test_a_letter_is_not_parted_from_its_accent_nor_an_emoji_in_two() -> None:
    assert shortened("ab\u0331cd", fits=lambda kept: len(kept) <= 5) == "a..."
    assert shortened("a👩\u200d💻b", fits=lambda kept: len(kept) <= 6) == "a..."
    assert shortened("a👍\U0001f3fdb", fits=lambda kept: len(kept) <= 5) == "a..."


def test_where_nothing_fits_only_the_dots_are_left() -> None:
    assert shortened("abc", fits=lambda _: False) == "..."
