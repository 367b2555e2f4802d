"""The grammar of the technicians' SMS."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.commands.grammar import (
    OPT_OUT_WORDS,
    RESERVED_WORDS,
    WORDS,
    Command,
    Keyword,
    Reserved,
    Unknown,
    parse,
)

PAGE = Path(__file__).parents[3] / "docs" / "sms.md"
SPELLINGS = [(keyword, word) for keyword, words in WORDS.items() for word in words if word != "?"]


def command(body: str) -> Command:
    parsed = parse(body)
    assert isinstance(parsed, Command), f"{body!r} is {parsed}"
    return parsed


def bare(keyword: Keyword) -> Command:
    return Command(keyword, None, False, None, "", "")


@pytest.mark.parametrize(("keyword", "word"), SPELLINGS)
def test_every_word_of_the_table_is_understood_in_any_case(keyword: Keyword, word: str) -> None:
    for written in (word, word.lower(), word.capitalize(), word.swapcase()):
        assert parse(written) == bare(keyword)


@pytest.mark.parametrize(("keyword", "word"), SPELLINGS)
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_composed_and_decomposed_letters_are_the_same(keyword: Keyword, word: str, form: str) -> None:
    assert parse(unicodedata.normalize(form, word)) == bare(keyword)  # type: ignore[arg-type]  # a literal above


@pytest.mark.parametrize(
    "written",
    ["LØYST", "løyst", "Lo\u0338yst", "LO\u0337ST", "LÖST", "lo\u0308yst", "LOYST", "lost", "Lost."],
)
def test_solved_is_understood_however_its_vowel_is_made(written: str) -> None:
    assert parse(written) == bare(Keyword.DONE)


@pytest.mark.parametrize("written", ["lost connection to the server", "Lost it", "LOST kontakten med alt"])
def test_a_sentence_that_begins_with_the_english_word_lost_closes_nothing(written: str) -> None:
    assert parse(written) == Unknown(written)


@pytest.mark.parametrize("written", ["LOST V-1042 starta på nytt", "lost 1042 ok"])
def test_lost_with_a_case_is_done(written: str) -> None:
    assert command(written).keyword is Keyword.DONE


def test_full_width_letters_are_letters() -> None:
    assert parse("ＡＣＫ　Ｖ-1042").__class__ is Command


@pytest.mark.parametrize(
    "named",
    [
        "V-1042",
        "v1042",
        "V 1042",
        "v-1042",
        "V–1042",
        "V - 1042",
        "#V-1042",
        "V.1042",
        "(V-1042)",
        "«V-1042»",
    ],
)
def test_a_case_with_its_v_is_explicit(named: str) -> None:
    assert parse(f"NOTAT {named} ruteren er starta") == Command(
        Keyword.NOTE, 1042, True, None, "ruteren er starta", "ruteren er starta"
    )


@pytest.mark.parametrize(
    "body", ["ACK-V-1042", "ackv1042", "ACKV-1042", "ACK:V-1042", "ack...V1042...", "ACK?V1042"]
)
def test_a_case_joined_to_the_keyword_is_found(body: str) -> None:
    assert parse(body) == Command(Keyword.ACK, 1042, True, None, "", "")


@pytest.mark.parametrize(
    ("body", "number", "text", "after"),
    [
        ("ACK 1042", 1042, "1042", ""),
        ("TAR1042", 1042, "1042", ""),
        ("ack #1042", 1042, "#1042", ""),
        ("NOTE 1042 servere nede", 1042, "1042 servere nede", "servere nede"),
        ("NOTE: 1042: servere nede", 1042, "1042: servere nede", "servere nede"),
        ("OK 17", 17, "17", ""),
        ("ok17", 17, "17", ""),
        ("NEI 17, eg er bortreist", 17, "17, eg er bortreist", "eg er bortreist"),
        ("NOTE -5 grader", 5, "-5 grader", "grader"),
        ("NOTE 90000001 svarer ikkje", 90000001, "90000001 svarer ikkje", "svarer ikkje"),
    ],
)
def test_a_bare_number_is_a_candidate_with_the_text_both_ways(
    body: str, number: int, text: str, after: str
) -> None:
    parsed = command(body)
    assert (parsed.reference, parsed.explicit) == (None, False)
    assert (parsed.candidate, parsed.text, parsed.text_after_candidate) == (number, text, after)


@pytest.mark.parametrize(
    "text",
    [
        "21:40 alt oppe",
        "10.0.0.1 svarer ikkje",
        "3,5 timar igjen",
        "1042-1043 er same feil",
        "5G er nede",
        "v2 av programmet er lagt inn",
        "+4790000001 er rett nummer",
        "nummeret er V-1042",
        "1234567890 er for langt",
    ],
)
def test_a_number_that_is_no_case_number_belongs_to_the_text(text: str) -> None:
    assert parse(f"NOTE {text}") == Command(Keyword.NOTE, None, False, None, text, text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("HAST: heile nettet er nede!", "heile nettet er nede!"),
        ("hast - heile nettet er nede", "heile nettet er nede"),
        ("HAST.Nettet er nede", "Nettet er nede"),
        ("HAST\nNettet\ner nede", "Nettet\ner nede"),
        ("NOTE ny ruter (reserve)", "ny ruter (reserve)"),
        ("NOTE disken er 100 %", "disken er 100 %"),
        ("NOTE er det brann?", "er det brann?"),
        ("NOTE > 50 brukarar", "> 50 brukarar"),
        ("NOTE .5 sekund", ".5 sekund"),
        ('NOTE "servere" er nede', '"servere" er nede'),
        ("**NOTE** hei", "hei"),
        ('"NOTE" hei', "hei"),
        ("NOTE V-1042 - hei", "hei"),
        ("NOTE familien 👩\u200d👧 er varsla", "familien 👩\u200d👧 er varsla"),
    ],
)
def test_a_text_keeps_its_own_punctuation(body: str, text: str) -> None:
    assert command(body).text == text


@pytest.mark.parametrize("body", ["NOTE", "NOTE ...", "NOTE: !?", "NOTE 👍", "NOTE V-1042 👍👍"])
def test_a_text_that_says_nothing_is_empty(body: str) -> None:
    assert command(body).text == ""


@pytest.mark.parametrize(
    "body",
    [
        "ACK!!!",
        '"ack"',
        "ack.",
        "  ack \r\n",
        "'TAR'",
        "*ACK*",
        "[ack]",
        "(ack)",
        "- ACK",
        "--\nACK",
        "👍 ACK 👍",
        "1\ufe0f\u20e3 ACK",
        "\u200bA\u200bCK\ufeff",
        "Re: ACK",
        "SV: Re: ack",
        "Re[2]: ack",
        "«TAR»",
        "ACK ✅",
        "ACK\x00",
    ],
)
def test_noise_around_a_command_is_ignored(body: str) -> None:
    assert parse(body) == bare(Keyword.ACK)


QUOTED = [
    "> V-1042: Alver, ringde kl. 21:40.\n> Svar TAR",
    "-----Original Message-----\nFrom: Vakttelefonen\nV-1042",
    "-----Opprinnelig melding-----\nV-1042",
    "Den 5. nov. 2026 kl. 21:40 skreiv Vakttelefonen:\nV-1042 svar PASS",
    "Den 5. nov. 2026 kl. 21:40 skrev Vakttelefonen:\n> V-1042",
    "tor. 5. nov. 2026 kl. 21:40 skrev Vakttelefonen <vakt@example.no>:\n> V-1042",
    "On 5 Nov 2026, at 21:40, Vakttelefonen wrote:\n> V-1042",
    "Frå: Vakttelefonen\nSendt: 5. november 2026\nV-1042",
    "Sent from my iPhone",
    "Sendt frå min iPhone",
    "Sendt fra Outlook for Android",
    "Få Outlook for iOS",
    "-- \nKari Nordmann\nIKT",
]


@pytest.mark.parametrize("tail", QUOTED)
@pytest.mark.parametrize("gap", ["\n", "\r\n\r\n", "\u2028"])
def test_a_quoted_original_and_a_signature_below_are_ignored(tail: str, gap: str) -> None:
    assert parse(f"ACK{gap}{tail}") == bare(Keyword.ACK)
    assert command(f"NOTAT ruteren\ner starta{gap}{tail}").text == "ruteren\ner starta"


def test_an_answer_below_a_quoted_original_is_found() -> None:
    assert parse("Den 5. nov. 2026 skreiv Vakttelefonen:\n> V-1042\n> Svar TAR\n\nPASS") == bare(Keyword.PASS)


@pytest.mark.parametrize(
    "text", ["den tilsette skreiv:\ndisk full", "sendt frå verkstaden\ni dag", "fra: Kari\ni dag"]
)
def test_lines_that_only_look_like_a_heading_stay_in_the_text(text: str) -> None:
    assert command(f"NOTE sjå her\n{text}").text == f"sjå her\n{text}"


@pytest.mark.parametrize(
    "body",
    [
        "Eg tar den",
        "Vi har ferdig kaffi",
        "ring-signalet er borte",
        "no-one can log in",
        "OK's",
        "tar'n",
        "OK2go",
        "ACK/PASS",
        "note@example.no",
        "tarzan",
        "ringe",
        "listen",
        "1042 ACK",
        "V-1042",
        "1",
        "Kva skjer?",
        "Den 5. nov. 2026 skreiv Kari:\nACK",
    ],
)
def test_a_keyword_is_one_only_as_the_first_whole_word(body: str) -> None:
    assert parse(body) == Unknown(body)


@pytest.mark.parametrize("body", ["?", " ?? ", "«?»", "?!", "Hjelp!", "hjelp", "👉 ?"])
def test_a_question_mark_alone_asks_for_help(body: str) -> None:
    assert parse(body) == bare(Keyword.HELP)


@pytest.mark.parametrize("body", ["", "   ", "👍", "...", "> ACK", "\u200b", "\n\n"])
def test_a_message_without_words_of_its_own_is_unknown(body: str) -> None:
    assert isinstance(parse(body), Unknown)


@pytest.mark.parametrize("word", sorted(RESERVED_WORDS))
def test_a_word_of_the_carrier_alone_is_reserved_whatever_its_case_and_noise(word: str) -> None:
    for body in (word, word.lower(), f" {word.capitalize()}. ", f"«{word}»!", f"{word}\n-- \nKari"):
        assert parse(body) == Reserved(word, opts_out=word in OPT_OUT_WORDS)


def test_the_words_that_opt_out_are_those_of_the_carrier_and_the_norwegian_one() -> None:
    carrier = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
    assert carrier | {"STOPP"} == OPT_OUT_WORDS
    assert {"START", "YES", "UNSTOP", "HELP", "INFO"} == RESERVED_WORDS - OPT_OUT_WORDS


@pytest.mark.parametrize("body", ["STOP PLEASE", "stopp varslinga", "Help me", "STOP V-1042", "yes 17"])
def test_a_reserved_word_among_others_is_neither_reserved_nor_a_command(body: str) -> None:
    assert parse(body) == Unknown(body)


def test_no_reserved_word_is_a_command() -> None:
    spelled = {word.casefold() for words in WORDS.values() for word in words}
    assert not spelled & {word.casefold() for word in RESERVED_WORDS}


def test_no_word_stands_for_two_commands() -> None:
    spelled = [word.casefold() for words in WORDS.values() for word in words]
    assert len(spelled) == len(set(spelled))
    assert set(WORDS) == set(Keyword)


def test_the_page_on_sms_names_every_word() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for word in (*(word for words in WORDS.values() for word in words), *RESERVED_WORDS):
        assert f"`{word}`" in page, f"docs/sms.md does not name {word}"


ANY = st.text(st.characters(), max_size=200)
WRITTEN = ("ACK", "note", "V-", "1042", "v", " ", "\n", "stop", "ø", "?", "-", "'", '"', ":", "lost", "no")
ODD = (
    ">",
    "Re:",
    "👍",
    "\u200d",
    "Den 5. skreiv Kari:",
    "Fra: x",
    "Sendt: y",
    "--",
    "\ud800",
    "1\ufe0f\u20e3",
    "\u0338",
)
LIKELY = st.lists(st.sampled_from((*WRITTEN, *ODD)), max_size=12).map("".join)


@settings(max_examples=300)
@given(ANY | LIKELY)
def test_whatever_is_sent_is_parsed_without_an_error(body: str) -> None:
    parsed = parse(body)
    if isinstance(parsed, Command):
        assert parsed.explicit is (parsed.reference is not None)
        assert not (parsed.explicit and parsed.candidate is not None)
        assert parsed.candidate is not None or parsed.text == parsed.text_after_candidate


BEFORE = st.lists(
    st.sampled_from(
        [" ", "\n", ".", "!", "-", "*", "👍", "👍\ufe0f", "\u200b", "\ufeff", "Re: ", "\t", "\u00a0", "…"]
    ),
    max_size=6,
).map("".join)
AFTER = st.lists(st.sampled_from([" ", "\n", "\t", "\u200b", "\ufeff", "\u00a0", "\r\n"]), max_size=4).map(
    "".join
)
ENDS = st.sampled_from(
    ["", "\nSendt frå min iPhone", "\n> V-1050 PASS", "\n-----Original Message-----\nPASS"]
)
BODIES = st.sampled_from(
    [
        "ack",
        "TAR V-1042",
        "NOTE 1042 servere nede!",
        "HAST (alt) er nede?",
        "stopp",
        "hva nå",
        "Løyst",
        "lost it",
    ]
)


@settings(max_examples=200)
@given(before=BEFORE, body=BODIES, after=AFTER, end=ENDS)
def test_noise_around_a_message_never_changes_what_it_is(
    before: str, body: str, after: str, end: str
) -> None:
    plainly, noisily = parse(body), parse(f"{before}{body}{after}{end}")
    if isinstance(plainly, Unknown):
        assert isinstance(noisily, Unknown)
        assert body in noisily.text
    else:
        assert noisily == plainly


@settings(max_examples=100)
@given(
    before=BEFORE,
    word=st.sampled_from([word for _, word in SPELLINGS]),
    named=st.sampled_from(["", " V-1042"]),
    after=st.text(st.sampled_from(".,!?:;…»”\"')*- 👍🎉\n\u200b"), max_size=6),
)
def test_noise_after_a_command_without_text_never_changes_it(
    before: str, word: str, named: str, after: str
) -> None:
    assert parse(f"{before}{word}{named}{after}") == parse(f"{word}{named}")


@settings(max_examples=100)
@given(number=st.integers(1, 999_999_999), word=st.sampled_from(["ACK", "notat", "Ferdig", "PASS"]))
def test_any_case_number_is_read_back_as_it_was_written(number: int, word: str) -> None:
    assert command(f"{word} V-{number}").reference == number
    assert command(f"{word} {number}").candidate == number


@pytest.mark.parametrize(
    "piece",
    ["\n", "> ", "fra: x\n", "Den 5. skreiv :", "((", "a\u0301", "V-", "Re:", "' ", "-- ", "skrev 1 "],
)
def test_a_body_far_longer_than_any_sms_is_parsed_in_linear_time(piece: str) -> None:
    """A quadratic step would need minutes here, not a fraction of a second."""
    words = piece * (200_000 // len(piece))
    assert command(f"NOTE x {words}").text.startswith("x")
