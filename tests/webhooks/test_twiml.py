"""Whatever a caller wrote, Twilio can read the document in which it is spoken, and obeys nothing in it."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.calls.instructions import Ask, HangUp, Spoken
from webhooks.twiml import Renderer

RENDERER = Renderer(base="https://vakt.example.no/v", voices={"nn": "a", "nb": "b", "en": "c"})
ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=80)


@given(ANY_TEXT)
def test_any_text_is_spoken_in_a_document_that_can_be_read(text: str) -> None:
    root = ElementTree.fromstring(RENDERER.render(HangUp((Spoken(text, "nb"),))).encode())
    assert [verb.tag for verb in root] == ["Say", "Hangup"]
    assert len(root[0]) == 0


def test_markup_is_read_aloud_and_asks_all_the_same() -> None:
    written = "Straumen er borte]]></Say><Redirect>http://x</Redirect><Say>\x0e\ud912\u2067"
    root = ElementTree.fromstring(
        RENDERER.render(
            Ask(lines=(Spoken(written, "nn"),), subject=3, wrong_keys=0, silences=0, open_seconds=15)
        ).encode()
    )
    assert {verb.tag for verb in root.iter()} == {"Response", "Gather", "Say", "Hangup"}
