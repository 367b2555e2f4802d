"""Where the log goes: a stream that nobody waits for and that never fails.

A full disk, a closed descriptor, a pipe whose reader has gone or stands still: none of them is a reason not
to answer a call. Lines are handed to a thread that writes when it can; what does not fit meanwhile is lost,
and how much is told afterwards.
"""

import atexit
import io
import logging
import os
import sys
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final, TextIO, cast

# Some megabytes at most, whatever hangs.
MOST_WAITING: Final = 5_000
# How long the end of the process waits for what has been said.
LAST_WORDS_SECONDS: Final = 1.0


class LogStream(io.TextIOBase):
    """Takes text at once and has it written by a thread of its own; used where a text stream is."""

    def __init__(self, target: TextIO | None) -> None:
        self._target = target
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._written = threading.Event()
        self._starting = threading.Lock()
        self._process: int | None = None
        self._lost = 0
        atexit.register(self.drain)

    def write(self, text: str) -> int:
        """Have text written; returns at once, from any thread."""
        if self._process != os.getpid():
            self._start()
        if self._waiting.qsize() < MOST_WAITING:
            self._written.clear()
            self._waiting.put(text)
        else:
            self._lost += 1
        return len(text)

    def flush(self) -> None:
        """Do nothing: it is written as soon as it can be."""

    def writable(self) -> bool:
        """Return True: it can always be written to."""
        return True

    def isatty(self) -> bool:
        """Whether a person at a terminal reads it."""
        try:
            return self._target is not None and self._target.isatty()
        except (OSError, ValueError):
            return False

    def drain(self, seconds: float = LAST_WORDS_SECONDS) -> None:
        """Wait until everything is written, but not for long."""
        if self._process == os.getpid() and not self._waiting.empty():
            self._written.wait(seconds)

    def _start(self) -> None:
        # A fork has no threads, and what its parent had to say is said by the parent.
        with self._starting:
            if self._process != os.getpid():
                self._waiting = SimpleQueue()
                self._process = os.getpid()
                threading.Thread(target=self._run, name="log", daemon=True).start()

    def _run(self) -> None:
        while True:
            text = self._waiting.get()
            with suppress(Empty):
                while len(text) < io.DEFAULT_BUFFER_SIZE:
                    text += self._waiting.get_nowait()
            if self._lost:
                text = f"{text.rstrip()}\n({self._lost} lines of the log were lost)\n"
            if self._put(text):
                self._lost = 0
            else:
                self._lost += text.count("\n")
            if self._waiting.empty():
                self._written.set()

    def _put(self, text: str) -> bool:
        try:
            if self._target is not None:
                self._target.write(text)
                self._target.flush()
        except (OSError, ValueError):
            return False
        return True


def fill_standard_descriptors() -> None:
    """Open what the caller has closed of 0, 1 and 2, so that no file or line of ours gets such a number."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one


def log_stream() -> TextIO:
    """Return the stream of this process's log: standard error as it is behind the guard of the commands.

    What already writes there, the web server's own loggers among it, is led through it too.
    """
    behind: TextIO | None = getattr(sys.stderr, "unguarded", sys.stderr)
    stream = cast("TextIO", behind if isinstance(behind, LogStream) else LogStream(behind))
    for logger in (logging.getLogger(), *logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            if isinstance(handler, logging.StreamHandler) and handler.stream in (sys.stderr, behind):
                handler.setStream(stream)
    return stream
