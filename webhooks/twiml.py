"""Instructions into TwiML: the only place that knows how Twilio is told what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from twilio.twiml.voice_response import Dial as DialVerb
from twilio.twiml.voice_response import Gather, VoiceResponse

from dispatcher.calls.instructions import (
    Ask,
    Connect,
    Dial,
    Greet,
    HangUp,
    Instruction,
    Leg,
    Spoken,
    TakeMessage,
)
from roster.foreign import one_line

# After the notice the caller has this long for the recording key before it rings.
NOTICE_SECONDS = 2
MESSAGE_SECONDS = 300
MESSAGE_SILENCE_SECONDS = 10
_LOCALES = {"nn": "nb-NO", "nb": "nb-NO", "en": "en-GB"}


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders instructions; `base` is the address of the voice webhooks, `voices` maps language to voice."""

    base: str
    voices: Mapping[str, str]
    # A hotline greets every caller alike, and the greeting is what a waiting caller waits for; there are
    # as many as hotlines (and names they have had while this process runs).
    _greetings: dict[Greet, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def render(self, instruction: Instruction, *, question: str = "screen") -> str:
        """Return the TwiML document; `question` is the path that a question's key goes to."""
        if not isinstance(instruction, Greet):
            return self._rendered(instruction, question)
        known = self._greetings.get(instruction)
        if known is None:
            known = self._greetings[instruction] = self._rendered(instruction, question)
        return known

    def _rendered(self, instruction: Instruction, question: str) -> str:
        response = VoiceResponse()
        match instruction:
            case Greet():
                self._greet(response, instruction)
            case Dial():
                self.speak(response, instruction.lines)
                self._dial(response, instruction)
            case TakeMessage():
                self.speak(response, instruction.lines)
                self.record(response, action=f"{self.base}/message")
            case Ask():
                self._ask(response, instruction, question)
            case Connect():
                self.speak(response, instruction.lines)
            case HangUp():
                if instruction.unless_key:
                    gather = self.gather(f"{self.base}/after-all", NOTICE_SECONDS)
                    self.speak(gather, instruction.lines)
                    response.append(gather)
                else:
                    self.speak(response, instruction.lines)
                response.hangup()
            case _:
                assert_never(instruction)
        return str(response)

    def speak(self, verb: Any, lines: Sequence[Spoken]) -> None:
        """Append sentences to a document or a <Gather>, each in its language's voice.

        This is where what strangers wrote becomes XML, which lacks some of the characters they may send.
        """
        for line in lines:
            verb.say(one_line(line.text), voice=self.voices[line.language], language=_LOCALES[line.language])

    def gather(self, action: str, seconds: int) -> Gather:
        """Return a <Gather> of one key, which reports silence after `seconds` too."""
        return Gather(
            input="dtmf",
            num_digits=1,
            timeout=seconds,
            finish_on_key="",
            action=action,
            method="POST",
            action_on_empty_result=True,
        )

    def _greet(self, response: VoiceResponse, greet: Greet) -> None:
        begin = f"{self.base}/begin"
        if greet.key_asked:
            gather = self.gather(begin, NOTICE_SECONDS)
            self.speak(gather, greet.lines)
            response.append(gather)
        else:
            self.speak(response, greet.lines)
        response.redirect(begin, method="POST")

    def _dial(self, response: VoiceResponse, dial: Dial) -> None:
        verb = DialVerb(
            action=f"{self.base}/dial/{dial.number}",
            method="POST",
            timeout=dial.ring_seconds,
            time_limit=dial.limit_seconds,
            caller_id=dial.caller_id,
            **self._recording(record=dial.record),
        )
        for leg in dial.legs:
            self._number(verb, leg)
        response.append(verb)

    def _recording(self, *, record: bool) -> dict[str, str]:
        if not record:
            return {"record": "do-not-record"}
        return {
            "record": "record-from-answer-dual",
            "recording_status_callback": f"{self.base}/recording",
            "recording_status_callback_method": "POST",
            "recording_status_callback_event": "completed absent",
        }

    def _number(self, verb: DialVerb, leg: Leg) -> None:
        screening = {"url": f"{self.base}/screen/{leg.attempt}", "method": "POST"} if leg.screened else {}
        verb.number(
            leg.phone,
            status_callback=f"{self.base}/leg/{leg.attempt}",
            status_callback_method="POST",
            status_callback_event="initiated ringing answered completed",
            **screening,
        )

    def record(self, response: VoiceResponse, *, action: str) -> None:
        """Append a recorder that stops at silence, at # or after five minutes."""
        response.record(
            action=action,
            method="POST",
            timeout=MESSAGE_SILENCE_SECONDS,
            max_length=MESSAGE_SECONDS,
            finish_on_key="#",
            play_beep=True,
            recording_status_callback=f"{self.base}/recording",
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
        )

    def _ask(self, response: VoiceResponse, ask: Ask, question: str) -> None:
        action = f"{self.base}/{question}/{ask.subject}/{ask.wrong_keys}/{ask.silences}"
        gather = self.gather(action, ask.open_seconds)
        self.speak(gather, ask.lines)
        response.append(gather)
        # Where an empty answer is not reported, the document must not run out: that would connect the legs.
        response.hangup()
