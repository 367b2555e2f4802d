"""Which texts are telephone numbers, which are never dialled, and who is calling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roster.phones import (
    PhoneError,
    PhoneNumber,
    is_forbidden,
    may_be_texted,
    parse_caller,
    parse_phone,
    region_of,
)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+4790000001", "+4790000001"),
        ("+47 900 00 001", "+4790000001"),
        ("+47-900-00-001", "+4790000001"),
        ("+47\u00a0900\u00a000\u00a0001", "+4790000001"),
        ("004790000001", "+4790000001"),
        ("00 47 90000001", "+4790000001"),
        ("90 00 00 01", "+4790000001"),
        ("56370000", "+4756370000"),
        ("+46700000001", "+46700000001"),
        ("+12025550123", "+12025550123"),
        ("+4780012345", "+4780012345"),  # toll-free
        ("80012345", "+4780012345"),
        ("+80012345678", "+80012345678"),  # free of charge everywhere
        ("\u2066+47\u200b900\u206000\ufeff001\u2069", "+4790000001"),
        ("\u200e900 00\u2013001", "+4790000001"),
        ("+47 900\u201100\u2011001\u00ad", "+4790000001"),
    ],
)
def test_a_number_becomes_e164_however_it_is_written(written: str, number: str) -> None:
    assert parse_phone(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "110",
        "112",
        "113",
        "116117",
        "116 117",
        "911",
        "999",
        "1412",
        "+112",
        "+47112",
        "0047113",
        "+46112",
        "+1911",
        "+44999",
        "+47116117",
    ],
)
def test_emergency_numbers_are_refused_as_such(written: str) -> None:
    with pytest.raises(PhoneError) as refused:
        parse_phone(written)
    assert "emergency number" in refused.value.what
    assert refused.value.remedy
    assert str(refused.value) == f"{refused.value.what}: {refused.value.remedy}"


@pytest.mark.parametrize(
    "written",
    [
        "02345",
        "+4702345",
        "1881",
        "+471881",
        "82012345",
        "+4782012345",
        "829 00 000",
        "+4781512345",
        "+4782900000",
        "+449098790000",
        "+19002345678",
    ],
)
def test_premium_shared_cost_and_company_numbers_are_refused(written: str) -> None:
    with pytest.raises(PhoneError, match="never dialled"):
        parse_phone(written)


COSTLY = (
    "+8816 777 00001",  # Iridium
    "+881999999",  # a range that no list knows yet
    "+870776000001",
    "00 882 16 5550001",
    "+883130000001",
    "+878100000000001",
    "+979 000000001",
    "+80800000001",
    "+44 70 1000 0001",
    "+447099999999",
    "+1 900 555 0001",
    "+447640123456",  # a pager
)


@pytest.mark.parametrize("written", COSTLY)
def test_satellites_personal_numbers_and_their_like_are_no_telephones(written: str) -> None:
    with pytest.raises(PhoneError, match="never dialled") as refused:
        parse_phone(written)
    assert refused.value.remedy.startswith("give ")


@pytest.mark.parametrize("written", COSTLY)
def test_a_caller_from_a_costly_range_is_served_and_never_rung_or_texted(written: str) -> None:
    number = PhoneNumber("+" + "".join(filter(str.isdigit, written)).removeprefix("00"))
    assert is_forbidden(number)
    assert not may_be_texted(number)


@pytest.mark.parametrize(
    "written", ["+24762889", "+5351234567", "+447911123456", "+447624123456", "+18765551234"]
)
def test_a_dear_country_is_a_country_all_the_same(written: str) -> None:
    assert parse_phone(written) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "+",
        "kari",
        "+47",
        "+4712",
        "+479000000",
        "+4790000001234567890",
        "+4759000001",
        "tel:+4790000001",
        "+47９0000001",
        "+٤٧90000001",
        "90000001x",
        "+47900*",
        "\x00",
        "+" + "9" * 5000,
    ],
)
def test_what_is_no_number_is_refused_in_one_printable_line(written: str) -> None:
    with pytest.raises(PhoneError) as refused:
        parse_phone(written)
    message = str(refused.value)
    assert message.isprintable()
    assert len(message) < 250


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_is_refused_and_a_number_parses_to_itself(text: str) -> None:
    refused = None
    try:
        number = parse_phone(text)
    except PhoneError as error:
        refused = error
    if refused is not None:
        assert refused.what
        assert refused.remedy
    else:
        assert parse_phone(number) == number
        assert not is_forbidden(number)
        assert parse_caller(number) == number


@pytest.mark.parametrize("number", ["+4790000001", "+4756370000", "+46700000001", "+4521000000", "+4702345"])
def test_a_caller_with_a_possible_number_has_it(number: str) -> None:
    assert parse_caller(number) == number
    assert parse_caller(f" {number} ") == number


WITHHELD = ("266696687", "7378742833", "86282452253", "8656696", "2562533")


@pytest.mark.parametrize(
    "raw",
    [
        *WITHHELD,
        *(f"+{digits}" for digits in WITHHELD),
        *(f"1{digits}" for digits in WITHHELD),
        *(f"+1{digits}" for digits in WITHHELD),
        *("anonymous", "Anonymous", "unknown", "Restricted", "unavailable", "private", "BLOCKED", ""),
        *("sip:kari@example.no", "client:kari", "Kommunen", "+", "+0123456789", "+123", "112", "+47112"),
        *(
            "+4790000001;ext=5",
            "+４７90000001",
            "+47٩0000001",
            "\ud83d",
            "+47 900 00 001",
            "x" * 10_000,
            "+" + "1" * 16,
        ),
    ],
)
def test_a_caller_without_a_usable_number_has_none(raw: str) -> None:
    assert parse_caller(raw) is None


@given(st.text())
def test_any_caller_is_a_number_or_none(raw: str) -> None:
    number = parse_caller(raw)
    assert number is None or number == raw.strip()


@pytest.mark.parametrize(
    ("number", "texted"),
    [
        ("+4790000001", True),
        ("+12025550123", True),  # North America does not tell mobile from fixed
        ("+4756370000", False),
        ("+4780012345", False),
        ("+4782012345", False),
        ("+4702345", False),
        ("+4521000000", False),
    ],
)
def test_only_what_may_be_a_mobile_is_texted(number: str, *, texted: bool) -> None:
    assert may_be_texted(PhoneNumber(number)) is texted


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+4790000001", "NO"),
        ("+46700000001", "SE"),
        ("+12025550123", "US"),
        ("+80012345678", None),
        ("+999123456", None),
    ],
)
def test_a_number_has_a_country_or_none(number: str, region: str | None) -> None:
    assert region_of(PhoneNumber(number)) == region


@pytest.mark.parametrize(
    ("number", "forbidden"),
    [
        ("+47112", True),
        ("+4702345", True),
        ("+4782012345", True),
        ("+4790000001", False),
        ("+4780012345", False),
        ("+999", True),
    ],
)
def test_a_number_from_outside_is_checked_before_it_is_dialled(number: str, *, forbidden: bool) -> None:
    assert is_forbidden(PhoneNumber(number)) is forbidden
