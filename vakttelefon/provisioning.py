"""Where the webhooks of the hotline numbers ought to point, and what has to change for it.

The one place that knows these addresses: `vakttelefon provision` sets them, `vakttelefon check` compares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from dispatcher.telephony.port import IncomingNumber, Telephony
from roster.organisation import Hotline, Organisation
from vakttelefon.config import Config

# Twilio asks twice more, on a failed connection, a time-out or a server error (contract section 1).
RETRY = "#rc=2&rp=ct,rt,5xx"


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The addresses of one number, as Twilio keeps them."""

    voice_url: str
    voice_fallback_url: str
    status_callback: str
    sms_url: str
    sms_fallback_url: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a number that is not as it should be; `present` and `wanted` may be empty."""

    field: str
    present: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.field}: {self.present or '(nothing)'} → {self.wanted or '(nothing)'}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to change for one hotline's number; `sid` is None where the account lacks the number."""

    hotline: Hotline
    sid: str | None
    changes: tuple[Change, ...] = ()

    @property
    def overrides(self) -> tuple[Change, ...]:
        """Return the changes that take off what wins over every address: an application, a trunk."""
        return tuple(change for change in self.changes if not change.wanted)


def wanted_webhooks(config: Config) -> Webhooks:
    """Return the addresses that every hotline number should have (contract sections 1 and 2)."""
    base = f"{config.public_url}/webhooks/twilio"
    return Webhooks(
        voice_url=f"{base}/voice{RETRY}",
        voice_fallback_url=config.twilio.fallback_url or f"{base}/voice/fallback{RETRY}",
        status_callback=f"{base}/call-status{RETRY}",
        sms_url=f"{base}/sms{RETRY}",
        sms_fallback_url=f"{base}/sms{RETRY}",
    )


def plan_numbers(
    organisation: Organisation, numbers: Sequence[IncomingNumber], wanted: Webhooks
) -> tuple[Plan, ...]:
    """Compare every hotline's number with what it should be, in the order of the hotlines. Pure."""
    known = {number.number: number for number in numbers}
    plans: list[Plan] = []
    for hotline in organisation.hotlines:
        number = known.get(str(hotline.number))
        if number is None:
            plans.append(Plan(hotline, None))
        else:
            plans.append(Plan(hotline, number.sid, _changes(number, wanted)))
    return tuple(plans)


def configure(telephony: Telephony, plan: Plan, wanted: Webhooks) -> None:
    """Point one number's webhooks at the wanted addresses; raises DeliveryError."""
    if plan.sid is None or not plan.changes:
        return
    telephony.configure_number(
        plan.sid,
        voice_url=wanted.voice_url,
        voice_fallback_url=wanted.voice_fallback_url,
        status_callback=wanted.status_callback,
        sms_url=wanted.sms_url,
        sms_fallback_url=wanted.sms_fallback_url,
    )


def _changes(number: IncomingNumber, wanted: Webhooks) -> tuple[Change, ...]:
    should_be: Mapping[str, str] = {
        **{field.name: getattr(wanted, field.name) for field in fields(wanted)},
        "voice_method": "POST",
        # either of these wins over the addresses
        "voice_application_sid": "",
        "trunk_sid": "",
    }
    return tuple(
        Change(name, present, value)
        for name, value in should_be.items()
        if (present := str(getattr(number, name))) != value
    )
