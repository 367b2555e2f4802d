"""TOML with line numbers: what stands on which line, and what is said of what is no TOML."""

import tomllib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roster.toml_lines import LARGEST_FILE_BYTES, TomlError, read_toml, read_what_can_be, where_of
from roster.toml_scanner import scan
from roster.toml_values import described, wrong_value

SAMPLE = '''\
# a comment = "not a key"
title = "x"

[[people]]
id = "kari"
phones = [
  "+4790000001",  # first
  "+4790000002",
]
absences = [{ from = 2026-12-20, to = 2026-12-27 },
            { from = 2027-01-01, to = 2027-01-02 }]
[[people]]
"i\\u0064" = "ola"
'na me'.sub = 1
text = """
[[people]]
id = "not this"
"""
literal = \'\'\'
# nor this\'\'\'\'
[[people.more]]
x = 1
[people.more.deep]
y = { z = [1, [2, { w = 3 }]] }
[duty]
a.b.c = 1979-05-27 07:32:00
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("title",), 2),
        (("people",), 4),
        (("people", 0), 4),
        (("people", 0, "id"), 5),
        (("people", 0, "phones"), 6),
        (("people", 0, "phones", 0), 7),
        (("people", 0, "phones", 1), 8),
        (("people", 0, "absences", 0, "to"), 10),
        (("people", 0, "absences", 1, "to"), 11),
        (("people", 0, "absences", 1, "reason"), 11),
        (("people", 1), 12),
        (("people", 1, "id"), 13),
        (("people", 1, "na me", "sub"), 14),
        (("people", 1, "text"), 15),
        (("people", 1, "literal"), 19),
        (("people", 1, "more", 0, "x"), 22),
        (("people", 1, "more", 0, "deep", "y", "z", 1, 1, "w"), 24),
        (("duty", "a", "b", "c"), 26),
        (("people", 7), 4),
        (("nothing", "here"), 1),
    ],
)
def test_each_key_and_element_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert read_toml(SAMPLE, filename="x.toml").line_of(path) == line


def test_the_values_are_those_of_tomllib() -> None:
    assert read_toml(SAMPLE.encode(), filename="x.toml").value == tomllib.loads(SAMPLE)
    assert read_toml("\ufeff" + SAMPLE.replace("\n", "\r\n"), filename="x").value == tomllib.loads(SAMPLE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a = "x\nb = 1', ["x:1: a text is not closed: end it with the quotation mark it began with"]),
        (
            "a = \nb = 1",
            ["x:1: a value is missing or is no TOML: texts stand in quotation marks, lists in [ ]"],
        ),
        ("a b\n", ["x:1: a key without a value: write key = value"]),
        ("= 1\n", ["x:1: this line is no key, table or comment: write key = value, [table] or # comment"]),
        (
            "a = 1 2\n",
            ["x:1: there is more after the value: end the line there; texts stand in quotation marks"],
        ),
        ("a = nn", ['x:1: a: nn is not a value: write text in quotation marks: "nn"']),
        ("a = 08:00", ['x:1: a: 08:00 is not a value: write a time of day as text, for instance "08:00"']),
        (
            "a = 1\na = 2\na = 3",
            [
                'x:2: the key "a" stands here twice, first on line 1: keep one of the two',
                'x:3: the key "a" stands here twice, first on line 1: keep one of the two',
            ],
        ),
        ("a = { b = 1, b = 2 }", ["x:1: a key stands here twice: keep one of the two"]),
        (
            "[a]\n[b]\n[a]",
            [
                "x:3: this table has been opened before: put its keys together under one header, or double the brackets for a list"
            ],
        ),
        (
            "a = 1\n[[a]]",
            ["x:2: this key or table has been given before, in another form: keep one of the two"],
        ),
        (
            "[a\nb = 1\n[c]",
            ["x:1: a table's header is not closed: write [name], or [[name]] for one of a list"],
        ),
        (
            "a = [1,\n2",
            [
                "x:2: a list is not closed, or a comma is missing in it: separate its values by commas, and end with ]"
            ],
        ),
        (
            "a = {b = 1",
            ["x:1: a table is not closed, or a comma is missing in it: separate by commas, and end with }"],
        ),
        ('a = "\\q"', ["x:1: a backslash with no meaning stands in a text: write \\\\ for a backslash"]),
        ('a = "x\x07"', ["x:1: a control character stands here: remove it; the file is plain text"]),
        ('a = """x\nb = 1\n', ['x:1: a text opened with """ is never closed: close it']),
        (
            "a = " + "9" * 5000,
            ["x:1: a: a number of 5000 characters is too long: write the number that is meant"],
        ),
        (
            "a = 2026-02-30\nb = 2026-13-01T08:00:00\nc = [2026-01-01T24:00:00,\n 2026-06-31]\nd = 2026-1-1",
            [
                "x:1: a: 2026-02-30 is an impossible date: 2026-02 has the days 01 to 28",
                "x:2: b: 2026-13-01T08:00:00 is an impossible date: there is no month 13: write a month from 01 to 12",
                "x:3: c[0]: 2026-01-01T24:00:00 is an impossible time of day: write a time from 00:00:00 to 23:59:59",
                "x:4: c[1]: 2026-06-31 is an impossible date: 2026-06 has the days 01 to 30",
                "x:5: d: 2026-1-1 is not a date or date-time: write a date as 2026-12-24 and a date-time as 2026-12-24T08:00:00",
            ],
        ),
        (
            "a = 0000-01-01",
            ["x:1: a: 0000-01-01 is an impossible date: write the year in full, for instance 2026"],
        ),
        (
            "a = 2026-01-01T00:00:00+25:00",
            [
                "x:1: a: 2026-01-01T00:00:00+25:00 has an impossible offset: leave the offset out: times are local"
            ],
        ),
    ],
)
def test_each_mistake_is_told_with_its_line_and_a_remedy(text: str, expected: list[str]) -> None:
    with pytest.raises(TomlError) as refused:
        read_toml(text, filename="x")
    assert [str(problem) for problem in refused.value.problems] == expected
    assert str(refused.value) == "\n".join(expected)


def test_mistakes_do_not_hide_one_another() -> None:
    reading = read_what_can_be(
        'a = "x\nb = 2026-02-30\n[t\nlost = 1\n[u]\nc = [1 2]\nd = 1\nd = 2\n', filename="x"
    )
    assert [problem.line for problem in reading.problems] == [1, 2, 3, 6, 8]
    assert reading.document.value == {"b": 0, "u": {"d": 1}}
    assert reading.spoiled == {("b",)}
    assert reading.incomplete == {(), ("u",)}
    assert reading.whole_tables_lost


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"a = '\xff'", id="no UTF-8"),
        pytest.param(b"\x00\x01\x02", id="binary"),
        pytest.param("ab".encode("utf-16"), id="UTF-16"),
        pytest.param(b"a = " + b"[" * 100_000, id="deep lists"),
        pytest.param(b"a = " + b"[" * 30_000 + b"]" * 30_000, id="deep lists, closed"),
        pytest.param(b"a = " + b"{a = " * 30_000, id="deep tables"),
        pytest.param(b"[" + b"a." * 200_000 + b"a]", id="long header"),
        pytest.param(b"a." * 200_000 + b"a = 1", id="long key"),
        pytest.param(b"[\n" * 4_000, id="many open headers"),
        pytest.param(b"a = [" + b"\n[" * 3_000, id="deep lists over lines"),
        pytest.param(b'a = "' + b"\\" * 100_001, id="backslashes"),
        pytest.param(b'a = """' + b"\\" * 100_001 + b'"""', id="backslashes in a long text"),
        pytest.param(b'"' + b"\\u00" * 10_000, id="broken key"),
        pytest.param(b"'" * 50_000, id="quotation marks"),
        pytest.param(b"a = 0x" + b"f" * 50_000, id="hexadecimal number without end"),
        pytest.param(b"a = 1e" + b"9" * 50_000, id="exponent without end"),
        pytest.param(b"\r" * 1_000, id="carriage returns"),
        pytest.param(b"a = [" + b"9" * 5_000 + b" 1]", id="number without end in a broken list"),
    ],
)
def test_a_hostile_file_ends_in_a_list_of_problems(data: bytes) -> None:
    with pytest.raises(TomlError) as refused:
        read_toml(data, filename="x")
    assert refused.value.problems
    assert all(str(problem).isprintable() and len(str(problem)) < 400 for problem in refused.value.problems)


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    with pytest.raises(TomlError, match=r"x:1: the file is 16 MB large: it may hold 16 MB at most"):
        read_toml(b"#" * (LARGEST_FILE_BYTES + 1), filename="x")


TOKENS = st.sampled_from(
    [
        *"[]{}=.,#\"'\\ \n\t",
        "[[",
        "]]",
        '"""',
        "'''",
        "a",
        "b",
        "a.b",
        "1",
        "0x1",
        "1.5e3",
        "true",
        "2026-01-01",
        "2026-02-30",
        "2026-01-01 08:00:00",
        "08:00:00",
        "\\u0041",
        "é",
        "\x00",
        "\r\n",
        "\ufeff",
        "inf",
        "-nan",
        "1_000",
        "a = 1\n",
        "[[a]]\n",
        "[a.b]\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TOKENS, max_size=40).map("".join))
def test_whatever_tomllib_reads_is_read_alike_and_whatever_it_refuses_is_told_of(text: str) -> None:
    try:
        expected = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError):
        expected = None
    reading = read_what_can_be(text, filename="x")
    if expected is None:
        assert reading.problems
    else:
        assert not reading.problems
        assert repr(reading.document.value) == repr(expected)
        assert_lines_know(expected, (), reading.document.lines)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in reading.problems)
    assert all(before.line <= after.line for before, after in pairwise(reading.problems))


def assert_lines_know(value: object, path: tuple[str | int, ...], lines: object) -> None:
    """Every key of every table has a line of its own."""
    assert isinstance(lines, dict)
    match value:
        case dict():
            for key, inner in value.items():
                assert (*path, key) in lines
                assert_lines_know(inner, (*path, key), lines)
        case list():
            for number, inner in enumerate(value):
                assert_lines_know(inner, (*path, number), lines)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_document_or_problems(data: bytes) -> None:
    reading = read_what_can_be(data, filename="x")
    assert reading.problems or isinstance(reading.document.value, dict)


def test_a_mistake_below_a_lost_header_or_a_strange_key_is_told_in_printable_words() -> None:
    text = '[a\nb = 2026-02-30\nb = 1\n[c]\n"\\u0001" = 2026-02-30\n'
    assert [str(problem) for problem in read_what_can_be(text, filename="x").problems] == [
        "x:1: a table's header is not closed: write [name], or [[name]] for one of a list",
        "x:2: b: 2026-02-30 is an impossible date: 2026-02 has the days 01 to 28",
        'x:3: the key "b" stands here twice, first on line 2: keep one of the two',
        "x:5: c.\ufffd: 2026-02-30 is an impossible date: 2026-02 has the days 01 to 28",
    ]


def test_the_scanner_keeps_offsets_when_it_blanks_a_value() -> None:
    text = "a = 2026-02-30 # why\nb = 1\n"
    found = scan(text)
    assert found.text == "a = 0          # why\nb = 1\n"


def test_a_path_is_written_as_people_write_it() -> None:
    assert where_of(("people", 0, "phones", 1)) == "people[0].phones[1]"
    assert where_of(()) == ""


@pytest.mark.parametrize(
    "token",
    [
        "1",
        "+1_0",
        "-0.5",
        "1e9",
        "0xff",
        "0o7",
        "0b1",
        "inf",
        "-nan",
        "true",
        "2026-02-28",
        "2026-02-28t08:00:00.5z",
        "08:00:00",
    ],
)
def test_values_that_toml_allows_are_let_through(token: str) -> None:
    assert wrong_value(token) is None


def test_values_are_described_in_few_words() -> None:
    values = [True, 5, 10**30, 1.5, "x", [], {}, tomllib.loads("a = 2026-01-01")["a"], None]
    assert [described(value) for value in values] == [
        "true",
        "the number 5",
        "a very large number",
        "the number 1.5",
        'the text "x"',
        "a list",
        "a table",
        "a date",
        "a value",
    ]
