"""What is nothing but thanks, in three languages, with and without signs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.messages.thanks import is_only_thanks


@pytest.mark.parametrize(
    "body",
    [
        "takk",
        "Takk!",
        "TUSEN TAKK",
        "tusen takk 😊🙏",
        "Mange takk for hjelpa.",
        "Takk skal du ha",
        "Hjertelig takk for rask hjelp!",
        "ok",
        "OK.",
        "Okei, takk",
        "O\u200bK",
        "flott",
        "thanks",
        "Thank you so much!",
        "Thanks a lot for the help",
        "thx :-)",
        "👍",
        "👍🏿",
        "👍\ufe0f 👍",
        "🙏🏻",
        "❤️",
        "Likte «Saka di, V-1001, er løyst. Stemmer det ikkje, ring oss att.»",
        "Liked “Your case, V-1001, is solved.”",
        "\u200a👍\u200b to “Your case, V-1001, is solved.”",
        "Ｔａｋｋ",
        "Takk for det!",
        "Takk for rask hjelp 😊",
        "Takk til dykk. Ha ein fin kveld",
        "Reacted 👍 to “Your case, V-1001, is solved.”",
    ],
)
def test_thanks_are_thanks(body: str) -> None:
    assert is_only_thanks(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "...",
        "?",
        "takk?",
        "ok?",
        "👍?",
        "Takk, men det er framleis nede",
        "takk for ingenting",
        "ikkje ok",
        "Not OK",
        "nei takk",
        "Thanks but it is down again",
        "Takk. Nettet er borte att!",
        "ok 2",
        "takk V-1001",
        "👎",
        "🔥",
        "👍🔥",
        "😡",
        "nede",
        "for",
        "så",
        "ok, ring meg",
        "ok hjelp",
        "Takk, hjelp!",
        "ok, raskt",
        "hjelp for takk",
        "det er bra",
        "Liked “x” and now it burns",
        "1",
    ],
)
def test_anything_more_than_thanks_is_a_report(body: str) -> None:
    assert not is_only_thanks(body)


@settings(max_examples=100)
@given(
    before=st.text(st.sampled_from(" \n.,!-*"), max_size=4),
    word=st.sampled_from(["takk", "TAKK", "Ok", "tusen takk", "thanks", "👍", "👍🏽"]),
    after=st.text(st.sampled_from(" \n.,!-*👍🙏\ufe0f"), max_size=4),
)
def test_punctuation_and_thumbs_around_thanks_change_nothing(before: str, word: str, after: str) -> None:
    assert is_only_thanks(f"{before}{word}{after}")


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_whatever_is_written_is_judged_without_an_error(body: str) -> None:
    assert is_only_thanks(body) in {True, False}
