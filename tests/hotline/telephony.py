"""A clock moved by hand, and a telephone company that does what it is told and notes it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from dispatcher.telephony.port import CallRecord, DeliveryError, RemoteRecording, SentMessage

# A Wednesday evening in Oslo; Kari is on duty from Monday the 23rd.
EVENING = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)


@dataclass
class RigClock:
    """A clock that is moved by hand."""

    instant: datetime = EVENING

    def now(self) -> datetime:
        return self.instant

    def advance(self, **by: float) -> None:
        self.instant += timedelta(**by)


@dataclass
class NotedTelephony:
    """A telephone company that does what it is told and notes it; `fail` holds errors for the next requests."""

    clock: RigClock
    sent: list[dict[str, Any]] = field(default_factory=list)
    placed: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    fail: list[DeliveryError] = field(default_factory=list)
    refuse: dict[str, DeliveryError] = field(default_factory=dict)
    act_before_failing: bool = False
    calls: dict[str, CallRecord] = field(default_factory=dict)
    children: dict[str, list[CallRecord]] = field(default_factory=dict)
    recordings: dict[str, list[RemoteRecording]] = field(default_factory=dict)
    media: dict[str, bytes] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    def _maybe_fail(self, to: str = "") -> None:
        if to in self.refuse:
            raise self.refuse[to]
        if self.fail:
            raise self.fail.pop(0)

    def send_sms(self, **message: Any) -> SentMessage:
        if not self.act_before_failing:
            self._maybe_fail(message["to"])
        sid = f"SM{next(self._numbers):032x}"
        self.sent.append({"sid": sid, "at": self.clock.now(), **message})
        if self.act_before_failing:
            self._maybe_fail(message["to"])
        return self._message(self.sent[-1])

    def _message(self, sent: dict[str, Any]) -> SentMessage:
        return SentMessage(sent["sid"], sent["to"], sent["body"], "queued", None, sent["at"])

    def list_sms(self, *, to: str, from_: str, since: datetime) -> Sequence[SentMessage]:
        found = [item for item in self.sent if item["to"] == to and item["from_"] == from_]
        return [self._message(item) for item in reversed(found) if item["at"] >= since]

    def get_sms(self, sid: str) -> SentMessage:
        return self._message(next(item for item in self.sent if item["sid"] == sid))

    def place_call(self, **call: Any) -> CallRecord:
        self._maybe_fail(call["to"])
        sid = f"CA{next(self._numbers):032x}"
        self.placed.append({"sid": sid, "at": self.clock.now(), **call})
        return CallRecord(
            sid, None, call["to"], call["from_"], "outbound-api", "queued", self.clock.now(), None, None
        )

    def list_calls(self, *, to: str, from_: str, since: datetime) -> Sequence[CallRecord]:
        return [
            CallRecord(item["sid"], None, to, from_, "outbound-api", "queued", item["at"], None, None)
            for item in self.placed
            if item["to"] == to and item["at"] >= since
        ]

    def get_call(self, sid: str) -> CallRecord:
        self._maybe_fail()
        live = CallRecord(sid, None, "", "", "inbound", "in-progress", None, None, None)
        return self.calls.get(sid, live)

    def child_calls(self, parent_sid: str) -> Sequence[CallRecord]:
        return self.children.get(parent_sid, [])

    def hang_up(self, sid: str) -> None:
        self.hung_up.append(sid)

    def stop_ringing(self, sid: str) -> None:
        self.stopped.append(sid)

    def recordings_of(self, call_sid: str) -> Sequence[RemoteRecording]:
        return self.recordings.get(call_sid, [])

    @contextmanager
    def recording_media(self, recording_sid: str) -> Iterator[Iterator[bytes]]:
        self._maybe_fail()
        yield iter([self.media.get(recording_sid, b"RIFF....WAVE")])

    def delete_recording(self, recording_sid: str) -> None:
        self.deleted.append(recording_sid)

    def check_account(self) -> None:
        self._maybe_fail()

    def list_numbers(self) -> Sequence[Any]:
        return []

    def configure_number(self, sid: str, **urls: str) -> None:
        raise NotImplementedError(sid, urls)
