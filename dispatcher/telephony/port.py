"""What the dispatcher asks of a telephone company, and how a failure is told.

The product has one implementation (`dispatcher.telephony.twilio_rest`); tests use a fake.
Numbers are E.164 strings; instants are aware UTC; durations are whole seconds.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class DeliveryError(Exception):
    """An effect did not (certainly) happen. Raised by adapters; caught only by the outbox.

    `permanent`: trying again cannot help (a landline asked for SMS, an opted-out number).
    `ambiguous`: it may have happened all the same (time-out after sending); look before repeating.
    `code`: the provider's error code, e.g. 21610, or None.
    The message holds no phone number, secret or message text.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, ambiguous: bool = False, code: int | None = None
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.code = code


class StoppedError(DeliveryError):
    """An effect was cut off because this program is stopping. The outbox puts it back for the next worker."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """An outbound SMS as the provider knows it. `status` is Twilio's word (queued, sent, delivered ...)."""

    sid: str
    to: str
    body: str
    status: str
    error_code: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call leg as the provider knows it. `status` is Twilio's word (ringing, completed, no-answer ...)."""

    sid: str
    parent_sid: str | None
    to: str
    from_: str
    direction: str
    status: str
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None


@dataclass(frozen=True, slots=True)
class RemoteRecording:
    """A recording as the provider knows it. `status`: in-progress, processing, completed, absent, failed."""

    sid: str
    call_sid: str
    status: str
    duration_seconds: int | None
    source: str


@dataclass(frozen=True, slots=True)
class IncomingNumber:
    """A number of the account and where its webhooks point."""

    sid: str
    number: str
    voice_url: str
    voice_method: str
    voice_fallback_url: str
    status_callback: str
    sms_url: str
    sms_fallback_url: str
    voice_application_sid: str
    trunk_sid: str


class Telephony(Protocol):
    """The telephone company. Every method may raise DeliveryError."""

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity_seconds: int
    ) -> SentMessage:
        """Hand over one SMS."""
        ...

    def list_sms(self, *, to: str, from_: str, since: datetime) -> Sequence[SentMessage]:
        """List outbound SMS to a number created at or after `since`, newest first."""
        ...

    def get_sms(self, sid: str) -> SentMessage:
        """Fetch one SMS."""
        ...

    def place_call(
        self, *, to: str, from_: str, url: str, status_callback: str, ring_seconds: int, limit_seconds: int
    ) -> CallRecord:
        """Start an outbound call; `url` gives its TwiML once the callee answers."""
        ...

    def list_calls(self, *, to: str, from_: str, since: datetime) -> Sequence[CallRecord]:
        """List outbound calls to a number started or queued at or after `since`, newest first."""
        ...

    def get_call(self, sid: str) -> CallRecord:
        """Fetch one call leg."""
        ...

    def child_calls(self, parent_sid: str) -> Sequence[CallRecord]:
        """List the legs that were dialled on behalf of a call."""
        ...

    def hang_up(self, sid: str) -> None:
        """End a call leg; one that has already ended is no error."""
        ...

    def stop_ringing(self, sid: str) -> None:
        """End a call leg that is queued or ringing; one that was answered or has ended is left alone."""
        ...

    def recordings_of(self, call_sid: str) -> Sequence[RemoteRecording]:
        """List the recordings of a call."""
        ...

    def recording_media(self, recording_sid: str) -> AbstractContextManager[Iterator[bytes]]:
        """Stream a finished recording's audio (WAV) in chunks; a 404 while unfinished is passing."""
        ...

    def delete_recording(self, recording_sid: str) -> None:
        """Delete a recording at the provider; one that is already gone is no error."""
        ...

    def check_account(self) -> None:
        """Raise DeliveryError when the credentials do not work or the account is not active."""
        ...

    def list_numbers(self) -> Sequence[IncomingNumber]:
        """List every number of the account with its webhook addresses."""
        ...

    def configure_number(
        self,
        sid: str,
        *,
        voice_url: str,
        voice_fallback_url: str,
        status_callback: str,
        sms_url: str,
        sms_fallback_url: str,
    ) -> None:
        """Point a number's webhooks (all POST) at the given addresses."""
        ...
