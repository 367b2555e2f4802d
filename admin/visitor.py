"""Who is looking: the signed-in user, the language and the time zone of one request."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from flask import Flask, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from admin.texts import LANGUAGES, page_text
from dispatcher.accounts.sessions import SessionRules, begin_session, end_session, user_of_session
from dispatcher.accounts.users import User
from dispatcher.services import Services
from dispatcher.texts.times import clock_time, moment
from roster.organisation import Organisation
from roster.wallclock import local

_KEY: Final = "key"
_ENDS: Final = "ends"
_LANGUAGE: Final = "language"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever made the request; `user` None: not signed in, `organisation` None: none imported yet."""

    user: User | None
    organisation: Organisation | None
    language: str

    @property
    def zone(self) -> tzinfo:
        """The zone in which times are shown: the organisation's, UTC while there is none."""
        return UTC if self.organisation is None else self.organisation.zone

    @property
    def actor(self) -> str:
        """Whose act it is on timelines and in the audit: the person's id, else the user's name."""
        if self.user is None:
            return ""
        return self.user.person or self.user.name

    def say(self, key: str, /, **values: object) -> str:
        """Return a text of the pages in the visitor's language."""
        return page_text(key, self.language, **values)

    def moment(self, instant: datetime) -> str:
        """Return an instant with weekday, for sentences."""
        return moment(instant, self.zone, self.language)

    def clock(self, instant: datetime) -> str:
        """Return an instant as local time of day."""
        return clock_time(instant, self.zone, self.language)

    def when(self, instant: datetime) -> str:
        """Return an instant in few letters, for lists."""
        shown = local(instant, self.zone)
        return shown.strftime("%Y-%m-%d %H:%M" if self.language == "en" else "%d.%m.%Y %H:%M")


class LastingSessions(SecureCookieSessionInterface):
    """Cookies that end when the session does, however often it is used meanwhile."""

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:  # noqa: ARG002
        """Return when the browser is to forget the cookie, by the browser's own time."""
        ends = session.get(_ENDS)
        return datetime.fromtimestamp(ends, UTC) if session.permanent and isinstance(ends, int) else None


def arrive(services: Services, rules: SessionRules) -> Visitor:
    """Find out who is looking, from the session and the store, and keep it for this request."""
    chosen = request.args.get("lang", "")
    if chosen in LANGUAGES:
        session[_LANGUAGE] = chosen
    organisation = services.organisations.current()
    user = _signed_in(services, rules)
    visitor = Visitor(user=user, organisation=organisation, language=_language(user, organisation))
    g.visitor = visitor
    return visitor


def present_visitor() -> Visitor:
    """Return the visitor of this request; a stranger when the store could not even be asked."""
    found = g.get("visitor")
    if isinstance(found, Visitor):
        return found
    return Visitor(user=None, organisation=None, language=_language(None, None))


def sign_in(services: Services, user: User, *, rules: SessionRules) -> None:
    """Begin a session for a user; whatever stood in the cookie before is gone, but for the language."""
    key = begin_session(services.db, user, rules=rules, now=services.clock.now())
    _forget()
    session[_KEY] = key
    session[_ENDS] = int(time.time() + rules.lifetime.total_seconds())
    session.permanent = True


def sign_out(services: Services) -> None:
    """End the session, for every copy of its cookie too; the language stays."""
    key = session.get(_KEY)
    if isinstance(key, str):
        end_session(services.db, key)
    _forget()


def _forget() -> None:
    language = session.get(_LANGUAGE)
    session.clear()
    if language:
        session[_LANGUAGE] = language


def _signed_in(services: Services, rules: SessionRules) -> User | None:
    key = session.get(_KEY)
    if not isinstance(key, str):
        return None
    user = user_of_session(services.db, key, rules=rules, now=services.clock.now())
    if user is None:
        _forget()
    return user


def _language(user: User | None, organisation: Organisation | None) -> str:
    chosen = session.get(_LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    if organisation is None:
        return LANGUAGES[0]
    person = None if user is None or user.person is None else organisation.person(user.person)
    return str(organisation.language if person is None else person.language)
