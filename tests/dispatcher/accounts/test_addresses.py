"""What addresses are counted as."""

import pytest

from dispatcher.accounts.addresses import MOST_CHARACTERS, network_of


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.17", "192.0.2.17"),
        ("192.0.2.17:50312", "192.0.2.17"),
        ("::ffff:192.0.2.17", "192.0.2.17"),
        ("2001:db8:7:8:9:a:b:c", "2001:db8:7:8::/64"),
        ("2001:DB8:7:8::1", "2001:db8:7:8::/64"),
        ("[2001:db8:7:8::1]:443", "2001:db8:7:8::/64"),
        ("[2001:db8:7:8::1]", "2001:db8:7:8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("2001:db8:7:9::1", "2001:db8:7:9::/64"),
        ("unknown", "unknown"),
        ("_hidden", "_hidden"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_address_is_counted_as_what_one_customer_has(address: str | None, counted_as: str) -> None:
    assert network_of(address) == counted_as


def test_what_is_no_address_is_cut_to_a_length() -> None:
    assert len(network_of("x" * 5000)) == MOST_CHARACTERS
