"""A way to a human or a recorder that needs no database: for when something of ours fails in mid-call.

It rings the first rung that has anybody in the last organisation this process knew, asks for a 1 without
storing anything, and otherwise records. Twilio keeps the recording until we ask for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from twilio.twiml.voice_response import Dial, VoiceResponse

from dispatcher.calls.handle import hotline_for
from dispatcher.calls.instructions import HangUp, Spoken
from dispatcher.services import Services
from dispatcher.texts.catalogue import text
from roster.history import History, Version
from roster.ladder import resolve_rung
from roster.organisation import Hotline, Organisation
from webhooks.twiml import Renderer

RING_SECONDS = 30
MOST_AT_ONCE = 10
_TO_NOBODY = ("page", "page_key", "alarm", "test", "test_key")


@dataclass(frozen=True, slots=True)
class Emergency:
    """Makes the TwiML of the emergency path."""

    services: Services
    renderer: Renderer

    def for_request(self, endpoint: str, form: Mapping[str, str]) -> str:
        """Return what fits the leg that asked: callees may still take the call, callers are led on.

        `endpoint` is the view's, whatever blueprints it is nested in.
        """
        view = endpoint.rpartition(".")[2]
        if view == "screen_key":
            return self.key(form.get("Digits", ""))
        if view == "screen":
            return self.screen()
        if view in _TO_NOBODY:
            return self.renderer.render(HangUp((self._spoken("voice.trouble"),)))
        if view == "message" or form.get("DialBridged") == "true":
            return self.good_bye()
        return self.for_caller()

    def _organisation(self) -> Organisation | None:
        return self.services.organisations.last_known()

    def _hotline(self) -> Hotline | None:
        organisation = self._organisation()
        if organisation is None or not organisation.hotlines:
            return None
        return hotline_for(organisation, request.form.get("To", ""))[0]

    def _spoken(self, key: str, **values: object) -> Spoken:
        hotline = self._hotline()
        language = str(hotline.language) if hotline is not None else "nn"
        return Spoken(text(key, language, **values), language)

    def _say(self, response: VoiceResponse, key: str) -> None:
        self.renderer.speak(response, (self._spoken(key),))

    def _phones(self) -> tuple[str, ...]:
        organisation, hotline = self._organisation(), self._hotline()
        if organisation is None or hotline is None:
            return ()
        now = self.services.clock.now()
        history = History(versions=(Version(since=now, organisation=organisation),))
        ladder = organisation.ladder(hotline.ladder)
        for rung in ladder.rungs if ladder is not None else ():
            phones = [phone for callee in resolve_rung(history, rung, now).targets for phone in callee.phones]
            if phones:
                return tuple(dict.fromkeys(phones))[:MOST_AT_ONCE]
        return ()

    def for_caller(self) -> str:
        """Return TwiML that rings the people of the duty at once, then records."""
        response = VoiceResponse()
        self._say(response, "voice.trouble")
        hotline, phones = self._hotline(), self._phones()
        if hotline is None or not phones:
            return self._record(response)
        dial = Dial(
            action=f"{self.renderer.base}/plain/dial",
            method="POST",
            timeout=RING_SECONDS,
            time_limit=self.services.settings.call_minutes * 60,
            caller_id=hotline.number,
        )
        for phone in phones:
            dial.number(phone, url=f"{self.renderer.base}/plain/screen", method="POST")
        response.append(dial)
        return str(response)

    def _record(self, response: VoiceResponse) -> str:
        self._say(response, "voice.trouble-message")
        self.renderer.record(response, action=f"{self.renderer.base}/plain/message")
        return str(response)

    def screen(self) -> str:
        """Return the question to a callee, without anything stored."""
        response = VoiceResponse()
        gather = self.renderer.gather(f"{self.renderer.base}/plain/key", 15)
        hotline = self._hotline()
        name = hotline.name if hotline is not None else ""
        who = self._spoken("voice.screen-unknown-caller").text
        self.renderer.speak(
            gather, (self._spoken("voice.screen", hotline=name, who=who), self._spoken("voice.screen-keys"))
        )
        response.append(gather)
        response.hangup()
        return str(response)

    def key(self, digits: str) -> str:
        """Return what follows a callee's key: 1 connects, anything else ends the leg."""
        response = VoiceResponse()
        if digits == "1":
            self._say(response, "voice.screen-connecting")
        else:
            self._say(response, "voice.screen-passed")
            response.hangup()
        return str(response)

    def after_dial(self, *, bridged: bool) -> str:
        """Return good-bye after a talk, else the recorder."""
        return self.good_bye() if bridged else self._record(VoiceResponse())

    def good_bye(self) -> str:
        """Return good-bye."""
        return self.renderer.render(HangUp((self._spoken("voice.goodbye"),)))
