"""The spool: what came in while the database could not take it, one file each, taken in as soon as it can.

Taking in is idempotent (CallSid, MessageSid), so a crash between storing and deleting repeats nothing.
"""

import json
import os
import uuid
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from pathlib import Path

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLongError

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
from dispatcher.services import Services

log = structlog.get_logger()

_written = count()

# What says that the database is not there (yet); anything else is the fault of one event.
_NOT_THERE = (OperationalError, InterfaceError, WaitedTooLongError)


def spool(directory: Path, kind: str, data: Mapping[str, str], *, at: datetime) -> None:
    """Write an event durably; `kind` is one that `_take_in` knows.

    Events of one process are taken in as they were written, also those of the same instant.

    Raises:
        OSError: the disk does not take it either.
    """
    directory.mkdir(parents=True, exist_ok=True)
    name = f"{at:%Y%m%dT%H%M%S%f}-{next(_written):06}-{uuid.uuid4().hex[:8]}.json"
    temporary = directory / f".{name}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"kind": kind, "at": at.isoformat(), "data": dict(data)}, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(directory / name)
    folder = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def ingest_spool(services: Services) -> int:
    """Take in every spooled event, oldest first, and return how many; stops while the database is away.

    An event that cannot be read, or fails by itself, is set aside as `*.unreadable` for the operator, so
    that it never holds up the calls behind it. Before an organisation is imported everything stays.
    """
    directory = services.settings.spool
    if not any(directory.glob("[0-9]*.json")) or services.organisations.current() is None:
        return 0
    taken = 0
    for path in sorted(directory.glob("[0-9]*.json")):
        try:
            event = json.loads(path.read_text(encoding="utf-8"))
            kind, data, at = event["kind"], event["data"], datetime.fromisoformat(event["at"])
        except (ValueError, KeyError, TypeError):
            log.exception("spool-unreadable", file=path.name)
            path.rename(path.with_suffix(".unreadable"))
            continue
        try:
            _take_in(services, kind, data, at)
        except UnknownCallError:
            log.warning("spool-of-unknown-call", file=path.name)
        except _NOT_THERE:
            raise
        except Exception:
            log.exception("spool-set-aside", file=path.name)
            path.rename(path.with_suffix(".unreadable"))
            continue
        path.unlink(missing_ok=True)
        taken += 1
    return taken


def _take_in(services: Services, kind: str, data: Mapping[str, str], at: datetime) -> None:
    match kind:
        case "call":
            receive_call(services, Incoming(data["CallSid"], data["From"], data["To"], at=at))
        case "pressed":
            press_callee(services, int(data["attempt"]), digits=data["Digits"], at=at)
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
            incoming = Incoming(data["CallSid"], data["From"], data["To"], at=at)
            duration = data.get("CallDuration", "")
            end_call(
                services,
                incoming,
                status=data["CallStatus"],
                duration=int(duration) if duration.isdigit() else None,
            )
        case "sms":
            pictures = data.get("NumMedia", "")
            texted = Texted(
                sid=data["MessageSid"],
                from_=data["From"],
                to=data["To"],
                body=data["Body"],
                pictures=int(pictures) if pictures.isdigit() else 0,
            )
            receive_sms(services, texted)
        case "sms-report":
            code = data.get("ErrorCode", "")
            report_sms(
                services,
                sid=data["MessageSid"],
                status=data["MessageStatus"],
                error_code=int(code) if code.isdigit() else None,
            )
        case _:
            log.error("spool-unknown-kind", kind=kind)
