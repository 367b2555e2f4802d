"""The pages in a real browser, at the width of a desk and of a small telephone."""

import threading
import wave
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import insert, update
from werkzeug.serving import make_server

from admin.listening import MOST_BYTES_AT_ONCE
from dispatcher.accounts.users import create_user
from dispatcher.services import Services
from dispatcher.store.tables import attempts, recordings, timeline
from tests.admin.visiting import pages_of
from tests.webhooks.installation import NIGHT, add_case, add_story

pytestmark = pytest.mark.browser

PASSWORD = "ein lang nok setning"
WIDTHS = (1280, 320)


@pytest.fixture
def site(services: Services) -> Iterator[str]:
    """The pages served on loopback, with a user, and a case that has had a night."""
    with services.db.write() as connection:
        create_user(connection, "kari", PASSWORD, "coordinator", NIGHT, person="kari")
    add_case(services, state="acknowledged", acknowledged_by="kari", acknowledged_at=NIGHT, caller=None)
    add_case(
        services, state="closed", closed_at=NIGHT, urgency="routine", opened_at=NIGHT - timedelta(days=3)
    )
    case_id = add_case(services, urgency="urgent", ticket_id="17")
    add_story(services, case_id)
    with services.db.write() as connection:
        for number, outcome in enumerate(("no-answer", "voicemail", "declined"), start=1):
            connection.execute(
                insert(attempts).values(
                    call_sid="CA1",
                    dial=number,
                    rung=0,
                    person="ola",
                    phone="+4799900012",
                    screened=True,
                    ring_seconds=25,
                    dialled_at=NIGHT + timedelta(seconds=30 * number),
                    outcome=outcome,
                )
            )
        long_note = "Brannmuren i datahallen svarer ikkje. " * 6 + "https://eksempel.example/" + "x" * 120
        for kind, by, data in (
            ("skipped", None, {"name": "Ola Strand", "reason": "no-phone"}),
            ("attempt", "kari", {"name": "Kari Nordmann", "outcome": "voicemail"}),
            ("urgent", "kari", {"reason": "Heile nettet er nede"}),
            ("note", "kari", {"text": long_note}),
        ):
            connection.execute(
                insert(timeline).values(case_id=case_id, at=NIGHT, kind=kind, by=by, data=data)
            )
    local = replace(services, settings=replace(services.settings, public_url="http://127.0.0.1"))
    server = make_server("127.0.0.1", 0, pages_of(local), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/admin"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Any, site: str) -> None:
    page.goto(f"{site}/login")
    page.fill("#name", "kari")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{site}/")


def inspect(page: Any, where: str) -> None:
    """Hold the page as it stands against the accessibility rules, and see that nothing sticks out."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(
            page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
        )
        assert found.violations_count == 0, f"{where} at {width}: {found.generate_report()}"
        widest = page.evaluate("document.documentElement.scrollWidth")
        assert widest <= width, f"{where} at {width} is {widest} wide"


def test_every_page_is_accessible_and_fits_at_both_widths(site: str, page: Any) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{site}/login")
    inspect(page, "login")
    sign_in(page, site)
    for name in ("/", "/cases", "/cases?state=open", "/cases/V-1003"):
        page.goto(site + name)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        inspect(page, name)
    assert complaints == []
    page.goto(f"{site}/nothing")
    inspect(page, "a page that there is not")


def test_a_form_in_error_is_accessible_and_its_summary_leads_to_the_field(site: str, page: Any) -> None:
    sign_in(page, site)
    page.goto(f"{site}/cases/V-1003")
    page.evaluate("document.querySelectorAll('form').forEach(one => one.noValidate = true)")
    page.click("text=Lagre notatet")
    page.wait_for_selector(".errors")
    inspect(page, "a form in error")
    page.click(".errors a")
    assert page.evaluate("document.activeElement.id") == "note"


def test_a_note_and_a_closing_work_by_keyboard_alone(site: str, page: Any) -> None:
    sign_in(page, site)
    page.goto(f"{site}/cases/V-1003")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.focus("#note")
    page.keyboard.type("Sett på reserveline")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".status p")
    assert page.inner_text(".status") == "Notatet er lagra."
    page.focus("#done")
    page.keyboard.type("Brannmuren er bytt")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Saka er lukka.")
    assert page.locator("#done").count() == 0
    inspect(page, "a closed case")


def test_a_recording_longer_than_one_piece_plays_from_the_middle_to_its_end(
    site: str, page: Any, services: Services
) -> None:
    """The browser asks for all of it, gets a piece, and asks on."""
    seconds = 150
    with BytesIO() as target:
        with wave.open(target, "wb") as sound:
            sound.setparams((2, 2, 8000, 0, "NONE", ""))
            sound.writeframes(b"\0" * 32_000 * seconds)
        stored = services.vault.store("RE1", iter([target.getvalue()]))
    assert stored.bytes > 4 * MOST_BYTES_AT_ONCE
    with services.db.write() as connection:
        connection.execute(update(recordings).values(file=stored.file, sha256=stored.sha256))
    sign_in(page, site)
    played = page.evaluate(
        """async () => {
            const audio = new Audio("/admin/recordings/RE1");
            const comes = (name) => new Promise((done, failed) => {
                audio.addEventListener(name, done, {once: true});
                audio.addEventListener("error", () => failed(audio.error), {once: true});
            });
            audio.muted = true;
            audio.load();
            await comes("loadedmetadata");
            const seconds = audio.duration;
            // over the borders of pieces at 32.8, 65.5 and 98.3 s
            audio.currentTime = 60;
            await comes("seeked");
            audio.playbackRate = 16;
            await Promise.all([audio.play(), comes("ended")]);
            return [seconds, audio.currentTime];
        }"""
    )
    assert played == [seconds, seconds]
