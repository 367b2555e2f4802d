"""An organisation is written so that it reads back as equal: as a file, and as a stored document."""

from dataclasses import replace
from datetime import date, datetime
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roster.documents import from_json, to_json
from roster.organisation import Absence, Language, Municipality, Organisation, Person
from roster.reading import read_organisation
from roster.toml_values import wrong_text
from roster.writing import write_organisation
from tests.roster.full_file import READ


def test_the_file_that_uses_every_key_reads_back_as_equal() -> None:
    text = write_organisation(READ)
    assert read_organisation(text, filename="written.toml") == READ
    assert write_organisation(read_organisation(text, filename="written.toml")) == text


def test_what_is_written_leaves_defaults_out_and_is_laid_out_as_people_do() -> None:
    lines = write_organisation(READ).splitlines()
    assert "  [[schedules.layers]]" in lines
    assert '  people = ["kari", "ola+kari"]' in lines
    assert "  every = 2" in lines
    assert "absences = [" in lines
    assert '  { from = 2026-12-20, to = 2026-12-27, reason = "ferie" },' in lines
    ola = lines[lines.index('id = "ola"') :]
    assert ola[: ola.index("")] == ['id = "ola"', 'name = "Ola"', "phones = []"]


texts = st.text(max_size=60).filter(lambda text: wrong_text(text) is None)


@settings(max_examples=80, deadline=None)
@given(texts, texts, st.sampled_from(Language))
def test_any_text_that_may_stand_in_the_file_survives(name: str, reason: str, language: Language) -> None:
    absence = Absence(date(2026, 1, 1), datetime(2026, 1, 2, 3, 4, 5, 600), reason)
    org = Organisation(
        timezone="Europe/Oslo",
        language=language,
        municipalities=(Municipality("m", name, (), (reason, name)),),
        people=(Person("p", name, absences=(absence,), roles=()),),
    )
    assert read_organisation(write_organisation(org), filename="x") == org
    assert from_json(to_json(org)) == org


def test_a_stored_document_is_exact_and_canonical() -> None:
    document = to_json(READ)
    assert from_json(document) == READ
    assert to_json(from_json(document)) == document
    assert "\n" not in document


def test_a_document_tells_a_day_from_its_midnight() -> None:
    day = Absence(date(2026, 1, 1), date(2026, 1, 2))
    midnight = Absence(datetime(2026, 1, 1), datetime(2026, 1, 2))
    for absence in (day, midnight):
        org = Organisation("Europe/Oslo", people=(Person("p", "P", absences=(absence,)),))
        kept = from_json(to_json(org)).people[0].absences[0]
        assert (type(kept.from_), type(kept.to)) == (type(absence.from_), type(absence.to))


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ("{}", "damaged"),
        ("[]", "damaged"),
        ("null", "damaged"),
        ('{"format": 1, "timezone": "Europe/Oslo"}', "damaged"),
        ('{"format": 1, "timezone": "Europe/Oslo", "language": "no"}', "no"),
        ('{"format": 3}', "newer version"),
        ("nothing", "Expecting value"),
    ],
)
def test_a_damaged_or_newer_document_is_refused_in_words(document: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        from_json(document)


def test_a_document_is_loaded_much_faster_than_the_file_is_read() -> None:
    people = tuple(Person(f"p{number}", "Name") for number in range(300))
    org = replace(READ, people=(*READ.people, *people))
    text, document = write_organisation(org), to_json(org)
    begun = perf_counter()
    read_organisation(text, filename="x")
    read = perf_counter()
    from_json(document)
    assert perf_counter() - read < read - begun
