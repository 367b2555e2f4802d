"""Telephone numbers as the exchange sees them."""

import pytest

from simulator.numbers import WITHHELD, country_of, is_address, is_alphanumeric_sender, is_e164, is_landline


@pytest.mark.parametrize("number", ["+4790000001", "+14155550100", *WITHHELD])
def test_numbers_in_e164(number: str) -> None:
    assert is_e164(number)


@pytest.mark.parametrize(
    "text", ["", "4790000001", "+0790000001", "+47 90000001", "+4790000001\n", "+47٩0000001"]
)
def test_what_is_no_number(text: str) -> None:
    assert not is_e164(text)
    assert not is_address(text)


def test_norwegian_landlines_and_mobiles() -> None:
    assert is_landline("+4721000000")
    assert is_landline("+4756000000")
    assert not is_landline("+4790000000")
    assert not is_landline("+4741000000")
    assert not is_landline("+4621000000")


def test_alphanumeric_senders_have_a_letter_and_at_most_eleven_signs() -> None:
    assert is_alphanumeric_sender("Vakttelefon")
    assert not is_alphanumeric_sender("Vakttelefonen")
    assert not is_alphanumeric_sender("12345")
    assert not is_alphanumeric_sender("Vakt-tlf")


def test_countries() -> None:
    assert (country_of("+4790000001"), country_of("sip:a@b")) == ("NO", "")
