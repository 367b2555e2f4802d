"""Waiting only so long, for what knows no time limit of its own: a name server, a disk, a fault of ours."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooLateError(Exception):
    """Nothing came of it in time; it may still come about. Caught by whoever has another way."""


def within(seconds: float, act: Callable[[], T], *, discard: Callable[[T], None] | None = None) -> T:
    """Do something in a thread of its own, and return what it returns or raise what it raises.

    `discard`: what becomes of a result for which nobody waits any more.

    Raises:
        TooLateError: it took longer.
    """
    done, lock = threading.Event(), threading.Lock()
    results: list[T] = []
    errors: list[BaseException] = []
    given_up = False

    def run() -> None:
        try:
            made = act()
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            errors.append(error)
        else:
            with lock:
                if not given_up:
                    results.append(made)
                elif discard is not None:
                    discard(made)
        done.set()

    threading.Thread(target=run, name="promptly", daemon=True).start()
    done.wait(seconds)
    with lock:
        given_up = not results
    if results:
        return results[0]
    if errors:
        raise errors[0]
    message = f"nothing within {seconds:.1f} s"
    raise TooLateError(message)
