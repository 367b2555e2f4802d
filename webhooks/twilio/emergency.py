"""A way to a human or a recorder that needs no database: for when something of ours fails in mid-call.

It rings the first rung that has anybody in the last organisation this process knew, asks for a 1 without
storing anything, and otherwise records. Twilio keeps the recording until we ask for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

import structlog
from flask import copy_current_request_context, g, request
from twilio.twiml.voice_response import Dial, VoiceResponse
from werkzeug.exceptions import BadRequestKeyError

from dispatcher.calls.handle import UnknownCallError, hotline_for
from dispatcher.calls.instructions import HangUp, Spoken
from dispatcher.calls.loops import told
from dispatcher.calls.plain import RING_SECONDS, PlainDial
from dispatcher.people import number_of
from dispatcher.promptness import TooLateError, within
from dispatcher.services import Services
from dispatcher.spool import spool
from dispatcher.store.away import is_away, reason_of
from dispatcher.texts.catalogue import text
from roster.history import History, Version
from roster.ladder import resolve_rung
from roster.organisation import Hotline, Organisation
from webhooks.forms import identifier, words
from webhooks.twiml import Renderer

log = structlog.get_logger()
T = TypeVar("T")

MOST_AT_ONCE = 10
# Twilio waits fifteen seconds, callers hear nothing meanwhile.
LONGEST_SECONDS = 4.5
# So long the store is waited for; a transaction has ended by itself before that.
STORE_SECONDS = 3.9
# And so long the roster at least, which takes some milliseconds.
ROSTER_SECONDS = 0.5
# What a spooled event keeps of the request, empty where Twilio did not send it.
SPOOLED_FIELDS = (
    "CallSid",
    "From",
    "To",
    "ForwardedFrom",
    "CallStatus",
    "CallDuration",
    "DialCallStatus",
    "DialCallSid",
    "DialBridged",
)
_TO_NOBODY = ("page", "page_key", "alarm", "test", "test_key")


def tell_failure(what: str, error: Exception) -> None:
    """Write to the log why a request is led on; a database that is away tells its reason once, elsewhere.

    A request that lacks a field, or names what was never there, is no fault of ours with a place to mend.
    """
    if isinstance(error, (BadRequestKeyError, UnknownCallError)):
        log.warning("nonsense-request", endpoint=request.endpoint, error=type(error).__name__)
    elif is_away(error) or isinstance(error, TooLateError):
        log.warning(what, endpoint=request.endpoint, error=reason_of(error))
    else:
        log.error(what, endpoint=request.endpoint, error=type(error).__name__, exc_info=error)


def seconds_left() -> float:
    """Return how long this request may still take, from when that was asked first."""
    answer_by: float = g.setdefault("answer_by", monotonic() + LONGEST_SECONDS)
    return max(answer_by - monotonic(), 0.1)


def promptly(services: Services, act: Callable[[], T]) -> T:
    """Do what a webhook asks of the store, in time for another answer where nothing comes of it.

    A transaction ends by itself before this; what it does not end is a disk that hangs, or a fault of ours.

    Raises:
        TooLateError: nothing came of it. It may still come about, and what is spooled for it changes nothing.
    """
    try:
        return within(min(STORE_SECONDS, seconds_left()), copy_current_request_context(act))
    except TooLateError as error:
        services.db.doubt(error)
        raise


@dataclass(frozen=True, slots=True)
class Emergency:
    """Makes the TwiML of the emergency path, and tells the spool what it had rung and what was pressed."""

    services: Services
    renderer: Renderer

    def for_request(self, endpoint: str, form: Mapping[str, str]) -> str:
        """Return what fits the leg that asked: callees may still take the call, callers are led on.

        `endpoint` is the view's, whatever blueprints it is nested in.
        """
        view = endpoint.rpartition(".")[2]
        if view == "screen_key":
            return self.after_key(form.get("Digits", ""))
        if view == "screen":
            # Its key goes to the attempt that is being rung, as the question of the ordinary way does.
            attempt = (request.view_args or {})["attempt"]
            return self._question(f"{self.renderer.base}/screen/{attempt}/0/0")
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

    def _loop(self) -> HangUp | None:
        """Return what a call hears that shows a hotline's own number: our own ringing has come back to us."""
        organisation, hotline = self._organisation(), self._hotline()
        if organisation is None or hotline is None:
            return None
        caller = number_of(organisation, words(request.form, "From"))
        ours = caller is not None and organisation.hotline_by_number(caller) is not None
        return told(hotline, may_be_owner=False) if ours else None

    def _spoken(self, key: str, **values: object) -> Spoken:
        hotline = self._hotline()
        language = str(hotline.language) if hotline is not None else "nn"
        return Spoken(text(key, language, **values), language)

    def _say(self, response: VoiceResponse, key: str) -> None:
        self.renderer.speak(response, (self._spoken(key),))

    def keep(self, kind: str, more: Mapping[str, str]) -> None:
        """Spool the request, to be taken in when the database is back; a full disk is only logged."""
        form = {name: words(request.form, name) for name in SPOOLED_FIELDS}
        folder, now = self.services.settings.spool, self.services.clock.now()
        try:
            within(seconds_left(), lambda: spool(folder, kind, {**form, **more}, at=now))
        except TooLateError:
            log.critical("spool-hangs", kind=kind)
        except OSError as error:
            log.critical("not-spooled", kind=kind, reason=error.strerror)

    def _plan(self, hotline: Hotline) -> PlainDial | None:
        """Return whom to ring; None, for the recorder, also where the roster cannot say so in time."""
        organisation = self._organisation()
        if organisation is None:
            return None
        shown = frozenset(words(request.form, name) for name in ("From", "ForwardedFrom"))
        try:
            return within(
                max(seconds_left(), ROSTER_SECONDS), lambda: self._first_rung(organisation, hotline, shown)
            )
        except Exception as error:  # noqa: BLE001 (a fault in the roster may be why the call is here)
            log.critical("nobody-found-to-ring", error=type(error).__name__)
            return None

    def _first_rung(
        self, organisation: Organisation, hotline: Hotline, shown: frozenset[str]
    ) -> PlainDial | None:
        """Return the first rung that has anybody besides those whose number a call shows.

        Whoever rings us, or whose telephone is forwarded to us, is not rung: that would come back for ever.
        """
        theirs = {number_of(organisation, raw) for raw in shown}
        now = self.services.clock.now()
        history = History(versions=(Version(since=now, organisation=organisation),))
        ladder = organisation.ladder(hotline.ladder)
        for number, rung in enumerate(ladder.rungs if ladder is not None else ()):
            targets = resolve_rung(history, rung, now).targets
            callees = [callee for callee in targets if theirs.isdisjoint(callee.phones)]
            people = {phone: callee.id for callee in reversed(callees) for phone in reversed(callee.phones)}
            if people:
                legs = [(person, phone) for phone, person in reversed(people.items())]
                return PlainDial(number, tuple(legs[:MOST_AT_ONCE]))
        return None

    def for_caller(self) -> str:
        """Return TwiML that rings the people of the duty at once, then records."""
        loop = self._loop()
        if loop is not None:
            return self.renderer.render(loop)
        response = VoiceResponse()
        self._say(response, "voice.trouble")
        hotline = self._hotline()
        plan = None if hotline is None else self._plan(hotline)
        if hotline is None or plan is None:
            return self._record(response)
        self.keep("rung-plainly", plan.as_data())
        dial = Dial(
            action=f"{self.renderer.base}/plain/dial",
            method="POST",
            timeout=RING_SECONDS,
            time_limit=self.services.settings.call_minutes * 60,
            caller_id=hotline.number,
        )
        # The leg's own request tells neither its parent for certain nor which of the telephones it is.
        screening = f"{self.renderer.base}/plain/screen/{identifier(request.form, 'CallSid')}"
        for place, (_person, phone) in enumerate(plan.legs):
            dial.number(phone, url=f"{screening}/{place}", method="POST")
        response.append(dial)
        return str(response)

    def _record(self, response: VoiceResponse) -> str:
        self._say(response, "voice.trouble-message")
        self.renderer.record(response, action=f"{self.renderer.base}/plain/message")
        return str(response)

    def screen(self, call: str, place: int) -> str:
        """Return the question to the callee of a plain dial's leg."""
        return self._question(f"{self.renderer.base}/plain/key/{call}/{place}")

    def _question(self, action: str) -> str:
        response = VoiceResponse()
        gather = self.renderer.gather(action, 15)
        who = self._spoken("voice.screen-unknown-caller").text
        self.renderer.speak(
            gather, (self._spoken("voice.screen", who=who), self._spoken("voice.screen-keys"))
        )
        response.append(gather)
        response.hangup()
        return str(response)

    def key(self, call: str, place: int, digits: str) -> str:
        """Keep the key of a plain dial's callee, and return what follows it."""
        if digits in {"1", "2"}:
            self.keep("pressed-plainly", {"parent": call, "place": str(place), "Digits": digits})
        return self.after_key(digits)

    def after_key(self, digits: str) -> str:
        """Return what follows a callee's key: 1 connects, anything else ends the leg."""
        response = VoiceResponse()
        if digits == "1":
            self._say(response, "voice.screen-connecting")
        else:
            self._say(response, "voice.screen-passed")
            response.hangup()
        return str(response)

    def after_dial(self) -> str:
        """Keep how a plain dial ended, and return good-bye after a talk, else the recorder."""
        self.keep("dialled", {"dial": ""})
        bridged = request.form.get("DialBridged") == "true"
        return self.good_bye() if bridged else self._record(VoiceResponse())

    def good_bye(self) -> str:
        """Return good-bye."""
        return self.renderer.render(HangUp((self._spoken("voice.goodbye"),)))
