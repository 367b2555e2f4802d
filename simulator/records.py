"""What Twilio keeps: numbers of the account, messages, recordings, the debugger log."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Number:
    """A number of the account and where its webhooks point."""

    sid: str
    number: str
    friendly_name: str
    created_at: datetime
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    voice_application_sid: str = ""
    sms_application_sid: str = ""
    trunk_sid: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, or another file, that came with a message."""

    sid: str
    content_type: str
    data: bytes
    created_at: datetime


@dataclass(slots=True)
class Message:
    """An SMS, or with `media` an MMS.

    `direction` is inbound, outbound-api or outbound-reply; `segments` 0 while not yet known.
    """

    sid: str
    from_: str
    to: str
    body: str
    direction: str
    status: str
    created_at: datetime
    segments: int
    status_callback: str = ""
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None
    is_deleted: bool = False
    valid_until: datetime | None = None
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingCallback:
    """Where and of what the application wants to be told about a recording."""

    url: str
    method: str
    events: frozenset[str]


@dataclass(slots=True)
class Recording:
    """A recording. `status`: in-progress, paused, stopped, processing, completed, absent."""

    sid: str
    call_sid: str
    source: str
    channels: int
    started_at: datetime
    status: str = "in-progress"
    duration_seconds: int = -1
    conference_sid: str | None = None
    track: str = "both"
    callback: RecordingCallback | None = None
    is_deleted: bool = False
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DebuggerEntry:
    """An error or warning of the debugger log: Twilio's code, what it was about, and where."""

    at: datetime
    code: int
    message: str
    sid: str
    url: str = ""
    is_warning: bool = False


@dataclass(slots=True)
class DebuggerLog:
    """The errors and warnings, oldest first."""

    entries: list[DebuggerEntry] = field(default_factory=list)

    def codes(self) -> list[int]:
        """Return the codes in order."""
        return [entry.code for entry in self.entries]
