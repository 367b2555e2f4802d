"""Turning values into pages: what every page needs, and the headers that keep it safe."""

from datetime import datetime
from typing import Any, Final

from flask import get_flashed_messages, make_response, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from admin.permissions import Permission, may
from admin.texts import LANGUAGE_NAMES, LANGUAGES, page_texts
from admin.visitor import present_visitor
from dispatcher.people import name_of
from dispatcher.texts.catalogue import text
from roster.foreign import without_direction

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_TIME: Final = Markup('<time datetime="{}">{}</time>')
_TOLD: Final = frozenset({403, 404, 405, 416, 429, 500, 503})


def render(template: str, *, status: int = 200, **values: Any) -> Answer:
    """Render a page in the visitor's language."""
    visitor = present_visitor()
    user = visitor.user

    def instant(at: datetime, *, long: bool = False, clock: bool = False) -> Markup:
        words = visitor.moment(at) if long else visitor.clock(at) if clock else visitor.when(at)
        return _TIME.format(at.isoformat(), words)

    page = without_direction(
        render_template(
            f"admin/{template}",
            visitor=visitor,
            t=visitor.say,
            rich=lambda key, **filled: _rich(page_texts(visitor.language)[key], **filled),
            word=lambda family, code: text(f"{family}.{code}", visitor.language),
            called=lambda party: name_of(visitor.organisation, party, visitor.language),
            instant=instant,
            status_word=lambda code: page_texts(visitor.language).get(f"call-status.{code}", code),
            is_web_address=lambda url: url is not None and url.startswith(("https://", "http://")),
            languages=[(code, LANGUAGE_NAMES[code], _in_language(code)) for code in LANGUAGES],
            sees_duty=user is not None and may(user.role, Permission.SEE_DUTY),
            csrf_token=generate_csrf,
            messages=get_flashed_messages(),
            **values,
        )
    )
    return make_response(page, status)


def render_refusal(status: int) -> Answer:
    """Render the page that says what went wrong; a form that did not come from us is 422."""
    visitor = present_visitor()
    if status == 422:
        words = visitor.say("form.expired")
        return render("refused.html", status=422, title=visitor.say("page.errors"), words=words)
    told = status if status in _TOLD else 405
    return render(
        "refused.html",
        status=status,
        title=visitor.say(f"refused.title-{told}"),
        words=visitor.say(f"refused.text-{told}"),
    )


def secure(response: Answer) -> Answer:
    """Add the headers that keep pages from being framed, sniffed, kept, or fed with foreign content."""
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "admin.static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _rich(words: str, **values: object) -> Markup:
    """Fill in values that may be markup; every other value is escaped, and the text itself is ours."""
    return Markup(words).format(**values)  # noqa: S704 - from our own catalogue, never from outside


def _in_language(code: str) -> str:
    """Return this page's address in another language; a form that was sent has its page to go back to."""
    if request.method != "GET" or request.endpoint is None:
        return url_for("admin.overview", lang=code)
    values = {**request.args.to_dict(), **(request.view_args or {}), "lang": code}
    return url_for(request.endpoint, **values)
