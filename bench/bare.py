"""The bare route that the product is measured against: check the signature, insert one row, answer.

It uses the product's own engine (same pragmas, same pool, same kind of transaction), so what differs is what
a call needs beyond being noted down.
"""

from datetime import UTC, datetime

from flask import Flask, Response, abort, request
from sqlalchemy import Column, MetaData, String, Table, Text, insert
from twilio.request_validator import RequestValidator

from dispatcher.store.engine import Database
from dispatcher.store.types import UtcDateTime
from vakttelefon.config import Config

metadata = MetaData()
bare_calls = Table(
    "bare_calls",
    metadata,
    Column("sid", String(64), primary_key=True),
    Column("from_raw", Text, nullable=False),
    Column("to_raw", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
)

ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Good evening.</Say></Response>'


def create_bare_app(config: Config) -> Flask:
    """Make the application with its one route, the path of the product's first webhook."""
    app = Flask("bare", static_folder=None)
    db = Database(config.database.url)
    validator = RequestValidator(config.twilio.auth_token)

    @app.post("/webhooks/twilio/voice")
    def receive() -> Response:
        form = request.form
        url = config.public_url + request.environ["REQUEST_URI"]
        if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            abort(403)
        row = {
            "sid": form["CallSid"],
            "from_raw": form["From"],
            "to_raw": form["To"],
            "started_at": datetime.now(UTC),
        }
        with db.write() as connection:
            connection.execute(insert(bare_calls).values(row))
        return Response(ANSWER, mimetype="text/xml")

    return app
