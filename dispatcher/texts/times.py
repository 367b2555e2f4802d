"""Case numbers and instants as they are said and written, in nn, nb and en."""

from datetime import datetime, tzinfo

from dispatcher.texts.catalogue import text


def say_digits(reference: str, language: str) -> str:
    """Return the digits of a case reference one by one for a voice: V-1042 is `1, 0, 4, 2`.

    Contract section 5, step 7: the caller hears the case number digit by digit.
    """
    return text("time.digits", language).join(sign for sign in reference if sign in "0123456789")


def clock_time(instant: datetime, zone: tzinfo, language: str) -> str:
    """Return the local time of an instant in hours and minutes, as `21:40` (contract section 4).

    Raises:
        ValueError: the instant is naive.
    """
    local = _local(instant, zone)
    return text("time.clock", language, hours=f"{local.hour:02}", minutes=f"{local.minute:02}")


def moment(instant: datetime, zone: tzinfo, language: str) -> str:
    """Return the local weekday, date and time of an instant, to be spoken or sent by SMS.

    Raises:
        ValueError: the instant is naive.
    """
    local = _local(instant, zone)
    return text(
        "time.moment",
        language,
        weekday=text(f"time.weekday-{local.isoweekday()}", language),
        day=local.day,
        month=text(f"time.month-{local.month}", language),
        clock=clock_time(instant, zone, language),
    )


def _local(instant: datetime, zone: tzinfo) -> datetime:
    if instant.tzinfo is None:
        message = "an instant needs its zone: give an aware datetime"
        raise ValueError(message)
    return instant.astimezone(zone)
