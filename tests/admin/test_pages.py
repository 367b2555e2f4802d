"""What the pages show and do."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from string import Formatter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from admin.texts import LANGUAGES, page_text, page_texts
from dispatcher.accounts.users import Role
from dispatcher.calls.model import FINAL_STATUSES
from dispatcher.cases.ledger import add_entries
from dispatcher.cases.model import CaseState, Source, Urgency
from dispatcher.decision import Entry
from dispatcher.services import Services
from dispatcher.store.tables import attempts, audit, calls, cases, recordings, timeline
from tests.admin.visiting import add_user, get, heading, pages_of, post, sign_in_as, token_on, words
from tests.webhooks.installation import NIGHT, StillClock, add_case, add_story, with_absence


def audio_rows(services: Services) -> list[tuple[str, str, Any]]:
    with services.db.read() as connection:
        rows = connection.execute(select(audit).where(audit.c.action == "recording-played"))
        return [(row.actor, row.subject, row.data) for row in rows]


def store_audio(services: Services, audio: bytes) -> None:
    stored = services.vault.store("RE1", iter([audio]))
    with services.db.write() as connection:
        connection.execute(update(recordings).values(file=stored.file))


def test_the_front_page_says_who_is_on_until_when_who_is_next_and_why(technician: FlaskClient) -> None:
    status, page = get(technician, "/admin/")
    assert status == 200
    assert heading(page) == "Vakta no"
    shown = words(page)
    assert "Driftsvakt Ola Strand Til måndag 16. november kl. 08:00" in shown.replace("kl 08", "kl. 08")
    assert "Neste: Kari Nordmann, frå måndag 16. november" in shown
    assert "<summary>Kvifor</summary>" in page


@pytest.mark.parametrize(
    ("role", "told"),
    [(Role.TECHNICIAN, False), (Role.COORDINATOR, True), (Role.ADMINISTRATOR, True)],
)
def test_why_a_colleague_is_absent_is_for_the_coordinator_to_know(
    signed_in: Callable[[Role], FlaskClient], services: Services, role: Role, *, told: bool
) -> None:
    with_absence(services, "ola", "sjukmeld")
    status, page = get(signed_in(role), "/admin/")
    assert status == 200
    assert "Ola Strand er borte" in page
    assert ("sjukmeld" in page) is told


def test_a_name_cannot_turn_the_text_around_it(technician: FlaskClient, services: Services) -> None:
    """A note with signs that turn the direction of writing is shown in the order in which it stands."""
    case_id = add_case(services)
    with services.db.write() as connection:
        add_entries(connection, case_id, (Entry("note", "ola", {"text": "a\u202eb\u2066c"}),), now=NIGHT)
    status, page = get(technician, f"/admin/cases/V-{case_id}")
    assert status == 200
    assert "abc" in page
    assert not {"\u202e", "\u2066"} & set(page)


def test_the_front_page_says_whom_a_call_would_ring_and_who_is_skipped_and_why(
    technician: FlaskClient, services: Services
) -> None:
    shown = words(get(technician, "/admin/")[1])
    assert "Trinn 1: 25 sekund for kvar telefon Ingen å ringje på dette trinnet." in shown
    assert "Hoppa over: Ola Strand (har ikkje telefon)" in shown
    assert "Trinn 2: 25 sekund for kvar telefon Kari Nordmann" in shown
    add_story(services, add_case(services))
    with services.db.write() as connection:
        connection.execute(update(calls).values(ended_at=None, accepted_attempt=1))
        connection.execute(update(attempts).values(accepted_at=NIGHT, leg_status="in-progress"))
    shown = words(get(technician, "/admin/")[1])
    assert "Kari Nordmann (alt i ein vaktsamtale)" in shown


def test_the_front_page_lists_cases_that_are_not_closed(technician: FlaskClient, services: Services) -> None:
    assert "Ingen saker står opne." in get(technician, "/admin/")[1]
    opened = add_case(services)
    taken = add_case(services, state="acknowledged", acknowledged_by="kari", acknowledged_at=NIGHT)
    closed = add_case(services, state="closed")
    shown = words(get(technician, "/admin/")[1])
    assert f"V-{opened} Open" in shown
    assert f"V-{taken} Teken" in shown
    assert "Hos Kari Nordmann" in shown
    assert f"V-{closed}" not in shown


def test_without_an_organisation_the_front_page_says_what_to_do(empty_services: Services) -> None:
    client = pages_of(empty_services).test_client()
    sign_in_as(client, add_user(empty_services, "kari", Role.ADMINISTRATOR))
    status, page = get(client, "/admin/")
    assert status == 200
    assert "vakttelefon import" in page


def test_the_list_is_filtered_by_state_and_paged(technician: FlaskClient, services: Services) -> None:
    for number in range(51):
        add_case(services, opened_at=NIGHT + timedelta(minutes=number))
    closed = add_case(services, state="closed")
    first = get(technician, "/admin/cases?state=open")[1]
    assert f"V-{closed}" not in first
    assert len(re.findall('class="reference"', first)) == 50
    assert 'aria-current="page">Open</a>' in first
    older = re.search(r'href="([^"]+)">Eldre saker', first)
    assert older is not None
    second = get(technician, older[1].replace("&amp;", "&"))[1]
    assert len(re.findall('class="reference"', second)) == 1
    assert "Eldre saker" not in second
    assert "Til dei nyaste" in second
    assert get(technician, "/admin/cases?state=closed")[1].count('class="reference"') == 1


@pytest.mark.parametrize("query", ["state=done", "cursor=abc"])
def test_a_list_that_there_is_not_is_404(technician: FlaskClient, query: str) -> None:
    assert get(technician, f"/admin/cases?{query}")[0] == 404


def test_a_case_shows_its_whole_story(technician: FlaskClient, services: Services) -> None:
    case_id = add_case(services, urgency="urgent", ticket_id="17", ticket_url="https://sak.example.no/17")
    add_story(services, case_id)
    status, page = get(technician, f"/admin/cases/V-{case_id}")
    assert status == 200
    assert heading(page) == f"Sak V-{case_id}"
    shown = words(page)
    for expected in (
        "Hastesak",
        "+4799900001",
        "Fjordvik kommune",
        "Vakttelefonen",
        "14.11.2026 03:40",
        "builtin 17",
        "Status: avslutta",
        "03:40 Kari Nordmann tok samtalen",
        "Opptak på 42 sekund",
        "Kvar avspeling blir loggført.",
    ):
        assert expected in shown
    assert 'href="https://sak.example.no/17"' in page
    assert 'src="/admin/recordings/RE1"' in page
    assert 'preload="none"' in page


@pytest.mark.parametrize("name", ["v{}", "{}", "V-0{}"])
def test_another_way_of_writing_a_case_leads_to_its_page(
    technician: FlaskClient, services: Services, name: str
) -> None:
    case_id = add_case(services)
    response = technician.get(f"/admin/cases/{name.format(case_id)}", base_url="https://localhost")
    assert (response.status_code, response.headers["Location"]) == (308, f"/admin/cases/V-{case_id}")


def test_what_others_wrote_is_shown_as_text_and_never_as_markup(
    technician: FlaskClient, services: Services
) -> None:
    evil = "<script>alert(1)</script>{0.__class__}"
    case_id = add_case(
        services,
        municipality=evil,
        caller="<b>1</b>",
        state="acknowledged",
        acknowledged_by=evil,
        acknowledged_at=NIGHT,
        ticket_id="1",
        ticket_url="javascript:alert(1)",
    )
    with services.db.write() as connection:
        for kind, data in (("note", {"text": evil}), ("call-received", {"raw": evil}), ("<i>", {"x": evil})):
            connection.execute(
                insert(timeline).values(case_id=case_id, at=NIGHT, kind=kind, by=evil, data=data)
            )
    page = get(technician, f"/admin/cases/V-{case_id}")[1]
    assert "<script" not in page
    assert "<b>1" not in page
    assert "<i>" not in page
    assert 'href="javascript' not in page
    assert page.count("&lt;script&gt;") >= 5
    for path in ("/admin/", "/admin/cases"):
        assert "<script" not in get(technician, path)[1]


def test_a_note_goes_into_the_case_by_the_person_the_user_is(app: Flask, services: Services) -> None:
    client = app.test_client()
    sign_in_as(client, add_user(services, "kn", Role.TECHNICIAN, person="kari"))
    case_id = add_case(services)
    path = f"/admin/cases/V-{case_id}"
    token = token_on(get(client, path)[1])
    status, leads_to, _ = post(client, f"{path}/notes", token, note=" Ruteren\r\ner  starta på nytt\x00 ")
    assert (status, leads_to) == (303, path)
    page = get(client, path)[1]
    assert "Notatet er lagra." in page
    assert "av Kari Nordmann" in page
    with services.db.read() as connection:
        row = connection.execute(select(timeline).where(timeline.c.kind == "note")).one()
    assert (row.by, row.data["text"]) == ("kari", "Ruteren\ner  starta på nytt")
    assert "Notatet er lagra." not in get(client, path)[1]


def test_a_note_that_is_empty_too_long_or_unsigned_is_422_and_keeps_what_was_written(
    technician: FlaskClient, services: Services
) -> None:
    case_id = add_case(services)
    path = f"/admin/cases/V-{case_id}"
    token = token_on(get(technician, path)[1])
    status, _, page = post(technician, f"{path}/notes", token, note=" \n ")
    assert status == 422
    assert 'href="#note"' in page
    status, _, page = post(technician, f"{path}/notes", token, note="æ" * 2001)
    assert status == 422
    assert "2000" in words(page)
    status, _, page = post(technician, f"{path}/notes", "forged", note="ein viktig observasjon")
    assert status == 422
    assert "ein viktig observasjon" in page
    with services.db.read() as connection:
        assert connection.execute(select(timeline)).first() is None


def test_closing_asks_what_was_done_and_closes_once(technician: FlaskClient, services: Services) -> None:
    case_id = add_case(services)
    path = f"/admin/cases/V-{case_id}"
    token = token_on(get(technician, path)[1])
    assert post(technician, f"{path}/close", token, done="")[0] == 422
    assert post(technician, f"{path}/close", None, done="ja")[0] == 422
    assert post(technician, f"{path}/close", token, done="Feilen er retta")[0] == 303
    page = get(technician, path)[1]
    assert "Saka er lukka." in page
    assert "Lukka: Feilen er retta" in words(page)
    assert 'action="/admin/cases/V-' in page
    assert f'action="{path}/close"' not in page
    post(technician, f"{path}/close", token, done="ein gong til")
    assert "Saka er alt lukka." in get(technician, path)[1]
    with services.db.read() as connection:
        assert connection.execute(select(cases.c.state)).scalar_one() == "closed"
        closings = connection.execute(select(timeline).where(timeline.c.kind == "closed")).all()
    assert len(closings) == 1


@pytest.mark.parametrize("action", ["notes", "close"])
def test_nothing_can_be_written_into_a_case_that_there_is_not(technician: FlaskClient, action: str) -> None:
    token = token_on(get(technician, "/admin/")[1])
    assert post(technician, f"/admin/cases/V-9999/{action}", token, note="x", done="x")[0] == 404


def test_a_recording_is_played_decrypted_and_each_listening_is_audited(
    app: Flask, services: Services, clock: StillClock
) -> None:
    case_id = add_case(services)
    add_story(services, case_id)
    store_audio(services, b"RIFF....WAVE")
    client = app.test_client()
    sign_in_as(client, add_user(services, "kn", Role.COORDINATOR, person="kari"))
    for _ in range(2):
        response = client.get("/admin/recordings/RE1", base_url="https://localhost")
        assert (response.status_code, response.data) == (200, b"RIFF....WAVE")
    assert response.content_type == "audio/wav"
    assert response.headers["Cache-Control"] == "no-store"
    assert audio_rows(services) == [("kari", "RE1", {"case": case_id})] * 2


def test_a_recording_that_is_not_here_or_is_damaged_is_not_played_and_not_audited(
    technician: FlaskClient, services: Services
) -> None:
    add_story(services, add_case(services))
    assert get(technician, "/admin/recordings/RE2")[0] == 404
    assert get(technician, "/admin/recordings/RE1")[0] == 404
    with services.db.write() as connection:
        connection.execute(update(recordings).values(file="gone"))
    assert get(technician, "/admin/recordings/RE1")[0] == 500
    assert audio_rows(services) == []


def test_the_page_is_in_the_persons_language_or_the_chosen_one(app: Flask, services: Services) -> None:
    client = app.test_client()
    assert '<html lang="nn">' in get(client, "/admin/login")[1]
    assert '<html lang="en">' in get(client, "/admin/login?lang=en")[1]
    assert '<html lang="en">' in get(client, "/admin/login?lang=tlh")[1]
    sign_in_as(client, add_user(services, "kari", Role.TECHNICIAN, person="kari"))
    assert heading(get(client, "/admin/")[1]) == "On duty now"
    assert heading(get(client, "/admin/?lang=nb")[1]) == "Vakta nå"
    assert heading(get(client, "/admin/")[1]) == "Vakta nå"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole_in_every_language(
    technician: FlaskClient, services: Services, language: str
) -> None:
    case_id = add_case(services)
    add_story(services, case_id)
    for path in ("/admin/", "/admin/cases", f"/admin/cases/V-{case_id}", "/admin/nothing"):
        page = get(technician, f"{path}?lang={language}")[1]
        heading(page)
        assert f'<html lang="{language}">' in page
        assert '<a class="skip" href="#content">' in page
        assert 'role="status"' in page
        assert "<script" not in page
        assert "style=" not in page


def test_a_language_link_leads_to_the_same_page(technician: FlaskClient, services: Services) -> None:
    case_id = add_case(services)
    assert f'href="/admin/cases/V-{case_id}?lang=en"' in get(technician, f"/admin/cases/V-{case_id}")[1]
    assert 'href="/admin/cases?state=open&amp;lang=en"' in get(technician, "/admin/cases?state=open")[1]
    assert 'href="/admin/?lang=en"' in post(technician, f"/admin/cases/V-{case_id}/notes", None)[2]


def named_values(texts: Mapping[str, str]) -> dict[str, set[str]]:
    return {
        key: {name for _, name, _, _ in Formatter().parse(template) if name}
        for key, template in texts.items()
    }


def test_the_texts_have_the_same_keys_and_values_in_every_language() -> None:
    expected = named_values(page_texts("nn"))
    for language in LANGUAGES:
        assert named_values(page_texts(language)) == expected
        assert all(text.strip() for text in page_texts(language).values())


def test_every_state_urgency_source_and_status_has_its_word() -> None:
    for language in LANGUAGES:
        for family, codes in (
            ("state", CaseState),
            ("urgency", Urgency),
            ("source", Source),
            ("call-status", FINAL_STATUSES),
        ):
            for code in codes:
                assert page_text(f"{family}.{code}", language)


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(KeyError, match="sv"):
        page_texts("sv")
