"""The budgets of SMS that strangers cause, and which of them hold one back. Pure.

A budget is used up by what was handed over within the last sixty minutes. Pages have none of these, alarms
are told once an hour (`dispatcher.alarm_delivery`), replies go to people of the roster. A case that somebody
has taken, or that came from a number known as a municipality's, is no stranger's: what is said about it is
held by the budgets of its own number and case alone, and never by what was sent about others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Budgets:
    """How many SMS within an hour; the names are those of `[limits]` in `config.toml`.

    To callers: to one number, to the hotline's own country, to each other one, to one that was never served
    before, from one hotline, and in all. To people of the duty: to one person about one case, and about cases
    that nobody has taken. `alarms_about_cases_per_hour`: alarms of one kind told one by one, before they
    become one.
    """

    caller_sms_per_number_per_hour: int = 20
    caller_sms_per_country_per_hour: int = 300
    caller_sms_abroad_per_hour: int = 30
    caller_sms_new_country_per_hour: int = 5
    caller_sms_per_hotline_per_hour: int = 300
    caller_sms_per_hour: int = 600
    told_per_case_per_hour: int = 30
    told_per_person_per_hour: int = 60
    alarms_about_cases_per_hour: int = 3


TO_CALLERS: Final = (
    "caller_sms_per_number_per_hour",
    "caller_sms_new_country_per_hour",
    "caller_sms_abroad_per_hour",
    "caller_sms_per_country_per_hour",
    "caller_sms_per_hotline_per_hour",
    "caller_sms_per_hour",
)
TO_THE_DUTY: Final = ("told_per_case_per_hour", "told_per_person_per_hour")
ALARMS: Final = "alarms_about_cases_per_hour"
# The words on the timeline (`[reason]` in the texts).
REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "caller_sms_per_number_per_hour": "budget-number",
        "caller_sms_new_country_per_hour": "budget-country",
        "caller_sms_abroad_per_hour": "budget-country",
        "caller_sms_per_country_per_hour": "budget-country",
        "caller_sms_per_hotline_per_hour": "budget-hotline",
        "caller_sms_per_hour": "budget-all",
        "told_per_case_per_hour": "budget-case",
        "told_per_person_per_hour": "budget-untaken",
    }
)


def budgets_of(purpose: str, *, known: bool, abroad: bool, new_country: bool) -> tuple[str, ...]:
    """Return which budgets an SMS has to keep to.

    `known`: somebody has its case, or it came from a municipality's number. `abroad`: the number is of
    another country than the hotline; `new_country`: of one to which nothing was sent before the last day.
    """
    match purpose:
        case "caller":
            own = TO_CALLERS[:1]
            of_country = TO_CALLERS[1:3] if new_country else TO_CALLERS[2:3] if abroad else TO_CALLERS[3:4]
            if known:
                return own + (of_country if abroad else ())
            return own + of_country + TO_CALLERS[4:]
        case "told":
            return TO_THE_DUTY[:1] if known else TO_THE_DUTY
        case _:
            return ()


def used_up(budgets: Budgets, used: Mapping[str, int]) -> str | None:
    """Return the first budget that is used up, None where there is room in all of those in `used`."""
    return next((name for name, count in used.items() if count >= getattr(budgets, name)), None)
