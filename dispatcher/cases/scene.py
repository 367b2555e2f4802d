"""What a decision about a case looks at, besides the case: the organisation, the hotline, the time."""

from dataclasses import dataclass
from datetime import datetime

from dispatcher.cases.model import Case
from dispatcher.decision import NewEffect
from dispatcher.messages.outbound import sms
from dispatcher.messages.segments import fit_two_segments
from dispatcher.people import (
    language_of,
    may_text_caller,
    name_of,
    phones_of,
    texting_phone,
    ticket_system_of,
)
from dispatcher.texts.catalogue import text
from dispatcher.texts.times import clock_time
from roster.history import History
from roster.organisation import Hotline, Ladder, Organisation


@dataclass(frozen=True, slots=True)
class Scene:
    """The case, and the world around it at the instant of the decision.

    `involved`: ids of everybody who was rung or paged for the case so far.
    """

    case: Case
    history: History
    now: datetime
    involved: tuple[str, ...] = ()

    @property
    def organisation(self) -> Organisation:
        """The organisation in force now."""
        return self.history.current

    @property
    def hotline(self) -> Hotline:
        """The case's hotline, or the first one where it is gone from the organisation meanwhile."""
        known = self.organisation.hotline(self.case.hotline) if self.case.hotline else None
        return known or self.organisation.hotlines[0]

    @property
    def ladder(self) -> Ladder:
        """The ladder of the hotline."""
        ladder = self.organisation.ladder(self.hotline.ladder)
        return ladder or self.organisation.ladders[0]

    def name(self, party: str | None, language: str) -> str:
        """Return what to call somebody."""
        return name_of(self.organisation, party, language)

    def who_called(self, language: str) -> str:
        """Return the caller's number as written to a technician, or words for its lack."""
        return self.case.caller or text("unknown.caller", language)

    def where_from(self, language: str) -> str:
        """Return the municipality's name, or words for its lack."""
        municipality = next(
            (item for item in self.organisation.municipalities if item.id == self.case.municipality), None
        )
        return municipality.name if municipality else text("unknown.municipality", language)

    def clock(self, instant: datetime, language: str) -> str:
        """Return an instant as local time of day."""
        return clock_time(instant, self.organisation.zone, language)

    def to_caller(self, template: str, *, key: str, **values: object) -> tuple[NewEffect, ...]:
        """Return the SMS that tells the caller something, or nothing where the caller cannot be texted."""
        wrote_first = self.case.source == "sms"
        if not may_text_caller(self.case.caller, self.hotline, wrote_first=wrote_first):
            return ()
        language = self.case.language
        system = ticket_system_of(self.organisation, language)
        body = text(template, language, reference=self.case.reference, ticket_system=system, **values)
        return (
            sms(
                key=f"{key}:{self.case.id}",
                to=str(self.case.caller),
                from_=self.hotline.number,
                body=fit_two_segments(body),
                purpose="caller",
            ),
        )

    def to_person(self, person: str, template: str, *, key: str, **values: object) -> tuple[NewEffect, ...]:
        """Return the SMS that tells somebody of the duty something about the case, if they have a mobile."""
        phone = texting_phone(phones_of(self.organisation, person))
        if phone is None:
            return ()
        body = text(template, language_of(self.organisation, person), **values)
        return (
            sms(
                key=f"{key}:{self.case.id}:{person}",
                to=phone,
                from_=self.hotline.number,
                body=fit_two_segments(body),
                purpose="told",
                person=person,
            ),
        )
