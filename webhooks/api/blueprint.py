"""The routes of the API: parse, authorise, ask one question, answer."""

import logging
from datetime import UTC
from typing import Any, Final

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from dispatcher.accounts.tokens import Scope
from dispatcher.cases.cursors import CursorError
from dispatcher.cases.queries import case_detail, list_cases, parse_reference
from dispatcher.cases.views import as_json
from dispatcher.services import Services
from dispatcher.store.away import is_away
from roster.history import History
from roster.on_duty import who_is_on
from roster.timeline import UnknownScheduleError
from roster.wallclock import local
from webhooks.api.access import Gate
from webhooks.api.description import description
from webhooks.api.errors import CODES, ApiError, error_answer, json_answer
from webhooks.api.parameters import cases_parameters, no_parameters, on_duty_parameters

_log = logging.getLogger(__name__)

PREFIX: Final = "/api/v1"
# The description tells nothing of anybody, and tools fetch it before they have a token.
_PUBLIC: Final = frozenset({"api.openapi"})
_EVERY_METHOD: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_api(services: Services) -> Blueprint:
    """Make the blueprint of `/api/v1`; every route needs a token of scope `read` except the description."""
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    gate = Gate(services)

    @blueprint.before_request
    def authorise() -> None:
        if request.endpoint not in _PUBLIC:
            g.scope = gate.require(request, Scope.READ)

    @blueprint.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        return error_answer(error)

    @blueprint.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.code in CODES:
            return error_answer(ApiError(error.code, error.description or error.name))
        if is_away(error):
            message = "the database does not answer: try again in a minute"
            return error_answer(ApiError(503, message, headers={"Retry-After": "60"}))
        _log.error("the API failed on %s", request.endpoint, exc_info=error)
        return error_answer(ApiError(500, "a fault on our side, written to the log: try again"))

    @blueprint.get("/on-duty")
    def on_duty() -> Response:
        # why somebody is absent is the coordinators' business, whose programs may write
        return json_answer(_on_duty(services, absence_reasons=g.scope is Scope.WRITE))

    @blueprint.get("/cases")
    def cases() -> Response:
        return json_answer(_cases(services))

    @blueprint.get("/cases/<reference>")
    def case(reference: str) -> Response:
        return json_answer(_case(services, reference))

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        no_parameters(request.args)
        return json_answer(description())

    @blueprint.route("/", defaults={"rest": ""}, methods=_EVERY_METHOD, strict_slashes=False)
    @blueprint.route("/<path:rest>", methods=_EVERY_METHOD)
    def unknown(rest: str) -> Response:
        allowed = _methods_of(f"{PREFIX}/{rest}")
        if allowed:
            message = f"{request.method} is not for this address: use GET"
            raise ApiError(405, message, headers={"Allow": ", ".join(sorted(allowed))})
        raise ApiError(404, f"there is no {PREFIX}/{rest}: {PREFIX}/openapi.json lists what there is")

    return blueprint


def _methods_of(path: str) -> set[str]:
    """Return the methods of the proper routes of a path; the catch-all's own do not count."""
    adapter = current_app.url_map.bind("")
    methods: set[str] = set()
    for method in ("GET", "HEAD"):
        try:
            endpoint, _ = adapter.match(path, method=method)
        except HTTPException:
            continue
        if endpoint != "api.unknown":
            methods.add(method)
    return methods


def _history(services: Services) -> History:
    history = services.organisations.history()
    if history is None:
        raise ApiError(503, "no organisation is imported yet: run `vakttelefon import FILE`")
    return history


def _on_duty(services: Services, *, absence_reasons: bool) -> dict[str, Any]:
    history = _history(services)
    organisation = history.current
    asked = on_duty_parameters(request.args, organisation.zone)
    ids = [schedule.id for schedule in organisation.schedules]
    schedule = asked.schedule or (ids[0] if len(ids) == 1 else None)
    if schedule is None:
        raise ApiError(422, f"schedule: there are {len(ids)}, so name one of them: {', '.join(ids)}")
    zone = organisation.zone
    try:
        at = asked.at or services.clock.now()
        answer = who_is_on(history, schedule, at, absence_reasons=absence_reasons)
    except UnknownScheduleError:
        known = ", ".join(ids)
        raise ApiError(422, f"schedule: there is no {schedule!r}: known are {known}") from None
    following = answer.next
    return {
        "schedule": answer.schedule,
        "at": local(answer.at, zone).isoformat(),
        "people": list(answer.people),
        "until": None if answer.until is None else local(answer.until, zone).isoformat(),
        "next": None
        if following is None
        else {"people": list(following.people), "from": local(following.from_, zone).isoformat()},
        "because": list(answer.because),
    }


def _cases(services: Services) -> Any:
    organisation = services.organisations.current()
    asked = cases_parameters(request.args, UTC if organisation is None else organisation.zone)
    try:
        with services.db.read() as connection:
            return as_json(
                list_cases(
                    connection,
                    state=asked.state,
                    urgency=asked.urgency,
                    since=asked.since,
                    limit=asked.limit,
                    cursor=asked.cursor,
                )
            )
    except CursorError as error:
        raise ApiError(422, f"cursor: {error}") from None


def _case(services: Services, reference: str) -> Any:
    no_parameters(request.args)
    organisation = services.organisations.current()
    language = "nn" if organisation is None else organisation.language.value
    detail = None
    if parse_reference(reference) is not None:
        with services.db.read() as connection:
            detail = case_detail(connection, reference, language)
    if detail is None:
        raise ApiError(404, f"there is no case {reference!r}: a case is named as V-1042")
    return as_json(detail)
