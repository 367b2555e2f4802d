"""The wall of phones in a real browser: a call played with the mouse, at both widths, and without a flaw in axe."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from simulator.server import LoopbackServer, standalone_app
from tests.simulator.scene import CALLER, HOTLINE, KARI, Scene

pytestmark = pytest.mark.browser

KARIS = f'[data-phone="{KARI}"]'
CALLERS = f'[data-phone="{CALLER}"]'


@pytest.fixture
def wall(scene: Scene) -> Iterator[str]:
    scene.answer("/voice", f'<Dial timeout="300"><Number url="/screen">{KARI}</Number></Dial>')
    scene.answer(
        "/screen",
        '<Gather numDigits="1" action="/key" timeout="300"><Say language="nb-NO">Trykk 1</Say></Gather><Hangup/>',
    )
    scene.answer("/sms", "<Message>Saka er di</Message>")
    scene.simulator.add_phone(KARI, "Kari Nordmann", label="Teknikar")
    scene.simulator.add_phone(CALLER, "Anne i Alver", label="Innringar")
    with LoopbackServer(standalone_app(scene.simulator)) as server, scene.simulator:
        scene.simulator.start_live(speed=5)
        yield f"{server.url}/phones/"


def test_a_call_is_rung_answered_taken_and_ended_and_an_sms_sent(wall: str, page: Any) -> None:
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(wall)
    page.click(f'{CALLERS} [data-action="ring"]')
    page.wait_for_selector(f'{KARIS}[data-state="ringing"]')
    page.click(f'{KARIS} [data-action="answer"]')
    page.wait_for_selector(f'{KARIS} [data-role="said"] li:has-text("Trykk 1")')
    assert page.get_attribute(f'{KARIS} [data-role="said"] li', "lang") == "nb-NO"
    page.click(f'{KARIS} [data-key="1"]')
    page.wait_for_selector(f'{KARIS} [data-role="with"]:has-text("med Anne i Alver")')
    page.fill(f'{CALLERS} form[data-form="say"] input', "Straumen er borte")
    page.click(f'{CALLERS} [data-action="say"]')
    page.wait_for_selector(f'{KARIS} [data-role="said"] li:has-text("Straumen er borte")')
    page.click(f'{KARIS} [data-action="hang-up"]')
    page.wait_for_selector(f'{CALLERS}[data-state="idle"]')
    page.fill(f'{KARIS} form[data-form="send-sms"] input[name="text"]', "ACK")
    page.click(f'{KARIS} [data-action="send-sms"]')
    page.wait_for_selector(f'{KARIS} [data-role="inbox"] li:has-text("Saka er di")')
    assert page.locator('[data-role="events"] li').count() >= 6
    assert troubles == []


def test_it_is_played_with_the_keyboard_alone(wall: str, page: Any) -> None:
    page.goto(wall)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus(f'{CALLERS} [data-action="ring"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(f'{KARIS}[data-state="ringing"]')
    page.focus(f'{KARIS} [data-action="answer"]')
    page.keyboard.press("Space")
    page.wait_for_selector(f'{KARIS}[data-state="in-call"]')


@pytest.mark.parametrize("width", [1280, 320])
def test_it_fits_and_axe_finds_nothing_in_any_state(wall: str, page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(wall)
    page.wait_for_selector(f"{KARIS}")
    assert Axe().run(page).violations_count == 0
    page.click(f'{CALLERS} [data-action="ring"]')
    page.wait_for_selector(f'{KARIS}[data-state="ringing"]')
    assert Axe().run(page).violations_count == 0
    page.click(f'{KARIS} [data-action="answer"]')
    page.wait_for_selector(f'{KARIS} [data-role="said"] li')
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_is_forwarded_and_answers_sms_by_itself_and_the_card_shows_it(
    scene: Scene, wall: str, page: Any
) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(wall)
    page.click(f"{KARIS} .more summary")
    page.select_option(f'{KARIS} [data-action="forward"]', CALLER)
    page.wait_for_selector(f'{KARIS} [data-role="forwarded"]:has-text("Vidarekopla til Anne i Alver")')
    page.select_option(f'{KARIS} [data-role="when"]', "no-answer")
    page.wait_for_selector(f'{KARIS} [data-role="forwarded"]:has-text("når ingen svarar")')
    page.check(f'{KARIS} [data-action="auto-reply"]')
    page.wait_for_function("document.activeElement.checked")
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    reply = scene.simulator.phone(KARI).auto_reply
    assert reply is not None
    assert reply.body.startswith("Eg køyrer")
    page.select_option(f'{KARIS} [data-action="forward"]', "")
    page.wait_for_selector(f'{KARIS} [data-role="forwarded"]', state="hidden")


def test_a_picture_is_attached_sent_and_shown(scene: Scene, wall: str, page: Any, tmp_path: Path) -> None:
    page.goto(wall)
    picture, notes = tmp_path / "picture.png", tmp_path / "notes.txt"
    page.screenshot(path=picture)
    notes.write_text("no picture", encoding="utf-8")
    page.set_input_files(f'{CALLERS} [data-role="file"]', notes)
    page.click(f'{CALLERS} [data-action="send-sms"]')
    page.wait_for_selector('[role="alert"]:has-text("biletet er for stort")')
    page.set_input_files(f'{CALLERS} [data-role="file"]', picture)
    page.wait_for_selector(f'{CALLERS} [data-role="attach"]:has-text("lagt ved")')
    page.click(f'{CALLERS} [data-action="send-sms"]')
    page.wait_for_selector(f'{CALLERS} [data-role="inbox"] img[alt="Bilete"]')
    page.wait_for_function("document.querySelector('.inbox img').naturalWidth > 100")
    assert [message.media[0].content_type for message in scene.simulator.messages if message.media] == [
        "image/jpeg"
    ]
    assert page.text_content(f'{CALLERS} [data-role="attach"]') == "Legg ved bilete"


def test_a_refusal_is_shown_and_a_lost_simulator_is_told(scene: Scene, wall: str, page: Any) -> None:
    page.goto(wall)
    page.wait_for_selector(f'{CALLERS} [data-action="ring"]')
    # the number goes away under the open page
    with scene.simulator.engine.lock:
        del scene.simulator.exchange.numbers[HOTLINE]
    page.click(f'{CALLERS} [data-action="ring"]')
    page.wait_for_selector('[role="alert"]:has-text("nummeret finst ikkje")')
    page.route("**/state*", lambda route: route.abort())
    page.wait_for_selector('[role="alert"]:has-text("Får ikkje kontakt")')
    page.unroute("**/state*")
    page.wait_for_selector('[data-role="alert"]', state="hidden")
