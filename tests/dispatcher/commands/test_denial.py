"""A keyword that is taken back, or put as a question, does nothing (contract section 4)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.commands.grammar import WORDS, Command, Keyword, parse

DENIABLE = (Keyword.ACK, Keyword.PASS, Keyword.TAKE, Keyword.DONE)
SPELLINGS = [word for keyword in DENIABLE for word in WORDS[keyword] if word != "LOST"]
TEXT_ONLY = [
    word
    for keyword in (Keyword.NOTE, Keyword.URGENT, Keyword.ROUTINE, Keyword.ASSIST, Keyword.NOTICE)
    for word in WORDS[keyword]
]


def denied(body: str) -> bool:
    parsed = parse(body)
    assert isinstance(parsed, Command), f"{body!r} is {parsed}"
    return parsed.denied


@pytest.mark.parametrize(
    "body",
    [
        # nn
        "TAR ikkje",
        "tar ikkje V-1042",
        "Tar V-1042 ikkje",
        "Kvitter... IKKJE!",
        "Vidare ikkje send denne",
        "Ferdig ikkje",
        "Tar den ikkje",
        "Tar saka ikkje, er på fjellet",
        "Ferdig. Nei, vent litt",
        "Ferdig. Nei.",
        "FERDIG nei",
        "Løyst? Eg veit ikkje",
        "Tar du den?",
        "Overta? Nei",
        # nb
        "ferdig ikke enda",
        "Løst - ikke",
        "Videre, ikke til meg",
        "TAR\nnei",
        "Løst! Nei!",
        "Ferdig 1042? Vet ikke",
        "Overta ikke nå",
        # en
        "ACK not me",
        "ACK V-1042 not mine",
        "Done, not",
        "DONE *not* yet",
        "Done. No.",
        "ACK!\nNO\nI am at sea",
        "ACK?Who is this",
        "pass... no!",
        "Done V-1042? I do not know",
        "take it? why",
        "Done yet?",
        "ACK, no",
        "pass - NO",
        "TAKE not",
    ],
)
def test_a_denial_or_a_question_takes_the_keyword_back(body: str) -> None:
    assert denied(body)


@pytest.mark.parametrize(
    "body",
    [
        "TAR",
        "TAR?",
        "ACK V-1042?",
        "ack 1042 ??",
        "Ferdig no",  # Nynorsk for now
        "Løyst no!",
        "Tar V-1042 no",
        "Ferdig, no verkar alt",
        "Ferdig. No verkar alt igjen",
        "TAR den no",
        "Tar den. Ikkje noko stort",
        "Ferdig V-1042 det var ikkje brann",
        "DONE restarted the router, nothing more",
        "Done noted",
        "Ferdig notert",
        "Løyst: sjå side 7, notat 3",
        "DONE see https://example.no/sak?id=7 for more",
        "PASS V-1042 is not mine",  # only the next word denies
        "Done: they said no to a restart",
        "TAR nei-ordninga V-1",
    ],
)
def test_what_only_resembles_a_denial_is_carried_out(body: str) -> None:
    assert denied(body) is (body == "TAR nei-ordninga V-1")


@pytest.mark.parametrize("word", TEXT_ONLY)
@pytest.mark.parametrize("tail", ["ikkje nede likevel", "not urgent", "nei", ". No.", "? Er det brann? Nei."])
def test_what_follows_a_word_that_takes_a_text_denies_nothing(word: str, tail: str) -> None:
    assert not denied(f"{word} {tail}")


NOISE = st.text(st.sampled_from(" \n\t.,:;!-–*\"'«»()[]👍\u200b\ufeff"), max_size=5)
GAP = st.sampled_from([" ", ", ", ": ", "\n", " - ", "... ", " *", " «", "\u00a0"])
CASES = st.sampled_from(["", " V-1042", " v1042", " 1042", " #1042"])


@settings(max_examples=150)
@given(
    before=NOISE,
    word=st.sampled_from(SPELLINGS),
    named=CASES,
    gap=GAP,
    negation=st.sampled_from(["ikkje", "ikke", "not", "IKKJE", "Ikke", "NOT", "nei", "NEI"]),
    after=st.sampled_from(["", "!", " no", " enno", ", eg er opptatt", "\nSendt frå min iPhone", " 👎"]),
)
def test_a_word_and_a_no_next_to_each_other_do_nothing_whatever_noise_is_around(
    *, before: str, word: str, named: str, gap: str, negation: str, after: str
) -> None:
    assert denied(f"{before}{word}{named}{gap}{negation}{after}")


@settings(max_examples=150)
@given(
    word=st.sampled_from(SPELLINGS),
    named=CASES,
    gap=NOISE,
    words=st.sampled_from(["Eg veit ikkje", "jeg vet ikke", "who are you", "7 timar", "æ", "V er nede"]),
    spaces=st.text(st.sampled_from(" \n\t"), min_size=1, max_size=3),
)
def test_a_question_mark_and_further_words_do_nothing(
    word: str, named: str, gap: str, words: str, spaces: str
) -> None:
    body = f"{word}{named}{gap}?{spaces}{words}"
    parsed = parse(body)
    assert isinstance(parsed, Command)
    # A bare number behind the question mark may be a case, and then nothing else is said.
    assert parsed.denied


@settings(max_examples=150)
@given(
    word=st.sampled_from(SPELLINGS),
    named=CASES,
    text=st.text(st.sampled_from("abdghjklmprsuvyæøå ,"), max_size=30),
    end=st.sampled_from(["", ".", "!", " 👍"]),
)
def test_words_without_a_denial_or_a_question_deny_nothing(
    word: str, named: str, text: str, end: str
) -> None:
    """The letters of the text cannot spell ikkje, ikke, not, nei or no."""
    assert not denied(f"{word}{named} {text}{end}")


@pytest.mark.parametrize(
    "body",
    [
        "DONE 9999",
        "ferdig #10420",
        "Løst 2026 servarar",
        "FERDIG V-10O1 ok",
        "ferdig v1o42",
        "DONE 10l1",
        "Løst v 1O42 no",
        "done 1042-1043",
        "DONE 1042,1043",
    ],
)
def test_a_text_that_begins_like_a_case_number_names_no_case(body: str) -> None:
    parsed = parse(body)
    assert isinstance(parsed, Command)
    assert parsed.names_no_case


@pytest.mark.parametrize(
    "body",
    [
        "DONE",
        "DONE 3 ruterar bytt",
        "Ferdig 10.0.0.1 er oppe",
        "DONE v2 er lagt inn",
        "Løst VPN-1042 er oppe",
        "ferdig kl. 2140",
        "DONE +4790000001 er ringd",
        "Ferdig 999",
        "Done v2.1 lagt inn",
        "Ferdig 10 oler",
    ],
)
def test_a_text_that_only_holds_a_number_is_a_text(body: str) -> None:
    parsed = parse(body)
    assert isinstance(parsed, Command)
    assert not parsed.names_no_case


@pytest.mark.parametrize(
    "body", ["Tar eg ikkje", "TAR V-1001 nok ikkje", "Tek den diverre ikkje.", "Ferdig ikje", "Pass inte"]
)
def test_a_denial_behind_a_subject_or_a_sigh_is_one_too(body: str) -> None:
    assert denied(body)


@pytest.mark.parametrize("body", ["TAR eg, nok no", "Tar den vel no", "Ferdig, visst var det straumen"])
def test_a_subject_or_a_sigh_alone_denies_nothing(body: str) -> None:
    assert not denied(body)
