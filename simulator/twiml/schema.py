"""The elements and attributes that Twilio's schema knows, case-sensitive.

Source: https://www.twilio.com/docs/voice/twiml and https://www.twilio.com/docs/messaging/twiml
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Where an element may stand and what it may carry; `is_open`: its inside is not looked at."""

    parents: frozenset[str]
    attributes: frozenset[str]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Grammar:
    """The elements of one kind of document, and those in which no text may stand."""

    elements: Mapping[str, Rule]
    without_text: frozenset[str]


def _rule(parents: str, attributes: str = "", *, is_open: bool = False) -> Rule:
    return Rule(frozenset(parents.split()), frozenset(attributes.split()), is_open)


_RECORDING = (
    "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent recordingTrack trim"
)
_DETECTION = (
    "machineDetection machineDetectionTimeout machineDetectionSpeechThreshold "
    "machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout amdStatusCallback "
    "amdStatusCallbackMethod"
)
_PROGRESS = "statusCallback statusCallbackEvent statusCallbackMethod"

_SSML = (
    "break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w", "amazon:effect",
    "amazon:domain", "amazon:emotion",
)  # fmt: skip

VOICE = Grammar(
    elements={
        "Say": _rule("Response Gather", "voice language loop"),
        "Play": _rule("Response Gather", "loop digits"),
        "Pause": _rule("Response Gather", "length"),
        "Gather": _rule(
            "Response",
            "input action method timeout numDigits finishOnKey actionOnEmptyResult language hints "
            "speechTimeout speechModel profanityFilter bargeIn partialResultCallback "
            "partialResultCallbackMethod enhanced maxSpeechTime minConfidence debug dtmfDetection",
        ),
        "Dial": _rule(
            "Response",
            "action method timeout hangupOnStar timeLimit callerId callReason record answerOnBridge ringTone "
            f"sequential referUrl referMethod recordingConfigurationId events {_RECORDING}",
        ),
        "Number": _rule("Dial", f"sendDigits url method byoc {_PROGRESS} {_DETECTION}"),
        "Client": _rule("Dial", f"url method {_PROGRESS}", is_open=True),
        "Sip": _rule("Dial", f"username password url method {_PROGRESS} {_DETECTION}"),
        "Conference": _rule(
            "Dial",
            "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod maxParticipants record "
            "region coach jitterBufferSize participantLabel eventCallbackUrl trim statusCallback "
            "statusCallbackEvent statusCallbackMethod recordingStatusCallback recordingStatusCallbackMethod "
            "recordingStatusCallbackEvent",
        ),
        "Queue": _rule("Dial", "url method reservationSid postWorkActivitySid"),
        "Sim": _rule("Dial"),
        "WhatsApp": _rule("Dial", f"url method {_PROGRESS}"),
        "Application": _rule("Dial", f"url method customerId copyParentTo {_PROGRESS}", is_open=True),
        "Record": _rule(
            "Response",
            f"action method timeout finishOnKey maxLength playBeep transcribe transcribeCallback "
            f"{_RECORDING}",
        ),
        "Enqueue": _rule("Response", "action method waitUrl waitUrlMethod maxQueueSize workflowSid"),
        "Leave": _rule("Response"),
        "Redirect": _rule("Response", "method"),
        "Reject": _rule("Response", "reason"),
        "Hangup": _rule("Response"),
        "Refer": _rule("Response", "action method", is_open=True),
        "Start": _rule("Response", "action method", is_open=True),
        "Stop": _rule("Response", is_open=True),
        "Connect": _rule("Response", "action method", is_open=True),
        "Sms": _rule("Response", "to from action method statusCallback"),
        "Parameter": _rule("Enqueue", "name value"),
        "Task": _rule("Enqueue", "priority timeout"),
        **{name: _rule("Say", is_open=True) for name in _SSML},
    },
    without_text=frozenset({"Response", "Gather", "Record", "Hangup", "Reject", "Pause", "Leave"}),
)

MESSAGING = Grammar(
    elements={
        "Message": _rule("Response", "to from action method statusCallback"),
        "Sms": _rule("Response", "to from action method statusCallback"),
        "Body": _rule("Message"),
        "Media": _rule("Message"),
        "Redirect": _rule("Response", "method"),
    },
    without_text=frozenset({"Response"}),
)
