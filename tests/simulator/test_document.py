"""Reading TwiML documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.twiml.document import Document, DocumentError, read_messaging, read_voice


def read(inner: str) -> Document:
    return read_voice(f"<Response>{inner}</Response>".encode(), "text/xml; charset=utf-8")


@given(st.binary(max_size=200), st.sampled_from(["text/xml", "text/plain", "audio/mpeg", "x/y", "", None]))
def test_whatever_comes_back_is_a_document_or_an_error_with_a_code(body: bytes, kind: str | None) -> None:
    found: Document | int
    try:
        found = read_voice(body, kind)
    except DocumentError as error:
        found = error.code
    assert isinstance(found, Document) or 11000 < found < 13000


def test_names_are_case_sensitive_and_unknown_ones_are_warned_of_and_ignored() -> None:
    document = read('<say>a</say><Say Voice="man">b</Say><Dance/><Number>1</Number>')
    assert [node.text for node in document.verbs] == ["b"]
    assert document.verbs[0].attributes == {}
    assert len(document.warnings) == 4


def test_text_of_several_lines_and_speech_markup_is_read_as_one_sentence() -> None:
    document = read("<Say>\n  Case <say-as interpret-as='digits'>1042</say-as>,\n <break/> hello </Say>")
    assert document.verbs[0].text == "Case 1042, hello"
    assert document.warnings == ()


def test_a_missing_content_type_is_an_error() -> None:
    with pytest.raises(DocumentError) as caught:
        read_voice(b"<Response/>", None)
    assert caught.value.code == 12300


def test_entities_and_depth_are_refused_not_expanded() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Response><Say>&b;</Say></Response>'
    with pytest.raises(DocumentError, match="entity"):
        read_voice(bomb, "text/xml")
    with pytest.raises(DocumentError, match="deep"):
        read_voice(b"<Response>" + b"<a>" * 40 + b"</a>" * 40 + b"</Response>", "text/xml")


def test_plain_text_is_twiml_if_it_can_be_and_else_read_aloud_or_sent() -> None:
    assert read_voice(b"<Response><Pause/></Response>", "text/plain").verbs[0].name == "Pause"
    assert [node.name for node in read_voice("Hei på deg".encode(), "text/plain").verbs] == ["Say", "Hangup"]
    assert read_messaging(b"Hei", "text/plain").verbs[0].text == "Hei"


def test_audio_is_played_and_then_the_call_ends() -> None:
    assert [node.name for node in read_voice(b"...", "audio/wav").verbs] == ["Play", "Hangup"]


def test_messages_have_a_grammar_of_their_own() -> None:
    document = read_messaging(
        b"<Response><Message><Body>Hei</Body></Message><Say>x</Say></Response>", "text/xml"
    )
    assert [node.text for node in document.verbs] == ["Hei"]
    assert len(document.warnings) == 1


def test_stray_text_is_warned_of() -> None:
    assert read("stray").warnings == ("line 1: text inside Response is ignored",)
