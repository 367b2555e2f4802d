"""How callers know the ticket system and where they read more: the organisation's words, else the language's."""

from collections.abc import Callable

import pytest

from tests.hotline.rig import CALLER, KARI, ORGANISATION, Rig, sid

CALL, LEG = sid("CA", 1), sid("CA", 2)
OWN = 'words = { ticket_system = "Saksportalen", read_more = "vakt.example.no" }\n'
USUAL = [("nn", "brukarstøttesystemet", "nettsida vår"), ("nb", "brukerstøttesystemet", "nettsiden vår")]
USUAL += [("en", "the ticket system", "our website")]


def heard_and_read(rig: Rig) -> tuple[str, str, str]:
    """Return the greeting, the good-bye after a talk and the receipt."""
    greeting = rig.ring(CALL)
    dial = rig.twiml(greeting.action("Gather"), CallSid=CALL, Digits="")
    rig.press(rig.twiml(dial.screen(KARI), CallSid=LEG), "1", leg=LEG)
    farewell = rig.dial_over(dial, CALL, status="completed", bridged=True, DialCallSid=LEG)
    rig.hang_up(CALL)
    rig.work()
    return greeting.said, farewell.said, " ".join(rig.texts_to(CALLER))


@pytest.mark.parametrize(("language", "system", "page"), USUAL)
def test_without_words_the_languages_own_are_used(
    make_rig: Callable[..., Rig], language: str, system: str, page: str
) -> None:
    rig = make_rig(organisation=ORGANISATION.replace('language = "nn"', f'language = "{language}"'))
    greeting, farewell, written = heard_and_read(rig)
    assert page in greeting
    assert system in farewell
    assert system in written


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_the_organisations_words_are_used_in_every_language(
    make_rig: Callable[..., Rig], language: str
) -> None:
    text = OWN + ORGANISATION.replace('language = "nn"', f'language = "{language}"')
    greeting, farewell, written = heard_and_read(make_rig(organisation=text))
    assert "vakt.example.no" in greeting
    assert "Saksportalen" in farewell
    assert "Saksportalen" in written
