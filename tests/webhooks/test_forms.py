"""What a form may hold, and what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.forms import identifier, optional_flag, optional_number, words


@given(st.text(st.characters(codec=None, categories=None), max_size=80))
def test_any_value_becomes_a_text_that_can_be_kept_and_an_identifier_that_fits_an_address(value: str) -> None:
    form = {"CallSid": value}
    words(form, "CallSid").encode()
    made = identifier(form, "CallSid")
    assert made == "-" or (made.isascii() and made.isalnum())
    optional_number(value)
    optional_flag(value)


@pytest.mark.parametrize("value", ["", "CA1/2", "CA\x0b1", "../x", "å", "A" * 65, "CA1\n"])
def test_what_is_no_identifier_leads_nowhere(value: str) -> None:
    assert identifier({"CallSid": value}, "CallSid") == "-"
    assert identifier({"CallSid": "CA0f"}, "CallSid") == "CA0f"
