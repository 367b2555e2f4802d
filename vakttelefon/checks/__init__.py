"""What would fail at 03:00, found by day: each check on its own, none hiding another."""

from vakttelefon.checks.findings import Finding, Level
from vakttelefon.checks.running import check_everything

__all__ = ["Finding", "Level", "check_everything"]
