"""A running demo in a real browser: what whoever sits before the wall of phones sees and does."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from vakttelefon.demo.installation import TECHNICIAN_PASSWORD, Installation, installed
from vakttelefon.demo.run import live

pytestmark = pytest.mark.browser

# Virtual seconds to the second: fast enough not to wait for words, slow enough to answer in time.
SPEED = 5.0
CALLER = '[data-phone="+4790100001"]'
OTHER_CALLER = '[data-phone="+4790100002"]'


@pytest.fixture
def demo() -> Iterator[Installation]:
    """A demo installation, live, at night, with nobody's telephone answering by itself."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with installed(port=0) as installation, live(installation, speed=SPEED):
        yield installation
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _card(demo: Installation) -> str:
    """Return where the phone of the person on duty is on the wall."""
    return f'[data-phone="{demo.cast.on_duty.phones[0]}"]'


def test_a_call_is_rung_answered_taken_and_ended_and_another_acknowledged_by_sms(
    demo: Installation, page: Any
) -> None:
    """Ring, press 1, talk, hang up; then a caller who gives up, the page by SMS, ACK, and the case."""
    duty, name = _card(demo), demo.cast.on_duty.name
    page.goto(f"{demo.web.url}/phones/")
    page.click(f'{CALLER} [data-action="ring"]')
    page.wait_for_selector(f'{duty}[data-state="ringing"]')
    page.click(f'{duty} [data-action="answer"]')
    page.wait_for_selector(f'{duty} [data-role="said"] li:has-text("Trykk 1")')
    page.click(f'{duty} [data-key="1"]')
    page.wait_for_selector(f'{duty} [data-role="with"]:has-text("Turid Lie")')
    page.wait_for_selector(f'{CALLER} [data-role="with"]:has-text("{name}")')
    page.click(f'{CALLER} [data-action="hang-up"]')
    page.wait_for_selector(f'{duty}[data-state="idle"]')
    page.wait_for_selector(f'{CALLER} [data-role="inbox"] li:has-text("V-1001")')

    page.click(f'{OTHER_CALLER} [data-action="ring"]')
    page.wait_for_selector(f'{duty}[data-state="ringing"]')
    page.click(f'{OTHER_CALLER} [data-action="hang-up"]')
    page.wait_for_selector(f'{duty} [data-role="inbox"] li:has-text("TAR V-1002")')
    page.fill(f'{duty} form[data-form="send-sms"] input[name="text"]', "ACK")
    page.click(f'{duty} [data-action="send-sms"]')
    page.wait_for_selector(f'{duty} [data-role="inbox"] li:has-text("Du har V-1002")')

    page.goto(f"{demo.web.url}/admin/")
    page.fill("#name", demo.cast.on_duty.id)
    page.fill("#password", TECHNICIAN_PASSWORD)
    page.click("main button")
    page.click('main a:has-text("V-1002")')
    page.wait_for_selector('h1:has-text("V-1002")')
    shown = page.inner_text("main")
    assert f"{name} tok saka" in shown
