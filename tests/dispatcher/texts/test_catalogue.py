"""Walks every text in every language."""

import re

import pytest

from dispatcher.commands.grammar import Command, Keyword, parse
from dispatcher.messages.segments import MOST_SEGMENTS, fit_two_segments, is_gsm7, segments
from dispatcher.texts.catalogue import KEYS, LANGUAGES, parameters, template, text
from dispatcher.texts.fitting import fitted, fitted_list

LONG = {
    "reference": "V-123456",
    "name": "Marie-Charlotte Åsgårdsen",  # 25 characters
    "people": "Marie-Charlotte Åsgårdsen, Bjørn-Håkon Øverlandstræen",
    "municipality": "Ytre Sørfjordværøy storkommune",  # 30 characters
    "hotline": "Beredskapstelefonen for IKT",
    "caller": "+479000000123",
    "time": "21:40",
    "until": "torsdag 24. desember kl. 08:00",
    "from": "torsdag 24. desember kl. 08:00",
    "how": "sende SMS",
    "round": 12,
    "count": 17,
    "command": "FERDIG",
    "number": "+47900000012345",
    "desk": "+47560000001234",
    "channel": "telefon",
    "system": "Brukarstøttesystemet",
    "ticket_system": "brukarstøttesystemet",
    "text": "Heile nettet er nede på sjukeheimen, og «tryggleiksalarmane» – verkar ikkje… " * 8,
    "cases": "V-123456, V-123457, V-123458, V-123459",
    "page": "V-123456: Ytre Sørfjordværøy storkommune, +4790000001, sende SMS kl. 21:40. "
    "Svar TAR V-123456 for å ta saka, VIDARE V-123456 om du ikkje kan.",
    "items": "V-123456 Ytre Sørfjordværøy storkommune kl. 21:40, ledig",
}
BY_SMS = sorted(key for key in KEYS if key.startswith(("sms.", "reply.", "alarm.")))

KINDS = {
    "call-received": {"raw"},
    "sms-received": {"text"},
    "recording-refused": set(),
    "recording-agreed": set(),
    "desk-hours": set(),
    "ringing": {"name", "rung"},
    "ringing-holder": {"name"},
    "loop": {"name"},
    "skipped": {"name", "reason"},
    "attempt": {"name", "outcome"},
    "accepted": {"name"},
    "connected": {"name"},
    "connection-failed": {"name"},
    "free-again": {"name"},
    "database-away": set(),
    "call-ended": {"seconds"},
    "message-left": {"seconds"},
    "recording-stored": {"seconds"},
    "recording-missing": set(),
    "recording-deleted": set(),
    "nobody-on-rung": {"rung"},
    "ladder-exhausted": set(),
    "paged": {"name", "channel", "round"},
    "page-outcome": {"name", "channel", "outcome"},
    "paged-together": {"name", "count", "round"},
    "page-skipped": {"name", "reason"},
    "paging-waits": {"time"},
    "held-back": {"what", "name", "reason"},
    "acknowledged": {"name"},
    "released": {"name"},
    "reopened": set(),
    "passed": {"name"},
    "urgent": {"reason"},
    "routine": {"reason"},
    "note": {"text"},
    "closed": {"text"},
    "told-caller": {"what"},
    "sms-failed": {"name", "code"},
    "alarm": {"what"},
    "ticket-opened": {"system", "id"},
    "ticket-note-failed": set(),
    "unknown-number": {"number"},
    "callback-missing": set(),
    "delivery": {"what", "status"},
}


def values_of(key: str) -> dict[str, object]:
    return {name: LONG[name] for name in parameters(key)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_is_in_every_language_with_the_same_values_and_is_not_empty(language: str) -> None:
    for key in KEYS:
        assert template(key, language).strip(), f"{key} is empty in {language}"
        assert parameters(key, language) == parameters(key), f"{key} has other values in {language}"


def test_no_language_has_a_text_that_the_others_lack() -> None:
    for language in LANGUAGES:
        for other in LANGUAGES:
            extra = {key for key in KEYS if template(key, language) and not template(key, other)}
            assert not extra


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_one_paragraph_without_stray_or_doubled_space(language: str) -> None:
    for key in KEYS - {"time.digits"}:
        assert not re.search(r"^\s|\s$|\s\s|\n|\t", template(key, language)), f"{key} in {language}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", BY_SMS)
def test_texts_sent_by_sms_are_gsm7_and_two_segments_at_most(key: str, language: str) -> None:
    values = values_of(key)
    said = fitted(key, language, cut="text", **values) if "text" in values else text(key, language, **values)
    assert is_gsm7(said), f"{key} in {language} is not GSM-7: {said}"
    assert segments(said) <= MOST_SEGMENTS, f"{key} in {language} takes {segments(said)} segments: {said}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "key",
    ["sms.page-with-text", "sms.page-again-with-text", "sms.more", "sms.reopened", "sms.new-in-desk-hours"],
)
def test_what_a_caller_wrote_comes_last_so_that_cutting_the_end_keeps_the_reference(
    key: str, language: str
) -> None:
    assert template(key, language).endswith("{text}")
    said = fit_two_segments(text(key, language, **values_of(key)))
    assert "V-123456" in said
    assert said.endswith("...")
    assert segments(said) == MOST_SEGMENTS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("keyword", Keyword)
def test_the_word_that_a_language_uses_for_a_command_is_that_command(keyword: Keyword, language: str) -> None:
    parsed = parse(text(f"word.{keyword}", language))
    assert isinstance(parsed, Command)
    assert parsed.keyword is keyword


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_that_a_text_tells_a_technician_to_send_is_understood(language: str) -> None:
    """The words in capitals in texts to technicians are keywords, in that language's own spelling."""
    own = {template(f"word.{keyword}", language) for keyword in Keyword}
    names = {"SMS", "V", "START", "STOP"}
    for key in BY_SMS:
        told = set(re.findall(r"\b[A-ZÆØÅ]{2,}\b", template(key, language))) - names
        assert told <= own, f"{key} in {language} tells {told - own}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_tells_a_technician_to_send_a_word_that_the_carrier_keeps(language: str) -> None:
    for keyword in Keyword:
        assert isinstance(parse(template(f"word.{keyword}", language)), Command)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_a_link(language: str) -> None:
    for key in KEYS:
        assert "http" not in template(key, language)
        assert "www." not in template(key, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_spoken_keys_are_named_as_digits(language: str) -> None:
    """Contract section 5.5: keys are named as digits."""
    for key in ("voice.screen-keys", "voice.page-keys"):
        assert {"1", "2"} <= set(re.findall(r"\d", template(key, language)))
    assert "{key}" in template("voice.recording-notice", language)
    assert "{key}" in template("voice.recording-consent", language)
    assert "1" in template("voice.test-call", language)


def test_every_timeline_kind_has_a_sentence_with_its_values() -> None:
    for kind, names in KINDS.items():
        assert parameters(f"timeline.{kind}") == names


def test_no_timeline_sentence_is_without_a_kind() -> None:
    assert {key for key in KEYS if key.startswith("timeline.")} == {f"timeline.{kind}" for kind in KINDS}


def test_values_are_filled_in_as_they_are_and_never_read_as_a_template() -> None:
    assert text("timeline.note", "en", text="{name} {0} %s {") == "Note: {name} {0} %s {"


def test_values_that_a_text_does_not_name_are_let_be() -> None:
    assert text("timeline.accepted", "nn", name="Kari", phone=1) == "Kari tok samtalen"


def test_a_sentence_that_ends_in_an_empty_value_has_no_dangling_colon() -> None:
    assert text("timeline.closed", "nn", text="") == "Lukka"
    assert text("timeline.closed", "nn", text="ny ruter: ") == "Lukka: ny ruter: "


def test_an_unknown_key_says_where_to_add_it() -> None:
    with pytest.raises(KeyError, match=r"no text 'voice\.nonsense' in nb\.toml"):
        text("voice.nonsense", "nb")


def test_an_unknown_language_says_which_there_are() -> None:
    with pytest.raises(KeyError, match="no texts in 'da': use one of nn, nb, en"):
        text("voice.goodbye", "da")


def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match=r"'reply\.taken' needs the value name, time"):
        text("reply.taken", "en", reference="V-1042")


def test_only_the_callers_words_are_cut_from_a_page() -> None:
    values = values_of("sms.page-with-text")
    said = fitted("sms.page-with-text", "nn", cut="text", **values)
    whole = text("sms.page-with-text", "nn", **{**values, "text": ""})
    assert said.startswith(whole)
    assert said.endswith("...")


def test_words_outside_gsm7_are_cut_to_two_shorter_segments() -> None:
    said = fitted("sms.more", "nn", reference="V-1042", text="Čoahkkin lea šleađga. " * 30)
    assert said.startswith("Nytt i V-1042: Čoahkkin")
    assert len(said) <= 134
    assert segments(said) == MOST_SEGMENTS


def test_a_text_that_fits_is_not_cut() -> None:
    assert fitted("sms.more", "en", reference="V-1042", text="It’s down") == "New in V-1042: It's down"


def test_even_a_text_whose_other_values_are_too_long_fits() -> None:
    said = fitted("sms.more", "en", reference="V" * 500, text="x" * 500)
    assert said.endswith("...")
    assert segments(said) == MOST_SEGMENTS


def test_a_text_without_the_value_to_cut_is_refused() -> None:
    with pytest.raises(KeyError, match="no value named 'text'"):
        fitted("reply.none", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_list_has_no_room_for_becomes_a_number(language: str) -> None:
    """Contract section 4: LIST gives all that are not closed; what does not fit becomes `+ 7`."""
    items = [
        text("reply.list-item-taken", language, reference=f"V-{1000 + n}", municipality="Alver", name="Kari")
        for n in range(30)
    ]
    said = fitted_list("reply.list", language, items=items)
    shown = sum(item in said for item in items)
    assert 0 < shown < len(items)
    assert said.endswith(f"; + {len(items) - shown}")
    assert segments(said) == MOST_SEGMENTS


def test_a_list_that_fits_is_whole() -> None:
    assert fitted_list("reply.list", "nb", items=["V-1001", "V-1002"]) == "Åpne saker: V-1001; V-1002"


def test_cases_to_choose_from_are_listed_in_the_question() -> None:
    said = fitted_list("reply.which", "en", name="cases", items=["V-1001", "V-1002"])
    assert said.startswith("Which case? V-1001; V-1002. ")


def test_one_item_too_long_alone_is_cut() -> None:
    said = fitted_list("reply.list", "en", items=["x" * 400, "y"])
    assert segments(said) == MOST_SEGMENTS
    assert said.endswith("...")
