"""Connection overrides in the fragment of a webhook's URL (`#rc=2&rp=ct,rt,5xx`).

Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from dataclasses import dataclass
from urllib.parse import urldefrag

_POLICIES = frozenset({"4xx", "5xx", "ct", "rt", "all"})
_RANGES = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}
_EDGES = frozenset(
    {"ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla"}
)
MALFORMED, UNKNOWN, OUT_OF_RANGE = 11240, 11241, 11243


@dataclass(frozen=True, slots=True)
class Overrides:
    """How a webhook is fetched: time limits in milliseconds, number of retries, and on what."""

    connect_ms: int = 5000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})
    problems: tuple[tuple[int, str], ...] = ()

    def retries_on(self, outcome: str) -> bool:
        """Tell whether an outcome (`ct`, `rt`, `4xx`, `5xx`) is one to retry on."""
        return "all" in self.policy or outcome in self.policy


def split_overrides(url: str) -> tuple[str, Overrides]:
    """Split a URL into what is requested and how; what is wrong with the fragment is in `problems`."""
    bare, fragment = urldefrag(url)
    if not fragment:
        return bare, Overrides()
    numbers: dict[str, int] = {}
    policy = frozenset({"ct"})
    problems: list[tuple[int, str]] = []
    for pair in fragment.split("&"):
        key, separator, value = pair.partition("=")
        if not separator:
            problems.append((MALFORMED, f"override {pair!r} has no value"))
        elif key in _RANGES:
            low, high = _RANGES[key]
            if value.isdecimal() and low <= int(value) <= high:
                numbers[key] = int(value)
            else:
                problems.append((OUT_OF_RANGE, f"override {key}={value} is not from {low} to {high}"))
        elif key == "rp":
            chosen = frozenset(value.split(","))
            if chosen <= _POLICIES:
                policy = chosen
            else:
                problems.append((OUT_OF_RANGE, f"retry policy {value!r} is not known"))
        elif key == "e":
            if not frozenset(value.split(",")) <= _EDGES:
                problems.append((OUT_OF_RANGE, f"edge {value!r} is not known"))
        elif key == "sni":
            if value not in {"y", "n"}:
                problems.append((OUT_OF_RANGE, f"override sni={value} is neither y nor n"))
        else:
            problems.append((UNKNOWN, f"override {key!r} is not known"))
    return bare, Overrides(
        connect_ms=numbers.get("ct", 5000),
        read_ms=numbers.get("rt", 15_000),
        total_ms=numbers.get("tt", 15_000),
        retries=numbers.get("rc", 1),
        policy=policy,
        problems=tuple(problems),
    )
