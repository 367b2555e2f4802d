"""The routes of `/admin`: parse, authorise, call one function, render."""

import logging
from typing import Final

from flask import Blueprint, Flask, abort, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from admin import cases as case_pages
from admin import listening, signin
from admin import overview as overview_pages
from admin.permissions import ROUTES, Permission, may
from admin.rendering import render, render_refusal, secure
from admin.visitor import LastingSessions, arrive, present_visitor
from dispatcher.accounts.sessions import SessionRules
from dispatcher.calls.ledger import busy_parties
from dispatcher.cases.model import CaseState
from dispatcher.cases.queries import list_cases
from dispatcher.services import Services
from dispatcher.store.away import is_away

_log = logging.getLogger(__name__)

_OVERVIEW_CASES: Final = 20


def create_admin(
    services: Services, *, secret: bytes, session_rules: SessionRules | None = None
) -> Blueprint:
    """Make the blueprint of `/admin` and set up the sessions of the application it joins.

    `secret` signs the sessions; all processes of an installation share it. The session cookie is seen only
    under `/admin`, not by scripts, not from other sites, and only over https where the installation has it.
    """
    rules = session_rules or SessionRules()
    blueprint = Blueprint(
        "admin",
        __name__,
        url_prefix="/admin",
        template_folder="templates",
        static_folder="static",
    )

    def join(state: BlueprintSetupState) -> None:
        app = state.app
        if isinstance(app, Flask):
            app.secret_key = secret
            app.session_interface = LastingSessions()
            app.config.update(
                SESSION_COOKIE_NAME="vakttelefon",
                SESSION_COOKIE_PATH="/admin",
                SESSION_COOKIE_HTTPONLY=True,
                SESSION_COOKIE_SAMESITE="Lax",
                SESSION_COOKIE_SECURE=services.settings.public_url.startswith("https://"),
                PERMANENT_SESSION_LIFETIME=rules.lifetime,
                # the cookie is set when something in it changes, and ends when the session does
                SESSION_REFRESH_EACH_REQUEST=False,
                # the token lives as long as the session: a page left open overnight still works
                WTF_CSRF_TIME_LIMIT=None,
            )

    blueprint.record_once(join)
    _guard(blueprint, services, rules)
    signin.add_routes(blueprint, services, rules=rules)
    _add_overview(blueprint, services)
    case_pages.add_routes(blueprint, services)
    listening.add_routes(blueprint, services)

    @blueprint.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(rest: str) -> Answer:  # noqa: ARG001 - the address is shown to nobody
        abort(404)

    return blueprint


def _guard(blueprint: Blueprint, services: Services, rules: SessionRules) -> None:
    @blueprint.before_request
    def authorise() -> Answer | None:
        name = (request.endpoint or "").removeprefix("admin.")
        permission = ROUTES.get(name)
        if name == "static":
            return None
        visitor = arrive(services, rules)
        if permission is Permission.PUBLIC:
            return None
        if visitor.user is None:
            wanted = request.path if request.method == "GET" else None
            return redirect(url_for("admin.login", next=wanted), 303)
        if permission is None or not may(visitor.user.role, permission):
            abort(403)
        return None

    blueprint.after_request(secure)

    @blueprint.errorhandler(Exception)
    def refuse(error: Exception) -> Answer:
        if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
            if error.code == 308 or error.response is not None:
                return error.get_response()
            return render_refusal(error.code)
        if is_away(error):
            return render_refusal(503)
        _log.error("a page failed: %s", request.endpoint, exc_info=error)
        return render_refusal(500)


def _add_overview(blueprint: Blueprint, services: Services) -> None:
    @blueprint.get("/", strict_slashes=False)
    def overview() -> Answer:
        visitor = present_visitor()
        now = services.clock.now()
        with services.db.read() as connection:
            history = services.organisations.history(connection)
            busy = busy_parties(connection, now=now, call_minutes=services.settings.call_minutes)
            untaken = list_cases(connection, state=CaseState.OPEN, limit=_OVERVIEW_CASES)
            taken = list_cases(connection, state=CaseState.ACKNOWLEDGED, limit=_OVERVIEW_CASES)
        if history is None:
            return render("no_organisation.html")
        user = visitor.user
        sees_reasons = user is not None and may(user.role, Permission.SEE_ABSENCE_REASONS)
        return render(
            "overview.html",
            now=now,
            duties=overview_pages.duty_cards(
                history, at=now, language=visitor.language, absence_reasons=sees_reasons
            ),
            hotlines=overview_pages.hotline_cards(history, at=now, busy=busy, language=visitor.language),
            cases=untaken.cases + taken.cases,
            more=bool(untaken.next or taken.next),
        )
