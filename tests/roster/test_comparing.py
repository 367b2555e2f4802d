"""What an import would change is told in lines that a person can read."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from roster.comparing import differences
from roster.organisation import Organisation, Words
from roster.phones import PhoneNumber
from tests.roster.full_file import READ
from tests.roster.random_organisations import organisations


def told(old: Organisation | None, new: Organisation) -> list[str]:
    return [str(difference) for difference in differences(old, new)]


def test_equal_organisations_differ_in_nothing() -> None:
    assert differences(READ, replace(READ)) == ()


def test_at_first_everything_is_new() -> None:
    lines = told(None, READ)
    assert all(line.startswith("+ ") for line in lines)
    assert lines[0] == (
        "+ organisation: timezone Europe/Oslo, language nn,"
        " words.ticket_system Saksportalen, words.read_more vakt.example.no"
    )
    assert "+ supplier nettfirma: name Nettfirma AS, phones +4755000000" in lines
    assert (
        "+ layer Veke of drift: people kari, ola+kari, rotation weekly, every 2, start 2026-11-02 08:00,"
        " until 2027-06-28 08:00, windows fri 15:30-24:00; sat, sun" in lines
    )
    assert (
        "+ override jul of drift: people nobody, on purpose, replaces kari, kind swap,"
        " from 2026-12-24 08:00, to 2026-12-26 08:00" in lines
    )


def test_other_words_for_callers_are_told() -> None:
    assert told(READ, replace(READ, words=Words("Saksportalen", None))) == [
        "~ organisation: words.read_more: vakt.example.no → (nothing)"
    ]


def test_a_change_tells_what_was_and_what_will_be() -> None:
    ola = replace(READ.people[1], phones=(PhoneNumber("+4790000002"),), name="Ola Nordmann")
    assert told(READ, replace(READ, people=(READ.people[0], ola))) == [
        "~ person ola: name: Ola → Ola Nordmann",
        "~ person ola: phones: (nothing) → +4790000002",
    ]


def test_what_is_gone_and_what_is_new_are_told_apart() -> None:
    ola = replace(READ.people[1], id="per", name="Per")
    assert told(READ, replace(READ, people=(READ.people[0], ola))) == [
        "- person ola: name Ola, language nn, roles technician",
        "+ person per: name Per, language nn, roles technician",
    ]


def test_duty_hours_and_ladders_are_told_in_words() -> None:
    schedule = replace(READ.schedules[0], duty=None)
    ladder = replace(READ.ladders[0], rungs=READ.ladders[0].rungs[:1])
    lines = told(READ, replace(READ, schedules=(schedule,), ladders=(ladder,)))
    assert lines[0] == "~ schedule drift: duty: outside desk hours → always"
    assert "~ schedule drift: eves: 12-24; Easter -4 from 12:00; 2026-12-28 → (nothing)" in lines
    assert lines[-1].endswith("→ on-duty:drift, simultaneous, 25 s")


def test_another_order_of_layers_is_a_change_because_later_ones_win() -> None:
    first = READ.schedules[0].layers[0]
    second = replace(first, name="Helg")
    before = replace(READ, schedules=(replace(READ.schedules[0], layers=(first, second)),))
    after = replace(READ, schedules=(replace(READ.schedules[0], layers=(second, first)),))
    assert told(before, after) == ["~ order: changed, from layer Helg of drift on"]


@settings(max_examples=50, deadline=None)
@given(one=organisations(), other=organisations(), same=st.booleans())
def test_there_is_a_difference_exactly_when_organisations_are_unequal(
    one: Organisation, other: Organisation, *, same: bool
) -> None:
    new = replace(one) if same else other
    assert bool(differences(one, new)) is (one != new)
