"""Who is looking: the signed-in user, the language and the time zone of one request."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from flask import g, request, session

from admin.texts import LANGUAGES, page_text
from dispatcher.accounts.users import User, get_user
from dispatcher.services import Services
from dispatcher.texts.times import clock_time, moment
from roster.organisation import Organisation
from roster.wallclock import local

_USER: Final = "user"
_EPOCH: Final = "epoch"
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


def arrive(services: Services) -> Visitor:
    """Find out who is looking, from the session and the store, and keep it for this request."""
    chosen = request.args.get("lang", "")
    if chosen in LANGUAGES:
        session[_LANGUAGE] = chosen
    organisation = services.organisations.current()
    user = _signed_in(services)
    visitor = Visitor(user=user, organisation=organisation, language=_language(user, organisation))
    g.visitor = visitor
    return visitor


def present_visitor() -> Visitor:
    """Return the visitor of this request; a stranger when the store could not even be asked."""
    found = g.get("visitor")
    if isinstance(found, Visitor):
        return found
    return Visitor(user=None, organisation=None, language=_language(None, None))


def sign_in(user: User) -> None:
    """Begin a session for a user; whatever stood in the session before is gone, but for the language."""
    language = session.get(_LANGUAGE)
    session.clear()
    session[_USER] = user.id
    session[_EPOCH] = user.session_epoch
    if language:
        session[_LANGUAGE] = language
    session.permanent = True


def sign_out() -> None:
    """End the session; the language stays."""
    language = session.get(_LANGUAGE)
    session.clear()
    if language:
        session[_LANGUAGE] = language


def _signed_in(services: Services) -> User | None:
    user_id = session.get(_USER)
    if not isinstance(user_id, int):
        return None
    with services.db.read() as connection:
        user = get_user(connection, user_id)
    # The epoch counts up when the password changes or the user is disabled: older sessions are over.
    if user is None or user.is_disabled or user.session_epoch != session.get(_EPOCH):
        sign_out()
        return None
    return user


def _language(user: User | None, organisation: Organisation | None) -> str:
    chosen = session.get(_LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    if organisation is None:
        return LANGUAGES[0]
    person = None if user is None or user.person is None else organisation.person(user.person)
    return str(organisation.language if person is None else person.language)
