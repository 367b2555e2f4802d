"""`/calendar/SECRET.ics`: the shifts of one person or schedule, for calendar programs.

An address that is unknown, revoked, or of somebody no longer in the roster is not found, in one and the same
way. Only refused requests are braked, per remote address.
"""

import hashlib
import logging
from typing import Final

from flask import Blueprint, Response, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from dispatcher.accounts.addresses import network_of
from dispatcher.calendars import CalendarAddress, CalendarKind, find_address
from dispatcher.services import Services
from roster.calendar_out import UnknownTargetError, person_calendar, schedule_calendar

REFUSALS_ALLOWED: Final = RateLimitItemPerMinute(60)
_log = logging.getLogger(__name__)


def create_calendars(services: Services) -> Blueprint:
    """Make the blueprint of `/calendar`."""
    blueprint = Blueprint("calendars", __name__, url_prefix="/calendar")
    limiter = MovingWindowRateLimiter(MemoryStorage())

    @blueprint.get("/<secret>.ics")
    def calendar(secret: str) -> Response:
        try:
            with services.db.read() as connection:
                address = find_address(connection, secret)
            content = None if address is None else _content(services, address)
        except Exception as error:  # noqa: BLE001  a calendar program is told to come again, whatever it is
            # Never the path: the secret is in it.
            _log.error("a calendar could not be made (%s)", type(error).__name__)
            return _plain("the calendar cannot be made now: try again later", 503)
        if content is None:
            if not limiter.hit(REFUSALS_ALLOWED, network_of(request.remote_addr)):
                return _plain("too many refused requests from this address", 429)
            return _plain("there is no such calendar: ask for a new address", 404)
        response = Response(content, content_type="text/calendar; charset=utf-8")
        response.set_etag(hashlib.sha256(content).hexdigest())
        response.headers["Cache-Control"] = "private, max-age=300"
        response.headers["Content-Disposition"] = 'inline; filename="vakt.ics"'
        response.headers["X-Robots-Tag"] = "noindex"
        return response.make_conditional(request)  # type: ignore[return-value]  # the same response

    return blueprint


def _content(services: Services, address: CalendarAddress) -> bytes | None:
    history = services.organisations.history()
    if history is None:
        return None
    make = person_calendar if address.kind is CalendarKind.PERSON else schedule_calendar
    try:
        return make(history, address.target, now=services.clock.now())
    except UnknownTargetError:
        return None


def _plain(text: str, status: int) -> Response:
    return Response(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
