"""The voice webhooks: each turns a form into one typed event, and the decision into TwiML.

Whatever goes wrong inside, the caller is answered with TwiML that leads to a human or a recorder.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from flask import Blueprint, Response, request

from dispatcher.calls import handle
from dispatcher.calls.alarms import spoken_alarm, spoken_test, test_confirmed
from dispatcher.calls.instructions import Instruction
from dispatcher.paging import answers as paging
from dispatcher.recordings.ledger import report_recording
from dispatcher.services import Services
from webhooks.forms import RowConverter, optional_flag, optional_number, whole_number, words
from webhooks.twilio.emergency import Emergency, promptly, tell_failure
from webhooks.twiml import Renderer

log = structlog.get_logger()

_RECORDING_SID = re.compile(r"RE[0-9a-f]{32}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Voice:
    services: Services
    renderer: Renderer
    emergency: Emergency

    def answer(
        self,
        decide: Callable[[], Instruction],
        *,
        question: str = "screen",
        kept: tuple[str, Mapping[str, str]] | None = None,
    ) -> Response:
        """Render what is decided; after a failure, lead the caller or callee on without the database.

        `kept`: the kind of event that is spooled then, because it counts however late it is taken in, and
        what it needs beside the request's own fields.
        """
        try:
            return xml(self.renderer.render(promptly(self.services, decide), question=question))
        except Exception as error:  # noqa: BLE001 (whatever fails, Twilio gets an answer)
            tell_failure("voice-webhook-failed", error)
            if kept is not None and not isinstance(error, handle.UnknownCallError):
                self.emergency.keep(*kept)
            return xml(self.emergency.for_request(request.endpoint or "", request.form))

    def note(self, act: Callable[[], None], *, kind: str | None = None) -> Response:
        """Take in a report; after a failure, spool it where it must not be lost."""
        try:
            promptly(self.services, act)
        except handle.UnknownCallError:
            log.info("report-of-unknown-call", endpoint=request.endpoint)
        except Exception as error:  # noqa: BLE001 (whatever fails, Twilio gets an answer)
            tell_failure("report-failed", error)
            if kind is not None:
                self.emergency.keep(kind, {})
        return Response(status=204)


def xml(document: str) -> Response:
    """Return TwiML as Twilio expects it."""
    return Response(document, mimetype="text/xml")


def incoming() -> handle.Incoming:
    """Return the call that the request is about."""
    form = request.form
    return handle.Incoming(
        sid=form["CallSid"],
        from_=words(form, "From"),
        to=words(form, "To"),
        status=words(form, "CallStatus", "ringing"),
        forwarded_from=words(form, "ForwardedFrom"),
    )


def create_voice(services: Services, renderer: Renderer) -> Blueprint:
    """Return the blueprint of `/webhooks/twilio/voice` and `/webhooks/twilio/call-status`."""
    blueprint = Blueprint("voice", __name__)
    voice = _Voice(services, renderer, Emergency(services, renderer))
    blueprint.record(lambda state: state.app.url_map.converters.update(row=RowConverter))

    @blueprint.post("/voice")
    def receive() -> Response:
        try:
            call = incoming()
            return xml(renderer.render(promptly(services, lambda: handle.receive_call(services, call))))
        except Exception as error:  # noqa: BLE001 (whatever fails, Twilio gets an answer)
            tell_failure("call-spooled", error)
            voice.emergency.keep("call", {})
            return xml(voice.emergency.for_caller())

    @blueprint.post("/voice/fallback")
    def fallback() -> Response:
        return receive()

    @blueprint.post("/voice/begin")
    def begin() -> Response:
        form = request.form
        return voice.answer(
            lambda: handle.begin_ringing(services, form["CallSid"], digits=form.get("Digits", ""))
        )

    @blueprint.post("/voice/after-all")
    def after_all() -> Response:
        form = request.form
        return voice.answer(
            lambda: handle.serve_after_all(services, form["CallSid"], digits=form.get("Digits", ""))
        )

    @blueprint.post("/voice/dial/<row:number>")
    def dialled(number: int) -> Response:
        form = request.form
        result = handle.DialResult(
            dial=number,
            status=form.get("DialCallStatus", "failed"),
            bridged=optional_flag(form.get("DialBridged")),
            leg_sid=form.get("DialCallSid"),
            call_status=form.get("CallStatus", "in-progress"),
        )
        return voice.answer(
            lambda: handle.finish_dial(services, form["CallSid"], result),
            kept=("dialled", {"dial": str(number)}),
        )

    @blueprint.post("/voice/message")
    def message() -> Response:
        form = request.form
        return voice.answer(
            lambda: handle.leave_message(
                services,
                form["CallSid"],
                recording_sid=_recording_sid(),
                seconds=whole_number(form.get("RecordingDuration")),
                call_status=form.get("CallStatus", "in-progress"),
            )
        )

    @blueprint.post("/voice/screen/<row:attempt>")
    def screen(attempt: int) -> Response:
        form = request.form
        return voice.answer(lambda: handle.answer_callee(services, attempt, leg_sid=form.get("CallSid", "")))

    @blueprint.post("/voice/screen/<row:attempt>/<row:wrong>/<row:silent>")
    def screen_key(attempt: int, wrong: int, silent: int) -> Response:
        digits = request.form.get("Digits", "")
        return voice.answer(
            lambda: handle.press_callee(services, attempt, digits=digits, wrong_keys=wrong, silences=silent),
            kept=("pressed", {"attempt": str(attempt), "Digits": digits}) if digits in {"1", "2"} else None,
        )

    @blueprint.post("/voice/leg/<row:attempt>")
    def leg(attempt: int) -> Response:
        form = request.form
        return voice.note(
            lambda: handle.report_leg(
                services,
                attempt,
                status=form.get("CallStatus", ""),
                sequence=whole_number(form.get("SequenceNumber")),
                leg_sid=form.get("CallSid", ""),
            )
        )

    @blueprint.post("/voice/recording")
    def recording() -> Response:
        form = request.form
        return voice.note(
            lambda: report_recording(
                services,
                sid=form["RecordingSid"],
                call_sid=form.get("CallSid", ""),
                status=form.get("RecordingStatus", "completed"),
                seconds=optional_number(form.get("RecordingDuration")),
                source=form.get("RecordingSource", ""),
            )
        )

    @blueprint.post("/voice/page/<row:page>")
    def page(page: int) -> Response:
        leg_sid = request.form.get("CallSid", "")
        return voice.answer(lambda: paging.answer_page(services, page, leg_sid=leg_sid), question="page")

    @blueprint.post("/voice/page/<row:page>/<row:wrong>/<row:silent>")
    def page_key(page: int, wrong: int, silent: int) -> Response:
        digits = request.form.get("Digits", "")
        return voice.answer(
            lambda: paging.press_page(services, page, digits=digits, wrong_keys=wrong, silences=silent),
            question="page",
            kept=("page-pressed", {"page": str(page), "Digits": digits}) if digits in {"1", "2"} else None,
        )

    @blueprint.post("/voice/page/<row:page>/status")
    def page_status(page: int) -> Response:
        status = request.form.get("CallStatus", "")
        return voice.note(lambda: paging.report_page_call(services, page, status=status))

    @blueprint.post("/voice/alarm/<row:effect>")
    def alarm(effect: int) -> Response:
        return voice.answer(lambda: spoken_alarm(services, effect))

    @blueprint.post("/voice/alarm/<row:effect>/status")
    @blueprint.post("/voice/test/<row:effect>/status", endpoint="test_status")
    def alarm_status(effect: int) -> Response:
        del effect
        return Response(status=204)

    @blueprint.post("/voice/test/<row:effect>")
    def test(effect: int) -> Response:
        return voice.answer(lambda: spoken_test(services, effect), question="test")

    @blueprint.post("/voice/test/<row:effect>/<row:wrong>/<row:silent>")
    def test_key(effect: int, wrong: int, silent: int) -> Response:
        digits = request.form.get("Digits", "")
        return voice.answer(
            lambda: test_confirmed(services, effect, digits=digits, wrong_keys=wrong, silences=silent),
            question="test",
        )

    @blueprint.post("/voice/plain/screen/<call>/<row:place>")
    def plain_screen(call: str, place: int) -> Response:
        return xml(voice.emergency.screen(call, place))

    @blueprint.post("/voice/plain/key/<call>/<row:place>")
    def plain_key(call: str, place: int) -> Response:
        return xml(voice.emergency.key(call, place, request.form.get("Digits", "")))

    @blueprint.post("/voice/plain/dial")
    def plain_dial() -> Response:
        return xml(voice.emergency.after_dial())

    @blueprint.post("/voice/plain/message")
    def plain_message() -> Response:
        return xml(voice.emergency.good_bye())

    @blueprint.post("/call-status")
    def call_status() -> Response:
        form = request.form
        return voice.note(
            lambda: handle.end_call(
                services,
                incoming(),
                status=form.get("CallStatus", ""),
                duration=optional_number(form.get("CallDuration")),
            ),
            kind="ended",
        )

    return blueprint


def _recording_sid() -> str | None:
    """Return the recording of a <Record>: its own parameter, or the last part of its address.

    None for anything else than an identifier of Twilio's: the recording is then found by asking.
    """
    form = request.form
    told = form.get("RecordingSid") or form.get("RecordingUrl", "").rsplit("/", 1)[-1]
    return told if _RECORDING_SID.fullmatch(told) else None
