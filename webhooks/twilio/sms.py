"""The SMS webhooks: inbound messages and delivery reports. Replies go out as effects, not as TwiML."""

import structlog
from flask import Blueprint, Response, request

from dispatcher.messages.inbound import receive_sms
from dispatcher.messages.received import Texted
from dispatcher.messages.reports import report_sms
from dispatcher.services import Services
from dispatcher.spool import spool
from webhooks.forms import optional_number, whole_number, words

log = structlog.get_logger()
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
SPOOLED_FIELDS = ("MessageSid", "From", "To", "Body", "NumMedia")
REPORTED_FIELDS = ("MessageSid", "MessageStatus", "ErrorCode")


def create_sms(services: Services) -> Blueprint:
    """Return the blueprint of `/webhooks/twilio/sms` and `/webhooks/twilio/sms-status`."""
    blueprint = Blueprint("sms", __name__)

    def keep(kind: str, fields: tuple[str, ...]) -> None:
        # Where the disk does not take it either, Twilio is told by a 500 and tries again.
        known = {name: words(request.form, name) for name in fields}
        spool(services.settings.spool, kind, known, at=services.clock.now())

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
            receive_sms(services, texted)
        except Exception as error:
            log.exception("sms-spooled", error=type(error).__name__)
            keep("sms", SPOOLED_FIELDS)
        return Response(EMPTY, mimetype="text/xml")

    @blueprint.post("/sms-status")
    def report() -> Response:
        form = request.form
        try:
            report_sms(
                services,
                sid=form["MessageSid"],
                status=form.get("MessageStatus", ""),
                error_code=optional_number(form.get("ErrorCode")),
            )
        except Exception as error:
            # A report is sent once: one that is lost would leave a page that nobody got unnoticed.
            log.exception("sms-report-spooled", error=type(error).__name__)
            keep("sms-report", REPORTED_FIELDS)
        return Response(status=204)

    return blueprint
