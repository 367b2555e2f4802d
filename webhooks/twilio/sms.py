"""The SMS webhooks: inbound messages and delivery reports. Replies go out as effects, not as TwiML."""

import structlog
from flask import Blueprint, Response, request

from dispatcher.messages.inbound import Texted, receive_sms
from dispatcher.messages.reports import report_sms
from dispatcher.services import Services
from dispatcher.spool import spool
from webhooks.forms import optional_number

log = structlog.get_logger()
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
SPOOLED_FIELDS = ("MessageSid", "From", "To", "Body")


def create_sms(services: Services) -> Blueprint:
    """Return the blueprint of `/webhooks/twilio/sms` and `/webhooks/twilio/sms-status`."""
    blueprint = Blueprint("sms", __name__)

    @blueprint.post("/sms")
    def receive() -> Response:
        form = request.form
        try:
            texted = Texted(
                sid=form["MessageSid"],
                from_=form.get("From", ""),
                to=form.get("To", ""),
                body=form.get("Body", ""),
            )
            receive_sms(services, texted)
        except Exception as error:
            log.exception("sms-spooled", error=type(error).__name__)
            spool(
                services.settings.spool,
                "sms",
                {name: form.get(name, "") for name in SPOOLED_FIELDS},
                at=services.clock.now(),
            )
        return Response(EMPTY, mimetype="text/xml")

    @blueprint.post("/sms-status")
    def report() -> Response:
        form = request.form
        report_sms(
            services,
            sid=form["MessageSid"],
            status=form.get("MessageStatus", ""),
            error_code=optional_number(form.get("ErrorCode")),
        )
        return Response(status=204)

    return blueprint
