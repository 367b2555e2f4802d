"""The SMS webhooks: inbound messages and delivery reports. Replies go out as effects, not as TwiML."""

from flask import Blueprint, Response, request

from dispatcher.messages.inbound import receive_sms
from dispatcher.messages.received import Texted
from dispatcher.messages.reports import report_sms
from dispatcher.promptness import within
from dispatcher.services import Services
from dispatcher.spool import spool
from webhooks.forms import optional_number, whole_number, words
from webhooks.twilio.emergency import promptly, seconds_left, tell_failure

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
SPOOLED_FIELDS = ("MessageSid", "From", "To", "Body", "NumMedia")
REPORTED_FIELDS = ("MessageSid", "MessageStatus", "ErrorCode")


def create_sms(services: Services) -> Blueprint:
    """Return the blueprint of `/webhooks/twilio/sms` and `/webhooks/twilio/sms-status`."""
    blueprint = Blueprint("sms", __name__)

    def keep(kind: str, fields: tuple[str, ...]) -> None:
        # Where the disk does not take it either, Twilio is told by a 500 and tries again.
        known = {name: words(request.form, name) for name in fields}
        folder, now = services.settings.spool, services.clock.now()
        within(seconds_left(), lambda: spool(folder, kind, known, at=now))

    @blueprint.post("/sms")
    def receive() -> Response:
        form = request.form
        try:
            texted = Texted(
                sid=form["MessageSid"],
                from_=words(form, "From"),
                to=words(form, "To"),
                body=words(form, "Body"),
                pictures=whole_number(form.get("NumMedia")),
            )
            promptly(services, lambda: receive_sms(services, texted))
        except Exception as error:  # noqa: BLE001 (whatever fails, Twilio gets an answer)
            tell_failure("sms-spooled", error)
            keep("sms", SPOOLED_FIELDS)
        return Response(EMPTY, mimetype="text/xml")

    @blueprint.post("/sms-status")
    def report() -> Response:
        form = request.form
        try:
            promptly(
                services,
                lambda: report_sms(
                    services,
                    sid=form["MessageSid"],
                    status=form.get("MessageStatus", ""),
                    error_code=optional_number(form.get("ErrorCode")),
                ),
            )
        except Exception as error:  # noqa: BLE001 (whatever fails, Twilio gets an answer)
            # A report is sent once: one that is lost would leave a page that nobody got unnoticed.
            tell_failure("sms-report-spooled", error)
            keep("sms-report", REPORTED_FIELDS)
        return Response(status=204)

    return blueprint
