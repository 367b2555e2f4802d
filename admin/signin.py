"""Signing in and out. Guesses are counted before any password is hashed, so that many at once count too."""

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, request, url_for
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.wrappers import Response as Answer

from admin.forms import FieldError, read_login, token_errors
from admin.rendering import render, render_refusal
from admin.visitor import present_visitor, sign_in, sign_out
from dispatcher.accounts.addresses import network_of
from dispatcher.accounts.passwords import TooManyHashesError
from dispatcher.accounts.sessions import SessionRules
from dispatcher.accounts.users import authenticate
from dispatcher.services import Services

# Tries in five minutes: for one name from one address, and from one address for whatever names. Nothing is
# counted by name alone: whoever guesses elsewhere locks nobody out.
TRIES_BY_NAME: Final = RateLimitItemPerMinute(10, 5)
TRIES_BY_ADDRESS: Final = RateLimitItemPerMinute(60, 5)


class Brake:
    """Counts tries to sign in, within this process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def allows(self, name: str, address: str) -> bool:
        """Count one more try, and say whether it may be made; of simultaneous ones no more than of others."""
        brakes = (TRIES_BY_ADDRESS, address), (TRIES_BY_NAME, address, name)
        # asked first, so that tries for a name that is full do not fill the address too
        return all(self._limiter.test(*brake) for brake in brakes) and all(
            self._limiter.hit(*brake) for brake in brakes
        )

    def forgive(self, name: str, address: str) -> None:
        """Forget the tries for a name from an address: the right password was among them."""
        self._limiter.clear(TRIES_BY_NAME, address, name)


def add_routes(blueprint: Blueprint, services: Services, *, rules: SessionRules) -> None:
    """Add the log-in, the check of a password, and signing out."""
    brake = Brake()

    @blueprint.get("/login")
    def login() -> Answer:
        if present_visitor().user is not None:
            return redirect(url_for("admin.overview"), 303)
        return render("login.html", user_name="", errors=(), next=_safe_next())

    @blueprint.post("/login", endpoint="sign_in")
    def check_password() -> Answer:
        form = read_login(request.form)
        errors = form.errors
        counted = form.name.casefold()[:200], network_of(request.remote_addr)
        if not brake.allows(*counted):
            return render_refusal(429)
        if not errors:
            try:
                user = authenticate(services.db, form.name, form.password, services.clock.now())
            except TooManyHashesError:
                busy = (FieldError("", "login.busy"),)
                return render("login.html", status=503, user_name=form.name, errors=busy, next=_safe_next())
            if user is not None:
                brake.forgive(*counted)
                sign_in(services, user, rules=rules)
                return redirect(_safe_next() or url_for("admin.overview"), 303)
            errors = (FieldError("name", "login.wrong"),)
        return render("login.html", status=422, user_name=form.name, errors=errors, next=_safe_next())

    @blueprint.post("/logout")
    def logout() -> Answer:
        if token_errors(request.form):
            return render_refusal(422)
        sign_out(services)
        flash(present_visitor().say("login.signed-out"))
        return redirect(url_for("admin.login"), 303)


def _safe_next() -> str | None:
    """Return where to go after signing in: an address of these pages and no other site's."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    own = wanted.startswith("/admin/") and not parts.netloc and not parts.scheme and "\\" not in wanted
    return wanted if own and wanted.isprintable() else None
