"""Somebody of the organisation gets no more SMS from us: by a carrier's word, or as the provider tells us."""

from datetime import datetime

from dispatcher.alarms import alarm_effects
from dispatcher.decision import NewEffect
from dispatcher.people import name_of
from roster.organisation import Organisation

OPTED_OUT = 21610
"""Twilio's code for a number that has opted out, whatever the word was."""


def opt_out_alarm(
    organisation: Organisation, party: str, *, from_: str, now: datetime
) -> tuple[NewEffect, ...]:
    """Return the alarm that a person or supplier has shut off our SMS; it is told once an hour for each."""
    return alarm_effects(
        organisation,
        "alarm.opted-out",
        key=f"stop:{party}:{now.isoformat()}",
        from_=from_,
        about=party,
        name=name_of(organisation, party, str(organisation.language)),
    )
