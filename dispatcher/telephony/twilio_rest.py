"""The telephony port over Twilio's REST API (2010-04-01), through twilio-python.

Every request, media too, goes to `[twilio] api_base_url`; see `twilio_http` for the way and `twilio_errors`
for what a refusal means. Nothing here retries: that is the outbox's business.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final, TypeVar

import requests
from twilio.base import values
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from dispatcher.telephony.port import (
    CallRecord,
    DeliveryError,
    IncomingNumber,
    RemoteRecording,
    SentMessage,
)
from dispatcher.telephony.twilio_http import RefusedError, TwilioHttp
from roster.phones import PhoneNumber, is_forbidden

CALL_ENDED: Final = 21220
NOT_FOUND: Final = 20404
PAGE_SIZE: Final = 100

_CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
_SID = re.compile(r"[A-Za-z]{2}[0-9A-Za-z]{1,62}")

_Result = TypeVar("_Result")


class TwilioTelephony:
    """Twilio as a telephone company: implements `dispatcher.telephony.port.Telephony`.

    `api_base_url` is scheme and host. `timeout_seconds` bounds each wait for an answer (connecting at most
    five). `http_client` is a requests session to use in place of an own pool, for tests within one process.
    Safe to share between threads.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        api_base_url: str,
        timeout_seconds: float = 10,
        http_client: requests.Session | None = None,
    ) -> None:
        self._account_sid = account_sid
        self._http = TwilioHttp(
            api_base_url,
            (account_sid, auth_token),
            timeout_seconds=timeout_seconds,
            session=http_client,
        )
        # The SDK fills gaps from TWILIO_ACCOUNT_SID, TWILIO_REGION and the like without asking, and refuses
        # to be made without credentials; ours may be missing until they are set, which each request tells.
        client = Client(account_sid or "-", auth_token or "-", http_client=self._http, environment={"": ""})
        self._account = client.api.v2010.accounts(account_sid)

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity_seconds: int
    ) -> SentMessage:
        """Hand over one SMS; `validity_seconds` is how long Twilio may keep trying (1 to 36000)."""
        _refuse_forbidden(to)
        return _understood(
            lambda: _message(
                self._account.messages.create(
                    to=to,
                    from_=from_,
                    body=body,
                    status_callback=status_callback or values.unset,
                    validity_period=validity_seconds,
                )
            ),
            changes=True,
        )

    def list_sms(self, *, to: str, from_: str, since: datetime) -> Sequence[SentMessage]:
        """List outbound SMS to a number created at or after `since`, newest first.

        Twilio filters by when a message was *sent*, and one still in its queue may have no such date; so the
        newest page is read without the filter as well. Twilio's instants are whole seconds, rounded down:
        `since` is compared to the second, so that a message made within it is never overlooked.
        """
        first = since.replace(microsecond=0)
        messages = self._account.messages

        def fetch() -> list[SentMessage]:
            sent = messages.list(to=to, from_=from_, date_sent_after=first, page_size=PAGE_SIZE)
            newest = messages.list(to=to, from_=from_, limit=PAGE_SIZE, page_size=PAGE_SIZE)
            return [
                _message(raw)
                for raw in _unique([*newest, *sent])
                if str(raw.direction).startswith("outbound") and _created(raw) >= first
            ]

        return sorted(_understood(fetch), key=lambda message: message.created_at, reverse=True)

    def get_sms(self, sid: str) -> SentMessage:
        """Fetch one SMS."""
        return _understood(lambda: _message(self._account.messages(_checked(sid)).fetch()))

    def place_call(
        self, *, to: str, from_: str, url: str, status_callback: str, ring_seconds: int, limit_seconds: int
    ) -> CallRecord:
        """Start an outbound call; `url` gives its TwiML once the callee answers.

        Twilio may ring about five seconds longer than `ring_seconds`. Every progress event is reported.
        """
        _refuse_forbidden(to)
        return _understood(
            lambda: _call(
                self._account.calls.create(
                    to=to,
                    from_=from_,
                    url=url,
                    method="POST",
                    status_callback=status_callback,
                    status_callback_method="POST",
                    status_callback_event=_CALL_EVENTS,
                    timeout=ring_seconds,
                    time_limit=limit_seconds,
                )
            ),
            changes=True,
        )

    def list_calls(self, *, to: str, from_: str, since: datetime) -> Sequence[CallRecord]:
        """List outbound calls to a number started or queued at or after `since`, newest first.

        Legs of a `<Dial>` are among them; they have a `parent_sid`, calls placed by `place_call` have none.
        A queued call has no start yet and escapes Twilio's date filter, so those are asked for apart.
        `since` is compared to the second, as in `list_sms`.
        """
        first = since.replace(microsecond=0)
        calls = self._account.calls

        def fetch() -> list[CallRecord]:
            started = calls.list(to=to, from_=from_, start_time_after=first, page_size=PAGE_SIZE)
            queued = calls.list(to=to, from_=from_, status="queued", page_size=PAGE_SIZE)
            found = [
                (_created(raw), _call(raw))
                for raw in _unique([*started, *queued])
                if str(raw.direction).startswith("outbound")
            ]
            found.sort(key=lambda pair: pair[0], reverse=True)
            return [
                call
                for created_at, call in found
                if created_at >= first or (call.started_at is not None and call.started_at >= first)
            ]

        return _understood(fetch)

    def get_call(self, sid: str) -> CallRecord:
        """Fetch one call leg."""
        return _understood(lambda: _call(self._account.calls(_checked(sid)).fetch()))

    def child_calls(self, parent_sid: str) -> Sequence[CallRecord]:
        """List the legs that were dialled on behalf of a call."""
        parent = _checked(parent_sid)
        return _understood(
            lambda: [
                _call(raw) for raw in self._account.calls.list(parent_call_sid=parent, page_size=PAGE_SIZE)
            ]
        )

    def hang_up(self, sid: str) -> None:
        """End a call leg; one that has already ended is no error."""
        self._end(sid, "completed")

    def stop_ringing(self, sid: str) -> None:
        """End a call leg that is queued or ringing; one that was answered or has ended is left alone."""
        self._end(sid, "canceled")

    def _end(self, sid: str, status: str) -> None:
        try:
            _understood(lambda: self._account.calls(_checked(sid)).update(status=status), changes=True)
        except RefusedError as refused:
            if refused.code != CALL_ENDED:
                raise

    def recordings_of(self, call_sid: str) -> Sequence[RemoteRecording]:
        """List the recordings of a call."""
        call = self._account.calls(_checked(call_sid))
        return _understood(lambda: [_recording(raw) for raw in call.recordings.list(page_size=PAGE_SIZE)])

    def recording_media(self, recording_sid: str) -> AbstractContextManager[Iterator[bytes]]:
        """Stream a finished recording's audio (WAV) in chunks; a 404 while unfinished is passing.

        The address is made from our own base, never taken from a RecordingUrl. A connection that breaks in
        the middle raises DeliveryError from the iterator.
        """
        sid = _checked(recording_sid)
        return self._http.stream(f"/2010-04-01/Accounts/{self._account_sid}/Recordings/{sid}.wav")

    def delete_recording(self, recording_sid: str) -> None:
        """Delete a recording at Twilio; one that is already gone is no error."""
        try:
            _understood(lambda: self._account.recordings(_checked(recording_sid)).delete(), changes=True)
        except RefusedError as refused:
            if refused.code != NOT_FOUND:
                raise

    def check_account(self) -> None:
        """Raise DeliveryError when the credentials do not work or the account is not active."""
        status = str(_understood(lambda: self._account.fetch().status))
        if status != "active":
            message = f"the Twilio account is {status}, not active: see the Twilio console"
            raise DeliveryError(message)

    def list_numbers(self) -> Sequence[IncomingNumber]:
        """List every number of the account with its webhook addresses."""
        return _understood(
            lambda: [_number(raw) for raw in self._account.incoming_phone_numbers.list(page_size=PAGE_SIZE)]
        )

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
        """Point a number's webhooks (all POST) at the given addresses.

        A TwiML application or trunk on the number would win over these addresses, so both are taken off it.
        """
        number = self._account.incoming_phone_numbers(_checked(sid))
        _understood(
            lambda: number.update(
                voice_url=voice_url,
                voice_method="POST",
                voice_fallback_url=voice_fallback_url,
                voice_fallback_method="POST",
                status_callback=status_callback,
                status_callback_method="POST",
                sms_url=sms_url,
                sms_method="POST",
                sms_fallback_url=sms_fallback_url,
                sms_fallback_method="POST",
                voice_application_sid="",
                sms_application_sid="",
                trunk_sid="",
            ),
            changes=True,
        )


def _refuse_forbidden(to: str) -> None:
    """Let nothing out to a number that is never dialled, whoever asked for it."""
    if is_forbidden(PhoneNumber(to)):
        raise DeliveryError("the number is one that is never dialled or texted", permanent=True)


def _understood(ask: Callable[[], _Result], *, changes: bool = False) -> _Result:
    """Run a request and the reading of its answer; an answer of another shape is a passing failure."""
    try:
        return ask()
    except DeliveryError:
        raise
    except (TwilioException, AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        # the SDK reads answers by attribute and conversion: whatever it stumbles on is an answer not Twilio's
        message = f"Twilio's answer could not be understood ({type(error).__name__})"
        raise DeliveryError(message, ambiguous=changes) from None


def _checked(sid: str) -> str:
    """Refuse what is no identifier before it becomes part of an address."""
    if not _SID.fullmatch(sid):
        message = "that is not an identifier of Twilio's"
        raise DeliveryError(message, permanent=True)
    return sid


def _unique(resources: Iterable[Any]) -> list[Any]:
    return list({raw.sid: raw for raw in resources}.values())


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _required(value: object) -> str:
    if not isinstance(value, str) or not value:
        message = "a field is missing"
        raise ValueError(message)
    return value


def _created(raw: Any) -> datetime:
    created: datetime | None = raw.date_created
    if created is None:
        message = "a date is missing"
        raise ValueError(message)
    return created


def _whole(value: object) -> int | None:
    return None if value in {None, ""} else int(str(value))


def _message(raw: Any) -> SentMessage:
    return SentMessage(
        sid=_required(raw.sid),
        to=_text(raw.to),
        body=_text(raw.body),
        status=_required(raw.status),
        error_code=_whole(raw.error_code),
        created_at=_created(raw),
    )


def _call(raw: Any) -> CallRecord:
    return CallRecord(
        sid=_required(raw.sid),
        parent_sid=raw.parent_call_sid or None,
        to=_text(raw.to),
        from_=_text(raw._from),  # noqa: SLF001 - the SDK's name for the field "from"
        direction=_text(raw.direction),
        status=_required(raw.status),
        started_at=raw.start_time,
        ended_at=raw.end_time,
        duration_seconds=_whole(raw.duration),
    )


def _recording(raw: Any) -> RemoteRecording:
    duration = _whole(raw.duration)
    return RemoteRecording(
        sid=_required(raw.sid),
        call_sid=_text(raw.call_sid),
        status=_required(raw.status),
        # -1 while the recording has not been processed
        duration_seconds=None if duration is None or duration < 0 else duration,
        source=_text(raw.source),
    )


def _number(raw: Any) -> IncomingNumber:
    return IncomingNumber(
        sid=_required(raw.sid),
        number=_required(raw.phone_number),
        voice_url=_text(raw.voice_url),
        voice_method=_text(raw.voice_method),
        voice_fallback_url=_text(raw.voice_fallback_url),
        status_callback=_text(raw.status_callback),
        sms_url=_text(raw.sms_url),
        sms_fallback_url=_text(raw.sms_fallback_url),
        voice_application_sid=_text(raw.voice_application_sid),
        trunk_sid=_text(raw.trunk_sid),
    )
