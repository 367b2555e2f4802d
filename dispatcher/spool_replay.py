"""Taking in what was spooled, oldest first, once the database is there.

Taking in is idempotent (CallSid, MessageSid), so a crash between storing and deleting repeats nothing.
Nothing in the folder holds up what lies behind it, and nothing that is not understood is deleted.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from dispatcher.calls.handle import (
    DialResult,
    Incoming,
    UnknownCallError,
    end_call,
    finish_dial,
    press_callee,
    receive_call,
)
from dispatcher.calls.plain import PlainDial, note_plain_dial, press_plainly
from dispatcher.messages.inbound import receive_sms
from dispatcher.messages.received import Texted
from dispatcher.messages.reports import report_sms
from dispatcher.paging.answers import press_page
from dispatcher.services import Services
from dispatcher.spool import SET_ASIDE, Event, UnreadableError, read_event
from dispatcher.store.away import is_away, may_pass, reason_of

log = structlog.get_logger()

# So long a turn may take, so that paging goes on beside a full spool.
TURN_SECONDS: Final = 2.0
# What failed in passing is tried again after this long, and with it all of the same call.
HOLD_SECONDS: Final = 20.0
# And where the machine was short of something, such as files that may be open.
SHORTAGE_SECONDS: Final = 2.0
# A file that is still being written is younger than this.
UNFINISHED_SECONDS: Final = 60.0


class SpoolReplay:
    """Takes in the spool of one installation; remembers what has to wait and what cannot be moved."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._held: dict[str, float] = {}
        self._stuck: set[str] = set()

    def take_in(self) -> int:
        """Take in what there is, for a while, and return how many events; before an import all stays.

        Raises whatever says that the database is away.
        """
        waiting = self._waiting()
        if not waiting or self._services.organisations.current() is None:
            return 0
        began, taken = time.monotonic(), 0
        self._held = {call: until for call, until in self._held.items() if until > began}
        for path in waiting:
            if time.monotonic() - began > TURN_SECONDS:
                break
            taken += self._take(path)
        return taken

    def _waiting(self) -> list[Path]:
        """Return the files to take in, oldest first, with those that a crash left under their first name."""
        folder = self._services.settings.spool
        try:
            names = [path.name for path in folder.iterdir()]
        except OSError:
            return []  # there is none yet, or what stands there is told by check and readiness
        found = [
            name
            for name in names
            if name.endswith(".json") and name.lstrip(".")[:1].isdigit() and name not in self._stuck
        ]
        paths = sorted((folder / name for name in found), key=lambda path: path.name.lstrip("."))
        return [path for path in paths if not path.name.startswith(".") or _is_left_over(path)]

    def _take(self, path: Path) -> bool:
        if path.name in self._held:
            return False
        try:
            event = read_event(path)
        except FileNotFoundError:
            return False
        except OSError as error:
            self._held[path.name] = time.monotonic() + SHORTAGE_SECONDS
            log.warning("spool-event-waits", file=path.name, reason=error.strerror)
            return False
        except UnreadableError as error:
            self._set_aside(path, reason=str(error))
            return False
        call = _subject(event.data)
        if call in self._held:
            return False
        try:
            _take_in(self._services, event)
        except UnreadableError as error:
            self._set_aside(path, reason=str(error))
            return False
        except UnknownCallError:
            if self._held:
                return False  # what it belongs to may be among those that wait
            log.warning("spool-of-unknown-call", file=path.name)
        except Exception as error:
            if may_pass(error):
                self._held[call] = time.monotonic() + HOLD_SECONDS
                if is_away(error):
                    raise
                log.warning("spool-event-waits", file=path.name, reason=reason_of(error))
                return False
            # the error's own words may hold a number
            log.debug("spool-event-failed", file=path.name, exc_info=True)
            self._set_aside(path, reason=reason_of(error))
            return False
        return self._remove(path)

    def _remove(self, path: Path) -> bool:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._leave(path, error)
        return True

    def _set_aside(self, path: Path, *, reason: str) -> None:
        """Give a file the ending that `check` tells the operator of; what was there before stays."""
        name = path.name.lstrip(".").removesuffix(".json")
        target = path.with_name(name + SET_ASIDE)
        number = 1
        while os.path.lexists(target):
            number += 1
            target = path.with_name(f"{name}-{number}{SET_ASIDE}")
        try:
            path.rename(target)
        except FileNotFoundError:
            return
        except OSError as error:
            self._leave(path, error)
            return
        log.error("spool-set-aside", file=target.name, reason=reason)

    def _leave(self, path: Path, error: OSError) -> None:
        """Pass a file by that can be neither taken away nor renamed, and say so once."""
        self._stuck.add(path.name)
        log.error("spool-file-stuck", file=path.name, reason=error.strerror)


def _is_left_over(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > UNFINISHED_SECONDS
    except OSError:
        return False


def _subject(data: Mapping[str, str]) -> str:
    """Return which call or message an event is about."""
    return data.get("parent") or data.get("CallSid") or data.get("MessageSid") or ""


def _incoming(event: Event) -> Incoming:
    data = event.data
    forwarded = data.get("ForwardedFrom", "")
    return Incoming(data["CallSid"], data["From"], data["To"], at=event.at, forwarded_from=forwarded)


def _count(written: str | None) -> int | None:
    """Return a count as Twilio writes it, None for anything else: it is not worth losing the event for."""
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 10 else None


def _take_in(services: Services, event: Event) -> None:
    data, at = event.data, event.at
    match event.kind:
        case "call":
            receive_call(services, _incoming(event))
        case "pressed":
            press_callee(services, int(data["attempt"]), digits=data["Digits"], at=at)
        case "page-pressed":
            press_page(services, int(data["page"]), digits=data["Digits"], wrong_keys=0, silences=0)
        case "rung-plainly":
            note_plain_dial(services, data["CallSid"], PlainDial.of_data(data), at=at)
        case "pressed-plainly":
            press_plainly(
                services,
                data["parent"],
                place=int(data["place"]),
                leg_sid=data["CallSid"],
                digits=data["Digits"],
                at=at,
            )
        case "dialled":
            result = DialResult(
                dial=int(data["dial"]) if data["dial"] else None,
                status=data["DialCallStatus"],
                bridged={"true": True, "false": False}.get(data["DialBridged"].lower()),
                leg_sid=data["DialCallSid"] or None,
                call_status=data["CallStatus"],
            )
            finish_dial(services, data["CallSid"], result, led_on_at=at)
        case "ended":
            end_call(
                services,
                _incoming(event),
                status=data["CallStatus"],
                duration=_count(data.get("CallDuration")),
            )
        case "sms":
            texted = Texted(
                sid=data["MessageSid"],
                from_=data["From"],
                to=data["To"],
                body=data["Body"],
                pictures=_count(data.get("NumMedia")) or 0,
            )
            receive_sms(services, texted)
        case "sms-report":
            report_sms(
                services,
                sid=data["MessageSid"],
                status=data["MessageStatus"],
                error_code=_count(data.get("ErrorCode")),
            )
        case kind:
            # A newer program may have written it, and will understand it.
            message = f"unknown kind {kind[:40]!r}"
            raise UnreadableError(message)
