"""What is said on calls that carry no caller: alarms to coordinators, and tests of one's own telephone."""

from sqlalchemy import select

from dispatcher.calls.handle import UnknownCallError
from dispatcher.calls.instructions import Ask, HangUp, Instruction, Spoken
from dispatcher.people import language_of
from dispatcher.services import Services
from dispatcher.store.tables import effects
from dispatcher.texts.catalogue import text

MOST_SILENCES = 2


def _effect(services: Services, effect_id: int) -> tuple[dict[str, str], str]:
    with services.db.read() as connection:
        data = connection.execute(
            select(effects.c.data).where(effects.c.id == effect_id)
        ).scalar_one_or_none()
        organisation = services.organisations.current(connection)
    if data is None or organisation is None:
        message = f"effect {effect_id}"
        raise UnknownCallError(message)
    return data, language_of(organisation, data["person"])


def spoken_alarm(services: Services, effect_id: int) -> Instruction:
    """Say an alarm twice and hang up."""
    data, language = _effect(services, effect_id)
    line = Spoken(text("voice.alarm", language, what=data["body"]), language)
    return HangUp((line, line))


def spoken_test(services: Services, effect_id: int) -> Instruction:
    """Ask somebody to confirm that the telephone works."""
    _data, language = _effect(services, effect_id)
    line = Spoken(text("voice.test-call", language), language)
    return Ask((line,), subject=effect_id, wrong_keys=0, silences=0, open_seconds=15)


def test_confirmed(
    services: Services, effect_id: int, *, digits: str, wrong_keys: int, silences: int
) -> Instruction:
    """Thank for the 1, or ask once more."""
    _data, language = _effect(services, effect_id)
    if digits == "1":
        return HangUp((Spoken(text("voice.test-ok", language), language),))
    wrong_keys, silences = wrong_keys + bool(digits), silences + (not digits)
    if wrong_keys + silences >= MOST_SILENCES:
        return HangUp()
    line = Spoken(text("voice.test-call", language), language)
    return Ask((line,), subject=effect_id, wrong_keys=wrong_keys, silences=silences, open_seconds=15)
