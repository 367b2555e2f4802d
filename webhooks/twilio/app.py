"""All webhooks of Twilio behind one signature check."""

from flask import Blueprint, Response, abort, request

from dispatcher.services import Services
from webhooks.twilio.signature import TwilioAccount, is_authentic
from webhooks.twilio.sms import create_sms
from webhooks.twilio.voice import create_voice
from webhooks.twiml import Renderer


def create_twilio(services: Services, *, account: TwilioAccount, renderer: Renderer) -> Blueprint:
    """Return the blueprint of `/webhooks/twilio`; a request that is not our account's gets 403."""
    blueprint = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")

    @blueprint.before_request
    def check() -> Response | None:
        if not is_authentic(account, request):
            abort(403)
        return None

    blueprint.register_blueprint(create_voice(services, renderer))
    blueprint.register_blueprint(create_sms(services))
    return blueprint
