"""What Twilio does not document, or sets for each account: one switch for each, to test both ways."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Switches:
    """The behaviour of the simulated Twilio; durations in seconds of virtual time.

    Attributes:
        cancel_policy: When the other legs of a simultaneous `<Dial>` with `<Number url>` are given up:
            at the first answer, or at the first leg whose screening ends without a hang-up.
        whisper_decline_status: `DialCallStatus` when a callee answered and the screening hung up.
        whisper_decline_bridged: Whether `DialBridged=false` is sent then, or no `DialBridged` at all.
        sends_dial_bridged: Whether `DialBridged` is ever sent.
        loser_status: Final status of legs given up because another one was taken.
        whisper_outlives_caller: Whether a screening goes on after the caller has hung up.
        dial_action_after_hang_up: Whether the Dial action is requested when the caller has hung up.
        abandoned_dial_status: `DialCallStatus` when the caller hung up while it rang.
        abandoned_inbound_status: Final status of an inbound call that its caller gave up unanswered.
        extra_ring_seconds: What Twilio adds to the timeout of `<Dial>` and of REST calls.
        timeout_is_per_leg: Whether a sequential Dial's timeout counts for each leg, or for all together.
        answers_second_dial_on_bridge: Whether `answerOnBridge` works only where Dial is the first verb
            (False, as documented) or always.
        sends_fallback_error: Whether fallback requests carry `ErrorCode` and `ErrorUrl`.
        geo_fields: `FromCity` and its like: sent blank, filled with the country, or left out.
        constant_idempotency_token: Whether retries of one request carry the same token.
        empty_record_falls_through: Whether a `<Record>` that caught nothing goes on to the next verb.
        record_action_after_hang_up: Whether the Record action is requested (Digits=hangup) then.
        setup_seconds: From dialling to ringing.
        webhook_seconds: Virtual time that a webhook takes.
        callback_seconds: From an event to its status callback.
        recording_ready_seconds: From the end of a recording until its media can be fetched.
        recording_callback_seconds: From that moment to the recording status callback.
        speech_signs_a_second: Characters that `<Say>` speaks in a second (each takes at least 0.6 s).
        calls_per_second: REST calls started each second; the rest are queued.
        messages_per_second: SMS sent each second by one sender; the rest are queued.
        sms_transit_seconds: From `sent` to `delivered`.
        sends_raw_dlr_date: Whether delivery reports carry `RawDlrDoneDate`.
        requires_media_auth: Whether recordings and pictures are served only with credentials.
        keeps_soft_deleted: Whether the metadata of a deleted recording can be asked for.
        has_dual_channel: Whether two-channel media can be served (else 400).
        media_seconds_cap: Longest audio really made for a recording; the rest is cut.
        queued_match_time_filters: Whether calls not yet dialled and messages not yet sent are found by
            `StartTime` and `DateSent` filters (by their date of creation).
        default_opt_out: Whether STOP, START and HELP are handled by Twilio.
        sms_countries: Prefixes to which SMS may be sent; empty: all.
        call_countries: Prefixes that may be called; empty: all.
        unsupported_prefixes: Numbers that cannot be dialled (13224, or 21214 by REST).
        own_caller_id_only: Whether a caller ID has to be a number of the account or of the call.
        most_forwards: How often the networks forward one call before they give it up (it fails).
        call_waiting: Whether a phone in a call rings on a second one (else it is busy).
        seed: Seed of identifiers and disturbances; None makes fresh identifiers each time.
    """

    cancel_policy: Literal["first-answer", "first-accept"] = "first-accept"
    whisper_decline_status: Literal["completed", "no-answer", "busy", "answered"] = "completed"
    whisper_decline_bridged: bool = True
    sends_dial_bridged: bool = True
    loser_status: Literal["canceled", "no-answer"] = "canceled"
    whisper_outlives_caller: bool = False
    dial_action_after_hang_up: bool = True
    abandoned_dial_status: Literal["canceled", "no-answer", "completed"] = "canceled"
    abandoned_inbound_status: Literal["no-answer", "canceled", "completed"] = "no-answer"
    extra_ring_seconds: float = 5.0
    timeout_is_per_leg: bool = True
    answers_second_dial_on_bridge: bool = False
    sends_fallback_error: bool = True
    geo_fields: Literal["blank", "country", "absent"] = "blank"
    constant_idempotency_token: bool = True
    empty_record_falls_through: bool = True
    record_action_after_hang_up: bool = True
    setup_seconds: float = 1.0
    webhook_seconds: float = 0.0
    callback_seconds: float = 0.2
    recording_ready_seconds: float = 3.0
    recording_callback_seconds: float = 0.5
    speech_signs_a_second: float = 15.0
    calls_per_second: float = 1.0
    messages_per_second: float = 10.0
    sms_transit_seconds: float = 2.0
    sends_raw_dlr_date: bool = True
    requires_media_auth: bool = True
    keeps_soft_deleted: bool = True
    has_dual_channel: bool = True
    media_seconds_cap: int = 30
    queued_match_time_filters: bool = True
    default_opt_out: bool = True
    sms_countries: tuple[str, ...] = ()
    call_countries: tuple[str, ...] = ()
    unsupported_prefixes: tuple[str, ...] = ()
    own_caller_id_only: bool = True
    most_forwards: int = 5
    call_waiting: bool = False
    seed: int | None = None
