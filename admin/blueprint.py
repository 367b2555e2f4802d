"""The routes of `/admin`: parse, authorise, call one function, render."""

import logging
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, flash, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from admin import cases as case_pages
from admin import overview as overview_pages
from admin.forms import FieldError, read_login, token_errors
from admin.permissions import ROUTES, Permission, may
from admin.rendering import render, render_refusal, secure
from admin.visitor import arrive, present_visitor, sign_in, sign_out
from dispatcher.accounts.users import authenticate
from dispatcher.calls.ledger import busy_parties
from dispatcher.cases.model import CaseState
from dispatcher.cases.queries import list_cases
from dispatcher.services import Services
from dispatcher.store.away import is_away

_log = logging.getLogger(__name__)

SESSION_HOURS: Final = 12
WRONG_BY_NAME: Final = RateLimitItemPerMinute(10, 5)
WRONG_BY_ADDRESS: Final = RateLimitItemPerMinute(60, 5)
_OVERVIEW_CASES: Final = 20


def create_admin(services: Services, *, secret: bytes) -> Blueprint:
    """Make the blueprint of `/admin` and set up the sessions of the application it joins.

    `secret` signs the sessions; all processes of an installation share it. The session cookie is seen only
    under `/admin`, not by scripts, not from other sites, and only over https where the installation has it.
    """
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
            app.config.update(
                SESSION_COOKIE_NAME="vakttelefon",
                SESSION_COOKIE_PATH="/admin",
                SESSION_COOKIE_HTTPONLY=True,
                SESSION_COOKIE_SAMESITE="Lax",
                SESSION_COOKIE_SECURE=services.settings.public_url.startswith("https://"),
                PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
                # the token lives as long as the session: a page left open overnight still works
                WTF_CSRF_TIME_LIMIT=None,
            )

    blueprint.record_once(join)
    _guard(blueprint, services)
    _add_sign_in(blueprint, services)
    _add_overview(blueprint, services)
    case_pages.add_routes(blueprint, services)

    @blueprint.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(rest: str) -> Answer:  # noqa: ARG001 - the address is shown to nobody
        abort(404)

    return blueprint


def _guard(blueprint: Blueprint, services: Services) -> None:
    @blueprint.before_request
    def authorise() -> Answer | None:
        name = (request.endpoint or "").removeprefix("admin.")
        permission = ROUTES.get(name)
        if name == "static":
            return None
        visitor = arrive(services)
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


def _add_sign_in(blueprint: Blueprint, services: Services) -> None:
    limiter = MovingWindowRateLimiter(MemoryStorage())

    @blueprint.get("/login")
    def login() -> Answer:
        if present_visitor().user is not None:
            return redirect(url_for("admin.overview"), 303)
        return render("login.html", user_name="", errors=(), next=_safe_next())

    @blueprint.post("/login", endpoint="sign_in")
    def check_password() -> Answer:
        form = read_login(request.form)
        errors = form.errors
        # Only wrong passwords count: for a name from one address, and for an address with many names.
        address = request.remote_addr or ""
        brakes = (
            (WRONG_BY_NAME, "name", address, request.form.get("name", "").strip().casefold()[:200]),
            (WRONG_BY_ADDRESS, "address", address),
        )
        if not all(limiter.test(*brake) for brake in brakes):
            return render_refusal(429)
        if not errors:
            user = authenticate(services.db, form.name, form.password, services.clock.now())
            if user is not None:
                sign_in(user)
                return redirect(_safe_next() or url_for("admin.overview"), 303)
            errors = (FieldError("name", "login.wrong"),)
        for brake in brakes:
            limiter.hit(*brake)
        return render("login.html", status=422, user_name=form.name, errors=errors, next=_safe_next())

    @blueprint.post("/logout")
    def logout() -> Answer:
        if token_errors(request.form):
            return render_refusal(422)
        sign_out()
        flash(present_visitor().say("login.signed-out"))
        return redirect(url_for("admin.login"), 303)


def _safe_next() -> str | None:
    """Return where to go after signing in: an address of these pages and no other site's."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    own = wanted.startswith("/admin/") and not parts.netloc and not parts.scheme and "\\" not in wanted
    return wanted if own and wanted.isprintable() else None


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
