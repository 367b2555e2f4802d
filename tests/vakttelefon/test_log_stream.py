"""The log: nobody waits for it, and nothing fails with it."""

import errno
import io
import os
import subprocess
import sys
import threading
from typing import Any

import pytest

from tests.hotline.rig import ACCOUNT, TOKEN
from vakttelefon import log_stream
from vakttelefon.log_stream import LogStream

PATIENCE = 10.0


class Sink(io.StringIO):
    """A target that can be full, gone, or stand still."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.stands_still = threading.Event()
        self.goes_on = threading.Event()

    def write(self, text: str) -> int:
        if self.stands_still.is_set():
            self.goes_on.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        return super().write(text)


def test_what_is_written_arrives_in_order() -> None:
    sink = Sink()
    stream = LogStream(sink)
    for number in range(1000):
        assert stream.write(f"{number}\n") == len(f"{number}\n")
    stream.drain(PATIENCE)
    assert sink.getvalue().split() == [str(number) for number in range(1000)]


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "full"), BrokenPipeError(), ValueError("I/O operation on closed file")],
    ids=["full", "nobody reads", "closed"],
)
def test_a_target_that_takes_nothing_fails_nobody_and_what_was_lost_is_told(error: Exception) -> None:
    sink = Sink()
    stream = LogStream(sink)
    sink.error = error
    stream.write("lost\n")
    stream.drain(PATIENCE)
    sink.error = None
    stream.write("heard\n")
    stream.drain(PATIENCE)
    assert sink.getvalue() == "heard\n(1 lines of the log were lost)\n"


def test_a_target_that_stands_still_keeps_nobody_waiting_and_takes_no_more_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reader of the pipe is stopped."""
    monkeypatch.setattr(log_stream, "MOST_WAITING", 10)
    sink = Sink()
    sink.stands_still.set()
    stream = LogStream(sink)
    for number in range(1000):
        stream.write(f"{number}\n")
    sink.stands_still.clear()
    sink.goes_on.set()
    stream.drain(PATIENCE)
    assert "lines of the log were lost" in sink.getvalue()
    assert len(sink.getvalue().splitlines()) < 100


def test_without_standard_error_nothing_is_written_and_nothing_fails() -> None:
    stream = LogStream(None)
    stream.write("to nobody\n")
    stream.drain(PATIENCE)
    assert not stream.isatty()


_PROGRAM = """
import sys
from pathlib import Path
from vakttelefon.config import load_config
from vakttelefon.log_stream import fill_standard_descriptors
from vakttelefon.logging import set_up_logging
import structlog, logging, os
fill_standard_descriptors()
opened = os.open(sys.argv[1], os.O_RDONLY)
set_up_logging(load_config(Path(sys.argv[1]), environ={}))
structlog.get_logger().error("one")
logging.getLogger("any").error("two")
print(opened > 2)
"""


def _run(folder: Any, **named: Any) -> "subprocess.CompletedProcess[bytes]":
    config = folder / "config.toml"
    account = f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\n'
    config.write_text(f'public_url = "https://vakt.example.no"\n{account}')
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", _PROGRAM, str(config)],
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
        **named,
    )


def test_the_last_words_of_a_process_are_written(tmp_path: Any) -> None:
    done = _run(tmp_path, stderr=subprocess.PIPE)
    assert done.returncode == 0
    assert b"one" in done.stderr
    assert b"two" in done.stderr


@pytest.mark.parametrize("target", ["closed", "full", "nobody reads"])
def test_a_process_works_whatever_its_standard_error_is(tmp_path: Any, target: str) -> None:
    if target == "closed":
        done = _run(tmp_path, preexec_fn=lambda: os.close(2))
    elif target == "full":
        with open("/dev/full", "wb") as full:  # noqa: PTH123 (a device)
            done = _run(tmp_path, stderr=full)
    else:
        reads, writes = os.pipe()
        os.close(reads)
        done = _run(tmp_path, stderr=writes)
        os.close(writes)
    assert (done.returncode, done.stdout.strip()) == (0, b"True")
