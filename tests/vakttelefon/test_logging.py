"""A line of the log is ours: nothing that others wrote passes for one, or reaches the terminal it is read on."""

import subprocess
import sys

_SCRIPT = """
import logging, structlog
from dataclasses import replace
from vakttelefon.config import Config, Log
from vakttelefon.logging import set_up_logging
set_up_logging(replace(Config(), log=Log(format={form!r})))
try:
    raise ValueError("\\x1b[2J\\udc80")
except ValueError:
    structlog.get_logger().exception("failed")
    logging.getLogger("other").exception("failed")
structlog.get_logger().info("noted", name="Kari\\n2026-01-01 [error] gone\\x1b[2J\\u202e")
logging.getLogger("other").warning("path %s", "/x\\r\\n2026 ERROR gone\\x9b")
"""


def lines_of(form: str) -> list[str]:
    done = subprocess.run(  # noqa: S603  our own script
        [sys.executable, "-c", _SCRIPT.format(form=form)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stderr.splitlines()


def test_a_line_break_in_a_name_makes_no_line_of_the_log() -> None:
    for form in ("text", "json"):
        lines = lines_of(form)
        assert not {"\x1b", "\u202e", "\x9b", "\r"} & set("".join(lines))
        # a traceback has lines of its own, and ends before the next event
        assert "noted" in lines[-2]
        assert "path /x" in lines[-1]
        assert not any(line.startswith("2026-01-01") for line in lines)
