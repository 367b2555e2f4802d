"""Who is on, until when, who is next, and why."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from roster.history import History, Version, as_history
from roster.on_duty import OnDuty, people_on, who_is_on
from roster.organisation import Language, Municipality, Organisation
from roster.reasons import explain
from roster.timeline import UnknownScheduleError
from roster.wallclock import FIRST_INSTANT, to_wall
from tests.roster.building import at, layer, organisation, override

WEEK = layer("kari,ola", "weekly", "2026-01-05T08:00:00")


def ask(org: Organisation, when: str, language: Language | None = None) -> OnDuty:
    return who_is_on(org, "s", at(when, org), language=language, absence_reasons=True)


def told(org: Organisation, when: str) -> tuple[str, str | None, str | None]:
    """Return who is on, until when, and who is next from when, in short."""
    answer = ask(org, when)
    until = None if answer.until is None else to_wall(answer.until, org.zone).isoformat(timespec="minutes")
    following = None
    if answer.next is not None:
        begins = to_wall(answer.next.from_, org.zone).isoformat(timespec="minutes")
        following = f"{'+'.join(answer.next.people)} {begins}"
    return "+".join(answer.people), until, following


@pytest.mark.parametrize(
    ("schedule", "when", "expected"),
    [
        pytest.param(
            WEEK, "2026-01-06", ("kari", "2026-01-12T08:00", "ola 2026-01-12T08:00"), id="the next turn"
        ),
        pytest.param(
            WEEK,
            "2026-01-12T08:00",
            ("ola", "2026-01-19T08:00", "kari 2026-01-19T08:00"),
            id="the new one is on",
        ),
        pytest.param(
            layer("kari", "weekly", "2026-01-05T08:00:00"),
            "2026-01-06",
            ("kari", None, None),
            id="never changes",
        ),
        pytest.param(
            layer("kari,kari,ola", "daily", "2026-01-05T08:00:00"),
            "2026-01-05T09:00",
            ("kari", "2026-01-07T08:00", "ola 2026-01-07T08:00"),
            id="a second turn in a row is no change",
        ),
        pytest.param(
            WEEK + override("same", "kari", "2026-01-06T08:00:00", "2026-01-07T08:00:00"),
            "2026-01-06T09:00",
            ("kari", "2026-01-12T08:00", "ola 2026-01-12T08:00"),
            id="another source with the same people is no change",
        ),
        pytest.param(
            layer("kari+per,per+kari,ola", "daily", "2026-01-05T08:00:00"),
            "2026-01-06T09:00",
            ("per+kari", "2026-01-07T08:00", "ola 2026-01-07T08:00"),
            id="the set counts, not the order",
        ),
        pytest.param(
            layer("kari+per,kari", "daily", "2026-01-05T08:00:00"),
            "2026-01-05T09:00",
            ("kari+per", "2026-01-06T08:00", "kari 2026-01-06T08:00"),
            id="one of two going off is a change",
        ),
        pytest.param(
            layer("kari", "weekly", "2026-01-05T00:00:00", 'windows = [{ days = ["sat"] }]'),
            "2026-01-10T12:00",
            ("kari", "2026-01-11T00:00", "kari 2026-01-17T00:00"),
            id="after a gap possibly the same again",
        ),
        pytest.param(
            layer("kari", "weekly", "2026-01-05T00:00:00", 'windows = [{ days = ["sat"] }]'),
            "2026-01-12",
            ("", "2026-01-17T00:00", "kari 2026-01-17T00:00"),
            id="in a gap until somebody comes on",
        ),
        pytest.param(
            WEEK + override("stengt", "", "2026-01-06T08:00:00", "2026-01-07T08:00:00"),
            "2026-01-05T09:00",
            ("kari", "2026-01-06T08:00", "kari 2026-01-07T08:00"),
            id="next passes over nobody on purpose",
        ),
        pytest.param(
            override("a", "", "2026-01-06T08:00:00", "2026-01-07T08:00:00") + WEEK.replace("01-05", "01-09"),
            "2026-01-06T09:00",
            ("", "2026-01-09T08:00", "kari 2026-01-09T08:00"),
            id="nobody on purpose and then a gap is one stretch of nobody",
        ),
        pytest.param(
            layer("kari", "weekly", "2026-01-05T08:00:00", "until = 2026-02-01T08:00:00"),
            "2026-01-06",
            ("kari", "2026-02-01T08:00", None),
            id="until is told though nobody comes after",
        ),
        pytest.param(
            layer("kari", "weekly", "2026-01-05T08:00:00", "until = 2026-02-01T08:00:00"),
            "2026-03-01",
            ("", None, None),
            id="when all is over",
        ),
        pytest.param("", "2026-03-01", ("", None, None), id="no layers at all"),
        pytest.param(
            layer("kari", "weekly", "2026-01-05T08:00:00")
            + override("late", "ola", "2041-06-01T08:00:00", "2041-06-02T08:00:00"),
            "2026-01-06",
            ("kari", "2041-06-01T08:00", "ola 2041-06-01T08:00"),
            id="a change fifteen years ahead",
        ),
        pytest.param(
            layer("kari,kari,kari,ola", "weekly", "2026-01-05T08:00:00", "every = 100"),
            "2026-01-06",
            ("kari", "2031-10-06T08:00", "ola 2031-10-06T08:00"),
            id="a very long rotation",
        ),
        pytest.param(
            layer("kari", "daily", "2026-01-05T08:00:00", name="under")
            + layer(
                "kari,ola,ola,ola,ola,ola,ola",
                "daily",
                "2026-01-05T00:00:00",
                'windows = [{ days = ["mon"] }]',
                name="over",
            ),
            "2026-01-06",
            ("kari", None, None),
            id="what a window never shows changes nothing",
        ),
        pytest.param(WEEK, "1700-01-01", ("", "2026-01-05T08:00", "kari 2026-01-05T08:00"), id="long before"),
        pytest.param(
            WEEK + override("ever", "per", "2026-02-01T00:00:00", "9999-12-31T00:00:00"),
            "2026-02-02",
            ("per", None, None),
            id="an override for ever",
        ),
    ],
)
def test_until_and_next_are_found_however_far_away(
    schedule: str, when: str, expected: tuple[str, str | None, str | None]
) -> None:
    assert told(organisation(schedule), when) == expected


def test_an_absence_without_end_leaves_the_others() -> None:
    org = organisation(WEEK, kari="absences = [{ from = 2026-01-05, to = 9999-12-31 }]")
    assert told(org, "2026-01-06") == ("", "2026-01-12T08:00", "ola 2026-01-12T08:00")


def test_the_end_of_a_shift_on_the_night_of_a_clock_change_is_right() -> None:
    org = organisation(layer("kari,ola", "daily", "2026-03-27T02:30:00"))
    assert told(org, "2026-03-28T12:00") == ("ola", "2026-03-29T03:30", "kari 2026-03-29T03:30")


def test_only_the_people_can_be_asked_for() -> None:
    org = organisation(WEEK)
    assert people_on(org, "s", at("2026-01-06", org)) == ("kari",)
    assert people_on(org, "s", at("2025-01-06", org)) == ()


def test_an_unknown_schedule_or_a_naive_instant_is_refused() -> None:
    org = organisation(WEEK)
    with pytest.raises(UnknownScheduleError):
        who_is_on(org, "x", at("2026-01-06", org))
    with pytest.raises(ValueError, match="time zone"):
        who_is_on(org, "s", datetime(2026, 1, 6))


FULL = organisation(
    layer("kari+per,ola", "weekly", "2026-01-05T08:00:00", name="Veke")
    + layer("siri", "weekly", "2026-01-05T08:00:00", 'windows = [{ days = ["sat"] }]', name="Laurdag")
    + layer("siri", "weekly", "2026-06-01T08:00:00", "until = 2026-06-15T08:00:00", name="Sommar")
    + override("b1", "siri", "2026-01-07T08:00:00", "2026-01-08T08:00:00", 'kind = "swap"\nreplaces = "kari"')
    + override("ola-fri", "siri", "2026-01-07T08:00:00", "2026-01-08T08:00:00", 'replaces = "ola"')
    + override("stengt", "", "2026-01-09T08:00:00", "2026-01-09T12:00:00"),
    kari='absences = [{ from = 2026-01-06, to = 2026-01-06, reason = "kurs" }]',
    per="absences = [{ from = 2026-01-06T12:00:00, to = 2026-01-06T13:00:00 }]",
)


def test_the_reasons_name_every_rule_on_the_way_in_nynorsk() -> None:
    assert ask(FULL, "2026-01-06T12:30", Language.NN).because == (
        "Laget «Sommar» byrjar først måndag 1. juni 2026 kl. 08:00.",
        "Laget «Laurdag» gjeld ikkje på denne tida av veka.",
        (
            "Laget «Veke», vekevakt nr. 1 i rotasjonen frå 5. januar 2026, måndag 5. januar 2026 kl. 08:00"
            " til måndag 12. januar 2026 kl. 08:00: Kari og Per."
        ),
        "Kari er borte frå 6. januar 2026 til og med 6. januar 2026 (kurs) og vert hoppa over i laget «Veke».",
        (
            "Per er borte frå tysdag 6. januar 2026 kl. 12:00 til tysdag 6. januar 2026 kl. 13:00"
            " og vert hoppa over i laget «Veke»."
        ),
        "Ingen er på vakt, men nokon skulle ha vore det: eit hol i vaktlista.",
    )


def test_the_reasons_name_swaps_and_overrides_in_bokmaal() -> None:
    assert ask(FULL, "2026-01-07T09:00", Language.NB).because[2:] == (
        (
            "Laget «Veke», ukevakt nr. 1 i rotasjonen fra 5. januar 2026, mandag 5. januar 2026 kl. 08:00"
            " til mandag 12. januar 2026 kl. 08:00: Kari og Per."
        ),
        (
            "Byttet «b1» fra onsdag 7. januar 2026 kl. 08:00 til torsdag 8. januar 2026 kl. 08:00:"
            " Siri i stedet for Kari."
        ),
        "Overstyringen «ola-fri» bytter ut Ola, som ikke er på: ingen virkning.",
        "På vakt: Siri og Per.",
    )


def test_the_reasons_tell_of_nobody_on_purpose_in_english() -> None:
    answer = ask(FULL, "2026-01-09T09:00", Language.EN)
    assert answer.people == ()
    assert answer.source == "override:stengt"
    assert answer.because[-1] == (
        "Override “stengt” from Friday 9 January 2026 at 08:00 to Friday 9 January 2026 at 12:00:"
        " nobody, on purpose."
    )


def test_the_reasons_tell_of_an_ended_layer_and_of_a_layer_that_wins() -> None:
    sentences = ask(FULL, "2026-07-04T12:00", Language.EN).because
    assert sentences[0] == "Layer “Sommar” ended on Monday 15 June 2026 at 08:00."
    assert "Layer “Laurdag” wins over the layers listed before it." in sentences


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-05-18T12:00", ["Nobody is on duty, and the service desk is open: no gap."]),
        ("2026-05-17T12:00", ["The service desk is closed: Constitution Day.", "a gap in the roster."]),
        (
            "2026-12-24T12:30",
            ["The service desk closes early or stays closed on this day.", "a gap in the roster."],
        ),
        ("2026-05-18T20:00", ["The service desk is closed at this time.", "a gap in the roster."]),
    ],
)
def test_when_nobody_is_on_the_reasons_tell_what_the_desk_does(when: str, expected: list[str]) -> None:
    org = organisation(
        '[schedules.duty]\ndesk_hours = [{ days = ["mon","tue","wed","thu","fri"], from = "08:00", to = "15:30" }]\n'
        'holidays = "NO"\neves = [{ date = "12-24", from = "12:00" }]'
    )
    because = ask(org, when, Language.EN).because
    assert because[0] == "The schedule has no layers."
    assert all(said.endswith(end) for said, end in zip(because[1:], expected, strict=True))


def test_the_second_of_a_doubled_hour_has_its_offset_in_the_reasons() -> None:
    org = organisation(layer("kari,ola", "hourly", "2026-10-25T00:00:00"))
    because = who_is_on(org, "s", at("2026-10-25T02:10+01:00", org), language=Language.NN).because
    assert (
        "søndag 25. oktober 2026 kl. 02:00 (+0100) til søndag 25. oktober 2026 kl. 03:00: Ola." in because[0]
    )


def test_reasons_are_in_the_organisations_language_unless_another_is_asked_for() -> None:
    org = organisation(WEEK, top='language = "en"')
    assert ask(org, "2026-01-06").because[-1] == "On duty: Kari."
    assert ask(org, "2026-01-06", Language.NN).because[-1] == "På vakt: Kari."


def test_the_explanation_comes_to_the_same_as_the_resolver() -> None:
    start = at("2026-01-05", FULL)
    for hours in range(0, 200 * 24, 29):
        instant = start + timedelta(hours=hours)
        explanation = explain(as_history(FULL), "s", instant, language=Language.EN)
        answer = who_is_on(FULL, "s", instant)
        assert (explanation.people, explanation.source) == (answer.people, answer.source)


def test_an_override_says_when_it_was_entered_and_by_whom_where_history_knows() -> None:
    jul = override("jul", "siri", "2026-12-24T08:00:00", "2026-12-26T08:00:00")
    plain = organisation(WEEK, top='language = "en"')
    with_jul = organisation(WEEK + jul, top='language = "en"')
    third, fourth = at("2026-12-03T10:00", plain), at("2026-12-04T10:00", plain)
    again = replace(with_jul, municipalities=(Municipality("fjordvik", "Fjordvik"),))
    history = History(
        (Version(FIRST_INSTANT, plain), Version(third, with_jul, "gerd"), Version(fourth, again, "per"))
    )
    when = at("2026-12-24T21:00", plain)
    said = (
        "Override “jul” from Thursday 24 December 2026 at 08:00 to Saturday 26 December 2026 at 08:00: Siri."
    )
    assert f"{said} It was entered on 3 December 2026 by gerd." in who_is_on(history, "s", when).because
    assert said in who_is_on(with_jul, "s", when).because
    unnamed = History((Version(FIRST_INSTANT, plain), Version(third, with_jul)))
    assert f"{said} It was entered on 3 December 2026." in who_is_on(unnamed, "s", when).because


def test_why_somebody_is_absent_is_said_only_where_it_is_asked_for() -> None:
    """It may be about health: programs, pages and SMS that do not ask for it say that somebody is away."""
    org = organisation(WEEK, kari='absences = [{ from = 2026-01-06, to = 2026-01-07, reason = "legetime" }]')
    moment = at("2026-01-06T12:00", org)
    silent, told = (
        " ".join(who_is_on(org, "s", moment, language=language, absence_reasons=asked).because)
        for language, asked in ((Language.NB, False), (Language.NB, True))
    )
    assert "legetime" not in silent
    assert silent == told.replace(" (legetime)", "")
