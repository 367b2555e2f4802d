"""`/healthz` and `/readyz`: is the process up, and can it do its duty (contract sections 2 and 6)."""

import json

from flask import Blueprint, Response

from dispatcher.promptness import TooLateError, within
from dispatcher.quality.readiness import Missing, missing_parts
from dispatcher.services import Services

# Watchers wait no longer than Twilio.
READY_SECONDS = 4.5


def _answer(status: int, body: object) -> Response:
    response = Response(json.dumps(body) + "\n", status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def create_health(services: Services) -> Blueprint:
    """Make the blueprint that watchers ask; neither route needs a login or tells anything personal."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _answer(200, {"status": "up"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        try:
            missing = within(READY_SECONDS, lambda: missing_parts(services))
        except TooLateError:
            missing = (Missing("database", "the database or its disk hangs: see to that"),)
        listed = [{"what": item.what, "remedy": item.remedy} for item in missing]
        if any(item.is_needed for item in missing):
            return _answer(503, {"status": "not ready", "missing": listed})
        return _answer(200, {"status": "ready", "missing": listed})

    return blueprint
