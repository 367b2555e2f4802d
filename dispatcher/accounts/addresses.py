"""Addresses of clients, by what one household or attacker has of them, so that limits count people."""

import re
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

MOST_CHARACTERS: Final = 100
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](:\d+)?|(?P<four>\d+\.\d+\.\d+\.\d+):\d+")
_HOST_BITS: Final = 64


def network_of(address: str | None) -> str:
    """Return what an address is counted as: itself, or of IPv6 the /64, which is one customer's own.

    Proxies also write ports and brackets. What is no address is counted as it stands.
    """
    text = (address or "").strip()[:MOST_CHARACTERS]
    parted = _WITH_PORT.fullmatch(text)
    if parted is not None:
        text = parted["six"] or parted["four"]
    try:
        known = ip_address(text)
    except ValueError:
        return text
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Network((int(known) >> _HOST_BITS << _HOST_BITS, 128 - _HOST_BITS)))
